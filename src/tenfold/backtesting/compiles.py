"""Say what the compiled path takes; everything else goes to the event path, and nothing is ignored."""

from collections.abc import Sequence
from typing import Any, Final

from tenfold.domain.rules import Rules
from tenfold.kernels.fold import Fold

TABLE: Final = (
    ("strategy", "a fold or a panel fold", "compiled"),
    ("strategy", "scores given as an array", "compiled"),
    ("strategy", "an object with on_bar(window)", "event"),
    ("data", "bars and quote bars with any further columns, any number of symbols", "compiled"),
    ("data", "quotes, trades or L2: orders work in the book between the bars", "event"),
    ("orders", "the vote's: market, on the open, on the close, limit, stop; gtc and day", "compiled"),
    ("orders", "attached stop, target and trailing stop", "compiled"),
    ("orders", "of a strategy with on_event(event, view): every type, time in force and class", "event"),
    ("venue", "every convention of `matching`, latency included", "compiled"),
    ("costs", "fee by fraction, maker and taker, by share, minimum; every slippage model; participation", "compiled"),
    ("costs", "fees by tier of a venue", "event"),
    ("costs", "borrow, margin interest, dividends, funding of perpetuals", "compiled"),
    ("sizing", "quantity, fraction of equity or cash, volatility, capped Kelly; rebalancing", "compiled"),
    (
        "limits",
        "position, gross, net, leverage, cash buffer, intraday margin, concentration, number and correlation of positions, "
        "size of an order; daily loss, drawdown, maintenance; every reset policy",
        "compiled",
    ),
    ("vote", "any weights, thresholds and quorum", "compiled"),
    ("events", "an operator's halt, resume or change of limits", "event"),
    ("journal", "a journal that keeps every event and command", "event"),
)
"""Rows of (area, what, path): the whole of `compiles(config)`, and the source of its page in the docs."""


IN_THE_BOOK: Final = "orders work in the book of the ticks between the bars"
"""Why a run over ticks never takes the compiled path."""


def obstacles(
    strategies: Sequence[Any], rules: Rules, *, journaled: bool = False, operated: bool = False, ticked: bool = False
) -> list[str]:
    """Return why a run cannot take the compiled path; empty where it can."""
    found = [
        f"{type(strategy).__name__} is no fold: it is asked bar by bar"
        for strategy in strategies
        if not isinstance(strategy, Fold)
    ]
    if rules.costs.schedules:
        found.append("fees by tier depend on what was traded before")
    if journaled:
        found.append("a journal keeps every event and command")
    if operated:
        found.append("an operator's events are to be replayed")
    if ticked:
        found.append(IN_THE_BOOK)
    return found


def compiles(
    strategies: Sequence[Any], rules: Rules, *, journaled: bool = False, operated: bool = False, ticked: bool = False
) -> bool:
    """Say whether a run takes the compiled path."""
    return not obstacles(strategies, rules, journaled=journaled, operated=operated, ticked=ticked)
