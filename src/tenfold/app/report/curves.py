"""Draw equity with its drawdown and benchmark, the rolling Sharpe ratio, and the run without its breakers."""

import math

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.report.calendar import Steps
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, token
from tenfold.app.thinning import thinned
from tenfold.metrics.drawdown import drawdown_series
from tenfold.metrics.performance import deviation, growth, ratio
from tenfold.metrics.rolling import rolling_sharpe


def equity_chart(analysis: Analysis) -> Chart:
    """Return equity against buy and hold above, the drawdowns of both below."""
    run = analysis.run
    held = growth(analysis.benchmark) * run.rules.account.cash
    matched = growth(analysis.benchmark * _scale(analysis)) * run.rules.account.cash
    traces = [
        _series(analysis, "Equity", run.equity, "accent", 1.9),
        _series(analysis, "Buy and hold", held, "muted", 1.3),
        _series(analysis, "Buy and hold, volatility matched", matched, "short", 1.3) | {"visible": "legendonly"},
        _series(analysis, "Drawdown", drawdown_series(analysis.returns), "loss", 1.0)
        | {"yaxis": "y2", "fill": "tozeroy", "fillcolor": token("loss-faint")},
        _series(analysis, "Drawdown of buy and hold", drawdown_series(analysis.benchmark), "muted", 1.0)
        | {"yaxis": "y2"},
    ]
    return chart(
        traces,
        520,
        yaxis={"domain": [0.34, 1.0], "title": {"text": run.bars.currency}, "tickformat": ",.3~s"},
        yaxis2={"domain": [0.0, 0.27], "tickformat": ".0%", "title": {"text": "Drawdown"}},
        xaxis={"anchor": "y2"},
    )


def _scale(analysis: Analysis) -> float:
    """Return the share of the benchmark that has the volatility of the run; 0 where it has none."""
    scale = ratio(deviation(analysis.returns), deviation(analysis.benchmark))
    return scale if math.isfinite(scale) else 0.0


def rolling_chart(steps: Steps) -> Chart:
    """Return the Sharpe ratio of each window, with zero marked."""
    values = rolling_sharpe(steps.returns, steps.window, steps.periods)
    at = thinned(values)
    trace = line("Sharpe ratio", milliseconds(steps.ts_ns[at], steps.period_ns), numbers(values[at], 4), "accent")
    return chart([trace], 260, yaxis={"zeroline": True, "zerolinecolor": token("muted")}, showlegend=False)


def counterfactual_chart(analysis: Analysis, without: NDArray[np.float64]) -> Chart:
    """Return equity with and without the breakers, each trip marked."""
    run = analysis.run
    traces = [
        _series(analysis, "With breakers", run.equity, "accent", 1.9),
        _series(analysis, "Without breakers", without, "short", 1.3),
    ]
    shapes = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1,
         "line": {"color": token("loss"), "width": 1, "dash": "dot"}}
        for x in milliseconds(np.array([trip.ts_ns for trip in run.trips[:200]], np.int64), run.bars.period_ns)
    ]  # fmt: skip
    return chart(traces, 300, yaxis={"title": {"text": run.bars.currency}, "tickformat": ",.3~s"}, shapes=shapes)


def _series(analysis: Analysis, name: str, values: NDArray[np.float64], colour: str, width: float) -> Trace:
    at = thinned(values)
    times = milliseconds(analysis.run.bars.ts_ns[at], analysis.run.bars.period_ns)
    return line(name, times, numbers(values[at], 8), colour, width)
