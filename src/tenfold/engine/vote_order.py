"""Make the order that a vote asks for."""

from typing import Final

from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, OrderType, Reason, Side, TimeInForce
from tenfold.domain.rules import Rules
from tenfold.execution.ticks import on_tick
from tenfold.kernels import fills
from tenfold.kernels.costs import snapped
from tenfold.kernels.sizing import exit_fraction

KINDS: Final = {OrderType.LIMIT: fills.AT_LIMIT, OrderType.STOP: fills.AT_STOP}
TIMES: Final[dict[OrderType, TimeInForce]] = {OrderType.MARKET_ON_OPEN: "opg", OrderType.MARKET_ON_CLOSE: "cls"}


def vote_order(
    order_id: str, ts_ns: int, instrument: Instrument, delta: int, reason: Reason, kind: OrderType, tif: TimeInForce,
    close: float, atr: float, rules: Rules, *, finer: bool = False,
) -> Order:  # fmt: skip
    """Return the order for signed lots, with the exits that the rules attach.

    A limit or stop, and exits in average true ranges `atr`, are measured from the `close` that decides; `finer` says that it goes to a venue
    that counts low prices in parts of a tick.
    """
    exits = rules.exits
    side = Side.BUY if delta > 0 else Side.SELL
    level = None
    if kind in KINDS:
        wanted = fills.entry_level(side.sign, close, rules.entry.offset_frac, KINDS[kind])
        level = (on_tick if finer else snapped)(wanted, instrument.tick_size)
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
        stop_frac=_distance(exits.stop_frac, exits.stop_atr, atr, close),
        target_frac=_distance(exits.target_frac, exits.target_atr, atr, close),
        trailing_frac=_distance(exits.trail_frac, exits.trail_atr, atr, close),
    )


def _distance(frac: float | None, multiple: float | None, atr: float, close: float) -> float | None:
    return frac if multiple is None else exit_fraction(0.0, multiple, atr, close)
