"""Write orders as Alpaca takes them, and read them as it shows them."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import structs

from tenfold.adapters.alpaca.moments import moment_ns
from tenfold.adapters.alpaca.quantities import Number, Quantities, decimal, price_of, price_text
from tenfold.domain.errors import OrderError, VenueError
from tenfold.domain.order import Order, OrderStatus, OrderType, Side, TimeInForce
from tenfold.execution.reports import Amend, Place, VenueOrder

_TYPES: Final[Mapping[OrderType, tuple[str, str]]] = {
    OrderType.MARKET: ("market", ""),
    OrderType.MARKET_ON_OPEN: ("market", "opg"),
    OrderType.MARKET_ON_CLOSE: ("market", "cls"),
    OrderType.LIMIT: ("limit", ""),
    OrderType.STOP: ("stop", ""),
    OrderType.STOP_LIMIT: ("stop_limit", ""),
    OrderType.TRAILING_STOP: ("trailing_stop", ""),
}
"""Alpaca's type of each of ours, and the time in force that goes with it; what is missing it does not have."""

_OUR_TYPES: Final = {theirs: ours for ours, (theirs, tif) in _TYPES.items() if not tif}

_TIMES: Final[Mapping[str, TimeInForce]] = {
    "day": "day", "gtc": "gtc", "opg": "opg", "cls": "cls", "ioc": "ioc", "fok": "fok",
}  # fmt: skip

_LIVE: Final = frozenset(
    {
        "new", "accepted", "pending_new", "accepted_for_bidding", "pending_review", "partially_filled", "held", "stopped", "suspended",
        "calculated", "done_for_day",
    }
)  # fmt: skip
"""States in which an order may still fill; `done_for_day` goes on the next day."""

_STATES: Final[Mapping[str, OrderStatus]] = {
    "pending_cancel": OrderStatus.PENDING_CANCEL,
    "pending_replace": OrderStatus.PENDING_REPLACE,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
    "replaced": OrderStatus.REPLACED,
}
"""What the other states are in ours; a word that is in neither table is `UNKNOWN`."""


class OrderBody(msgspec.Struct, frozen=True, gc=False):
    """Hold an order as it travels to us; what is not named here is left aside. One of several legs has neither symbol nor side."""

    id: str
    status: str
    symbol: str | None = None
    side: str | None = None
    client_order_id: str = ""
    qty: Number = None
    filled_qty: Number = "0"
    filled_avg_price: Number = None
    updated_at: str | None = None
    submitted_at: str | None = None
    created_at: str | None = None
    type: str | None = None
    time_in_force: str = ""
    limit_price: Number = None
    stop_price: Number = None
    trail_price: Number = None
    trail_percent: Number = None
    replaced_by: str | None = None
    replaces: str | None = None
    order_class: str = ""
    legs: "list[OrderBody] | None" = None


class _TakeProfit(msgspec.Struct, frozen=True, gc=False):
    limit_price: str


class _StopLoss(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    stop_price: str
    limit_price: str | None = None


class _Asked(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Hold an order as it travels from us."""

    symbol: str
    qty: str
    side: str
    type: str
    time_in_force: str
    client_order_id: str
    limit_price: str | None = None
    stop_price: str | None = None
    trail_price: str | None = None
    trail_percent: str | None = None
    order_class: str | None = None
    take_profit: _TakeProfit | None = None
    stop_loss: _StopLoss | None = None


class _Changed(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Hold a replacement as it travels from us."""

    client_order_id: str
    limit_price: str | None = None
    stop_price: str | None = None
    trail: str | None = None


_ENCODE: Final = msgspec.json.Encoder().encode


def encode_place(request: Place, quantities: Quantities) -> bytes:
    """Return the body that asks for an order, its legs with it; with a partner, for both exits of a position as one-cancels-other.

    Raises OrderError where Alpaca has no such order.
    """
    order, stop = request.order, request.partner
    kind, forced = _TYPES.get(order.type, ("", ""))
    tif = forced or _TIMES.get(order.tif)
    if not kind or tif is None:
        raise OrderError(f"Alpaca has no {order.type} order that is {order.tif}: {order.order_id}")
    asked = _Asked(
        symbol=order.symbol,
        qty=quantities.text(order.symbol, order.qty),
        side=order.side.value,
        type=kind,
        time_in_force=tif,
        client_order_id=order.order_id,
        limit_price=_text_of(order.limit_price),
        stop_price=_text_of(order.stop_price),
        trail_price=_text_of(order.trail),
        trail_percent=_percent_of(order.trail_frac),
    )
    if stop is not None:
        if asked.limit_price is None or stop.stop_price is None:
            raise OrderError(f"two exits of which one cancels the other are a limit and a stop: {order.order_id}")
        loss = _StopLoss(price_text(stop.stop_price), _text_of(stop.limit_price))
        asked = structs.replace(asked, order_class="oco", take_profit=_TakeProfit(asked.limit_price), stop_loss=loss)
    for leg in request.legs:
        asked = structs.replace(asked, order_class="bracket" if len(request.legs) > 1 else "oto")
        if leg.stop_price is not None:
            asked = structs.replace(asked, stop_loss=_StopLoss(price_text(leg.stop_price), _text_of(leg.limit_price)))
        elif leg.limit_price is not None:
            asked = structs.replace(asked, take_profit=_TakeProfit(price_text(leg.limit_price)))
    return _ENCODE(asked)


def encode_amend(request: Amend) -> bytes:
    """Return the body that asks for other prices."""
    return _ENCODE(
        _Changed(
            client_order_id=request.successor_id,
            limit_price=_text_of(request.limit_price),
            stop_price=_text_of(request.stop_price),
            trail=_text_of(request.trail) or _percent_of(request.trail_frac),
        )
    )


def venue_order(body: OrderBody, quantities: Quantities) -> VenueOrder:
    """Return an order in our units; VenueError where it cannot be told exactly."""
    symbol = quantities.of_order(body.symbol or "", body.qty)
    ours, side = quantities.trades(symbol), quantities.side(symbol, body.side)
    filled = quantities.lots(symbol, body.filled_qty or "0")
    qty = filled if body.qty is None else quantities.lots(symbol, body.qty)  # an amount of dollars has no quantity
    status = _STATES.get(body.status)
    if status is None:
        live = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.ACCEPTED
        status = live if body.status in _LIVE else OrderStatus.UNKNOWN
    moment = body.updated_at or body.submitted_at or body.created_at
    return VenueOrder(
        venue_id=body.id,
        order_id=body.client_order_id,
        symbol=symbol,
        side=side,
        qty=qty,
        filled=filled,
        status=status,
        state=body.status,
        average=price_of(body.filled_avg_price) if ours else 0.0,
        updated_ns=0 if moment is None else moment_ns(moment),
        replaced_by=body.replaced_by or "",
        replaces=body.replaces or "",
        order=_terms(body, symbol, side, qty) if ours else None,
        legs=tuple([venue_order(leg, quantities) for leg in body.legs]) if body.legs else (),
    )


def _terms(body: OrderBody, symbol: str, side: Side, qty: int) -> Order | None:
    """Return the terms of an order in ours, None where ours have no word for them."""
    tif = _TIMES.get(body.time_in_force)
    moment = body.submitted_at or body.created_at
    if qty < 1 or tif is None or moment is None or body.type not in _OUR_TYPES:
        return None
    try:
        return Order(
            order_id=body.client_order_id,
            ts_ns=moment_ns(moment),
            symbol=symbol,
            side=side,
            qty=qty,
            type=_OUR_TYPES[body.type],
            tif=tif,
            limit_price=price_of(body.limit_price) or None,
            stop_price=None
            if body.type == "trailing_stop"
            else price_of(body.stop_price) or None,  # it trails, and is told
            trail=price_of(body.trail_price) or None,
            trail_frac=None if body.trail_percent is None else float(decimal(body.trail_percent) / 100),
        )
    except (OrderError, VenueError):  # a stop whose collar became a limit, a time in force that its type does not take
        return None


def _text_of(price: float | None) -> str | None:
    return None if price is None else price_text(price)


def _percent_of(frac: float | None) -> str | None:
    return None if frac is None else f"{(decimal(frac) * 100).normalize():f}"
