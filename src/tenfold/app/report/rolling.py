"""Draw what a moving window shows: Sharpe ratio, volatility and beta, over half a year and a year."""

from collections.abc import Callable
from typing import Final

from tenfold.app.analysis import Analysis
from tenfold.app.report.calendar import Steps, rolling_steps
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, panels
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, section
from tenfold.app.thinning import thinned
from tenfold.metrics.performance import Returns
from tenfold.metrics.rolling import rolling_beta, rolling_sharpe, rolling_volatility

_YEAR_SESSIONS: Final = 252


def rolling_section(analysis: Analysis, document: Document) -> Markup:
    """Return the chart of all three over the same windows."""
    steps = rolling_steps(analysis)
    return section(
        "rolling",
        "Rolling Sharpe ratio, volatility and beta",
        document.plot("rolling", rolling_chart(steps), "Rolling Sharpe ratio, volatility and beta"),
        lead=f"Annual, after costs, over the last {_written(windows(steps))} {steps.name}; beta against buying and holding.",
    )


def windows(steps: Steps) -> list[int]:
    """Return the windows: half a year, and a year where two fit; the short one of `Steps` where there is less."""
    longer = [_YEAR_SESSIONS] if steps.name == "sessions" and len(steps.returns) >= 2 * _YEAR_SESSIONS else []
    return [steps.window, *longer]


def rolling_chart(steps: Steps) -> Chart:
    """Return three panels over one time axis."""
    height, layout = panels({"yaxis": ("Sharpe ratio", 170), "yaxis2": ("Volatility", 110), "yaxis3": ("Beta", 110)})
    measures: tuple[tuple[str, str, str, Callable[[int], Returns]], ...] = (
        ("y", "Sharpe", ".2f", lambda window: rolling_sharpe(steps.returns, window, steps.periods)),
        ("y2", "Volatility", ".1%", lambda window: rolling_volatility(steps.returns, window, steps.periods)),
        ("y3", "Beta", ".2f", lambda window: rolling_beta(steps.returns, steps.benchmark, window)),
    )
    traces = [
        _trace(steps, measure(window), axis, f"{name}, {window:,} {steps.name}", written, rank)
        for axis, name, written, measure in measures
        for rank, window in enumerate(windows(steps))
    ]
    layout["yaxis"] |= {"zeroline": True, "nticks": 5}
    layout["yaxis2"] |= {"tickformat": ".0%", "nticks": 4}
    layout["yaxis3"] |= {"zeroline": True, "nticks": 4}
    drawn = chart(traces, height, **layout, showlegend=False, hoversubplots="axis")
    return drawn | {"linked": True, "fit": {"yaxis": "tight", "yaxis2": "zero", "yaxis3": "tight"}}


def _trace(steps: Steps, values: Returns, axis: str, name: str, written: str, rank: int) -> Trace:
    at = thinned(values, 2000)
    trace = line(
        name,
        milliseconds(steps.ts_ns[at], steps.period_ns),
        numbers(values[at], 3),
        ("accent", "short")[rank],
        (1.6, 1.3)[rank],
    )
    return trace | {"yaxis": axis, "yhoverformat": written}


def _written(counts: list[int]) -> str:
    return " and ".join(f"{count:,}" for count in counts)
