"""Draw round trips: on the price, as returns, and as the list that leads to them."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money
from tenfold.app.report.chart import Trace, milliseconds, numbers, token
from tenfold.domain.order import REASONS
from tenfold.domain.units import NS_PER_MILLI
from tenfold.metrics.marks import units_per_price

TRIPS_MAX: Final = 1_500
"""Round trips drawn for one symbol; the others are counted, not drawn."""

LISTED_MAX: Final = 5_000
"""Round trips in the list; where there are more, those with the largest P&L."""


def shown_trips(analysis: Analysis, symbol: int) -> NDArray[np.int64]:
    """Return the positions of a symbol's round trips that are drawn: those with the largest P&L where they are too many."""
    return largest(analysis, np.flatnonzero(analysis.trades["symbol"] == symbol), TRIPS_MAX)


def largest(analysis: Analysis, trips: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most so many of the trips, in order: those whose P&L is the largest either way."""
    if len(trips) <= most:
        return trips
    order = np.argsort(-np.abs(analysis.trades["pnl_units"][trips]), kind="stable")[:most]
    return np.sort(trips[order])


def net_units(analysis: Analysis) -> NDArray[np.int64]:
    """Return the P&L of each round trip net of fees, money units."""
    return analysis.trades["pnl_units"] - analysis.trades["fee_units"]  # type: ignore[no-any-return]


def returns_frac(analysis: Analysis) -> NDArray[np.float64]:
    """Return the P&L net of fees over what was paid for the largest size held, at the entry's price."""
    trades = analysis.trades
    unit = units_per_price(analysis.run.bars)[trades["symbol"]]
    paid = trades["lots"] * trades["entry_price"] * unit
    found: NDArray[np.float64] = np.divide(net_units(analysis), paid, out=np.zeros(len(trades)), where=paid > 0.0)
    return found


def trip_paths(analysis: Analysis, symbol: int, axis: str) -> list[Trace]:
    """Return lines from entry to exit, those that gained and those that lost."""
    chosen = shown_trips(analysis, symbol)
    net = net_units(analysis)[chosen]
    period_ns = analysis.run.bars.period_ns
    found = []
    for name, trips in (("Gain", chosen[net > 0]), ("Loss", chosen[net <= 0])):
        if not len(trips):
            continue
        x: list[int | None] = []
        y: list[float | None] = []
        for row in analysis.trades[trips]:
            x += [*milliseconds(np.array([row["entry_ns"], row["exit_ns"]]), period_ns), None]
            y += [*numbers(np.array([row["entry_price"], row["exit_price"]]), 7), None]
        found.append(
            {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "hoverinfo": "skip", "yaxis": axis, "showlegend": False,
             "line": {"color": token(name.lower()), "width": 1.4, "dash": "dot"}}
        )  # fmt: skip
    return found


def trip_marks(analysis: Analysis, symbol: int, axis: str) -> list[Trace]:
    """Return entries and exits, each with the number of its trip, by which a click finds it in the list."""
    chosen = shown_trips(analysis, symbol)
    trades, net = analysis.trades[chosen], net_units(analysis)[chosen] / analysis.run.money
    said = [
        f"{'long' if row['side'] > 0 else 'short'} {int(row['lots']):,} lots, net {money(float(gain))}"
        for row, gain in zip(trades, net, strict=True)
    ]
    long = trades["side"] > 0
    kinds = (
        ("Buy", long, "entry", "triangle-up", "long"),
        ("Sell short", ~long, "entry", "triangle-down", "short"),
        ("Exit", trades["open"] == 0, "exit", "circle", "ink"),
    )
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": milliseconds(trades[f"{end}_ns"][which], analysis.run.bars.period_ns),
            "y": numbers(trades[f"{end}_price"][which], 7),
            "yaxis": axis,
            "text": [said[i] for i in np.flatnonzero(which)],
            "customdata": chosen[which].tolist(),
            "hovertemplate": "%{y:,.6~g}, %{text}",
            "marker": {"symbol": shape, "size": 8, "color": token(colour), "line": {"width": 1, "color": token("surface")}},
        }
        for name, which, end, shape, colour in kinds
        if which.any()
    ]  # fmt: skip


def trip_returns(analysis: Analysis, symbol: int, axis: str) -> list[Trace]:
    """Return the return of each trip at its exit."""
    chosen = shown_trips(analysis, symbol)
    if not len(chosen):
        return []
    returns = returns_frac(analysis)[chosen]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Round trip",
            "x": milliseconds(analysis.trades["exit_ns"][chosen], analysis.run.bars.period_ns),
            "y": numbers(returns, 4),
            "yaxis": axis,
            "customdata": chosen.tolist(),
            "showlegend": False,
            "yhoverformat": ".2%",
            "marker": {"size": 6, "color": [token("gain" if r > 0.0 else "loss") for r in returns]},
        }
    ]


def trip_list(analysis: Analysis) -> dict[str, Any]:
    """Return the rows of the list, a column each, with what leads to the chart."""
    run = analysis.run
    chosen = largest(analysis, np.arange(len(analysis.trades)), LISTED_MAX)
    trades = analysis.trades[chosen]
    adverse, favourable = (part[chosen] for part in analysis.excursions)
    reasons = np.array([*map(str, REASONS), ""])  # position -1: none yet
    return {
        "number": chosen.tolist(),
        "symbols": list(run.bars.symbols),
        "symbol": trades["symbol"].tolist(),
        "side": trades["side"].tolist(),
        "entry": milliseconds(trades["entry_ns"], run.bars.period_ns),
        "exit": milliseconds(trades["exit_ns"], run.bars.period_ns),
        "bars": (trades["exit_bar"] - trades["entry_bar"]).tolist(),
        "lots": trades["lots"].tolist(),
        "entry_price": numbers(trades["entry_price"], 7),
        "exit_price": numbers(trades["exit_price"], 7),
        "net": [round(float(value), 8) for value in net_units(analysis)[chosen] / run.money],
        "return": numbers(returns_frac(analysis)[chosen], 4),
        "adverse": numbers(adverse, 4),
        "favourable": numbers(favourable, 4),
        "reason": reasons[trades["reason"]].tolist(),
        "open": trades["open"].tolist(),
        "period": run.bars.period_ns // NS_PER_MILLI,
    }
