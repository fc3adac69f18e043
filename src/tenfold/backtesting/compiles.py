"""Say what the compiled path takes; everything else goes to the event path, and nothing is ignored."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tenfold.domain.bars import Bars
from tenfold.domain.rules import Limits, Rules
from tenfold.domain.units import NS_PER_SECOND
from tenfold.kernels.fold import Fold

TABLE: Final = (
    ("strategy", "a fold or a panel fold", "compiled"),
    ("strategy", "scores given as an array", "compiled"),
    ("strategy", "an object with on_bar(window)", "event"),
    ("data", "bars and quote bars with any further columns, any number of symbols", "compiled"),
    ("data", "quotes, trades or L2: orders work in the book between the bars", "event"),
    ("orders", "the vote's: market, on the open, on the close, limit, stop; gtc and day", "compiled"),
    ("orders", "the vote's some minutes before each close, filled in it", "event"),
    ("orders", "attached stop, target and trailing stop, as fractions or in average true ranges", "compiled"),
    ("orders", "of a strategy with on_event(event, view): every type, time in force and class", "event"),
    ("venue", "every convention of `matching`, latency included", "compiled"),
    ("costs", "fee by fraction, maker and taker, by share, minimum; every slippage model; participation", "compiled"),
    ("costs", "fees by tier of a venue", "event"),
    ("costs", "borrow, margin interest, dividends, funding of perpetuals", "compiled"),
    ("sizing", "quantity, fraction of equity or cash, volatility, capped Kelly; rebalancing", "compiled"),
    (
        "limits",
        "position, gross, net, leverage, cash buffer, intraday margin, concentration, number and correlation of positions, "
        "size of an order, price collar; daily loss, drawdown, maintenance; every reset policy",
        "compiled",
    ),
    (
        "limits",
        "what a live loop alone knows: quotes, halts, buying power, clock, unknown orders; self-cross",
        "compiled",
    ),
    ("limits", "order and message rate, duplicates: where the bars are too far apart for them to bind", "compiled"),
    ("limits", "the same on finer bars; share of a day's volume, restricted symbols, regular hours", "event"),
    ("limits", "breakers on refusals, differences and the quality of data: a backtest has none of them", "compiled"),
    ("limits", "breakers that cascade; losses in a row, slippage", "event"),
    ("vote", "any weights, thresholds and quorum", "compiled"),
    ("events", "an operator's halt, resume or change of limits", "event"),
    ("journal", "a journal that keeps every event and command", "event"),
)
"""Rows of (area, what, path): the whole of `compiles(config)`, and the source of its page in the docs."""


IN_THE_BOOK: Final = "orders work in the book of the ticks between the bars"
"""Why a run over ticks never takes the compiled path."""


def obstacles(
    strategies: Sequence[Any], rules: Rules, bars: Bars | None = None, *, journaled: bool = False, operated: bool = False,
    ticked: bool = False,
) -> list[str]:  # fmt: skip
    """Return why a run cannot take the compiled path; empty where it can. `bars` say whether a rate could bind."""
    found = [
        f"{type(strategy).__name__} is no fold: it is asked bar by bar"
        for strategy in strategies
        if not isinstance(strategy, Fold)
    ]
    if rules.costs.schedules:
        found.append("fees by tier depend on what was traded before")
    if rules.entry.decide_before_close_s is not None:
        found.append("a day that is decided on before its close comes as two bars, and strategies see the first alone")
    found += _limiting(rules.limits, bars)
    if journaled:
        found.append("a journal keeps every event and command")
    if operated:
        found.append("an operator's events are to be replayed")
    if ticked:
        found.append(IN_THE_BOOK)
    return found


def _limiting(limits: Limits, bars: Bars | None) -> list[str]:
    """Return which limits need the event path."""
    found = []
    if limits.volume_frac_max is not None:
        found.append("a share of the day's volume depends on the days before")
    if limits.restricted:
        found.append("a list of restricted symbols is asked order by order")
    if limits.regular_hours:
        found.append("regular hours are asked order by order")
    if limits.cascade:
        found.append("breakers cascade step by step")
    if limits.losses_max is not None or limits.slippage_bps_max is not None:
        found.append("losses in a row and slippage depend on what was filled before")
    rates = [most for most in (limits.order_rate_max, limits.message_rate_max) if most is not None]
    if rates and not _apart(bars, limits.rate_window_s, min(rates)):
        found.append("a rate of orders could bind on these bars")
    if limits.duplicate_window_s is not None and not _apart(bars, limits.duplicate_window_s):
        found.append("orders could be duplicates on these bars")
    return found


def _apart(bars: Bars | None, seconds: float, most: int | None = None) -> bool:
    """Say whether no two bars fall into a window, and one sends less than so many messages: two a symbol."""
    if bars is None or (most is not None and 2 * len(bars.symbols) > most):
        return False
    return len(bars) < 2 or int(np.diff(bars.ts_ns).min()) >= seconds * NS_PER_SECOND


def compiles(strategies: Sequence[Any], rules: Rules, bars: Bars | None = None) -> bool:
    """Say whether a run takes the compiled path."""
    return not obstacles(strategies, rules, bars)
