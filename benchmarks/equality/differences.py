"""Show, by the smallest example each, what a platform does that Tenfold deliberately does not copy."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import vectorbt as vbt
from backtesting import Backtest, Strategy
from in_backtesting import frame_of, row_of
from markets import Market
from outcome import Row

from scenes import Platform
from tenfold import backtest
from tenfold.domain.rules import Account, Costs, Entry, Exits, Sizing
from tenfold.simulation.profiles import profile_of

Bar = tuple[float, float, float, float]
QUIET: Bar = (100.0, 100.0, 100.0, 100.0)
PLUNGE: Bar = (100.0, 101.0, 94.0, 96.0)


@dataclass(frozen=True)
class Difference:
    """Hold one named difference: round trips here and there, and why ours stays."""

    platform: Platform
    name: str
    why: str
    theirs: Callable[[], tuple[Row, ...]]
    ours: Callable[[], tuple[Row, ...]]
    expected: tuple[tuple[Row, ...], tuple[Row, ...]]


def market(*bars: Bar) -> Market:
    """Return a market of a few bars."""
    return Market("X", *(np.array(values) for values in zip(*bars, strict=True)), 86_400)


def in_backtesting(found: Market, orders: dict[int, Callable[[Any], object]], **terms: Any) -> tuple[Row, ...]:
    """Return the trades of a strategy that calls `orders[bar]` at the close of a bar."""

    class Scripted(Strategy):
        def init(self) -> None:
            """Need nothing."""

        def next(self) -> None:
            """Do what is due at this bar."""
            orders.get(len(self.data) - 1, lambda strategy: None)(self)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few bars, and of trades left open
        run = Backtest(frame_of(found), Scripted, **{"cash": 10_000.0, **terms}).run()
    return tuple(sorted(row_of(one) for one in [*run["_strategy"].closed_trades, *run["_strategy"].trades]))


def in_vectorbt(found: Market, entries: list[int], exits: list[int], **terms: Any) -> tuple[Row, ...]:
    """Return the trades of signals at some bars."""
    bars = np.arange(len(found.close))
    prices = {"open": found.open, "high": found.high, "low": found.low}
    signals = {"entries": np.isin(bars, entries), "exits": np.isin(bars, exits)}
    given = {"init_cash": 10_000.0, "size": 10.0, "freq": "1d", **prices, **signals, **terms}
    return tuple(
        (int(one.entry_idx), int(one.exit_idx) if one.status else -1, float(one.entry_price),
         float(one.exit_price) if one.status else 0.0, float(one.size))
        for one in vbt.Portfolio.from_signals(found.close, **given).trades.records.itertuples()
    )  # fmt: skip


def in_tenfold(found: Market, votes: list[float], platform: Platform, **sections: Any) -> tuple[Row, ...]:
    """Return the round trips of Tenfold under the profile of the platform, ten shares and 10,000 of cash."""
    given = {"account": Account(cash=10_000.0), "sizing": Sizing(method="quantity", quantity=10.0), **sections}
    scores = np.array(votes, float)[:, None]
    trips = backtest(scores=scores, bars=found.bars(), rules=profile_of(platform, **given)).run.trades
    return tuple(
        (int(one["entry_bar"]), -1 if one["open"] else int(one["exit_bar"]), round(float(one["entry_price"]), 9),
         0.0 if one["open"] else round(float(one["exit_price"]), 9), float(one["lots"] * one["side"]))
        for one in trips
    )  # fmt: skip


RISING = market(QUIET, QUIET, (110.0, 110.0, 110.0, 110.0), (110.0, 110.0, 110.0, 110.0))
FLAT = market(QUIET, QUIET, QUIET, QUIET)
TOUCHING = market(QUIET, QUIET, (100.0, 105.0, 99.5, 100.0), QUIET)
PLUNGING = market(QUIET, QUIET, QUIET, PLUNGE, QUIET)
CLIMBING = market(
    QUIET, QUIET, (100.0, 110.0, 100.0, 110.0), (110.0, 110.0, 104.0, 106.0), (106.0, 106.0, 106.0, 106.0)
)

ENTERED = {"entries": [2], "exits": [3]}
ON_OPEN = {"stop_entry_price": "fillprice"}

DIFFERENCES = (
    Difference(
        "backtesting.py", "relative sizes are taken at the price of the fill",
        "nobody knows that price when the order is sent; Tenfold sizes at the close that decides",
        lambda: in_backtesting(RISING, {1: lambda one: one.buy(size=0.5)}),
        lambda: in_tenfold(RISING, [0, 1, 1, 1], "backtesting.py", sizing=Sizing(method="fraction", fraction=0.5)),
        (((2, -1, 110.0, 0.0, 45.0),), ((2, -1, 110.0, 0.0, 50.0),)),
    ),
    Difference(
        "backtesting.py", "`spread` is paid by entries alone",
        "a quoted spread costs both ways; Tenfold's slippage does",
        lambda: in_backtesting(FLAT, {1: lambda one: one.buy(size=10), 2: lambda one: one.position.close()}, spread=0.01),
        lambda: in_tenfold(FLAT, [0, 1, 0, 0], "backtesting.py", costs=Costs(slippage_bps=100.0)),
        (((2, 3, 101.0, 100.0, 10.0),), ((2, 3, 101.0, 99.0, 10.0),)),
    ),
    Difference(
        "backtesting.py", "the target of a stop entry can fill in its bar, its stop-loss cannot",
        "one rule for both legs; what happens after an entry inside a bar is left to the next bar",
        lambda: in_backtesting(TOUCHING, {1: lambda one: one.buy(size=10, stop=102.0, tp=104.04)}),
        lambda: in_tenfold(TOUCHING, [0, 1, 1, 1], "backtesting.py", entry=Entry(order="stop", offset_frac=0.02),
                           exits=Exits(target_frac=0.02)),
        (((2, 2, 102.0, 104.04, 10.0),), ((2, -1, 102.0, 0.0, 10.0),)),
    ),
    Difference(
        "backtesting.py", "a stop-loss inside a bar comes before an opposite order at its open",
        "the open comes first: the stop belongs to a position that is gone (`position.close()` goes first there too)",
        lambda: in_backtesting(PLUNGING, {1: lambda one: one.buy(size=10, sl=95.0), 2: lambda one: one.sell(size=10)}),
        lambda: in_tenfold(PLUNGING, [0, 1, 0, 0, 0], "backtesting.py", exits=Exits(stop_frac=0.05)),
        (((2, 3, 100.0, 95.0, 10.0), (3, -1, 100.0, 0.0, -10.0)), ((2, 3, 100.0, 100.0, 10.0),)),
    ),
    Difference(
        "vectorbt", "signals fill at the close that produced them",
        "that close is known only once it is too late to trade at it; shift signals and give `price=open` to wait",
        lambda: in_vectorbt(RISING, [1], []),
        lambda: in_tenfold(RISING, [0, 1, 1, 1], "vectorbt"),
        (((1, -1, 100.0, 0.0, 10.0),), ((2, -1, 110.0, 0.0, 10.0),)),
    ),
    Difference(
        "vectorbt", "a bar that reaches a stop drops the order at its open",
        "the open comes first",
        lambda: in_vectorbt(PLUNGING, **ENTERED, price=PLUNGING.open, sl_stop=0.05, **ON_OPEN),
        lambda: in_tenfold(PLUNGING, [0, 1, 0, 0, 0], "vectorbt", exits=Exits(stop_frac=0.05)),
        (((2, 3, 100.0, 95.0, 10.0),), ((2, 3, 100.0, 100.0, 10.0),)),
    ),
    Difference(
        "vectorbt", "stops are measured from the close of the entry's bar, whatever the entry paid",
        "a stop-loss limits the loss on what was paid; `stop_entry_price=\"fillprice\"` does that there",
        lambda: in_vectorbt(CLIMBING, [2], [], price=CLIMBING.open, sl_stop=0.05),
        lambda: in_tenfold(CLIMBING, [0, 1, 1, 1, 1], "vectorbt", exits=Exits(stop_frac=0.05)),
        (((2, 3, 100.0, 104.5, 10.0),), ((2, -1, 100.0, 0.0, 10.0),)),
    ),
    Difference(
        "vectorbt", "a stop-loss pays no slippage",
        "a triggered stop is a market order; `stop_exit_price=\"stopmarket\"` does that there",
        lambda: in_vectorbt(PLUNGING, [2], [], price=PLUNGING.open, sl_stop=0.05, slippage=0.01, **ON_OPEN),
        lambda: in_tenfold(PLUNGING, [0, 1, 1, 1, 1], "vectorbt", exits=Exits(stop_frac=0.05), costs=Costs(slippage_bps=100.0)),
        (((2, 3, 101.0, 95.95, 10.0),), ((2, 3, 101.0, 94.9905, 10.0),)),
    ),
    Difference(
        "vectorbt", "an order beyond the cash is filled in part, in fractions of a share",
        "what cash allows is decided when the order is sent; here it opens dearer and is filled whole",
        lambda: in_vectorbt(RISING, [2], [], price=RISING.open, init_cash=1_000.0, size=50.0),
        lambda: in_tenfold(RISING, [0, 1, 1, 1], "vectorbt", account=Account(cash=1_000.0),
                           sizing=Sizing(method="quantity", quantity=50.0)),
        (((2, -1, 110.0, 0.0, 1000.0 / 110.0),), ((2, -1, 110.0, 0.0, 10.0),)),
    ),
)  # fmt: skip
