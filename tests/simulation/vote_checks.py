"""Hold an engine on which an ensemble votes to what follows from the votes: what is entered, what is held, and the exits that stand for it."""

import numpy as np

from tenfold.domain.order import OrderStatus, Reason
from tenfold.engine.voters import Window

VOTED = {Reason.VOTE, Reason.REBALANCE}
EXITS = {Reason.STOP, Reason.TARGET, Reason.TRAIL}
ANEW = {OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.ABANDONED}
"""Ends of an order after which what it was for is ordered anew."""
BARS = 3
"""Bar sets in a row after which a position that has levels has to have exits again."""
SLACK = 1e-9
NANO = 1_000_000_000


class VoteChecks:
    """Count ballots along with the durable bars; `fail` is called with what must not be.

    Attributes
    ----------
    facing : direction of the vote by symbol, as the bars so far have it
    """

    def __init__(self, world, symbols, fail):
        self.world = world
        self.fail = fail
        self.symbols = symbols
        self.rule = world.rules.vote
        self.voters = world.drawn.ensemble.voters(symbols)
        self.weights = [one.weight for one in self.voters]
        self.facing = dict.fromkeys(symbols, 0)
        self.share = dict.fromkeys(symbols, 0.0)
        self._window = Window(symbols)
        self._scores = np.full((1, len(symbols), len(self.voters)), np.nan)
        self._number = 0
        self._at_ns = {}  # moment of a bar set: the directions then
        self._before = dict(self.facing)  # the directions before what was lived through in one turn
        self._seen = 0
        self._shown = set()  # symbols of which the last bar set has a bar that orders could follow
        self._fired = {}  # symbols of which an exit has filled, and which way its position faced
        self._given_up = set()
        self._odd = dict.fromkeys(symbols, 0)  # bar sets at which a position was held that nobody votes for
        self._bare = dict.fromkeys(symbols, 0)  # bar sets at which a position had no exits

    # along the journal

    def begins(self):
        """Note the directions before a turn: reports are lived through first, whatever bars come with them."""
        self._before = dict(self.facing)

    def bars(self, record, unfit):
        """Ask everybody, and count; of symbols whose data are `unfit` nothing is opened with these."""
        self._window.put(record)
        for member, voter in enumerate(self.voters):
            voter.ask(self._window.rows, record, self._number, self._scores, member)
        self._number += 1
        for bar in record.bars:
            self._count(bar.symbol)
        self._shown = {bar.symbol for bar in record.bars} - unfit
        self._at_ns[record.ts_ns] = dict(self.facing)

    def _count(self, symbol):
        electorate = [member for member, weight in enumerate(self.weights) if weight > 0.0]
        scores = self._scores[0, self.symbols.index(symbol)].tolist()
        cast = [scores[member] for member in electorate]
        weights = [self.weights[member] for member in electorate]
        total, rule, before = sum(weights), self.rule, self.facing[symbol]
        share = {
            sign: sum(weight for score, weight in zip(cast, weights, strict=True) if score * sign >= rule.ballot)
            / total
            for sign in (1, -1)
        }
        enter = 1.0 if len(weights) < rule.quorum else rule.enter_frac
        after = next((sign for sign in (1, -1) if share[sign] >= enter - SLACK), 0)
        if not after and before and share[before] >= rule.hold_frac - SLACK:
            after = before
        count = self.world.count
        count["votes changed"] += after != before
        count["votes with dissent"] += bool(after) and share[-after] > 0.0
        count["votes with abstention"] += bool(after) and share[1] + share[-1] < 1.0 - SLACK
        count["votes held below the share to enter"] += bool(after) and share[after] < enter - SLACK
        if after != before:
            self._fired.pop(symbol, None)
        self.facing[symbol], self.share[symbol] = after, max(share.values())

    def filled(self, fill):
        """Note that an exit has fired, and not only filled late for what a person has closed."""
        if fill.reason in EXITS and fill.order_id not in self._given_up:
            self._fired[fill.symbol] = -fill.side.sign

    def updated(self, update):
        """Note that something is ordered anew."""
        if update.status in ANEW:
            self._fired.pop(update.symbol, None)

    def weighed(self, record):
        """Count the next vote by other weights."""
        self.weights = list(record.weights)
        self.world.count["weighed"] += 1
        self.world.count["weighed, with a member suspended"] += 0.0 in self.weights

    def operated(self, cancelled):
        """Note that a person has closed everything, and begins anew; `cancelled` are the orders that were to leave by then."""
        self._fired.clear()
        self._given_up |= cancelled

    def submitted(self, record):
        """V1: what is entered follows from the vote of its moment, and not again in the direction in which an exit has fired."""
        order = record.order
        if order.reason not in VOTED or record.closes:
            return
        facing = self._at_ns.get(order.ts_ns, self._before)[order.symbol]
        self.world.count["entries voted for"] += 1
        self.world.count["orders in the place of others"] += self.stands_in(order)
        if order.side.sign != facing:
            self.fail(f"V1: {order} enters, and the vote stands at {facing}")
        if facing < 0 and not self.world.rules.account.short:
            self.fail(f"V1: {order} sells what is not there")
        lawful = self.world.drawn.lawful and not self.world.checks.strays
        if lawful and self._fired.get(order.symbol) == facing and order.ts_ns in self._at_ns:
            self.fail(f"V1: {order} enters again where an exit has fired")

    def stands_in(self, order):
        """Say whether an order was decided on between bars: it takes the place of one that was too large, since another has filled late."""
        return order.reason in VOTED and order.ts_ns not in self._at_ns

    # what the engine knows

    def worst(self, engine, symbol):
        """Return the largest positions, long and short, that the engine takes for possible."""
        held = engine.ledger.position(symbol).lots
        buys, sells = engine._desk.exposed(symbol)
        theirs, others = engine.external.worst(symbol, 0)
        return max(held + buys, 0) + theirs, min(held + sells, 0) + others

    def open_orders(self, engine):
        """Return the ids of the orders that the engine takes for open."""
        found = set()
        for symbol, state in engine.symbols.items():
            found |= {state.order_id} if state.pending else set()
            found |= {name for name, one in state.leaving.items() if one.works and one.lots}
            found |= set(engine._exits._held[symbol].working.values())
        return found

    def turned(self, process):
        """V2, V3: with the next bars a position leaves that nobody votes for, and one that has levels gets exits again, unless another order is under way."""
        if self._number == self._seen:
            return
        self._seen = self._number
        engine = process.core.engine
        for symbol in self.symbols:
            self._bare[symbol] = self._bare[symbol] + 1 if self._is_bare(engine, symbol) else 0
            if self._bare[symbol] > BARS:
                self.fail(f"V3: {symbol} has been held through {BARS} bars without exits")
            if symbol not in self._shown:
                continue  # what was refused is ordered anew with its next bar
            self._odd[symbol] = self._odd[symbol] + 1 if self._is_odd(engine, symbol) else 0
            if self._odd[symbol] > BARS:
                held = engine.ledger.position(symbol).lots
                self.fail(
                    f"V2: {held} of {symbol} have been held through {BARS} bars, and the vote stands at {self.facing[symbol]}"
                )

    def _is_bare(self, engine, symbol):
        held, exits = engine.ledger.position(symbol).lots, engine._exits._held[symbol]
        if not held or engine.external.worst(symbol, 0) != (0, 0):
            return False
        if exits.entry is None and self.world.drawn.lawful and not self.world.checks.strays:
            return True
        return not (engine.symbols[symbol].pending or exits.working) and (exits.stop > 0.0 or exits.target > 0.0)

    def _is_odd(self, engine, symbol):
        """Say whether a position is held that nobody votes for, and nothing is under way that would take it out."""
        state, facing, held = engine.symbols[symbol], self.facing[symbol], engine.ledger.position(symbol).lots
        if facing < 0 and not self.world.rules.account.short:
            facing = 0
        leaves = state.pending or any(one.works for one in state.leaving.values())
        if (
            not held
            or held * facing > 0
            or leaves
            or engine.breaker.tripped
            or not self.world.drawn.lawful
            or self.world.checks.strays
        ):
            return False
        return symbol not in engine.unfit and self.world.venue.is_open

    # at rest

    def at_rest(self, process):
        """V2, V3: positions follow the vote, and exits stand for them and for nothing else."""
        engine = process.core.engine
        if engine.breaker.tripped or not self.world.venue.is_open:
            return
        for symbol, state in engine.symbols.items():
            held = engine.ledger.position(symbol).lots
            self._exits(engine, state, held)
            if symbol not in engine.unfit and symbol in self._shown:
                self._position(engine, state, held)

    def _position(self, engine, state, held):
        facing = self.facing[state.symbol]
        if facing != state.direction:
            self.fail(f"V2: the vote on {state.symbol} stands at {facing}, the engine has {state.direction}")
        if facing < 0 and not self.world.rules.account.short:
            facing = 0
        count = self.world.count
        if state.pending:
            count["at rest an order of the vote works"] += 1
        elif held * facing < 0 or (held and not facing):
            self.fail(f"V2: {held} of {state.symbol} are held, and the vote stands at {facing}")
        elif held:
            count["at rest a position follows the vote"] += 1
        elif facing:
            count["at rest nothing is held, as an exit has fired" if state.stopped else "at rest nothing is held"] += 1

    def _exits(self, engine, state, held):
        symbol, exits = state.symbol, engine._exits._held[state.symbol]
        ids = exits.working.values()
        standing = [
            one for one in self.world.venue.books.open.values() if one.symbol == symbol and one.live and is_of(one, ids)
        ]
        if not held:
            if exits.working:
                self.fail(f"V3: nothing is held of {symbol}, and {exits.working} are there")
            return
        if state.pending or "leaves" in exits.working:  # it is on its way out, where somebody trades
            return
        rules = self.world.rules.exits
        stops = any((rules.stop_frac, rules.stop_atr, rules.trail_frac, rules.trail_atr))
        if exits.entry is None or (stops and exits.stop <= 0.0):
            self.fail(f"V3: {held} of {symbol} are held, and no {'entry' if exits.entry is None else 'stop'} is known")
        for level, kinds in ((exits.stop, {"stop", "market"}), (exits.target, {"limit"})):
            lots = sum(one.leaves // NANO for one in standing if one.kind in kinds and one.side * held < 0)
            if level > 0.0 and lots != abs(held):
                self.fail(f"V3: exits of {lots} lots at {level:g} stand for {held} of {symbol}")
            self.world.count["at rest exits stand"] += level > 0.0

    # after a replay

    def state_of(self, engine):
        """Return all that the engine knows of votes, wishes and exits, as text that is the same where it is."""
        voters = [(one.name, one.failures, state_of_voter(one)) for one in engine.voters]
        symbols = [told(state) for state in engine.symbols.values()]
        exits = [told(one) for one in engine._exits._held.values()]
        return repr((voters, engine.scores.tobytes(), symbols, exits, engine.orders))


def is_of(order, ids):
    """Say whether an order of the venue follows from one of ours; the second of a pair goes by a name of the venue's."""
    named = {one.client_order_id.partition(".")[0] for one in (order, order.parent) if one is not None}
    return not named.isdisjoint(ids)


def state_of_voter(voter):
    """Return what a voter remembers."""
    return voter.states.tobytes() if hasattr(voter, "states") else voter._past.tobytes()


def told(value):
    """Return what an object with slots holds."""
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items()}
    slots = getattr(type(value), "__slots__", None)
    return (
        {name: told(getattr(value, name)) for name in slots}
        if slots and not hasattr(value, "__struct_fields__")
        else value
    )
