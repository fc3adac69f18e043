"""Take the orders of one symbol through the ticks within a bar, in an order book.

How it works. Recorded quotes, prints and changes of depth rest in the book; our limit orders queue behind them, our market orders take
what is displayed. What a bar cannot say a tick does: what came first. So stops, trailing stops and attached exits are
looked at with each print (with each quote where there are no prints), and an exit goes to the market. Sessions, dates and
auctions go by the bars, as everywhere. A lot that filled in part is booked once it is whole, at the average price of its parts.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final, Protocol

from msgspec.structs import replace

from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.domain.order import OrderStatus, OrderType
from tenfold.domain.rules import Matching
from tenfold.kernels import fills
from tenfold.simulation.book import OrderBook, Tif
from tenfold.simulation.book_events import BookEvent, Canceled, Traded
from tenfold.simulation.depth_replay import DepthReplay
from tenfold.simulation.desk import Desk, Venue
from tenfold.simulation.queue_position import QUEUE_MODELS
from tenfold.simulation.working import View, Working

_NANO: Final = 1_000_000_000
_OURS: Final = 1
_ROUNDS_MAX: Final = 100
_TWO_STEPS: Final = (OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)


class DepthChange(Protocol):
    """Hold changes of price levels: (side +1 bid -1 ask, price, quantity; 0 removes), or all that there are."""

    @property
    def ts_ns(self) -> int:
        """UTC nanoseconds."""

    @property
    def levels(self) -> tuple[tuple[int, float, float], ...]:
        """Levels that changed."""

    @property
    def snapshot(self) -> bool:
        """Whether no other levels are there."""


Tick = Quote | Trade | DepthChange


class BookDesk(Desk):
    """Hold position, working orders and attached exits of one symbol whose orders meet in a book."""

    __slots__ = (
        "_by_number",
        "_count",
        "_in_line",
        "_last_quote",
        "_lot",
        "_market",
        "_next",
        "_numbers",
        "_part",
        "_printed",
        "_prints",
        "_replay",
        "_source",
        "_tick_session",
        "_touch",
    )

    def __init__(self, instrument: Instrument, matching: Matching, venue: Venue, ticks: Iterable[Tick]) -> None:
        super().__init__(instrument, matching, 0.0, venue)
        self._lot = round(instrument.lot_size * _NANO)
        if self._lot < 1:
            raise DataError(
                f"lots of {instrument.symbol} are {instrument.lot_size:g}, expected 1e-9 or more for a book"
            )
        self._market = OrderBook("cancel_resting")
        self._replay = DepthReplay(self._market, QUEUE_MODELS[matching.queue_model])
        self._source = iter(ticks)
        self._next = next(self._source, None)
        self._count = count(1)
        self._numbers: dict[str, int] = {}  # in the book, by order
        self._by_number: dict[int, Working] = {}
        self._part: dict[str, tuple[int, float]] = {}  # of a lot that is not whole yet: quantity and value
        self._last_quote: Quote | None = None  # not laid into the book yet, since nothing works
        self._prints: list[Trade] = []  # of which the book does not know yet either
        self._printed = False
        self._in_line = False  # the book holds whatever works, as it is; no order is on its way
        self._touch = 0.0  # best price on the other side as an order was sent
        self._tick_session: int | None = None  # of the last tick

    # the bar

    def on_bar(self, bar: Bar) -> None:
        """Live through the ticks up to the bar's close, and end what it outlives."""
        closed = bool(bar.flags & self._idle)
        for one in [one for one in self.working.values() if one.outlived(bar, closed)]:
            if one.order.order_id in self.working:
                self.drop(one, bar.open_ns, OrderStatus.EXPIRED)
        idle = fills.is_idle(bar.flags, bar.volume, bar.high, bar.low, self._idle, int(self._matching.stale_waits))
        self._inside = self._in_line = False
        if idle:
            for one in self.working.values():
                self._pull(one)
        while self._next is not None and self._next.ts_ns <= bar.ts_ns:
            self._on_tick(self._next, bar, idle)
            self._next = next(self._source, None)
        if not idle and bar.remaining_s <= 0:
            self._auction(bar)
        self._end(bar, idle)
        self.close = bar.close

    def _on_tick(self, tick: Tick, bar: Bar, idle: bool) -> None:
        works = not idle and bool(self.working or self.stop > 0.0 or self.target > 0.0)
        if not works and not self._is_depth(tick):
            self._tick_session = bar.session
            return
        moment = replace(bar, open_ns=tick.ts_ns)
        if works:
            self._catch_up()
            if not self._in_line and bar.session == self._tick_session:  # else the last tick's book is of yesterday
                self._place_all(moment)  # what arrived since then met it
        self._tick_session = bar.session
        self._settle(self._lay(tick), moment)
        if works:
            self._trigger(tick, moment)
            self._place_all(moment)

    def _lay(self, tick: Tick) -> Sequence[BookEvent]:
        if isinstance(tick, Trade):
            self._printed = True
            return self._replay.on_trade(tick.price, tick.size)
        if isinstance(tick, Quote):
            self._last_quote = None
            if tick.bid >= tick.ask:
                return ()
            return self._replay.on_quote(tick.bid, tick.bid_size, tick.ask, tick.ask_size)
        return self._replay.on_depth(tick.levels, tick.snapshot)

    def _is_depth(self, tick: Tick) -> bool:
        """Say whether a tick has to be laid into the book though nothing works; a quote is kept for later."""
        if isinstance(tick, Quote):
            self._last_quote = tick
            self._prints.clear()
        elif isinstance(tick, Trade):
            self._printed = True
            self._prints.append(tick)
        else:
            self._prints.clear()
            return True
        return False

    def _catch_up(self) -> None:
        """Lay the last quote into the book, and what was printed since it, or since the last change of levels."""
        if self._last_quote is None and not self._prints:
            return
        self._in_line = False
        if self._last_quote is not None:
            self._lay(self._last_quote)
        for one in self._prints:
            self._lay(one)
        self._prints.clear()

    # what a price triggers

    def _trigger(self, tick: Tick, moment: Bar) -> None:
        """Look at stops and attached exits, and let them trail."""
        for one in list(self.working.values()):
            price = self._price(tick, one.order.side.sign)
            if price > 0.0 and one.eligible(moment) and self._is_triggered_by_price(one):
                one.reached(View(price, price, price, price), self._matching)
                if one.kind == fills.AT_STOP:
                    one.trail(price)
        if not self.lots or not (self.stop > 0.0 or self.target > 0.0):
            return
        price = self._price(tick, -1 if self.lots > 0 else 1)
        if price <= 0.0:
            return
        which, _ = fills.triggered(self.lots, price, price, price, self.stop, self.target, 0, fills.GAP_OPEN)
        if which:
            one = self._leaving(replace(moment, ts_ns=moment.open_ns), which)
            self._venue.update(one.order, moment.open_ns, OrderStatus.ACCEPTED)
        else:
            self._trail_exit(View(price, price, price, price))

    def _price(self, tick: Tick, side: int) -> float:
        """Return the price that triggers an order of a side: a print's, where there are any, else the one that it would trade at."""
        if isinstance(tick, Trade):
            return tick.price
        best = None if self._printed else self._market.best(-side)
        return best.price / _NANO if best is not None else 0.0

    def _is_triggered_by_price(self, one: Working) -> bool:
        return one.kind == fills.AT_STOP or (one.order.type in _TWO_STEPS and not one.touched)

    # the book

    def _place_all(self, moment: Bar) -> None:
        """Bring the book in line with what works, until nothing trades any more: a fill may wake legs."""
        for _ in range(_ROUNDS_MAX):
            self._in_line = True
            traded = [self._place(one, moment) for one in list(self.working.values())]
            if not any(traded):
                return

    def _place(self, one: Working, moment: Bar) -> bool:
        """Send an order to the book, or change it there as it is now; say whether it traded."""
        order = one.order
        if order.order_id not in self.working or one.kind == fills.AT_CLOSE or self._is_triggered_by_price(one):
            return False
        if not one.eligible(moment):
            self._in_line = self._in_line and (one.asleep or one.from_next)  # else it arrives by time alone
            return False
        number = self._number(one)
        wanted = one.wanted * self._lot - self._part.get(order.order_id, (0, 0.0))[0]
        price = 0 if one.kind == fills.AT_OPEN else round(one.level * _NANO)
        resting = self._market.order(number)
        if resting is not None and resting.price == price and resting.qty >= wanted:
            if resting.qty > wanted:
                self._market.cancel(number, resting.qty - wanted)
            return False
        self._pull(one)
        if wanted <= 0:
            return False
        side = order.side.sign
        offer = self._market.best(-side)
        self._touch = offer.price / _NANO if offer is not None else 0.0
        if one.kind == fills.AT_OPEN:
            events = self._market.market(number, side, wanted, owner=_OURS, tif="fok" if order.tif == "fok" else "ioc")
        else:
            tif: Tif = order.tif if order.tif == "ioc" or order.tif == "fok" else "rest"  # noqa: PLR1714 -- narrows the type
            events = self._market.add(number, side, price, wanted, owner=_OURS, tif=tif)
        traded = self._settle(events, moment)
        if order.tif in {"ioc", "fok"} and order.order_id in self.working:
            self.drop(one, moment.open_ns, OrderStatus.CANCELED)
        return traded

    def _number(self, one: Working) -> int:
        order_id = one.order.order_id
        if order_id not in self._numbers:
            self._numbers[order_id] = next(self._count)
            self._by_number[self._numbers[order_id]] = one
        return self._numbers[order_id]

    def _pull(self, one: Working) -> None:
        """Take an order out of the book."""
        number = self._numbers.get(one.order.order_id)
        if number is not None and number in self._market:
            self._market.cancel(number)

    def _remove(self, one: Working) -> None:
        super()._remove(one)
        self._pull(one)
        number = self._numbers.pop(one.order.order_id, None)
        self._part.pop(one.order.order_id, None)
        if number is not None:
            del self._by_number[number]

    # what becomes of orders

    def _settle(self, events: Iterable[BookEvent], moment: Bar) -> bool:
        """Book what traded, at one average price for each order; say whether anything did."""
        met: dict[tuple[int, bool], tuple[int, float]] = {}
        for event in events:
            if isinstance(event, Traded):
                for key in ((event.maker_id, True), (event.taker_id, False)):
                    if key[0] in self._by_number:
                        qty, value = met.get(key, (0, 0.0))
                        met[key] = (qty + event.qty, value + event.qty * (event.price / _NANO))
            elif isinstance(event, Canceled) and event.reason == "self_match" and event.order_id in self._by_number:
                self.drop(self._by_number[event.order_id], moment.open_ns, OrderStatus.CANCELED)
        for (number, maker), (qty, value) in met.items():
            if number in self._by_number:  # else its group filled it away
                self._fill_part(self._by_number[number], qty, value, maker, moment)
        return bool(met)

    def _fill_part(self, one: Working, qty: int, value: float, maker: bool, moment: Bar) -> None:
        """Book the whole lots of what traded, what came first in the first of them, and wake the legs that waited for it."""
        before, worth = self._part.get(one.order.order_id, (0, 0.0))
        lots = min((before + qty) // self._lot, abs(one.left))
        rest = before + qty - lots * self._lot
        if not lots:
            self._part[one.order.order_id] = (rest, worth + value)
            return
        left = value * rest / qty  # of what traded now, since a part that waited is in the first lot
        self._part[one.order.order_id] = (rest, left)
        price = (worth + value - left) / (lots * self._lot)
        unslipped = price if maker or self._touch <= 0.0 else self._touch  # what walking the book cost
        self._take(one, moment, one.order.side.sign * lots, price, unslipped, maker)
        self._wake(one, moment, price, False, False)

    def _available(self, wanted: int, bar: Bar) -> int:
        """Return all that is wanted: a closing auction fills at its price, the book bounds everything else."""
        return wanted
