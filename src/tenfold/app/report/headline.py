"""Say in words what happened."""

from tenfold.app.formatting import percent, probability, ratio
from tenfold.app.summary import Summary


def headline(summary: Summary) -> str:
    """Return the run in two or three sentences, its odds included."""
    if not summary["fills"]:
        return "It never traded: no vote reached the threshold, or every order was refused."
    earned, over = _earned(summary)
    parts = [f"{earned}{over}"]
    if summary["sharpe_ratio"] is not None:
        parts.append(f" with a Sharpe ratio of {_number(summary, 'sharpe_ratio')}")
    drawdown = _value(summary, "max_drawdown")
    fell = (
        f"the worst loss from a peak was {percent(-drawdown)}" if drawdown < 0.0 else "equity never fell below a peak"
    )
    sentences = ["".join(parts) + f"; {fell}."]
    sentences.append(
        f"Buying and holding the same symbols in equal amounts earned {percent(_value(summary, 'benchmark_annual_return'))} "
        f"a year, with a worst loss of {percent(-_value(summary, 'benchmark_max_drawdown'))}."
        if _value(summary, "years") >= 1.0
        else f"Buying and holding the same symbols in equal amounts returned "
        f"{percent(_value(summary, 'benchmark_total_return'))}."
    )
    if summary["probabilistic_sharpe"] is not None:
        sentences.append(
            "If this were the only trial, the chance that the true Sharpe ratio is above 0 is "
            f"{probability(_value(summary, 'probabilistic_sharpe'))}; every further trial lowers it."
        )
    return " ".join(sentences)


def _earned(summary: Summary) -> tuple[str, str]:
    """Return verb with amount, and over what time."""
    if _value(summary, "years") >= 1.0 and summary["annual_return"] is not None:
        rate, over = _value(summary, "annual_return"), " a year"
    else:
        rate, over = _value(summary, "total_return"), f" in {_number(summary, 'years')} years"
    return f"{'Earned' if rate >= 0.0 else 'Lost'} {percent(abs(rate))}", over


def _value(summary: Summary, key: str) -> float:
    value = summary[key]
    return float(value) if isinstance(value, (int, float)) else 0.0


def _number(summary: Summary, key: str) -> str:
    return ratio(_value(summary, key))
