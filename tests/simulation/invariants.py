"""Hold a running simulation to what must always be so, and at rest to what must be so then."""

import hashlib

import msgspec
from auction_checks import check_auctions, reserve_kept, taken_from, waits
from durable import CLOSING, DESKS, Durable
from market_checks import check_every_minute, check_minutes
from stranger_checks import check_strangers, held_back
from twin_checks import filled_unheard, is_refused, overtaken
from venue_checks import check_crossing, check_exits
from vote_checks import VoteChecks
from whole_journal import WholeJournal

from tenfold import codec
from tenfold.domain.order import OrderType, Reason
from tenfold.execution.reports import Place

NANO = 1_000_000_000
CENT = 10_000  # money units
REPLAYED = {3}
"""Lives of processes that are held against another replay; the last one always is."""
AGE_S = 12.0
"""Clocks of two processes may differ by so much."""


class Broken(AssertionError):  # noqa: N818
    """Report an invariant that does not hold; the text begins with its number."""


class Invariants:
    """Compare what processes do and know with what is durable, and with the venue's own books."""

    def __init__(self, world):
        self.world = world
        self.durable = Durable(world, self.fail)
        self.votes = None
        if world.drawn.ensemble is not None:
            symbols = tuple(one.symbol for one in world.instruments)
            self.votes = self.durable.votes = VoteChecks(world, symbols, self.fail)
        self.strays = False  # the window between the last look at the lease and the write was hit

    def fail(self, text):
        raise Broken(f"{text}; at {self.world.loop.time():.3f} s")

    @property
    def submitted(self):
        """Orders that were decided on."""
        self.durable.catch_up()
        return self.durable.submitted

    def _is_over(self, process):
        """Say whether a lease has ended: another may trade meanwhile, of which this process knows nothing, and it sends nothing."""
        return process.lease is not None and self.world.loop.now_ns >= process.lease.deadline_ns

    # at each write

    def leaves(self, process, data):
        """I3, I9: what creates an order is durable, and a halted engine adds no risk; only the holder of the lease sends."""
        method = data[:5]
        if method.startswith((b"GET", b"DELET")):
            return
        self.durable.catch_up()
        body = msgspec.json.decode(data.partition(b"\r\n\r\n")[2])
        base = body.get("client_order_id", "").partition(".")[0]
        world = self.world
        if base not in self.durable.most:
            self.fail(f"I3: {body} leaves without a durable record")
        if self._is_over(process):
            self.fail(f"lease: {base} leaves after its end")
        if method.startswith(b"POST"):
            world.count["posted"] += 1
            world.note(f"process {process.number} posts {body}")
            opens = self.durable.reason_of[base] not in CLOSING and base not in self.durable.closes
            if (process.core.engine.breaker.tripped or self.durable.halted) and opens:
                self.fail(f"I9: {body} leaves after the halt")
            if base in self.durable.cancelled:
                self.fail(f"I9: {body} leaves after it was cancelled")
            self._age(process, body["client_order_id"])
        else:
            world.count["patched"] += 1
            world.note(f"process {process.number} patches {body}")

    def asks(self, process, request):
        """I2, I9: a name is that of a record; nothing is entered that was cancelled, nor opened before the stream stood and stock was taken since.

        What closes is for no more than is held. What is asked for after the end of the lease does not leave, see `leaves`.
        """
        if not isinstance(request, Place) or self._is_over(process):
            return
        order, blotter = request.order, process.core.blotter
        base = order.order_id.partition(".")[0]
        if (place := blotter.register.find("", order.order_id)) is None:
            self.fail(f"I2: {order} goes by a name that follows from no record")
        held = blotter.reconciliation.lots[order.symbol]
        exits = place[0].order.parent_id is not None and order.qty <= -order.side.sign * held
        lowers = exits or base in self.durable.closes
        if process.stocked_s < process.linked_s and not lowers:
            self.fail(f"I9: {order} is asked for before stock was taken on this stream")
        if not process.line.ready:
            if not lowers:
                self.fail(f"I9: {order} is asked for while the stream is down")
            self.world.count["closes sent while the stream is down"] += 1
        if base in self.durable.cancelled:
            self.fail(f"I9: {order} is asked for after it was cancelled")
        if base not in self.durable.closes:
            return
        self.world.count["closes sent"] += 1
        if order.qty > -order.side.sign * held:
            self.fail(f"I9: {order} is asked for while {held} are held")

    def _age(self, process, client_id):
        """I15: what was decided leaves soon, or not at all: its price is not that of another hour. What may only lower a position waits."""
        if client_id not in self.durable.decided_ns or client_id in self.durable.closes or not self.world.steady:
            return
        within_ns = round((self.world.pace.place_within_s + AGE_S) * NANO)
        decided_ns = self.durable.decided_ns[client_id]
        taken_ns = taken_from(self.world, process.core.blotter.register.orders[client_id].order, decided_ns)
        age_s = (process.clock.now_ns() - decided_ns) / NANO
        self.world.count["sent when its venue takes it"] += taken_ns > decided_ns
        if process.clock.now_ns() - taken_ns > within_ns:
            self.fail(f"I15: {client_id} leaves {age_s:.1f} s after it was decided on")

    def window_opened(self):
        """Note that a process fell asleep between its last look and the write: what it sends may be found as a stray."""
        self.strays = True

    # after each turn

    def turned(self, process):
        """L1, I1, I8, I11, I12, I15: for what is open now."""
        self.durable.catch_up()
        if self._is_over(process):
            return
        self._waiting(process)
        if self.votes is not None:
            self.votes.turned(process)
        if not self.world.drawn.lawful or self.strays:
            check_strangers(process.core, self.votes, self.fail)
            return
        books = self.world.venue.books
        self._exposure(process, books)
        self._conservation(books)
        check_exits(books, self.world.venue.exchange.trading._b.orders, self.fail)
        if self.world.rules.limits.refuse_self_cross:
            check_crossing(books, lambda order: self.base_of(order) is not None, self.fail)

    def _waiting(self, process):
        """L1: nothing waits to be sent without a reason."""
        register, agenda = process.core.blotter.register, process.core.blotter._agenda
        now_ns = process.clock.now_ns()
        for order_id in agenda._blocked:
            tracked = register.orders.get(order_id)
            for part in tracked.live if tracked is not None and agenda._may_enter(tracked) else ():
                errand = agenda._errands.get((order_id, part.number))
                if errand is not None and errand.due_ns > now_ns:
                    continue  # it was turned away a moment ago
                if agenda._hours.open_ns(tracked.order, now_ns) > now_ns:
                    continue  # what it waited for came when its venue took it no more
                fresh = not (part.venue_id or part.leave or part.doubtful) and tracked.sends(part)
                if fresh and not agenda.was_sent(tracked, part) and not agenda._before(tracked, part):
                    self.fail(f"L1: {order_id} waits for nothing")

    def base_of(self, order):
        """Return the id of the record that an order of the venue follows from, None where another sent it."""
        base = order.client_order_id.partition(".")[0]
        return base if base in self.durable.most else None

    def _exposure(self, process, books, *, exactly=False):
        """I8: what the engine takes for possible covers what the venue's books make possible; `exactly`: and is no more."""
        engine = process.core.engine
        if not process.core.blotter.register.since_ns:
            return
        worst = {symbol: [books.qty_of(symbol) // NANO] * 2 for symbol in engine.ledger.instruments}
        pairs, away, register = {}, self.durable.turned_away, process.core.blotter.register
        for order in books.open.values():
            lots, place = order.leaves // NANO, 0 if order.side > 0 else 1
            if order.status == "held":  # it sleeps until its entry fills
                continue
            if is_refused(order, away):  # it came twice, and was taken the second time: it is to leave
                self.world.count["refused and taken all the same"] += 1
                continue
            if order.role:
                key = ((order.parent or order).id, place)
                lots, pairs[key] = max(lots - pairs.get(key, 0), 0), max(pairs.get(key, 0), lots)
            worst[order.symbol][place] += order.side * lots
        self._excuse(worst, register, books, away)
        reserve_kept(process, worst, exactly)
        for symbol, (long, short) in worst.items():
            most, least = engine.trader.worst(symbol) if self.votes is None else self.votes.worst(engine, symbol)
            if long > most or short < least:
                self.fail(f"I8: {symbol} may become {short}..{long} at the venue, the engine reserves {least}..{most}")
            if exactly and (long, short) != (most, least) and symbol not in held_back(process.core.blotter, books):
                self.fail(
                    f"I8: {symbol} may become {short}..{long} at the venue, the engine still reserves {least}..{most}"
                )

    def _excuse(self, worst, register, books, away):
        """Take off the positions that the venue's books make possible what it took all the same, though it had refused it."""
        for symbol, lots in filled_unheard(register, books, away):
            worst[symbol] = [one - lots for one in worst[symbol]]
        for symbol in overtaken(register, books, away) if self.votes is not None else ():
            self.world.count["overtaken by what had been refused"] += 1
            del worst[symbol]  # an exit takes what was held before, until it leaves

    def _conservation(self, books):
        """I1: no order stands for more than it was ever asked to be."""
        bases = [self.base_of(order) for order in books.open.values()]
        for base in dict.fromkeys(bases):
            if base is not None and (got := standing_of(books, base)) > self.durable.most[base]:
                self.fail(f"I1: {base} stands for {got} lots, {self.durable.most[base]} were asked for")

    def recovered(self, process):
        """I10: a replay gives the same state, to the byte."""
        if process.number in REPLAYED:
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
        votes = self.votes
        if votes is not None and votes.state_of(again.engine) != votes.state_of(process.core.engine):
            self.fail("I10: two replays give two votes, or exits")

    # at rest

    def is_settled(self, process):
        """Say whether nothing is open."""
        if process is None or not process.core.blotter.ready or process.core.blotter.unknown:
            return False
        parts = [(tracked, part) for tracked in process.core.blotter.working() for part in tracked.live]
        return all((part.venue_id or waits(process, tracked, part)) and not part.leave for tracked, part in parts)

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
                if part.live != (there is not None and there.live) and not waits(process, tracked, part):
                    found.append(
                        f"L2: {tracked.order.order_id}.{part.number} is {part.status} here, {there and there.status} there"
                    )
        known = {part.venue_id for tracked in blotter.register.orders.values() for part in tracked.parts}
        for order in books.open.values():
            if order.id not in known:
                found.append(f"L2: {order.client_order_id} works there and is not known here")
        ours = (
            {one.order.order_id for one in core.engine.trader.orders.of()}
            if self.votes is None
            else self.votes.open_orders(core.engine)
        )
        theirs = {
            one.order.order_id
            for one in blotter.working()
            if one.working and not one.external and (self.votes is not None or one.order.reason not in DESKS)
        }
        if ours != theirs:
            found.append(
                f"I8: the engine has {sorted(ours - theirs)} open that order management has not, and not {sorted(theirs - ours)}"
            )
        return found

    def at_rest(self, what):
        """L1, L2, L3, I4, I5, I14: everything has come to an end, and is the same here and there."""
        process = self.world.holder
        if process is not None and not process.linked:
            self.fail(f"L3: a stream has not come back {what}")
        if not self.is_settled(process):
            self.fail(f"L1: not settled {what}: {open_of(process)}")
        if found := self.differences(process):
            self.fail(f"{what}: {'; '.join(found[:5])}")
        self.durable.catch_up()
        process.core.engine.ledger.verify()
        check_auctions(self.world, self.fail)
        if self.world.drawn.lawful and not self.strays:
            if self.votes is None:
                self._exposure(process, self.world.venue.books, exactly=True)
            else:
                self.votes.at_rest(process)
        if self.world.drawn.feeds:
            process.desk.tell_lost()
            check_minutes(self.world, self.durable.bars, self.fail)
            check_every_minute(self.world, process.desk, self.fail)

    def left(self, process):
        """Return the orders of ours that work; a position that others do not let go, since their orders are in its way, keeps its exits."""
        stuck = {symbol for symbol, lots in process.core.blotter.reconciliation.lots.items() if lots}
        if self.votes is None or self.world.drawn.lawful:
            stuck = set()
        return [
            one.order.order_id
            for one in process.core.blotter.working()
            if not (one.external or (one.closes and one.order.symbol in stuck))
        ]

    def ended(self):
        """L4, I6, I7, I10: after the halt nothing of ours works, and the whole journal is sound."""
        process = self.world.holder
        left = self.left(process)
        market_open = self.world.venue.is_open
        if market_open and left:
            self.fail(f"L4: {left} work after the halt")
        held = {symbol: lots for symbol, lots in process.core.blotter.reconciliation.lots.items() if lots}
        if market_open and held and self.world.drawn.lawful and not self.strays:
            self.fail(f"L4: {held} are held after the halt")
        if not market_open:
            self._over_night(process, left, held)
        self.replayed(process)
        sizes = {part.venue_id: part.qty for one in process.core.blotter.register.orders.values() for part in one.parts}
        WholeJournal(self.world.count, self.fail, sizes).read(self.world.disk.records())
        for name, times in self.world.venue.faults.fired.items():
            self.world.count[f"fault {name}"] += times
        if self.world.drawn.reacts:
            self.world.count.update(process.core.engine.trader._trader.reactions)

    def _over_night(self, process, left, held):
        """L4: while the market is closed orders that close what is held wait for the open, of as many lots as that, and nothing else works."""
        durable, lots = self.durable, dict.fromkeys(held, 0)
        for order_id in left:
            tracked = process.core.blotter.register.orders[order_id]
            order, reason = tracked.order, durable.reason_of[order_id]
            stops = reason is Reason.STOP and order.type is OrderType.MARKET  # a bar had passed one that could not rest
            if order_id not in durable.closes or not (stops or reason in DESKS):
                self.fail(f"L4: {order_id} works after the halt, and closes nothing at the open")
            lots[order.symbol] = lots.get(order.symbol, 0) + order.side.sign * (order.qty - tracked.filled)
            self.world.count["closes at the open after the halt"] += 1
        if self.world.drawn.lawful and not self.strays and lots != {symbol: -one for symbol, one in held.items()}:
            self.fail(f"L4: {held} are held over night after the halt, and {lots} wait for the open")

    def stopped(self):
        """L5: a process that is told to stop has stopped."""
        for process in self.world.slots:
            if process is not None and process.tasks:
                self.fail(f"L5: process {process.number} does not stop: {process.tasks}")

    def digest(self):
        """Return a hash of everything that is durable."""
        return hashlib.sha256(b"".join(self.world.disk.rows)).hexdigest()


def standing_of(books, base):
    """Return what an order has filled at the venue and may yet fill, with all that followed from it."""
    ids, number, lots, misses = books.client_ids, 0, 0, 0
    while misses < 3:
        order = ids.get(base if number == 0 else f"{base}.{number}")
        number += 1
        if order is None:
            misses += 1
            continue
        lots += order.filled_qty // NANO + (order.leaves // NANO if order.live else 0)
    return lots


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
