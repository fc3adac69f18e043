"""Hold a running simulation to what must always be so, and at rest to what must be so then."""

import hashlib
from collections import Counter

import msgspec

from tenfold import codec
from tenfold.domain.events import Adopted, Busted, Difference
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate, Reason, Replace, Submit
from tenfold.execution.lifecycle import WORKING, moved

NANO = 1_000_000_000
CENT = 10_000  # money units
CLOSING = {Reason.BREAKER, Reason.MARGIN, Reason.OPERATOR}
PENDING = {OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE}


class Broken(AssertionError):  # noqa: N818
    """Report an invariant that does not hold; the text begins with its number."""


class Invariants:
    """Compare what processes do and know with what is durable, and with the venue's own books."""

    def __init__(self, world):
        self.world = world
        self.most = {}  # the largest that an order was ever asked to be, of durable records
        self.reason_of = {}
        self.read = 0
        self.strays = False  # the window between the last look at the lease and the write was hit
        self.worst_age = 0

    def fail(self, text):
        raise Broken(f"{text}; at {self.world.loop.time():.3f} s")

    # what is durable

    def catch_up(self):
        """Read what has become durable."""
        records = self.world.disk.records()
        for record in records[self.read :]:
            if isinstance(record, Submit):
                order = record.order
                self.most[order.order_id] = order.qty
                self.reason_of[order.order_id] = order.reason
            elif isinstance(record, Replace) and record.qty:
                self.most[record.order_id] = max(self.most.get(record.order_id, 0), record.qty)
            elif isinstance(record, Difference):
                self.world.count[f"difference {record.kind}"] += 1
            elif isinstance(record, OrderUpdate):
                self.world.count[f"update {record.status}"] += 1
            elif isinstance(record, Fill | Busted | Adopted):
                self.world.count[type(record).__name__] += 1
        self.read = len(records)

    # at each write

    def leaves(self, process, data):
        """I3, I9: what creates an order is durable, and a halted engine adds no risk; only the holder of the lease sends."""
        method = data[:5]
        if method.startswith((b"GET", b"DELET")):
            return
        self.catch_up()
        body = msgspec.json.decode(data.partition(b"\r\n\r\n")[2])
        base = body.get("client_order_id", "").partition(".")[0]
        world = self.world
        if base not in self.most:
            self.fail(f"I3: {body} leaves without a durable record")
        if process.lease is not None and world.loop.now_ns() >= process.lease.deadline_ns:
            self.fail(f"lease: {base} leaves after its end")
        if method.startswith(b"POST"):
            world.count["posted"] += 1
            world.note(f"process {process.number} posts {body}")
            if process.core.engine.breaker.tripped and self.reason_of[base] not in CLOSING:
                self.fail(f"I9: {body} leaves after the halt")
        else:
            world.count["patched"] += 1
            world.note(f"process {process.number} patches {body}")

    def window_opened(self):
        """Note that a process fell asleep between its last look and the write: what it sends may be found as a stray."""
        self.strays = True

    # after each turn

    def turned(self, process):
        """I1, I4, I8: for what is open now."""
        if not self.world.drawn.lawful or self.strays:
            return
        self._exposure(process)
        self._conservation()

    def _exposure(self, process):
        """I8: what the engine takes for possible covers what the venue's books make possible."""
        engine, books = process.core.engine, self.world.venue.books
        if not process.core.blotter.register.since_ns or engine.breaker.tripped:
            return  # what closes everything is no order of the strategy
        larger = self._larger(process)
        worst = {symbol: [books.qty_of(symbol) // NANO] * 2 for symbol in engine.ledger.instruments}
        pairs = {}
        for order in books.open.values():
            lots, place = order.leaves // NANO, 0 if order.side > 0 else 1
            if order.status == "held":  # it sleeps until its entry fills
                continue
            if order.role:
                key = ((order.parent or order).id, place)
                lots, pairs[key] = max(lots - pairs.get(key, 0), 0), max(pairs.get(key, 0), lots)
            worst[order.symbol][place] += order.side * lots
        for symbol, (long, short) in worst.items():
            most, least = engine.trader.orders.worst(symbol, engine.ledger.position(symbol).lots)
            if long > most + larger[symbol, 1] or short < least - larger[symbol, -1]:
                self.fail(f"I8: {symbol} may become {short}..{long} at the venue, the engine reserves {least}..{most}")

    def _larger(self, process):
        """Return the lots by which orders stand for more than the engine asks for by now: it asked for less, and nobody has agreed yet."""
        found = Counter()
        open_orders = {one.order.order_id: one for one in process.core.engine.trader.orders.of()}
        for tracked in process.core.blotter.working():
            one = open_orders.get(tracked.order.order_id)
            if tracked.order.reason in CLOSING:  # it closes a position, and counts with none of the strategy's
                found[tracked.order.symbol, tracked.order.side.sign] += tracked.order.qty
            standing = sum(part.qty - part.filled for part in tracked.live)
            if one is not None and standing > one.left:
                found[tracked.order.symbol, tracked.order.side.sign] += standing - one.left
        return found

    def _conservation(self):
        """I1: no order stands for more than it was ever asked to be."""
        self.catch_up()
        total = {}
        for order in self.world.venue.books.open.values():
            base = order.client_order_id.partition(".")[0]
            if base in self.most:
                total[base] = 0
        if not total:
            return
        for base in total:
            got = self._standing(base)
            if got > self.most[base]:
                self.fail(f"I1: {base} stands for {got} lots, {self.most[base]} were asked for")

    def _standing(self, base):
        """Return what an order has filled and may yet fill."""
        ids, number, lots = self.world.venue.books.client_ids, 0, 0
        misses = 0
        while misses < 3:
            order = ids.get(base if number == 0 else f"{base}.{number}")
            number += 1
            if order is None:
                misses += 1
                continue
            lots += order.filled_qty // NANO + (order.leaves // NANO if order.live else 0)
        return lots

    def recovered(self, process):
        """I10: a replay gives the same state, to the byte."""
        if process.number % 3 == 0:
            self.replayed(process)

    def replayed(self, process):
        """Replay what is durable into another engine and blotter, and compare."""
        world = self.world
        again = world.bugs.loop(world.engine(), world.blotter(), None)
        again.live_through(world.disk.records())
        if again.blotter.digest() != process.core.blotter.digest():
            self.fail("I10: two replays give two states of orders")
        if ledger_of(again) != ledger_of(process.core):
            self.fail("I10: two replays give two accounts")

    # at rest

    def has_fractions(self):
        """Say whether the venue's made-up market has traded parts of a share, of which nobody here can take stock."""
        return any("." in what.get("qty", "") for _, what in self.world.venue.books.activities)

    def is_settled(self, process):
        """Say whether nothing is open."""
        if process is None or not process.core.blotter.ready or process.core.blotter.unknown:
            return False
        parts = [part for tracked in process.core.blotter.working() for part in tracked.live]
        return all(part.venue_id and not part.leave for part in parts)

    def differences(self, process):  # noqa: C901
        """L2, I4, I5: return what is not the same here and at the venue."""
        if process is None:
            return ["nobody trades"]
        world, books, core = self.world, self.world.venue.books, process.core
        found = []
        blotter, ledger = core.blotter, core.engine.ledger
        for symbol in ledger.instruments:
            theirs = books.qty_of(symbol) // NANO
            ours = (blotter.reconciliation.lots[symbol], ledger.position(symbol).lots)
            if ours != (theirs, theirs):
                found.append(f"I5: {symbol}: {ours} lots here, {theirs} there")
        cash = books.cash // 1000
        if abs(cash - ledger.cash) >= CENT or abs(cash - blotter.reconciliation.cash_units) >= CENT:
            found.append(f"I5: cash {ledger.cash} and {blotter.reconciliation.cash_units} here, {cash} there")
        orders = world.venue.exchange.trading._b.orders
        for tracked in blotter.register.orders.values():
            theirs = sum(orders[part.venue_id].filled_qty // NANO for part in tracked.parts if part.venue_id in orders)
            if tracked.filled != theirs:
                found.append(f"I4: {tracked.order.order_id} has {tracked.filled} lots here, {theirs} there")
            for part in tracked.parts:
                there = orders.get(part.venue_id)
                if part.live != (there is not None and there.live):
                    found.append(
                        f"L2: {tracked.order.order_id}.{part.number} is {part.status} here, {there and there.status} there"
                    )
        known = {part.venue_id for tracked in blotter.register.orders.values() for part in tracked.parts}
        for order in books.open.values():
            if order.id not in known:
                found.append(f"L2: {order.client_order_id} works there and is not known here")
        ours = {one.order.order_id for one in core.engine.trader.orders.of()}
        theirs = {
            one.order.order_id
            for one in blotter.working()
            if one.working and not one.external and one.order.reason not in CLOSING
        }
        if ours != theirs:
            found.append(
                f"I8: the engine has {sorted(ours - theirs)} open that order management has not, and not {sorted(theirs - ours)}"
            )
        return found

    def at_rest(self, what):
        """L1, L2, L3, I4, I5, I7, I10: everything has come to an end, and is the same here and there."""
        process = self.world.holder
        if not self.is_settled(process):
            self.fail(f"L1: not settled {what}: {open_of(process)}")
        if found := self.differences(process):
            self.fail(f"{what}: {'; '.join(found[:5])}")
        self.catch_up()
        process.core.engine.ledger.verify()

    def ended(self):
        """L4, I6, I7, I10: after the halt nothing of ours works, and the whole journal is sound."""
        process = self.world.holder
        left = [one.order.order_id for one in process.core.blotter.working() if not one.external]
        market_open = self.world.venue.exchange.sessions.is_open(self.world.venue.now_ns)
        if market_open and left:
            self.fail(f"L4: {left} work after the halt")
        self.replayed(process)
        self.journal()
        for name, times in self.world.venue.faults.fired.items():
            self.world.count[f"fault {name}"] += times

    def digest(self):
        """Return a hash of everything that is durable."""
        return hashlib.sha256(b"".join(self.world.disk.rows)).hexdigest()

    def journal(self):  # noqa: C901
        """I6, I7: only moves of the table, and each execution once."""
        states, qty, filled, ids, undone = {}, {}, {}, set(), set()
        for record in self.world.disk.records():
            one = getattr(record, "order_id", "")
            if isinstance(record, Submit):
                one = record.order.order_id
                if one in states:
                    self.fail(f"I2: {one} is used twice")
                states[one], qty[one], filled[one] = OrderStatus.SUBMITTED, record.order.qty, 0
            elif isinstance(record, Adopted):
                states[one], qty[one], filled[one] = OrderStatus.ACCEPTED, record.qty, record.filled
            elif isinstance(record, Replace):
                qty[one] = record.qty or qty[one]
            elif isinstance(record, OrderUpdate):
                if states[one] is not record.status:
                    self.world.count[f"edge {states[one]} {record.status}"] += 1
                states[one] = moved(states[one], record.status)
            elif isinstance(record, Fill):
                if record.fill_id in ids:
                    self.fail(f"I7: execution {record.fill_id} is booked twice")
                ids.add(record.fill_id)
                filled[one] += record.qty
                if states[one] in WORKING - PENDING:
                    states[one] = moved(states[one], OrderStatus.PARTIALLY_FILLED)
                if filled[one] >= qty[one]:
                    states[one] = OrderStatus.FILLED
            elif isinstance(record, Busted):
                if record.fill_id not in ids - undone:
                    self.fail(f"I7: {record.fill_id} is taken back twice")
                undone.add(record.fill_id)
                filled[one] -= record.qty


def ledger_of(core):
    """Return everything that an engine's account holds."""
    ledger = core.engine.ledger
    return ledger.cash, codec.encode(ledger.positions, "msgpack"), ledger.deposits, ledger.flows


def open_of(process):
    """Return what is not settled, for people."""
    if process is None:
        return "nobody trades"
    blotter = process.core.blotter
    parts = [
        (tracked.order.order_id, part.number, str(part.status), part.venue_id[:8], part.leave, part.doubtful)
        for tracked in blotter.working()
        for part in tracked.live
        if not part.venue_id or part.leave or part.doubtful
    ]
    return f"ready {blotter.ready}, unknown {blotter.unknown}, {parts[:6]}"
