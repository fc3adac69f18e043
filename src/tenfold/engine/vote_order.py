"""Make the order that a vote asks for."""

from typing import Final

from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, OrderType, Reason, Side, TimeInForce
from tenfold.domain.rules import Rules
from tenfold.kernels import fills
from tenfold.kernels.costs import snapped

KINDS: Final = {OrderType.LIMIT: fills.AT_LIMIT, OrderType.STOP: fills.AT_STOP}
TIMES: Final[dict[OrderType, TimeInForce]] = {OrderType.MARKET_ON_OPEN: "opg", OrderType.MARKET_ON_CLOSE: "cls"}


def vote_order(
    order_id: str, ts_ns: int, instrument: Instrument, delta: int, reason: Reason, kind: OrderType, tif: TimeInForce,
    close: float, rules: Rules,
) -> Order:  # fmt: skip
    """Return the order for signed lots, with the exits that the rules attach; a limit or stop stands off the `close` that decides."""
    exits = rules.exits
    side = Side.BUY if delta > 0 else Side.SELL
    level = None
    if kind in KINDS:
        wanted = fills.entry_level(side.sign, close, rules.entry.offset_frac, KINDS[kind])
        level = snapped(wanted, instrument.tick_size)
    return Order(
        order_id=order_id,
        ts_ns=ts_ns,
        symbol=instrument.symbol,
        side=side,
        qty=abs(delta),
        type=kind,
        tif=tif,
        limit_price=level if kind is OrderType.LIMIT else None,
        stop_price=level if kind is OrderType.STOP else None,
        reason=reason,
        stop_frac=exits.stop_frac,
        target_frac=exits.target_frac,
        trailing_frac=exits.trail_frac,
    )
