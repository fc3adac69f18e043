"""Everything between order management and a truthful venue, and what must always hold there.

Requests, answers and messages of the stream lie on wires, from which they are delivered, dropped, doubled or taken out of turn. The
process can die at any moment and start again from its journal.
"""

from msgspec.structs import replace

from tenfold import codec
from tenfold.domain.events import Adopted, Busted, Difference, Event, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import (
    Cancel,
    Command,
    Fill,
    Order,
    OrderStatus,
    OrderType,
    OrderUpdate,
    Replace,
    Side,
    Submit,
)
from tenfold.execution.blotter import Blotter
from tenfold.execution.errands import Pace
from tenfold.execution.ids import named, order_id
from tenfold.execution.lifecycle import WORKING, moved, taken_back
from tenfold.execution.reports import (
    Amend,
    Answered,
    Connected,
    LookUp,
    Outcome,
    Place,
    Severed,
    Stock,
    TakeStock,
    Withdraw,
)
from venue_model import VenueModel

SECOND = 1_000_000_000
SYMBOLS = ("A", "B")
PACE = Pace(
    answer_s=5,
    look_s=0.5,
    look_max_s=4,
    in_flight_s=3,
    place_within_s=8,
    stock_s=5,
    blind_s=2,
    stuck_s=10,
    overlap_s=10_000,
)
PENDING = {OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE}
KIND = {Place: "place", Amend: "amend", Withdraw: "withdraw", LookUp: "look_up"}


def request_id(request):
    if isinstance(request, Place):
        return request.order.order_id
    return request.successor_id if isinstance(request, Amend) else request.order_id


class World:
    """Hold venue, wires, journal and the blotter of the process that is alive."""

    def __init__(self, amends=True, pairs=True, opens=None):
        self.options = {"amends": amends, "pairs": pairs, "opens": opens}
        self.venue = VenueModel(SYMBOLS)
        self.journal = []
        self.requests = []  # on the way to the venue
        self.answers = []  # on the way back
        self.now = SECOND
        self.epoch = 0
        self.number = 0
        self.bent = set()  # orders for which the venue broke its own rules, or took something back
        self.sent = []
        self.taken = set()
        self.most = {}  # the largest that an order was ever allowed to be
        self.start()

    def blotter_of(self):
        return Blotter([Instrument(symbol=symbol) for symbol in SYMBOLS], 100_000.0, pace=PACE, **self.options)

    def start(self):
        """Begin a process: replay, then connect."""
        self.blotter = self.blotter_of()
        for record in self.journal:
            self.blotter.apply(record)
        self.epoch += 1
        self.keep(Started(ts_ns=self.time(), run="r", epoch=self.epoch, config_hash="", code_hash=""))
        self.connected = False

    def time(self, step=1):
        self.now += step
        self.venue.now = max(self.venue.now, self.now)
        self.now = self.venue.now
        return self.now

    def keep(self, *records):
        """Journal and apply commands and events that did not come out of the blotter."""
        for record in records:
            self.journal.append(record)
            self.blotter.apply(record)
            asked = record.order if isinstance(record, Submit) else record
            if isinstance(record, Submit | Replace) and asked.qty:
                self.most[asked.order_id] = max(self.most.get(asked.order_id, 0), asked.qty)

    def interpret(self, report):
        if isinstance(report, Stock) and not self.blotter.register.since_ns:
            self.taken = {fill.venue_id for fill in report.fills}  # part of the position that is taken over
        self.journal += self.blotter.interpret(report)
        self.check()

    # what the engine does

    def submit(self, symbol="A", side=Side.BUY, qty=10, kind=OrderType.LIMIT, at=None, closes=False, **terms):
        self.number += 1
        prices = (
            {"limit_price": 10.0} if kind is OrderType.LIMIT else {"stop_price": 9.0} if kind is OrderType.STOP else {}
        )
        order = Order(
            order_id=order_id("r", self.epoch, self.number), ts_ns=at or self.time(), symbol=symbol, side=side, qty=qty, type=kind,
            **prices, **terms,
        )  # fmt: skip
        self.keep(Submit(order=order, closes=closes))
        return order

    def bracket(self, symbol="A", qty=10, name="bracket", together=True):
        """Submit an entry and its exits, `together` at one moment."""
        entry = self.submit(symbol, Side.BUY, qty)
        at = entry.ts_ns if together else None
        terms = {"order_class": name, "parent_id": entry.order_id}
        kinds = (OrderType.LIMIT, OrderType.STOP) if name == "bracket" else (OrderType.STOP,)
        return entry, [self.submit(symbol, Side.SELL, qty, kind, at, **terms) for kind in kinds]

    def cancel(self, order):
        self.keep(Cancel(order_id=order.order_id, ts_ns=self.time(), symbol=order.symbol))

    def replace(self, order, **changes):
        self.keep(Replace(order_id=order.order_id, ts_ns=self.time(), symbol=order.symbol, **changes))

    def pump(self):
        """Sync, and put what is due on the wire."""
        self.journal += self.blotter.lapse(self.time())
        for request in self.blotter.due(self.now):
            self.requests.append(request)
            self.sent.append(request)
            self.check_intent(request)
        self.check()

    # what the wires do

    def connect(self):
        if not self.connected:
            self.connected = True
            self.interpret(Connected(ts_ns=self.time()))

    def sever(self):
        """Cut the stream: what it carried is gone."""
        if self.connected:
            self.connected = False
            self.venue.stream.clear()
            self.interpret(Severed(ts_ns=self.time()))

    def crash(self):
        """Die and start again; what is on the way to the venue arrives all the same, its answers do not."""
        self.answers.clear()
        self.venue.stream.clear()
        self.start()

    def deliver_request(self, index=0, fate="ok", at_venue="ok"):
        """Let a request arrive: "lost" never does, "unanswered" does and its answer is lost, "late" is answered as unknown and arrives later."""
        if not self.requests:
            return
        request = self.requests.pop(index % len(self.requests))
        self.time()
        if fate == "late" and not isinstance(request, TakeStock | LookUp):
            self.answer(request, Outcome.UNKNOWN, None)
            self.requests.append(request)
            return
        if fate == "lost":
            self.answer(request, Outcome.UNKNOWN, None)
            return
        outcome, found = self.act(request, at_venue)
        if isinstance(request, TakeStock):
            if fate != "unanswered":
                self.answers.append(found)
        elif fate == "unanswered":
            self.answer(request, Outcome.UNKNOWN, None)
        else:
            self.answer(request, outcome, found)

    def act(self, request, at_venue="ok"):
        venue = self.venue
        if isinstance(request, Place):
            return venue.place(request)
        if isinstance(request, Amend):
            return venue.amend(request, at_venue)
        if isinstance(request, Withdraw):
            return venue.withdraw(request, at_venue)
        if isinstance(request, LookUp):
            return venue.look_up(request)
        return None, venue.stock(request, self.now)

    def answer(self, request, outcome, found):
        if isinstance(request, TakeStock):
            return
        self.answers.append(
            Answered(
                ts_ns=self.now, order_id=request_id(request), asked=KIND[type(request)], outcome=outcome, found=found
            )
        )

    def deliver_answer(self, index=0):
        if self.answers:
            self.interpret(replace(self.answers.pop(index % len(self.answers)), ts_ns=self.time()))

    def deliver_stream(self, index=0, fate="ok"):
        """Let a message of the stream arrive: "lost", "doubled", or "renamed": doubled with another execution id."""
        stream = self.venue.stream
        if not self.connected:
            stream.clear()
        if not stream:
            return
        report = stream.pop(index % len(stream))
        if fate == "lost":
            return
        self.interpret(replace(report, ts_ns=self.time()))
        if fate == "doubled":
            self.interpret(replace(report, ts_ns=self.time()))
        elif fate == "renamed" and report.fill is not None and report.fill.kind == "fill":
            again = replace(report.fill, execution_id=self.venue.name("noise"))
            self.interpret(replace(report, fill=again, ts_ns=self.time()))

    def bend(self, one):
        """Note that the venue broke a rule for an order, so that what follows from its keeping it does not hold."""
        place = self.blotter.register.find(one.venue_id, one.order_id)
        name = named(one.order_id)
        for base in (
            place[0].order.order_id if place else "",
            one.order_id.partition(".")[0] if name else one.order_id,
            one.venue_id,
        ):
            tracked = self.blotter.register.orders.get(base)
            self.bent.add(base)
            if tracked is not None and tracked.order.parent_id:
                self.bent |= {
                    tracked.order.parent_id,
                    *(
                        k
                        for k, v in self.blotter.register.orders.items()
                        if v.order.parent_id == tracked.order.parent_id
                    ),
                }

    def run(self, rounds=8):
        """Let everything arrive, half a second a round."""
        for _ in range(rounds):
            self.pump()
            while self.requests:
                self.deliver_request()
            while self.answers:
                self.deliver_answer()
            while self.venue.stream:
                self.deliver_stream()
            self.time(SECOND // 2)

    # what always holds

    def orders_of(self, tracked):
        """Return the venue's orders that stand for an order of ours."""
        found, base = {}, tracked.order.order_id
        for part in tracked.parts:
            name = base if part.number == 0 else f"{base}.{part.number}"
            one = self.venue.orders.get(part.venue_id) or self.venue.by_client.get(name)
            if one is not None:
                found[one.venue_id] = one
        return list(found.values())

    def check_intent(self, request):
        """I3: nothing is sent without a record of it; I11: what closes goes out for no more than the position."""
        if not isinstance(request, Place | Amend):
            return
        base = request_id(request).partition(".")[0]
        assert base in self.most, request
        if isinstance(request, Place) and self.blotter.register.orders[base].closes:
            held = self.blotter.reconciliation.lots[request.order.symbol]
            assert request.order.qty <= -request.order.side.sign * held, (request, held)

    def check(self):
        """I1, I4, I11: at every step."""
        groups, register = {}, self.blotter.register
        assert self.blotter.unknown == sum(map(self.blotter._is_unknown, register.active))
        for tracked in register.orders.values():
            order, standing = tracked.order, self.orders_of(tracked)
            if tracked.external or order.order_id in self.bent or any(one.venue_id in self.bent for one in standing):
                continue
            filled = sum(one.filled for one in standing)
            assert tracked.filled <= filled, (order.order_id, tracked.filled, filled)
            pending = sum(
                one.left for one in standing if one.replaces not in {two.venue_id for two in standing if two.live}
            )
            most = max(self.most.get(order.order_id, 0), order.qty)
            assert filled + pending <= most, (order.order_id, filled, pending, most)
            if order.parent_id:
                groups.setdefault(order.parent_id, []).append((tracked, filled))
        for parent, members in groups.items():
            entry = self.blotter.register.orders.get(parent)
            if (
                entry is not None
                and self.options["pairs"]
                and parent not in self.bent
                and members[0][0].order.order_class == "bracket"
            ):
                assert sum(filled for _, filled in members) <= sum(one.filled for one in self.orders_of(entry)), parent

    def check_journal(self):
        """I6 and I7: only moves of the table, and each execution once."""
        states, qty, filled, ids, undone = {}, {}, {}, set(), set()
        for record in self.journal:
            one = getattr(record, "order_id", "")
            if isinstance(record, Submit):
                one = record.order.order_id
                states[one], qty[one], filled[one] = OrderStatus.SUBMITTED, record.order.qty, 0
            elif isinstance(record, Adopted):
                states[one], qty[one], filled[one] = OrderStatus.ACCEPTED, record.qty, record.filled
            elif isinstance(record, Replace):
                qty[one] = record.qty or qty[one]
            elif isinstance(record, OrderUpdate):
                states[one] = moved(states[one], record.status)
            elif isinstance(record, Fill):
                assert record.fill_id not in ids, record
                ids.add(record.fill_id)
                filled[one] += record.qty
                if states[one] in WORKING - PENDING:
                    states[one] = moved(states[one], OrderStatus.PARTIALLY_FILLED)
                states[one] = OrderStatus.FILLED if filled[one] >= qty[one] else states[one]
            elif isinstance(record, Busted):  # of others' some was part of the account that was taken over
                assert record.fill_id in ids - undone or self.blotter.register.orders[one].external, record
                undone.add(record.fill_id)
                filled[one] -= record.qty
                states[one] = taken_back(states[one], filled[one])

    def check_replay(self):
        """I10: a replay of what the journal holds gives the same state, to the byte."""
        again, kind = self.blotter_of(), Event | Command
        for record in self.journal:
            again.apply(codec.decode(kind, codec.encode(record, "msgpack"), "msgpack"))
        assert again.digest() == self.blotter.digest()

    # the end

    def heal(self):
        """Let everything arrive, in time, until nothing moves."""
        self.venue.refusing = self.venue.original_qty = False
        self.connect()
        for one in self.venue.orders.values():
            if one.state in ("pending_cancel", "pending_replace"):
                self.venue.end(one, "canceled")
        quiet = 0
        for _ in range(600):
            self.run(1)
            quiet = quiet + 1 if self.is_settled() else 0
            if quiet >= 24:
                break
        self.pump()

    def is_settled(self):
        parts = [part for tracked in self.blotter.working() for part in tracked.live]
        return self.blotter.ready and all(part.venue_id and not part.leave for part in parts)

    def check_rest(self):
        """I4, I5 and the ends: at rest the venue and the records agree on every order, lot and unit of money."""
        self.heal()
        blotter, venue = self.blotter, self.venue
        assert (blotter.ready, blotter.unknown) == (True, 0), [t.order.order_id for t in blotter.working()]
        assert blotter.reconciliation.lots == venue.lots, (blotter.reconciliation.lots, venue.lots)
        assert blotter.reconciliation.cash_units == venue.cash
        for tracked in blotter.register.orders.values():
            standing = self.orders_of(tracked)
            assert tracked.filled == sum(one.filled for one in standing), tracked.order.order_id
            live = [one for one in standing if one.live]
            if tracked.order.order_id not in self.bent:
                assert bool(live) == any(tracked.live), (tracked, live)
            if (
                tracked.cancel or tracked.closed
            ):  # a leg that the venue still holds for its entry leaves once that has filled
                assert all(one.state == "held" for one in live), tracked.order.order_id
        known = {one.venue_id for t in blotter.register.orders.values() for one in self.orders_of(t)}
        assert all(one.venue_id in known for one in venue.orders.values() if one.live or one.filled)
        self.check_journal()
        self.check_replay()
        late = [
            r
            for r in self.journal
            if isinstance(r, Difference) and r.kind in ("position", "cash") and r.ts_ns > self.now - 5 * SECOND
        ]
        assert not late, late
