"""The live loop with its engine on wires to a moody venue, and what must hold there after each turn and at rest."""

import random

from msgspec.structs import replace
from vote_checks import told

from moody_venue import WAITING, MoodyVenue
from order_world import PACE, SECOND, SYMBOLS, World
from tenfold import codec
from tenfold.domain.events import Difference, Event, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Command, OrderType
from tenfold.engine.live_loop import LiveLoop
from tenfold.execution.blotter import Blotter
from tenfold.execution.reports import Amend, LookUp, Outcome, Place, Stock, TakeStock
from tenfold.risk.limits import limits_of
from tenfold.simulation.profiles import profile_of

RULES = replace(profile_of("alpaca"), limits=limits_of("none"))
INSTRUMENTS = [Instrument(symbol=symbol, venue="alpaca", tick_size=0.01) for symbol in SYMBOLS]
PERIOD_NS = 60 * SECOND
SHUT_NS, CROSS_NS, OPEN_NS = 30 * SECOND, 35 * SECOND, 50 * SECOND
"""When in each period orders for its auction are no longer taken, when it is held, and when those for the next one are."""
ARRIVES_NS = 28 * SECOND // 10
"""How long a request is on its way at most where all keep to the rules: no longer than one is held to be in flight."""
CENT = 10_000  # money units
NAN = float("nan")


def opens(order, ts_ns):
    """Return when the venue takes an order."""
    phase_ns = ts_ns % PERIOD_NS
    return ts_ns - phase_ns + OPEN_NS if order.auction and SHUT_NS <= phase_ns < OPEN_NS else ts_ns


class Rows:
    """Be the journal that a list is."""

    def __init__(self, rows):
        self.rows = rows

    def append(self, records):
        self.rows.extend(records)

    def sync(self):
        pass


class LoopWorld(World):
    """Hold venue, wires, journal and the loop of the process that is alive.

    Parameters
    ----------
    drawn : what the seed has drawn, see `loop_swarm.Drawn`
    engine : makes an engine, by the number of the code that it runs
    """

    def __init__(self, drawn, engine):
        self.drawn = drawn
        self.engine_of = engine
        self.chance = random.Random(f"venue {drawn.seed}")  # noqa: S311 -- a test that repeats
        self.prices = random.Random(f"prices {drawn.seed}")  # noqa: S311
        self.code = 0
        self.crossed = -1  # the period of which the auction was held last
        self.calm = False  # whether lists are those of now
        self.sent_ns = {}
        super().__init__(drawn.amends, drawn.pairs, opens if drawn.auctions else None)
        venue = MoodyVenue(SYMBOLS, self.chance)
        venue.now, self.venue = self.venue.now, venue

    # the process

    def blotter_of(self):
        return Blotter(INSTRUMENTS, RULES.account.cash, pace=PACE, **self.options)

    def replayed(self, records):
        """Return a loop that has lived through records."""
        loop = LiveLoop(self.engine_of(self.code), self.blotter_of(), Rows(self.journal), str(self.code))
        loop.live_through(list(records))
        return loop

    def start(self):
        self.loop = self.replayed(self.journal)
        self.blotter, self.engine = self.loop.blotter, self.loop.engine
        self.epoch += 1
        opening = Started(ts_ns=self.time(), run="r", epoch=self.epoch, config_hash="", code_hash=str(self.code))
        self.loop.post(replace(opening, inherits=self.loop.inherits))
        self.connected = False

    def crash(self, *, other_code=False):
        """Die between two turns and start again, as it was or with other code."""
        self.pump()
        before = state_of(self.loop)
        assert state_of(self.replayed(self.journal)) == before
        self.code += other_code
        super().crash()
        self.pump()

    def interpret(self, report):
        self.loop.hear(report)

    def pump(self):
        for request in self.loop.turn(self.time()):
            self.requests.append(request)
            self.sent.append(request)
            self.sent_ns[id(request)] = self.now
            self.check_intent(request)
        self.check()

    # the market

    def time(self, step=1):
        now_ns = super().time(step)
        period = (now_ns - CROSS_NS) // PERIOD_NS
        if self.drawn.auctions and period > self.crossed:
            self.crossed = period
            self.venue.cross()
        return now_ns

    def bars(self):
        """Show the bars of a moment; now and then one is missing."""
        ts_ns = self.time()
        shown = [symbol for symbol in SYMBOLS if self.prices.random() < 0.95]
        missing = tuple(symbol for symbol in SYMBOLS if symbol not in shown)
        session = ts_ns // PERIOD_NS if self.drawn.auctions else 0
        if shown:
            bars = tuple(self.bar(symbol, ts_ns) for symbol in shown)
            self.loop.post(BarSet(ts_ns=ts_ns, session=session, bars=bars, missing=missing))

    def bar(self, symbol, ts_ns):
        price = round(10 * (1 + self.prices.uniform(-0.03, 0.03)), 2) if self.drawn.votes else 10.0
        high, low = round(price * 1.01, 2), round(price * 0.99, 2)
        return Bar(
            0, 0, ts_ns, price, price, high, low, 1000.0, ts_ns - 1, NAN, NAN, NAN, NAN, 0.0, 0, 0, 9999, 2024, 3, 4, 0, symbol
        )  # fmt: skip

    # the wires

    def act(self, request, at_venue="ok"):
        drawn, venue = self.drawn, self.venue
        current = self.calm or not self.blotter.register.since_ns
        venue.stale, venue.hidden = (0.0, 0.0) if current else (drawn.chances["stale"], drawn.chances["hidden"])
        if isinstance(request, TakeStock) and self.chance.random() < drawn.chances["incomplete"]:
            return None, Stock(
                ts_ns=self.now, orders=(), fills=(), positions={}, cash_units=None, complete=False, text="half",
                number=request.number,
            )  # fmt: skip
        if isinstance(request, Place) and drawn.auctions and opens(request.order, venue.now) > venue.now:
            return Outcome.REFUSED, None
        return super().act(request, at_venue)

    def deliver_request(self, index=0, fate="ok", at_venue="ok"):
        if not self.requests:
            return
        index %= len(self.requests)
        request = self.requests[index]
        late = self.now - self.sent_ns[id(request)] > ARRIVES_NS
        if self.drawn.lawful and late and not isinstance(request, LookUp | TakeStock):
            fate = "lost" if isinstance(request, Place | Amend) else fate
        if isinstance(request, Amend) and request.venue_id not in self.venue.orders:
            self.requests.pop(index)
        else:
            super().deliver_request(index, fate, at_venue)

    # what always holds

    def check_intent(self, request):
        """I2: what is sent goes by a name that follows from a record; I11: what closes is for no more than the position."""
        if not isinstance(request, Place):
            return
        order, register = request.order, self.blotter.register
        assert register.find("", order.order_id) is not None, request
        if register.orders[order.order_id.partition(".")[0]].closes:
            held = self.blotter.reconciliation.lots[order.symbol]
            assert order.qty <= -order.side.sign * held, (request, held)

    def check(self):
        """I5, I8: the engine has the positions that order management has, and no order open that has ended there; it reserves what the venue's orders can make."""
        for symbol in SYMBOLS:
            assert self.engine.ledger.position(symbol).lots == self.blotter.reconciliation.lots[symbol], symbol
        assert self.open_orders() <= {one.order.order_id for one in self.blotter.working()}, self.open_orders()
        if not self.drawn.lawful or not self.drawn.pairs or not self.blotter.register.since_ns:
            return
        for symbol in SYMBOLS:
            least, most = self.venue.possible(symbol)
            low, high = self.reserved(symbol)
            assert low <= least <= most <= high, (symbol, "venue", least, most, "engine", low, high)

    def reserved(self, symbol):
        """Return the smallest and the largest position that the engine takes for possible."""
        engine = self.engine
        if not self.drawn.votes:
            most, least = engine.trader.worst(symbol)
            return least, most
        held = engine.ledger.position(symbol).lots
        buys, sells = engine._desk.exposed(symbol)
        theirs, others = engine.external.worst(symbol, 0)
        ends = [min(held + sells, 0) + others, max(held + buys, 0) + theirs]
        for order_id in engine._exits._held[symbol].working.values():
            tracked = self.blotter.register.orders.get(order_id)
            if tracked is not None and tracked.working:
                ends.append(held + tracked.order.side.sign * (tracked.order.qty - tracked.filled))
        return min(ends), max(ends)

    def open_orders(self):
        """Return the ids of the orders that the engine takes for open, exits among them."""
        engine = self.engine
        if not self.drawn.votes:
            return {one.order.order_id for one in engine.trader.orders.of()}
        found = set()
        for symbol, state in engine.symbols.items():
            found |= {state.order_id} if state.pending else set()
            found |= {order_id for order_id, one in state.leaving.items() if one.works and one.lots}
            found |= set(engine._exits._held[symbol].working.values())
        return found

    def working_orders(self):
        """Return the ids of the orders that order management takes for open."""
        return {
            one.order.order_id
            for one in self.blotter.working()
            if one.working and not one.external and (self.drawn.votes or one.order.reason == "order")
        }

    # the end

    def heal(self):
        """Let everything arrive, in time, until nothing moves."""
        self.calm = True
        self.venue.refusing = self.venue.original_qty = False
        self.connect()
        for one in list(self.venue.orders.values()):
            if one.state == "pending_cancel":
                self.venue.end(one, "canceled")
            elif one.state in WAITING:
                self.venue.decide(one)
        quiet = 0
        for _ in range(200):
            self.run(1)
            quiet = quiet + 1 if self.is_settled() else 0
            if quiet >= 24:
                break
        self.pump()

    def check_rest(self):
        """L1, L2, I4, I5, I10, V3: at rest the venue, order management and the engine agree, and so does a replay."""
        blotter = self.blotter
        assert self.is_settled(), [one.order.order_id for one in blotter.working()]
        assert not blotter.unknown
        assert self.open_orders() == self.working_orders()
        self.check_account()
        self.check_orders()
        if self.drawn.lawful and not (self.engine.breaker.tripped or self.engine.breaker.stage):
            self.check_exits() if self.drawn.votes else self.check_reserved()
        kind = Event | Command
        again = [codec.decode(kind, codec.encode(one, "msgpack"), "msgpack") for one in self.journal]
        assert state_of(self.replayed(again)) == state_of(self.loop)

    def check_account(self):
        blotter, ledger, venue = self.blotter, self.engine.ledger, self.venue
        assert blotter.reconciliation.lots == venue.lots, (blotter.reconciliation.lots, venue.lots)
        assert {symbol: ledger.position(symbol).lots for symbol in SYMBOLS} == venue.lots, venue.lots
        assert abs(blotter.reconciliation.cash_units - venue.cash) < CENT
        assert abs(ledger.cash - venue.cash) < CENT
        since_ns = self.now - 5 * SECOND
        differences = [one for one in self.journal if isinstance(one, Difference) and one.kind in {"position", "cash"}]
        assert not [one for one in differences if one.ts_ns > since_ns], differences[-1]

    def check_orders(self):
        known = set()
        for tracked in self.blotter.register.orders.values():
            standing = self.orders_of(tracked)
            known |= {one.venue_id for one in standing}
            assert tracked.filled == sum(one.filled for one in standing), (tracked, standing)
            assert any(tracked.live) == any(one.live for one in standing), (tracked, standing)
        assert all(one.venue_id in known for one in self.venue.orders.values() if one.live or one.filled)

    def check_exits(self):
        """V3: exits stand for what is held, and for nothing else."""
        for symbol, lots in self.venue.lots.items():
            exits = self.engine._exits._held[symbol]
            assert lots or not exits.working, (symbol, exits.working)
            if not lots or self.engine.symbols[symbol].pending:
                continue
            closing = [one for one in self.venue.orders.values() if one.symbol == symbol and one.side.sign * lots < 0]
            for level, is_target in ((exits.stop, False), (exits.target, True)):
                standing = sum(one.left for one in closing if (one.kind is OrderType.LIMIT) == is_target)
                assert level <= 0 or standing == abs(lots), (symbol, level, standing, lots)

    def check_reserved(self):
        """I8: the engine reserves no more than what stands at the venue can make; entries with exits and what closes may keep more."""
        families = self.blotter.register._families
        kept = {one.order.symbol for one in self.blotter.working() if one.closes or families.entry_works(one)}
        for symbol in set(SYMBOLS) - kept if self.drawn.pairs else ():
            assert self.venue.possible(symbol) == self.reserved(symbol), symbol


def state_of(loop):
    """Return all that is known of orders, the account, votes and exits, as it can be compared."""
    engine = loop.engine
    trader = engine.trader.orders.of() if engine.trader is not None else ()
    return (
        loop.blotter.digest(),
        engine.ledger.cash,
        codec.encode(engine.ledger.positions, "msgpack"),
        engine.breaker.stage,
        [(one.order.order_id, one.filled, one.most, str(one.status)) for one in trader],
        [repr(told(state)) for state in engine.symbols.values()],
        [repr(told(held)) for held in engine._exits._held.values()],
    )
