"""Match orders against bars as the backtest does.

How it works. Each symbol, account and kind of hours has a `simulation.desk.Desk`, the same that stands behind the simulated
broker. A bar is known when it ends: what was at the venue as it opened meets all of it, what came while it ran waits for the
next. An order that arrives at the very moment of the last bar's end counts as there for the next, as in a backtest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from tenfold.domain.errors import OrderError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, Flag
from tenfold.domain.order import Order, OrderStatus, OrderType, Reason, Side
from tenfold.domain.rules import Rules
from tenfold.exchange.events import Edge, MarketEvent, Status
from tenfold.exchange.orders_to_match import NANO, End, Ended, Execution, Outcome, Ticket, Trailed
from tenfold.exchange.wire import nano_of, number
from tenfold.kernels.costs import fee_units
from tenfold.simulation.desk import Desk
from tenfold.simulation.fees import FeeRates
from tenfold.simulation.profiles import profile_of
from tenfold.simulation.slippage import Slippage
from tenfold.simulation.working import Working

_NANO_OF_UNIT: Final = 1000  # billionths of a dollar in the unit in which volumes are counted
_OFF_SESSION: Final = int(Flag.OFF_SESSION)
_FOR_EVER: Final = 1 << 62
_OF_THE_DAY: Final = ("day", "opg", "cls")
_WITHOUT_PLACE: Final = ("day", "gtc")  # between these two a change of time leaves an order where it is
_ENDS: Final[dict[OrderStatus, End]] = {
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.REJECTED: "rejected",
}


@dataclass(eq=False, slots=True)
class _Place:
    """Hold where an order works: its desk, and its name there, which stays while tickets take each other's place.

    `left` are the lots of it that did not trade.
    """

    desk: Desk
    ticket: Ticket
    name: str
    left: int

    @property
    def working(self) -> Working:
        return self.desk.working[self.name]


class BarMatching:
    """Fill tickets from bars; a `Matching`.

    Parameters
    ----------
    instruments : what is traded; quantities come in whole `lot_size`, prices on the `tick_size`
    rules : costs and conventions; by default those of the venue `alpaca`
    """

    def __init__(self, instruments: Sequence[Instrument], rules: Rules | None = None) -> None:
        rules = profile_of("alpaca") if rules is None else rules
        self._instruments = {i.symbol: i for i in instruments}
        self._lots = {i.symbol: round(i.lot_size * NANO) for i in instruments}
        self._costs = rules.costs
        self._matching = {False: rules.matching, True: replace(rules.matching, regular_hours=False)}
        self._slippage = Slippage(rules.costs)
        self._fees = FeeRates(rules.costs, instruments) if instruments else None
        self._desks: dict[str, dict[tuple[str, bool], Desk]] = {}  # by symbol, then account and extended hours
        self._places: dict[str, _Place] = {}  # of every live order
        self._named: dict[str, _Place] = {}  # the same by the names that desks know
        self._closes: dict[str, float] = {}
        self._shut: dict[str, int] = {}  # by symbol, bars that opened before are not traded: it was halted
        self._session: int | None = None
        self._last_ns = 0  # end of the last bar
        self._found: list[Outcome] = []

    # Matching

    def submit(self, ticket: Ticket) -> list[Outcome]:
        """Take a ticket; it works from the next bar that opens."""
        self._found = []
        order = self._order(ticket, ticket.order_id)
        if order is None:
            return [Ended(order_id=ticket.order_id, ts_ns=ticket.ts_ns, status="rejected")]
        desk = self._desk(ticket)
        self._places[ticket.order_id] = self._named[order.order_id] = _Place(desk, ticket, order.order_id, order.qty)
        desk.add(order, self._session)
        one = desk.working[order.order_id]
        self._wait(one, ticket)
        self._tell_trail(one, 0.0)
        return self._found

    def cancel(self, order_id: str, ts_ns: int) -> bool:
        """Take an order away; False where it is not there any more."""
        place = self._places.get(order_id)
        if place is None:
            return False
        self._found = []
        place.desk.drop(place.working, ts_ns, OrderStatus.CANCELED)
        return True

    def amend(self, ticket: Ticket, old_id: str) -> list[Outcome] | None:
        """Put a ticket in the place of an order, with its trigger and its best price; None where it is gone."""
        place = self._places.get(old_id)
        if place is None:
            return None
        old = place.ticket
        stays = (ticket.group, ticket.kind, ticket.side) == (old.group, old.kind, old.side)
        if not stays or not (ticket.tif == old.tif or {ticket.tif, old.tif} <= set(_WITHOUT_PLACE)):
            self.cancel(old_id, ticket.ts_ns)
            return self.submit(ticket)
        self._found = []
        order = self._order(ticket, place.name)
        if order is None:
            return [Ended(order_id=ticket.order_id, ts_ns=ticket.ts_ns, status="rejected")]
        one = place.working
        less = abs(one.left) >= order.qty and _prices(ticket) == _prices(old)
        level = one.level
        one.order, one.left, one.filled = order, order.side.sign * order.qty, 0
        one.price()
        place.ticket, place.left = ticket, order.qty
        self._places[ticket.order_id] = self._places.pop(old_id)
        if not less:
            self._wait(one, ticket)
        self._tell_trail(one, level)
        return self._found

    def on_market(self, event: MarketEvent) -> list[Outcome]:
        """Live through a bar, the edge of a day, or a halt; nothing else moves this market."""
        self._found = []
        if type(event) is Bar:
            self._on_bar(event)
        elif type(event) is Edge:
            self._on_edge(event)
        elif type(event) is Status:
            self._shut[event.symbol] = _FOR_EVER if event.halted else event.ts_ns
        return self._found

    def on_time(self, ts_ns: int) -> list[Outcome]:
        """Return nothing: between bars nothing happens here."""
        return []

    def next_due_ns(self) -> int | None:
        """Return None: nothing here waits for a time."""
        return None

    # the market

    def _on_bar(self, bar: Bar) -> None:
        desks = self._desks.get(bar.symbol)
        if desks and bar.open_ns >= self._shut.get(bar.symbol, 0):
            for desk in list(desks.values()):
                trails = [(one, one.level) for one in desk.working.values() if _trails(one)]
                desk.on_bar(bar)
                for one, level in trails:
                    if one.order.order_id in self._named:
                        self._tell_trail(one, level)
        self._closes[bar.symbol] = bar.close
        self._last_ns = bar.ts_ns
        if not bar.flags & _OFF_SESSION:
            self._session = bar.session

    def _on_edge(self, edge: Edge) -> None:
        """Begin a session, or end the orders of the day that came before its close or before the end of extended hours."""
        if edge.kind == "open":
            self._session = edge.day
        if edge.kind not in {"close", "post"}:
            return
        extended = edge.kind == "post"
        for place in list(self._places.values()):
            ticket = place.ticket
            of_day = ticket.tif in _OF_THE_DAY and ticket.extended_hours == extended and ticket.ts_ns < edge.ts_ns
            if of_day and place.name in self._named:  # else it went with its group
                place.desk.drop(place.working, edge.ts_ns, OrderStatus.EXPIRED)

    def _tell_trail(self, one: Working, before: float) -> None:
        if _trails(one) and one.level > 0.0 and one.level != before:
            order_id = self._named[one.order.order_id].ticket.order_id
            self._found.append(Trailed(order_id=order_id, best=nano_of(one.best), stop=nano_of(one.level)))

    # orders

    def _desk(self, ticket: Ticket) -> Desk:
        desks = self._desks.setdefault(ticket.symbol, {})
        key = (ticket.owner, ticket.extended_hours)
        if key not in desks:
            participation = self._costs.participation_frac_max or 0.0
            instrument = self._instruments[ticket.symbol]
            desks[key] = Desk(instrument, self._matching[ticket.extended_hours], participation, self)
            desks[key].close = self._closes.get(ticket.symbol, 0.0)
        return desks[key]

    def _order(self, ticket: Ticket, name: str) -> Order | None:
        """Return the desk's order by its name there, None where it can be none; an extended day ends with its edge."""
        lot = self._lots.get(ticket.symbol)
        if lot is None or ticket.qty <= 0 or ticket.qty % lot:
            return None
        try:
            return Order(
                order_id=name,
                ts_ns=ticket.ts_ns,
                symbol=ticket.symbol,
                side=Side.BUY if ticket.side > 0 else Side.SELL,
                qty=ticket.qty // lot,
                type=OrderType(ticket.kind),
                tif="gtc" if ticket.extended_hours and ticket.tif == "day" else ticket.tif,
                limit_price=None if ticket.limit is None else number(ticket.limit),
                stop_price=None if ticket.stop is None else number(ticket.stop),
                trail=None if ticket.trail is None else number(ticket.trail),
                trail_frac=ticket.trail_frac,
                order_class="oco" if ticket.group else "simple",
                parent_id=ticket.group or None,
                reason=Reason.ORDER,
            )
        except OrderError:
            return None

    def _wait(self, one: Working, ticket: Ticket) -> None:
        """Let an order that came while a bar ran wait for the next."""
        if ticket.ts_ns > self._last_ns:
            one.since_ns = max(one.since_ns, ticket.ts_ns)

    # what the desks ask for

    def slipped(self, desk: Desk, side: int, price: float, lots: int, bar: Bar) -> float:
        """Return the price after slippage, on the tick."""
        return self._slippage.price(desk.instrument, side, price, lots, bar)

    def book(
        self, desk: Desk, bar: Bar, order: Order, qty: int, price: float, unslipped: float, maker: bool, at_close: bool
    ) -> None:
        """Report a fill of signed lots; it happened at the bar's open or close, and not before its order came."""
        place = self._named[order.order_id]
        ticket = place.ticket
        size, paid = abs(qty) * self._lots[order.symbol], nano_of(price)
        at_ns = max(bar.ts_ns if at_close else bar.open_ns, ticket.ts_ns)
        fee = self._fee(order.symbol, bar.open_ns, size, paid, maker)
        self._found.append(Execution(order_id=ticket.order_id, ts_ns=at_ns, qty=size, price=paid, maker=maker, fee=fee))
        place.left -= abs(qty)
        if place.left == 0:
            self._forget(place)

    def update(self, order: Order, ts_ns: int, status: OrderStatus, filled: int = 0, text: str = "") -> None:
        """Report the end of an order."""
        if status not in _ENDS:
            return
        place = self._named[order.order_id]
        self._forget(place)
        at_ns = max(ts_ns, place.ticket.ts_ns)
        self._found.append(Ended(order_id=place.ticket.order_id, ts_ns=at_ns, status=_ENDS[status]))

    def _forget(self, place: _Place) -> None:
        del self._places[place.ticket.order_id], self._named[place.name]

    def _fee(self, symbol: str, ts_ns: int, size: int, price: int, maker: bool) -> int:
        """Return the fee of a fill in billionths of a dollar, and count it towards the tier."""
        if self._fees is None:
            return 0
        value = size * price // NANO
        rate = self._fees.rate(symbol, ts_ns, maker=maker)
        self._fees.traded(symbol, ts_ns, value // _NANO_OF_UNIT)
        return fee_units(1, value, rate, self._costs.fee_per_share * size, self._costs.fee_minimum * NANO)


def _trails(one: Working) -> bool:
    return one.order.type is OrderType.TRAILING_STOP


def _prices(ticket: Ticket) -> tuple[object, ...]:
    return (ticket.limit, ticket.stop, ticket.trail, ticket.trail_frac)
