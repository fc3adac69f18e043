"""Say in a line what happened, and what of it a person should look at."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from tenfold.domain.events import (
    Adopted,
    Alerted,
    Busted,
    CashFlow,
    Difference,
    Event,
    Fitness,
    PositionRestated,
    Reconciled,
    Revised,
    Switched,
    Weighed,
)
from tenfold.domain.order import Cancel, Command, Fill, Flatten, OrderStatus, OrderUpdate, Replace, Submit
from tenfold.domain.units import NS_PER_SECOND, format_ns, money_scale

_ALARM: Final = "ALARM "
_KEPT: Final = 50
_FAR_NS: Final = 30 * NS_PER_SECOND
_MONEY: Final = 10 ** money_scale("USD")
_LASTING: Final = frozenset({"cash", "position", "stock"})
"""Differences that are over once everything is known, and are not told again with it."""
_ENDS: Final = frozenset({OrderStatus.REJECTED, OrderStatus.ABANDONED, OrderStatus.EXPIRED})


def alarm_of(event: Event) -> str:
    """Return what a person should look at, "" where an event is in order."""
    match event:
        case Adopted(stray=True):
            return f"a stray order of an older epoch is cancelled: {event.order_id}, {event.side} {event.qty:,} {event.symbol}"
        case Difference():
            return _difference(event)
        case Alerted():
            return f"the quality of {event.source} fell to {event.score:g} {event.text}".rstrip()
        case Busted():
            return f"the venue took back a fill of {event.qty:,} {event.symbol} at {event.price:g}"
        case OrderUpdate(status=OrderStatus.ABANDONED):
            return f"order {event.order_id} was given up: {event.text}"
    return ""


def _difference(event: Difference) -> str:
    if event.kind == "stock":
        return f"the account cannot be read: {event.text}"
    if event.kind == "foreign_symbol":
        return f"order {event.order_id} of others in the account trades {event.symbol}, which this run does not: left alone"
    what = " ".join(one for one in (event.kind, event.symbol, event.order_id) if one)
    ours, theirs = f"{event.ours:,}", f"{event.theirs:,}"
    if event.kind == "cash":
        ours, theirs = f"{event.ours / _MONEY:,.2f}", f"{event.theirs / _MONEY:,.2f}"
    return f"not the same at the venue: {what}, {ours} here, {theirs} there {event.text}".rstrip()


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


def _restated(event: PositionRestated) -> str:
    return f"the position in {event.symbol} is {event.lots:+,}, as the account has it"


def _flow(event: CashFlow) -> str:
    """Name cash that moved; what brings a new run to the cash of the account has no name at the venue."""
    if not event.flow_id or not event.units:
        return ""
    return f"{' of '.join(one for one in (event.kind, event.symbol) if one)}: {event.units / _MONEY:+,.2f}"


def _fitness(event: Fitness) -> str:
    return f"{event.symbol} is fit to be traded on" if event.fit else f"{event.symbol} is not traded on: {event.reason}"


def _switched(event: Switched) -> str:
    why = f": {event.before} is {event.reason}" if event.reason else ", which is fit again"
    return f"{event.symbol} comes from {event.source}{why}"


def _weighed(event: Weighed) -> str:
    weights = ", ".join(f"{weight:.3g}" for weight in event.weights)
    return f"members vote by weights of {weights}: {event.reason}"


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
    CashFlow: _flow,
    PositionRestated: _restated,
    Fitness: _fitness,
    Revised: _revised,
    Switched: _switched,
    Weighed: _weighed,
}


class Heard:
    """Pass lines on, and keep what a person should look at, whoever says it: also before a session trades and after it has ended.

    Attributes
    ----------
    alarms : the latest
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.alarms: deque[str] = deque(maxlen=_KEPT)
        self._say = say

    def say(self, text: str) -> None:
        """Take a line, from any thread."""
        if text.startswith(_ALARM):
            self.alarms.append(text.removeprefix(_ALARM))
        self._say(text)


class Alarms:
    """Say what a person should look at, each thing once for as long as it stays as it is.

    Attributes
    ----------
    lines : the latest, with their moments
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.lines: deque[str] = deque(maxlen=_KEPT)
        self._say = say
        self._same: dict[str, str] = {}
        self._lasting: set[str] = set()  # since everything was known last
        self._troubles: dict[str, str] = {}

    def tell(self, ts_ns: int, text: str) -> None:
        """Say a line."""
        line = f"{format_ns(ts_ns)}  {text}"
        self.lines.append(line)
        self._say(f"{_ALARM}{line}")

    def keep(self, ts_ns: int, what: str, text: str) -> None:
        """Say how something stands, where it did not stand so before; "" where it is in order."""
        before, self._same[what] = self._same.get(what, ""), text
        if text and text != before:
            self.tell(ts_ns, text)

    def event(self, event: Event) -> bool:
        """Say what is not in order about an event, a difference once for as long as it stays the same; False where it is."""
        text = alarm_of(event)
        if isinstance(event, Difference):
            what = f"{event.kind} {event.symbol} {event.order_id}"
            self.keep(event.ts_ns, what, text)
            if event.kind != "stock":  # nothing is known before that is over
                self._lasting.add(what)
        elif isinstance(event, Reconciled):
            self._agreed()
        elif text:
            self.tell(event.ts_ns, text)
        return bool(text)

    def _agreed(self) -> None:
        """Take that everything is known: what was told of the account and was not told again is over, and news where it comes back."""
        over = [one for one in self._same if one.partition(" ")[0] in _LASTING and one not in self._lasting]
        for what in over:
            del self._same[what]
        self._lasting.clear()

    def refused(self, update: OrderUpdate, others: Iterable[str]) -> None:
        """Say of an order that the venue refused which orders from elsewhere may hold what it was to trade."""
        if update.status is OrderStatus.REJECTED and (names := ", ".join(others)):
            text = f"{names} from elsewhere works in {update.symbol} and may hold what is to be closed there: cancel it where it came from"
            self.keep(update.ts_ns, f"held {update.symbol}", text)

    def stream(self, ts_ns: int, name: str, trouble: str, follows: str = "nothing is opened until it does") -> None:
        """Say why a stream does not stand, where it did not at the look before either."""
        before, self._troubles[name] = self._troubles.get(name, ""), trouble
        if trouble == before:
            self.keep(ts_ns, name, f"{name} does not stand, {follows}: {trouble}" if trouble else "")

    def clock(self, ts_ns: int, offset_ns: int) -> None:
        """Say that the venue's clock and ours are far apart, once."""
        ahead = "ahead of" if offset_ns > 0 else "behind"
        far = abs(offset_ns) >= _FAR_NS
        text = f"our clock is far {ahead} the venue's: nothing is opened; was the exchange started anew?" if far else ""
        self.keep(ts_ns, "clock", text)
