"""Say in words what happened."""

from tenfold.app.formatting import count, percent, probability, ratio
from tenfold.app.summary import Summary


def headline(summary: Summary) -> str:
    """Return the run in two or three sentences, its odds included."""
    if not summary["fills"]:
        return "It never traded: no vote reached the threshold, or every order was refused."
    return " ".join((_itself(summary), _benchmark(summary), _odds(summary))).strip()


def _itself(summary: Summary) -> str:
    """Return what was earned, at which Sharpe ratio, and the worst loss."""
    earned = _earned(summary, "annual_return", "total_return").capitalize()
    sharpe = ""
    if summary["sharpe_ratio"] is not None:
        sharpe = f" with a Sharpe ratio of {ratio(_value(summary, 'sharpe_ratio'))}"
        if _value(summary, "years") < 1.0:
            sharpe += f", annualised from {_duration(summary)} only"
    drawdown = _value(summary, "max_drawdown")
    fell = (
        f"the worst loss from a peak was {percent(-drawdown)}" if drawdown < 0.0 else "equity never fell below a peak"
    )
    return f"{earned}{sharpe}; {fell}."


def _benchmark(summary: Summary) -> str:
    """Return what holding the symbols did."""
    earned = _earned(summary, "benchmark_annual_return", "benchmark_total_return")
    lost = percent(-_value(summary, "benchmark_max_drawdown"))
    return f"Buying and holding the same symbols in equal amounts {earned}, with a worst loss of {lost}."


def _odds(summary: Summary) -> str:
    """Return how likely it is that more than luck was at work."""
    if summary["probabilistic_sharpe"] is None:
        return ""
    trials = summary["trials"]
    alone = (
        f"the chance that the true Sharpe ratio is above 0 is {probability(_value(summary, 'probabilistic_sharpe'))}"
    )
    if trials is None or summary["deflated_sharpe"] is None:
        return f"If this were the only trial, {alone}; how many there were is not known, and every one lowers it."
    if trials == 1:
        return f"This is the first trial on these instruments: {alone}; every further one lowers it."
    return (
        f"It is one of {count(_value(summary, 'trials'))} trials so far on these instruments, as good as "
        f"{count(_value(summary, 'effective_trials'))} independent ones: the best of so many worthless ones is expected to show a Sharpe "
        f"ratio of {ratio(_value(summary, 'luck_sharpe_ratio'))}. Given them, the chance that the true Sharpe ratio is above 0 is "
        f"{probability(_value(summary, 'deflated_sharpe'))}."
    )


def _earned(summary: Summary, annual: str, total: str) -> str:
    """Return verb, amount and time: a year where a year has passed, else the whole."""
    if _value(summary, total) <= -1.0:
        return "lost everything"
    yearly = _value(summary, "years") >= 1.0 and summary[annual] is not None
    rate = _value(summary, annual if yearly else total)
    over = "a year" if yearly else f"in {_duration(summary)}"
    return f"{'earned' if rate >= 0.0 else 'lost'} {percent(abs(rate))} {over}"


def _duration(summary: Summary) -> str:
    """Return the time that passed, in the unit that fits."""
    years = _value(summary, "years")
    days = years * 365.25
    for size, unit in ((years, "years"), (days, "days"), (days * 24.0, "hours")):
        if size >= 1.95:
            return f"{size:.1f} {unit}" if size < 10.0 else f"{size:.0f} {unit}"
    return f"{days * 1440.0:.0f} minutes"


def _value(summary: Summary, key: str) -> float:
    value = summary[key]
    return float(value) if isinstance(value, (int, float)) else 0.0
