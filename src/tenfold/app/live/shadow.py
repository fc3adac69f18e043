"""Stand in for a venue's orders on stage shadow: what is decided on live data is simulated on live quotes, and nothing leaves.

How it works. Order management asks this as it asks a venue, and hears the same reports. Orders stand in the books of the simulated
exchange, which the venue's own quotes, prints, halts and bands fill; sessions end what is good for the day. What stands here is part of
no journal of its own: after a restart it is rebuilt from what order management knows, so that what nobody was told of has not happened.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from msgspec.structs import replace

from tenfold.app.live.shadow_order import ShadowOrder, ticket_of, venue_id_of
from tenfold.domain.instrument import Instrument
from tenfold.domain.live_market import LiveValue, PriceBands, Print, TradingStatus
from tenfold.domain.market import Quote, Trade
from tenfold.domain.order import Order, OrderStatus
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.exchange import events as happenings
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.orders_to_match import Ended, Execution, Outcome
from tenfold.exchange.sessions import Sessions
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import (
    Amend,
    Answered,
    Connected,
    LookUp,
    Place,
    Report,
    Request,
    Stock,
    Streamed,
    TakeStock,
    VenueFill,
    Withdraw,
)
from tenfold.execution.reports import Outcome as Answer
from tenfold.kernels.accounting import unit_value
from tenfold.market.halts import Halts, is_band
from tenfold.market.live_bars import is_print
from tenfold.ports import Clock

LOOK_S: Final = 0.2
"""Longest time for which nothing is looked at."""
_KEPT_NS: Final = NS_PER_DAY
_DAYS_AHEAD: Final = 10
_MOST: Final = 1e9
"""Books hold no price and no size from here on."""
_STATUS: Final = {
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}


class ShadowVenue:
    """Take orders, and fill them here.

    Parameters
    ----------
    sessions : of the market, None where it never closes
    hear : gets each report

    Attributes
    ----------
    trouble : "", since nothing stands between this and who asks
    """

    trouble = ""

    def __init__(
        self, instruments: Iterable[Instrument], sessions: Sequence[Session] | None, clock: Clock, hear: Callable[[Report], None]
    ) -> None:  # fmt: skip
        self._instruments = {one.symbol: one for one in instruments}
        self._sessions = None if sessions is None else Sessions(sessions)
        self._clock = clock
        self._hear = hear
        self._matching = BookMatching(dict.fromkeys(self._instruments, "quotes"))
        self._orders: dict[str, ShadowOrder] = {}
        self._by_name: dict[str, ShadowOrder] = {}
        self._fills: list[VenueFill] = []
        self._lots = dict.fromkeys(self._instruments, 0)
        self._last: dict[str, float] = {}
        self._halts = Halts()
        self._cash_units = 0
        self._edges: deque[happenings.Edge] = deque()  # of the days to come

    def restore(self, blotter: Blotter) -> None:
        """Stand where order management says that the account stands."""
        now_ns = self._clock.now_ns()
        self._lots.update(blotter.reconciliation.lots)
        self._cash_units = blotter.reconciliation.cash_units
        self._begin(now_ns)
        for tracked in blotter.working():
            for part in tracked.live:
                if part.venue_id and not tracked.external:
                    self._enter(tracked.asked(part), tracked.order.ts_ns, part.filled)

    async def run(self) -> None:
        """Let time pass until the task is cancelled."""
        self._hear(Connected(ts_ns=self._clock.now_ns()))
        while True:
            self._live(self._clock.now_ns())
            due_ns, rate = self._matching.next_due_ns(), getattr(self._clock, "rate", 1)
            wait_s = LOOK_S if due_ns is None else (due_ns - self._clock.now_ns()) / NS_PER_SECOND / rate
            await asyncio.sleep(min(max(wait_s, 0.001), LOOK_S))

    def show(self, values: Iterable[LiveValue]) -> None:
        """Live through what the venue told of the market, as of now."""
        now_ns = self._clock.now_ns()
        self._live(now_ns)
        for value in values:
            event = _event(value, now_ns) if value.symbol in self._lots else None
            if event is None:
                continue
            if isinstance(value, TradingStatus) and not self._halts.status(value, now_ns):
                continue
            if isinstance(value, Print) and self._halts.traded(value, now_ns):  # nobody heard that it resumed
                self._take(self._matching.on_market(_resumed(value.symbol, now_ns)))
            if isinstance(event, Trade):
                self._last[event.symbol] = event.price
            self._take(self._matching.on_market(event))

    async def ask(self, request: Request, wanted: Callable[[Request], bool] | None = None) -> Answered | Stock:
        """Return the answer to a request."""
        now_ns = self._clock.now_ns()
        self._live(now_ns)
        match request:
            case Place(order=order):
                if wanted is not None and not wanted(request):
                    return _answered("place", order.order_id, now_ns, Answer.REFUSED, text="it is not wanted any more")
                return self._place(request, now_ns)
            case Withdraw(venue_id=venue_id, order_id=order_id):
                return self._withdraw(venue_id, order_id, now_ns)
            case LookUp(order_id=order_id, venue_id=venue_id):
                one = self._orders.get(venue_id) or self._by_name.get(order_id)
                outcome = Answer.REFUSED if one is None else Answer.ACK
                return _answered("look_up", order_id, now_ns, outcome, one)
            case Amend(successor_id=successor_id):
                return _answered("amend", successor_id, now_ns, Answer.REFUSED, text="it is cancelled and placed anew")
            case TakeStock():
                return self._stock(request, now_ns)

    def power(self, told_units: int) -> int:
        """Return what may be opened here, of what the account itself may open."""
        worth = 0
        for symbol, lots in self._lots.items():
            worth += abs(lots) * unit_value(self._last.get(symbol, 0.0), self._instruments[symbol].units_per_price)
        return told_units - worth

    def close(self) -> None:
        """Let go: what stands here ends with the process."""

    # requests

    def _place(self, request: Place, now_ns: int) -> Answered:
        order = request.order
        if request.legs or request.partner is not None:
            return _answered("place", order.order_id, now_ns, Answer.REFUSED, text="orders are simulated one by one")
        known = self._by_name.get(order.order_id)
        if known is None:
            if ticket_of(order, self._instruments[order.symbol], order.qty, now_ns) is None:
                text = f"an order {order.type} {order.tif} is not simulated on live quotes"
                return _answered("place", order.order_id, now_ns, Answer.REFUSED, text=text)
            known = self._enter(order, now_ns, 0)
        return _answered("place", order.order_id, now_ns, Answer.ACK, known)

    def _enter(self, order: Order, ts_ns: int, filled: int) -> ShadowOrder:
        """Let an order stand, or end where its day is over."""
        one = self._orders[venue_id_of(order)] = self._by_name[order.order_id] = ShadowOrder(
            order, self._instruments[order.symbol], ts_ns, filled
        )
        if order.tif in {"day", "opg", "cls"} and self._sessions is not None:
            over_ns = _last_moment(self._sessions, ts_ns)
            if over_ns <= self._clock.now_ns():
                one.end(OrderStatus.EXPIRED, over_ns)
                return one
        ticket = ticket_of(order, one.instrument, order.qty - filled, ts_ns)
        if ticket is not None:
            self._take(self._matching.submit(ticket))
        return one

    def _withdraw(self, venue_id: str, order_id: str, now_ns: int) -> Answered:
        one = self._orders.get(venue_id)
        if one is None or not one.live:
            return _answered("withdraw", order_id, now_ns, Answer.REFUSED, text="it does not work any more")
        self._matching.cancel(one.venue_id, now_ns)
        one.end(OrderStatus.CANCELED, now_ns)
        self._tell("canceled", one, now_ns)
        return _answered("withdraw", order_id, now_ns, Answer.ACK)

    def _stock(self, asked: TakeStock, now_ns: int) -> Stock:
        old = [one for one in self._orders.values() if not one.live and one.updated_ns < now_ns - _KEPT_NS]
        for one in old:
            del self._orders[one.venue_id], self._by_name[one.order.order_id]
        self._fills = [fill for fill in self._fills if fill.ts_ns >= now_ns - _KEPT_NS]
        found = {one.venue_id: one for one in self._orders.values() if one.live}
        missing = []
        for look in asked.orders:
            looked = self._orders.get(look.venue_id) or self._by_name.get(look.order_id)
            if looked is None:
                missing.append(look.order_id)
            else:
                found[looked.venue_id] = looked
        return Stock(
            ts_ns=now_ns,
            orders=tuple(one.shown() for one in found.values()),
            fills=tuple(fill for fill in self._fills if fill.ts_ns >= asked.since_ns),
            positions={symbol: lots for symbol, lots in self._lots.items() if lots},
            cash_units=self._cash_units,
            missing=tuple(missing),
            number=asked.number,
        )

    # time and market

    def _begin(self, now_ns: int) -> None:
        """Begin in the part of the trading day that it is."""
        if self._sessions is None:
            return
        day = self._sessions.day_of(now_ns)
        past = [edge for one in (day - 1, day) for edge in self._sessions.edges(one) if edge.ts_ns <= now_ns]
        if past:
            self._matching.on_market(past[-1])
        else:
            self._matching.on_market(happenings.Edge(ts_ns=now_ns, kind="post", day=day - 1))
        self._live(now_ns)

    def _live(self, now_ns: int) -> None:
        """Let the edges of days pass, and orders arrive that are on their way."""
        while self._edges and self._edges[0].ts_ns <= now_ns:
            self._take(self._matching.on_market(self._edges.popleft()))
        if self._sessions is not None and not self._edges:
            day = self._sessions.day_of(now_ns)
            coming = (edge for one in range(day, day + _DAYS_AHEAD) for edge in self._sessions.edges(one))
            self._edges.extend(edge for edge in coming if edge.ts_ns > now_ns)
        self._take(self._matching.on_time(now_ns))

    def _take(self, outcomes: Iterable[Outcome]) -> None:
        """Take up what the books report."""
        for outcome in outcomes:
            one = self._orders.get(outcome.order_id)
            if one is None or not one.live:
                continue
            if isinstance(outcome, Execution):
                self._executed(one, outcome)
            elif isinstance(outcome, Ended):
                one.end(_STATUS[outcome.status], self._clock.now_ns())
                self._tell(outcome.status, one, self._clock.now_ns())

    def _executed(self, one: ShadowOrder, outcome: Execution) -> None:
        now_ns, order = self._clock.now_ns(), one.order
        lots, price = one.executed(outcome.qty, outcome.price, now_ns)
        if not lots:
            return
        self._lots[order.symbol] += order.side.sign * lots
        self._cash_units -= order.side.sign * lots * unit_value(price, one.instrument.units_per_price)
        fill = VenueFill(
            execution_id=f"{one.venue_id}:{one.filled}", venue_id=one.venue_id, order_id=order.order_id, symbol=order.symbol,
            side=order.side, qty=lots, price=price, ts_ns=now_ns, cumulative=one.filled, position=self._lots[order.symbol],
        )  # fmt: skip
        self._fills.append(fill)
        self._tell("partial_fill" if one.live else "fill", one, now_ns, fill)

    def _tell(self, event: str, one: ShadowOrder, ts_ns: int, fill: VenueFill | None = None) -> None:
        self._hear(Streamed(ts_ns=ts_ns, event=event, order=one.shown(), fill=fill))


def _last_moment(sessions: Sessions, ts_ns: int) -> int:
    """Return when an order of a moment that is good for the day is over: with the hours around its session."""
    current = sessions.current(ts_ns)
    if current is None or ts_ns >= current.close_ns:
        current = sessions.next_session(sessions.day_of(ts_ns))
    return sessions.extended(current)[1]


def _event(value: LiveValue, now_ns: int) -> happenings.MarketEvent | None:
    """Return what the books make of a word of the venue, None where that is nothing."""
    match value:
        case Quote(bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size):
            whole = all(0.0 <= one < _MOST for one in (bid, ask, bid_size, ask_size))
            return replace(value, ts_ns=now_ns, venue="") if whole else None
        case Print(price=price, size=size) if is_print(price, size) and max(price, size) < _MOST:
            return Trade(ts_ns=now_ns, symbol=value.symbol, price=value.price, size=value.size)
        case TradingStatus(code=code, message=message, trades=trades) if trades is not None:
            return happenings.Status(
                ts_ns=now_ns, symbol=value.symbol, code="T" if trades else "H", message=message or code
            )
        case PriceBands(up=up, down=down) if is_band(value) and up < _MOST:
            return happenings.PriceBands(ts_ns=now_ns, symbol=value.symbol, up=up, down=down)
    return None


def _resumed(symbol: str, now_ns: int) -> happenings.Status:
    return happenings.Status(ts_ns=now_ns, symbol=symbol, code="T", message="Trading Resumption")


def _answered(
    asked: Literal["place", "amend", "withdraw", "look_up"], order_id: str, ts_ns: int, outcome: Answer, one: ShadowOrder | None = None,
    text: str = "",
) -> Answered:  # fmt: skip
    found = None if one is None else one.shown()
    return Answered(ts_ns=ts_ns, order_id=order_id, asked=asked, outcome=outcome, found=found, text=text)
