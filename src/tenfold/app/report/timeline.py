"""Draw the whole run over one time axis: equity, drawdown, exposure, and price, trades, volume and vote of a symbol."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.report.chart import (
    MONEY_DIGITS,
    Chart,
    Trace,
    chart,
    line,
    milliseconds,
    numbers,
    panels,
    shared,
    token,
)
from tenfold.app.report.overlays import Overlay, overlay_traces
from tenfold.app.report.trips import trip_marks, trip_paths, trip_returns
from tenfold.app.thinning import POINTS_MAX as SERIES_MAX
from tenfold.app.thinning import thinned
from tenfold.metrics.drawdown import drawdown_series, drawdowns
from tenfold.metrics.performance import deviation, growth, ratio

SYMBOL_POINTS_MAX: Final = 60_000
"""Points of all symbols' panels together, so that a report of a hundred symbols stays a file that opens."""

CANDLES_MAX: Final = 100_000
"""Candles of all symbols together; where there would be more, closes are all there is."""

DRAWDOWNS: Final = 5
"""Falls from a peak that are marked on the equity curve."""

PANELS: Final = {
    "yaxis": ("Equity", 250),
    "yaxis2": ("Drawdown", 80),
    "yaxis3": ("Exposure, a multiple of equity", 80),
    "yaxis4": ("Price and trades", 270),
    "yaxis5": ("Return of each round trip, net", 80),
    "yaxis6": ("Volume", 50),
    "yaxis7": ("Vote: share of weight, short below 0", 70),
}


def timeline_chart(analysis: Analysis, symbols: list[int] | None = None, overlays: tuple[Overlay, ...] = ()) -> Chart:
    """Return the panels, with a variant for each of `symbols` (all by default)."""
    run = analysis.run
    chosen = list(range(len(run.bars.symbols))) if symbols is None else symbols
    below = {} if all(one.priced for one in overlays) else {"yaxis8": ("Indicators", 100)}
    drawn = PANELS | {"yaxis": (f"Equity, {run.bars.currency}", PANELS["yaxis"][1])} | below
    if not analysis.voted:
        del drawn["yaxis7"]
    height, layout = panels(drawn)
    formats = {"yaxis": ",.3~s", "yaxis2": ".0%", "yaxis3": ".1f", "yaxis4": "", "yaxis5": ".0%", "yaxis6": ".2~s", "yaxis7": ".0%"}  # fmt: skip
    for name in formats.keys() & layout.keys():
        written = formats[name]
        layout[name] |= {"tickformat": written, "nticks": 5 if layout[name]["domain"][1] - layout[name]["domain"][0] > 0.2 else 3}  # fmt: skip
    if analysis.voted:
        layout["yaxis7"] |= {"range": [-1.05, 1.05], "tickvals": [-1, 0, 1], "zeroline": True}
    at = _positions(analysis)
    marks, notes = _drawdown_marks(analysis)
    layout["annotations"] += notes
    picture = chart(_account(analysis, at), height, **layout, shapes=marks, hoversubplots="axis")
    return picture | {
        "linked": True,
        "fit": {"yaxis": "tight", "yaxis2": "zero", "yaxis3": "zero", "yaxis4": "tight", "yaxis5": "zero", "yaxis6": "zero"}
        | dict.fromkeys(below, "tight"),
        "shared": {"bars": milliseconds(run.bars.ts_ns[at], run.bars.period_ns)},
        "variants": [_symbol(analysis, symbol, at, overlays) for symbol in chosen],
    }  # fmt: skip


def _positions(analysis: Analysis) -> NDArray[np.int64]:
    """Return the bars at which the account's series are drawn: their extremes are among them."""
    run = analysis.run
    series = (run.equity, drawdown_series(analysis.returns), run.gross_units.astype(np.float64))
    if len(run.bars) <= SERIES_MAX:
        return np.arange(len(run.bars))
    return np.unique(np.concatenate([thinned(one, 1600) for one in series]))


def _account(analysis: Analysis, at: NDArray[np.int64]) -> list[Trace]:
    run, x = analysis.run, shared("bars")
    cash = run.rules.account.cash
    held = growth(analysis.benchmark) * cash
    matched = growth(analysis.benchmark * _scale(analysis)) * cash
    long = np.maximum(analysis.weights, 0.0).sum(axis=1)
    short = np.minimum(analysis.weights, 0.0).sum(axis=1)

    # a benchmark many times as far from the start as the run would leave of the run a flat line
    swamped = bool(np.ptp(held) > 4.0 * np.ptp(run.equity))
    plain, scaled = ("legendonly", True) if swamped else (True, "legendonly")

    def series(name: str, values: NDArray[np.float64], colour: str, width: float, written: str, **more: Any) -> Trace:
        digits = MONEY_DIGITS if written.startswith(",") else 4
        return line(name, x, numbers(values[at], digits), colour, width, yhoverformat=written, **more)

    fill = {"fill": "tozeroy", "showlegend": False}
    return [
        series("Equity", run.equity, "accent", 1.9, ",.2f"),
        series("Buy and hold", held, "muted", 1.3, ",.2f", visible=plain, legendgroup="held"),
        series("Buy and hold, volatility matched", matched, "short", 1.3, ",.2f", visible=scaled),
        series("Drawdown", drawdown_series(analysis.returns), "loss", 1.0, ".2%", yaxis="y2", fillcolor=token("loss-faint"), **fill),
        series("Drawdown of buy and hold", drawdown_series(analysis.benchmark), "muted", 1.0, ".2%", yaxis="y2", showlegend=False, visible=plain, legendgroup="held"),
        series("Long", long, "long", 1.0, ".2f", yaxis="y3", fillcolor=token("long-faint"), **fill),
        series("Short", short, "short", 1.0, ".2f", yaxis="y3", fillcolor=token("short-faint"), **fill),
        series("Leverage (gross)", long - short, "ink", 1.0, ".2f", yaxis="y3", showlegend=False),
    ]  # fmt: skip


def _scale(analysis: Analysis) -> float:
    """Return the share of the benchmark that has the volatility of the run; 0 where it has none."""
    scale = ratio(deviation(analysis.returns), deviation(analysis.benchmark))
    return scale if math.isfinite(scale) else 0.0


def _drawdown_marks(analysis: Analysis) -> tuple[list[Trace], list[Trace]]:
    """Return the deepest falls as bands from peak to recovery, and their numbers."""
    times = milliseconds(analysis.run.bars.ts_ns, analysis.run.bars.period_ns)
    shapes, notes = [], []
    for rank, fall in enumerate(drawdowns(analysis.returns, DRAWDOWNS), 1):
        start, stop = times[max(fall.start, 0)], times[-1 if fall.recovery is None else fall.recovery]
        shapes.append(
            {"type": "rect", "xref": "x", "x0": start, "x1": stop, "yref": "y domain", "y0": 0, "y1": 1, "layer": "below",
             "fillcolor": token("loss-faint"), "line": {"width": 0}}
        )  # fmt: skip
        notes.append(
            {"text": str(rank), "xref": "x", "x": start, "yref": "y domain", "y": 0, "xanchor": "left", "yanchor": "bottom",
             "showarrow": False, "font": {"size": 11, "color": token("loss")}}
        )  # fmt: skip
    return shapes, notes


def _symbol(analysis: Analysis, symbol: int, at: NDArray[np.int64], overlays: tuple[Overlay, ...]) -> Chart:
    """Return the panels of one symbol as a variant."""
    run = analysis.run
    symbols, total = len(run.bars.symbols), len(run.bars)
    closes = analysis.closes[:, symbol]
    most = max(min(SERIES_MAX, SYMBOL_POINTS_MAX // symbols), 200)
    whole = total <= most and len(at) == total
    shown = np.arange(total) if whole else thinned(closes, most)
    x = shared("bars" if whole else "times")
    arrays: dict[str, Any] = {"close": numbers(closes[shown], 6)}
    if not whole:
        arrays["times"] = milliseconds(run.bars.ts_ns[shown], run.bars.period_ns)
    traces = [line("Close", x, shared("close"), "ink", 1.2, yaxis="y4", showlegend=False, yhoverformat=",.6~g")]
    if whole and total * symbols <= CANDLES_MAX:
        traces.append(_candles(analysis, symbol))
    traces += overlay_traces(overlays, symbol, shown, x)
    traces += trip_paths(analysis, symbol, "y4") + trip_marks(analysis, symbol, "y4")
    traces += trip_returns(analysis, symbol, "y5")
    traces.append(_volume(analysis, symbol, shown, x))
    if analysis.voted:
        traces.append(_vote(analysis, symbol, shown, x))
    return {"data": traces, "layout": {}, "shared": arrays}


def _candles(analysis: Analysis, symbol: int) -> Trace:
    """Return open, high, low and close, drawn where few enough bars are in view."""
    rows, usable = analysis.run.bars.rows[:, symbol], analysis.run.bars.usable[:, symbol]
    sides = {name: numbers(np.where(usable, rows[name], np.nan), 6) for name in ("open", "high", "low")}
    return {
        "type": "candlestick",
        "name": "Bar",
        "x": shared("bars"),
        **sides,
        "close": shared("close"),
        "yaxis": "y4",
        "visible": False,
        "showlegend": False,
        "meta": "candles",
        "increasing": {"line": {"color": token("gain"), "width": 1}},
        "decreasing": {"line": {"color": token("loss"), "width": 1}},
        "yhoverformat": ",.6~g",
    }


def _volume(analysis: Analysis, symbol: int, shown: NDArray[np.int64], x: Any) -> Trace:
    """Return volume, its mean over the bars up to the next that is shown."""
    bars = analysis.run.bars
    volume = np.where(bars.usable[:, symbol], bars.rows["volume"][:, symbol], np.nan)
    known = np.isfinite(volume)
    count = np.add.reduceat(known.astype(np.int64), shown)
    mean = np.divide(
        np.add.reduceat(np.where(known, volume, 0.0), shown), count, out=np.full(len(shown), np.nan), where=count > 0
    )
    return line(
        "Volume", x, numbers(mean, 3), "muted", 0.8, yaxis="y6", showlegend=False,
        fill="tozeroy", fillcolor=token("idle"), yhoverformat=".3~s",
    )  # fmt: skip


def _vote(analysis: Analysis, symbol: int, shown: NDArray[np.int64], x: Any) -> Trace:
    """Return direction times agreement, in steps."""
    run = analysis.run
    values = (run.direction[:, symbol] * run.agreement[:, symbol]).astype(np.float64)
    trace = line("Vote", x, numbers(values[shown], 2), "accent", 1.0, yaxis="y7", showlegend=False, yhoverformat=".0%")
    trace["line"] = {"color": token("accent"), "width": 1, "shape": "hv"}
    return trace | {"fill": "tozeroy", "fillcolor": token("accent-faint")}
