"""Say in a line what happened, and what of it a person should look at."""

from collections.abc import Callable
from typing import Any, Final

from tenfold.domain.events import Adopted, Alerted, Busted, Difference, Event, Fitness, Revised
from tenfold.domain.order import Cancel, Command, Fill, Flatten, OrderStatus, OrderUpdate, Replace, Submit

_ENDS: Final = frozenset({OrderStatus.REJECTED, OrderStatus.ABANDONED, OrderStatus.EXPIRED})


def alarm_of(event: Event) -> str:
    """Return what a person should look at, "" where an event is in order."""
    match event:
        case Adopted(stray=True):
            return f"a stray order of an older epoch is cancelled: {event.order_id}, {event.side} {event.qty:,} {event.symbol}"
        case Difference():
            what = " ".join(one for one in (event.kind, event.symbol, event.order_id) if one)
            return (
                f"not the same at the venue: {what}, {event.ours:,} here, {event.theirs:,} there {event.text}".rstrip()
            )
        case Alerted():
            return f"the quality of {event.source} fell to {event.score:g} {event.text}".rstrip()
        case Busted():
            return f"the venue took back a fill of {event.qty:,} {event.symbol} at {event.price:g}"
        case OrderUpdate(status=OrderStatus.ABANDONED):
            return f"order {event.order_id} was given up: {event.text}"
    return ""


def news_of(record: Event | Command) -> str:
    """Return what is worth a line, "" where nothing is."""
    told = _NEWS.get(type(record))
    return "" if told is None else told(record)


def _submit(command: Submit) -> str:
    order = command.order
    return f"{order.side} {order.qty:,} {order.symbol} {order.type} ({order.order_id})"


def _change(command: Cancel | Replace) -> str:
    return f"{type(command).__name__.lower()} {command.order_id}"


def _fill(fill: Fill) -> str:
    return f"filled: {fill.side} {fill.qty:,} {fill.symbol} at {fill.price:g} ({fill.order_id})"


def _update(update: OrderUpdate) -> str:
    return f"order {update.order_id} {update.status}: {update.text}" if update.status in _ENDS else ""


def _adopted(event: Adopted) -> str:
    return f"order {event.order_id} from elsewhere was taken up: {event.side} {event.qty:,} {event.symbol}"


def _fitness(event: Fitness) -> str:
    return f"{event.symbol} is fit to be traded on" if event.fit else f"{event.symbol} is not traded on: {event.reason}"


def _revised(event: Revised) -> str:
    return f"a bar of {event.bar.symbol} changed: {event.cause.replace('_', ' ')}"


_NEWS: Final[dict[type, Callable[[Any], str]]] = {
    Submit: _submit,
    Cancel: _change,
    Replace: _change,
    Flatten: lambda _: "flatten",
    Fill: _fill,
    OrderUpdate: _update,
    Adopted: _adopted,
    Fitness: _fitness,
    Revised: _revised,
}
