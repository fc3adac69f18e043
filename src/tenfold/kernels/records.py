"""Lay out the records that the portfolio kernel reads and writes."""

from typing import Any, Final, NamedTuple

import numpy as np

LANES: Final = 8
"""Sums of returns are kept in eight lanes by bar number, so that any grouping of bars adds in the same order."""

MONEY_LIMIT: Final = 4.611686018427388e18
"""2^62 as a float: the bound of exact money."""

LOTS_LIMIT: Final = 2147483648.0
"""2^31 as a float: the bound of a position."""

RULES: Final = np.dtype(
    [
        ("fee_frac", "f8"),
        ("fee_maker_frac", "f8"),
        ("fee_minimum", "f8"),  # money units
        ("slippage", "i8"),  # kernels.costs
        ("slippage_frac", "f8"),
        ("impact", "f8"),
        ("participation", "f8"),  # 0 is no limit, as in all bounds below
        ("borrow", "f8"),
        ("margin", "f8"),  # yearly rate on borrowed cash
        ("sizing", "i8"),  # kernels.sizing
        ("on_cash", "i8"),  # whether fractions are of cash
        ("fraction", "f8"),
        ("cap", "f8"),
        ("window", "i8"),
        ("periods", "f8"),  # bars a year
        ("rebalance", "f8"),
        ("ballot", "f8"),
        ("enter", "f8"),
        ("hold", "f8"),
        ("quorum", "i8"),
        ("position_max", "f8"),
        ("gross_max", "f8"),
        ("beside", "i8"),  # whether any of the limits on what is held beside is set
        ("net_max", "f8"),
        ("margin_min", "f8"),
        ("concentration_max", "f8"),
        ("positions_max", "i8"),
        ("correlation_max", "f8"),
        ("correlation_window", "i8"),
        ("collar", "f8"),
        ("order_max", "f8"),  # value of one order, money units
        ("daily_loss_max", "f8"),
        ("drawdown_max", "f8"),
        ("reset_sessions", "i8"),
        ("stop", "f8"),
        ("target", "f8"),
        ("trail", "f8"),
        ("stop_atr", "f8"),
        ("target_atr", "f8"),
        ("trail_atr", "f8"),
        ("atr_window", "i8"),  # 0 where no exit needs it
        ("exits", "i8"),  # whether any exit is attached
        ("leverage_max", "f8"),
        ("maintenance", "f8"),
        ("short", "i8"),
        ("kind", "i8"),  # kernels.fills: how orders of the vote fill
        ("moo", "i8"),
        ("offset", "f8"),
        ("day", "i8"),  # whether they expire with their session
        ("quote_side", "i8"),
        ("through", "i8"),
        ("gap", "i8"),  # kernels.fills: what an order pays that a bar opens beyond
        ("trail_after", "i8"),
        ("entry_exits", "i8"),  # kernels.fills: whether exits can fire in the bar of their entry
        ("idle_flags", "i8"),  # flags of bars in which nothing fills
        ("stale_waits", "i8"),
        ("latency_ns", "i8"),
        ("crosses_zero", "i8"),
        ("quiet", "i8"),  # whether nothing but a change of vote can cause an order
    ],
    align=True,
)

TERMS: Final = np.dtype(
    [
        ("units_per_price", "f8"),
        ("tick", "f8"),
        ("lot_size", "f8"),
        ("fee_per_lot", "f8"),  # money units
        ("min_notional", "f8"),  # money units
        ("quantity", "i8"),  # lots
        ("order_lots_max", "i8"),  # lots of one order, 0 is no limit
        ("mark_max", "f8"),  # largest value of one lot on this data, money units
    ],
    align=True,
)

SYMBOL: Final = np.dtype(
    [
        ("lots", "i8"),
        ("cost", "i8"),
        ("realised", "i8"),
        ("fees", "i8"),
        ("pending", "i8"),  # signed lots still to fill
        ("pending_reason", "i8"),
        ("pending_order", "i8"),
        ("pending_after", "i8"),  # fills only in sessions after this one
        ("pending_from", "i8"),  # fills only in bars that open at this moment or later
        ("pending_kind", "i8"),  # kernels.fills
        ("pending_level", "f8"),  # of a limit or stop
        ("pending_day", "i8"),  # whether it expires with its session
        ("pending_session", "i8"),  # the first session in which it could fill
        ("pending_stop", "f8"),  # exits that its fills attach, as fractions
        ("pending_target", "f8"),
        ("pending_trail", "f8"),
        ("entry_order", "i8"),
        ("trail_frac", "f8"),  # of the order that entered last
        ("stop", "f8"),
        ("target", "f8"),
        ("trailed", "i8"),  # whether the stop is where trailing moved it
        ("mark", "i8"),  # value of one lot at the last close
        ("last_close", "f8"),
        ("variance", "f8"),
        ("count", "i8"),
        ("edge", "f8"),
        ("edge_count", "i8"),
        ("atr", "f8"),  # average true range
        ("ranges", "i8"),  # bars in it
        ("range_close", "f8"),
        ("direction", "i8"),
        ("wanted", "i8"),  # direction for which the position was last ordered
        ("stopped", "i8"),  # an exit fired since; no re-entry until the direction changes
    ],
    align=True,
)

BOOK: Final = np.dtype(
    [
        ("cash", "i8"),
        ("equity", "i8"),
        ("gross", "i8"),
        ("net", "i8"),
        ("fees", "i8"),
        ("borrow", "i8"),
        ("interest", "i8"),
        ("dividends", "i8"),
        ("peak", "f8"),  # of the breaker; starts again at a reset
        ("high", "i8"),  # of the statistics
        ("low", "i8"),  # least equity since the high
        ("day_start", "f8"),
        ("session", "i8"),
        ("tripped", "i8"),  # kernels.bounds
        ("sessions_left", "i8"),
        ("bars", "i8"),
        ("orders", "i8"),
        ("fills", "i8"),
        ("trades", "i8"),
        ("trips", "i8"),
        ("exposed", "i8"),
        ("bound", "i8", (11,)),  # how often each bound of kernels.bounds cut
        ("error", "i8"),
        ("max_drawdown", "f8"),  # up to the last high; `portfolio.drawdown` adds what followed
        ("sum_r", "f8", (LANES,)),
        ("sum_r2", "f8", (LANES,)),
    ],
    align=True,
)

TRIP: Final = np.dtype(
    [("bar", "i8"), ("rule", "i8"), ("value", "f8"), ("limit", "f8"), ("reset_bar", "i8")], align=True
)

NO_SESSION: Final = -(1 << 40)
"""Earlier than every session: nothing has happened yet."""

OVERFLOW: Final = 1
"""`BOOK.error`: an amount left the range of exact money."""


class Outputs(NamedTuple):
    """Hold what a run keeps, one row a bar (none in a sweep).

    `series` (T, 4) int64 takes equity, cash, gross and net; `lots` (T, S) int64; `direction` (T, S) int8;
    `agreement` (T, S) float32; `fills` records of FILL and `trips` of TRIP, as many as fit; `returns` (K, T) float64
    takes the return of each strategy and bar of a screening that keeps them.
    """

    series: Any
    lots: Any
    direction: Any
    agreement: Any
    fills: Any
    trips: Any
    returns: Any


class Single(NamedTuple):
    """Hold what only one symbol with one strategy has: flat views that vector passes need; empty for all others.

    `line` (T,) int64 are the marks; `flat` (tile,) float64 is the memory of the scores; `casts` int8 and `words`
    int64, its view eight ballots at a time, are scratch of at least tile + 8 ballots.
    """

    line: Any
    flat: Any
    casts: Any
    words: Any
