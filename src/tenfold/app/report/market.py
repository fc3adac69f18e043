"""Draw prices with the trades on them, and the votes with those who dissented, symbol by symbol."""

from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import money
from tenfold.app.report.chart import Chart, Trace, chart, line, milliseconds, numbers, token
from tenfold.app.thinning import bucket_edges, strength, thinned

POINTS_MAX: Final = 120_000
"""Points of all price charts together, so that a report of a hundred symbols stays a file that opens."""

TRIPS_MAX: Final = 1_500
"""Round trips drawn for one symbol; the others are counted, not drawn."""

BUCKETS_MAX: Final = 600

_SCALE: Final = [[0.0, token("short")], [0.5, token("idle")], [1.0, token("long")]]


def price_chart(analysis: Analysis, symbol: int) -> Chart:
    """Return the closes of a symbol with its entries, exits, and a line from one to the other."""
    run = analysis.run
    closes = analysis.closes[:, symbol]
    at = thinned(closes, max(min(4000, POINTS_MAX // len(run.bars.symbols)), 200))
    prices = line("Close", milliseconds(run.bars.ts_ns[at], run.bars.period_ns), numbers(closes[at], 8), "muted", 1.2)
    trades = shown_trades(analysis, symbol)
    return chart(
        [prices, *_paths(trades, won=True), *_paths(trades, won=False), *_markers(analysis, trades)],
        380,
        yaxis={"title": {"text": run.bars.currency}},
    )


def shown_trades(analysis: Analysis, symbol: int) -> NDArray[np.void]:
    """Return the round trips of a symbol that are drawn: those with the largest P&L where there are too many."""
    trades: NDArray[np.void] = analysis.trades[analysis.trades["symbol"] == symbol]
    if len(trades) <= TRIPS_MAX:
        return trades
    largest = np.argsort(-np.abs(trades["pnl_units"]), kind="stable")[:TRIPS_MAX]
    chosen: NDArray[np.void] = trades[np.sort(largest)]
    return chosen


def _paths(trades: NDArray[np.void], *, won: bool) -> list[Trace]:
    net = trades["pnl_units"] - trades["fee_units"]
    chosen = trades[(net > 0) == won]
    if not len(chosen):
        return []
    x: list[int | None] = []
    y: list[float | None] = []
    for row in chosen:
        x += [int(row["entry_ns"]) // 1_000_000, int(row["exit_ns"]) // 1_000_000, None]
        y += [float(row["entry_price"]), float(row["exit_price"]), None]
    colour = "gain" if won else "loss"
    return [
        {"type": "scatter", "mode": "lines", "name": "Gain" if won else "Loss", "x": x, "y": y, "hoverinfo": "skip",
         "line": {"color": token(colour), "width": 1.4, "dash": "dot"}}
    ]  # fmt: skip


def _markers(analysis: Analysis, trades: NDArray[np.void]) -> list[Trace]:
    unit = analysis.run.money
    hints = [
        f"{'long' if row['side'] > 0 else 'short'} {int(row['lots']):,} lots, P&L net of fees "
        f"{money((int(row['pnl_units']) - int(row['fee_units'])) / unit)}{' (open)' if row['open'] else ''}"
        for row in trades
    ]
    long = trades["side"] > 0
    done = trades["open"] == 0

    def marks(name: str, chosen: NDArray[np.bool_], end: str, shape: str, colour: str) -> Trace:
        rows = trades[chosen]
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": milliseconds(rows[f"{end}_ns"], analysis.run.bars.period_ns),
            "y": numbers(rows[f"{end}_price"], 8),
            "text": [hints[i] for i in np.flatnonzero(chosen)],
            "hovertemplate": "%{text}<br>%{x}, %{y}<extra></extra>",
            "marker": {
                "symbol": shape,
                "size": 8,
                "color": token(colour),
                "line": {"width": 1, "color": token("surface")},
            },
        }

    kinds = (
        ("Buy", long, "entry", "triangle-up", "long"),
        ("Sell short", ~long, "entry", "triangle-down", "short"),
        ("Exit", done, "exit", "circle", "ink"),
    )
    return [marks(*kind) for kind in kinds if kind[1].any()]


def votes_overview(analysis: Analysis) -> Chart:
    """Return one strip a symbol: long, short or no direction over time."""
    run = analysis.run
    starts = bucket_edges(len(run.bars), BUCKETS_MAX)
    strips = strength(run.direction, starts).T
    names = [escape(symbol) for symbol in run.bars.symbols]
    return chart([_strips(analysis, starts, strips, names)], max(90 + 26 * len(names), 140), **_strip_axes(names))


def votes_chart(analysis: Analysis, symbol: int) -> Chart:
    """Return the vote on a symbol, its members' ballots one strip each, and the agreement below."""
    run = analysis.run
    starts = bucket_edges(len(run.bars), max(min(BUCKETS_MAX, 60_000 // len(run.bars.symbols)), 60))
    rows = [strength(run.direction[:, symbol], starts)]
    names = ["Vote"]
    for k, member in enumerate(run.members if run.scores is not None else ()):
        rows.append(strength(analysis.ballots(k)[:, symbol], starts))
        names.append(f"{k + 1}. {escape(member)}")
    agreement = run.agreement[:, symbol].astype(np.float64)
    at = thinned(agreement, 1600)
    times = milliseconds(run.bars.ts_ns[at], run.bars.period_ns)
    below = line("Agreement", times, numbers(agreement[at], 3), "accent", 1.0, yaxis="y2")
    below |= {
        "line": {"color": token("accent"), "width": 1, "shape": "hv"},
        "hovertemplate": "agreement %{y:.0%}<extra></extra>",
    }
    height = 190 + 26 * len(names)
    split = 130 / height
    axes = _strip_axes(names)
    axes["yaxis"] = {**axes["yaxis"], "domain": [split + 0.04, 1.0]}
    rule = run.rules.vote.enter_frac
    return chart(
        [_strips(analysis, starts, np.array(rows), names), below],
        height,
        **axes,
        xaxis={"anchor": "y2"},
        yaxis2={"domain": [0.0, split], "range": [0, 1.02], "tickformat": ".0%", "title": {"text": "Agreement"}},
        shapes=[
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": rule, "y1": rule,
             "line": {"color": token("muted"), "width": 1, "dash": "dot"}}
        ],
    )  # fmt: skip


def _strips(analysis: Analysis, starts: NDArray[np.int64], rows: NDArray[np.float64], names: list[str]) -> Trace:
    return {
        "type": "heatmap",
        "x": milliseconds(analysis.run.bars.ts_ns[starts], analysis.run.bars.period_ns),
        "y": list(range(len(names))),
        "z": [numbers(row, 3) for row in rows],
        "zmin": -1,
        "zmax": 1,
        "colorscale": _SCALE,
        "showscale": False,
        "ygap": 3,
        "hovertemplate": "%{x}: %{z:.2f} (1 long, −1 short)<extra></extra>",
    }


def _strip_axes(names: list[str]) -> dict[str, Any]:
    return {
        "yaxis": {
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": names,
            "showgrid": False,
            "zeroline": False,
        },
        "hovermode": "closest",
        "showlegend": False,
    }
