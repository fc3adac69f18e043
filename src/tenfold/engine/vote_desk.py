"""Order what the vote wants: one working order a symbol, sized and passed by the gate."""

from collections.abc import Sequence
from typing import Final

from tenfold.domain.account import Position
from tenfold.domain.events import Busted, OrderRestated
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import (
    EXIT,
    Cancel,
    Command,
    Fill,
    Order,
    OrderStatus,
    OrderType,
    OrderUpdate,
    Reason,
    Submit,
    TimeInForce,
)
from tenfold.domain.rules import Rules
from tenfold.engine.state import Leaving, SymbolState
from tenfold.engine.view import Ids, View
from tenfold.engine.vote_order import KINDS, TIMES, vote_order
from tenfold.execution.exits import EXITS
from tenfold.execution.ids import named, order_id
from tenfold.execution.lifecycle import WORKING
from tenfold.execution.open_orders import OpenOrders
from tenfold.ledger.ledger import Ledger
from tenfold.risk.gate import Gate, Wish

_UNDONE: Final = frozenset({OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.ABANDONED})
"""Ends of a working order that nobody here has asked for: what it was to change still stands.

So it does where one that rests is cancelled while something is held, or was to enter, as long as exits are orders of their own: else an exit cancels what works.
"""
_VOTED: Final = frozenset({Reason.VOTE, Reason.REBALANCE})
"""Why orders are sent that may open or enlarge a position."""
_AT_ONCE: Final = frozenset({"ioc", "fok"})
"""Orders whose rest is cancelled as a matter of course."""
_AUCTIONS: Final = frozenset({"opg", "cls"})
"""Orders that wait for an auction, however long that is."""
_LEAVING: Final = 16
"""Orders of a symbol in whose place another came that are remembered, since one may fill even after its cancel was told; those that work always are."""


class VoteDesk:
    """Hold what is wanted of each symbol, and the order that works for it.

    Attributes
    ----------
    symbols : state by symbol, in the order of the instruments
    issued : orders sent so far
    ids : by which orders are named
    exits_apart : whether exits are orders of their own, so that only the venue cancels what works here unasked
    """

    def __init__(
        self,
        rules: Rules,
        instruments: Sequence[Instrument],
        ledger: Ledger,
        gate: Gate,
        external: OpenOrders,
        view: View | None = None,
    ) -> None:
        self.rules = rules
        self.ledger = ledger
        self.gate = gate
        self.symbols = {i.symbol: SymbolState(i.symbol, index) for index, i in enumerate(instruments)}
        self.issued = 0
        self.ids = Ids("run", 0)
        self._external = external
        self._view = view  # of a strategy that works its own orders: one numbering for its orders and ours
        self._rebalance = rules.sizing.rebalance_frac or 0.0
        self._short = rules.account.short
        self._type = OrderType(rules.entry.order)
        self._tif = TIMES.get(self._type, rules.entry.tif)
        self._priced = self._type in KINDS
        self.exits_apart = False
        self._leaves_first = self._priced or not rules.matching.crosses_zero

    def exposed(self, symbol: str) -> tuple[int, int]:
        """Return the lots that may still be bought in a symbol, and (negative) sold, by what works and by what is to leave."""
        state = self.symbols[symbol]
        if not state.pending and not state.leaving:
            return 0, 0
        buys, sells = max(state.pending, 0), min(state.pending, 0)
        for one in state.leaving.values():
            if one.works:
                buys, sells = buys + max(one.lots, 0), sells + min(one.lots, 0)
        return buys, sells

    def follow(self, ts_ns: int, state: SymbolState, commands: list[Command]) -> None:
        """Order what changes where the vote of a symbol faces another way than its position, or its size may have moved."""
        facing = self.facing(state)
        unfit = state.symbol in self.gate.admission.unfit and facing not in (0, -state.wanted)
        if unfit and self.ledger.position(state.symbol).lots * facing >= 0:
            return
        if state.astray:
            self._own(state)
        if facing != state.wanted or (facing != 0 and self._rebalance > 0.0):
            self._order(ts_ns, state, facing, commands)

    def adopted(self, ts_ns: int, symbol: str) -> Order | None:
        """Return the order that would have opened what is held of a symbol, where the vote wants that though it came unasked; None where it does not."""
        state, held = self.symbols[symbol], self.ledger.position(symbol).lots
        if held * self.facing(state) <= 0 or held * state.pending < 0:
            return None
        order = self._made(ts_ns, state, held, Reason.VOTE, OrderType.MARKET, "gtc")
        self.issued += 1  # nothing is sent, and its exits are named by it
        return order

    def facing(self, state: SymbolState) -> int:
        """Return which way a position is to face by the vote."""
        return state.direction if self._short or state.direction > 0 else 0

    def _own(self, state: SymbolState) -> None:
        """Count what came to be held unasked as what was last ordered, once nothing works, so that it leaves where the vote faces another way."""
        held, state.astray = self.ledger.position(state.symbol).lots, state.pending != 0
        if held and held * state.wanted <= 0 and not state.pending:
            state.wanted = (held > 0) - (held < 0)

    def _order(self, ts_ns: int, state: SymbolState, facing: int, commands: list[Command]) -> None:
        """Order the difference between the position and what the vote asks for."""
        reason = Reason.VOTE
        if facing == state.wanted:
            if state.stopped or state.pending != 0:
                return
            reason = Reason.REBALANCE
        held = self.ledger.position(state.symbol).lots
        target = facing * self._size(ts_ns, state, facing) if facing != 0 else 0
        delta = target - held
        if reason is Reason.REBALANCE and abs(float(delta)) <= self._rebalance * abs(float(target)):
            return
        state.wanted, state.stopped = facing if target != 0 else 0, False
        delta = state.halved(held, delta) if self.gate.admission.stopped else delta
        lowers = held != 0 and (delta > 0) != (held > 0)
        if lowers and self._leaves_first and (target > 0) != (held > 0):  # leave first, then enter
            delta = -held
            state.wanted = 0
        if delta == state.pending:
            return
        kind, tif = self._type, self._tif
        if self._priced and lowers:
            kind, tif = OrderType.MARKET, "gtc"
        adds = abs(held + delta) - (abs(held) if (held + delta > 0) == (held > 0) else 0)
        if adds > 0:
            order = self._made(ts_ns, state, delta, reason, kind, tif)
            worth = adds * self.ledger.mark_of(state.symbol)
            found = self.gate.admission.refusal(
                order, worth, self.ledger.closes[state.symbol], shorts=facing < 0 and held + delta < 0
            )
            if found is not None:  # nothing is opened; what faces the other way is still closed
                self.gate.bind(ts_ns, state.symbol, found)
                kept = held if held * facing > 0 else 0
                state.wanted = facing if kept else 0
                if kept - held != state.pending:
                    self._replace(ts_ns, state, kept - held, reason, OrderType.MARKET, "gtc", commands)
                return
            adds = worth
        self._replace(ts_ns, state, delta, reason, kind, tif, commands, max(adds, 0))

    def _size(self, ts_ns: int, state: SymbolState, facing: int) -> int:
        ledger, others = self.ledger, 0
        beside: list[tuple[str, int, int]] = []
        for other in self.symbols.values():
            if other is not state:
                lots = self._reserved(other.symbol, ledger.position(other.symbol).lots + other.pending)
                if lots:
                    mark = ledger.worth_of(other.symbol)
                    others += abs(lots) * mark
                    beside.append((other.symbol, lots, mark))
        promised = max(facing * self._reserved(state.symbol, 0, facing), 0)
        wish = Wish(facing, ledger.position(state.symbol).lots, state.pending, beside, reserved=promised)
        return self.gate.lots(
            ts_ns, state.symbol, ledger.mark_of(state.symbol), ledger.equity, ledger.cash, others, state.estimate, wish
        )

    def _reserved(self, symbol: str, lots: int, facing: int = 0) -> int:
        """Return the largest position, of one side if it is `facing` that, that lots can become by orders that did not come from here."""
        if not self._external:
            return lots
        long, short = self._external.worst(symbol, lots)
        if facing == 0:
            return long if abs(long) >= abs(short) else short
        return long if facing > 0 else short

    # what breakers ask for

    def flatten(self, ts_ns: int, reason: Reason) -> list[Command]:
        """Send everything to the market that is not already on its way out."""
        commands: list[Command] = []
        for state in self.symbols.values():
            state.wanted, state.stopped = 0, False
            held = self.ledger.position(state.symbol).lots
            if not _is_under_way(state, -held):
                self._replace(ts_ns, state, -held, reason, OrderType.MARKET, "gtc", commands)
        return commands

    def withdraw(self, ts_ns: int) -> list[Command]:
        """Cancel what works for more risk; what closes a position goes on."""
        return self._lower(ts_ns, halves=False)

    def reduce(self, ts_ns: int) -> list[Command]:
        """Cancel what works for more risk, and send half of each position to the market."""
        return self._lower(ts_ns, halves=True)

    def _lower(self, ts_ns: int, *, halves: bool) -> list[Command]:
        commands: list[Command] = []
        for state in self.symbols.values():
            held = self.ledger.position(state.symbol).lots
            side = (held > 0) - (held < 0)
            closing = min(abs(state.pending), abs(held)) if held * state.pending < 0 else 0
            delta = -side * max(closing, (abs(held) + 1) // 2 if halves else 0)
            state.wanted = side if state.wanted or state.pending else 0  # what came to be held unasked stays as it is
            if state.pending != delta or (halves and not _is_under_way(state, delta)):
                self._replace(ts_ns, state, delta, Reason.BREAKER, OrderType.MARKET, "gtc", commands)
        return commands

    def _replace(
        self, ts_ns: int, state: SymbolState, delta: int, reason: Reason, kind: OrderType, tif: TimeInForce,
        commands: list[Command], adds: int = 0,
    ) -> None:  # fmt: skip
        """Cancel what is working and submit `delta` signed lots instead."""
        if state.pending != 0:
            _remember(state)
            commands.append(Cancel(order_id=state.order_id, ts_ns=ts_ns, symbol=state.symbol))
            self.gate.admission.sent(ts_ns, None)
        state.pending = delta
        if delta == 0:
            state.order_id = ""
            return
        order = self._made(ts_ns, state, delta, reason, kind, tif)
        self.issued += 1
        if self._view is not None:
            self._view.issued = self.issued
        state.order_id, state.rests, state.waits = order.order_id, tif not in _AT_ONCE, tif in _AUCTIONS
        self.gate.admission.sent(ts_ns, order, adds)
        commands.append(Submit(order=order))

    def _made(
        self, ts_ns: int, state: SymbolState, delta: int, reason: Reason, kind: OrderType, tif: TimeInForce
    ) -> Order:
        """Return the next order."""
        if self._view is not None:
            self.issued = self._view.issued
        return vote_order(
            order_id(*self.ids, self.issued + 1), ts_ns, self.ledger.instruments[state.symbol], delta, reason, kind,
            tif, self.ledger.closes[state.symbol], state.estimate.atr, self.rules, finer=self.exits_apart,
        )  # fmt: skip

    # reports of the broker

    def on_fill(self, fill: Fill, held: Position) -> None:
        """Take a fill and the position that results."""
        state = self.symbols[fill.symbol]
        qty = fill.side.sign * fill.qty
        leaving = state.leaving.get(fill.order_id)
        if leaving is not None:
            leaving.lots = _left(leaving.lots, qty)
            leaving.works = leaving.works and leaving.lots != 0
        if fill.order_id == state.order_id:
            state.pending = _left(state.pending, qty)
        elif fill.order_id == state.entry_id + EXIT:
            state.stopped = True
            state.pending = 0
        elif leaving is None and self._view is None and fill.reason in _VOTED and self._is_ours(fill.order_id):
            state.astray = True  # of other code, from which was taken over
        if held.lots != 0 and (held.lots > 0) == (qty > 0):
            state.entry_id = fill.order_id

    def _is_ours(self, name: str) -> bool:
        """Say whether an order is of this run: what others order is theirs to keep."""
        found = named(name)
        return found is not None and found.run == self.ids.run

    def on_bust(self, bust: Busted) -> None:
        """Take it that an execution was taken back: an order that works fills these lots again; one that has ended does not."""
        state, qty = self.symbols[bust.symbol], bust.side.sign * bust.qty
        leaving = state.leaving.get(bust.order_id)
        if leaving is not None:
            leaving.undone += bust.qty
            leaving.lots += qty if leaving.works else 0
        if bust.order_id == state.order_id and state.pending:
            state.pending += qty
        state.astray = True

    def on_restated(self, told: OrderRestated) -> None:
        """Take the lots that the venue has an order for: so many are still to fill."""
        state, left = self.symbols[told.symbol], max(told.qty - told.filled, 0) + told.beside
        leaving = state.leaving.get(told.order_id)
        if leaving is not None and leaving.lots:
            leaving.lots = left if leaving.lots > 0 else -left
        if told.order_id == state.order_id and state.pending:
            state.pending = left if state.pending > 0 else -left

    def give_up(self) -> None:
        """Know of no order any more, and want what is held: others were sent, which leave; an exit that has fired stays so."""
        for state in self.symbols.values():
            lots = self.ledger.position(state.symbol).lots
            state.pending, state.order_id, state.leaving = 0, "", {}
            state.astray = True
            if not state.stopped:
                state.wanted = (lots > 0) - (lots < 0)

    def leave(self, ts_ns: int, symbol: str, *, whole: bool = False) -> list[Command]:
        """Give up what works in a symbol that an exit takes out, and send the `whole` position to the market; only another direction enters again."""
        state, commands = self.symbols[symbol], list[Command]()
        state.stopped = True
        delta = -self.ledger.position(symbol).lots if whole else 0
        if not _is_under_way(state, delta):
            self._replace(ts_ns, state, delta, Reason.STOP, OrderType.MARKET, "gtc", commands)
        return commands

    def late(self, fill: Fill) -> list[Command]:
        """Return what takes a fill into account that nothing counted on: of an order in whose place there is another by now, or of what was to close what is gone."""
        state, held = self.symbols[fill.symbol], self.ledger.position(fill.symbol).lots
        leaving, qty, pending = state.leaving.get(fill.order_id), 0, state.pending
        if leaving is not None:
            pending = state.works(held - fill.side.sign * fill.qty)
            again = min(leaving.undone, fill.qty)
            leaving.undone -= again
            state.astray |= again > 0
            qty = fill.qty - again
        elif (beyond := held * fill.side.sign) > 0 and (fill.reason in EXITS or _turns(state, fill)):
            beside = max(state.pending * fill.side.sign, 0)
            enters = state.wanted * fill.side.sign > 0  # else what works has nothing to close any more
            qty = min(beyond + beside, fill.qty) if enters or not beside else beyond + beside
        if qty == 0:
            return []
        if leaving is not None and fill.order_id == state.order_id:
            state.astray = True  # it had ended, and none came in its place: the next bars decide
            return []
        delta, commands = pending - fill.side.sign * qty, list[Command]()
        closes = held * delta < 0
        if not closes and state.wanted * delta <= 0:  # what was to close the position has: nothing comes in its place
            delta = 0
        elif not closes and not self._opens(state, delta):
            delta, state.wanted = 0, state.wanted if held else 0
        if closes and self._leaves_first and abs(delta) > abs(held):  # an exit on its way out has filled too
            delta = -held
            if state.wanted * held < 0 and not state.stopped:  # leave first, then enter
                state.wanted = 0
        if closes or not state.pending:
            self._replace(fill.ts_ns, state, delta, Reason.VOTE, OrderType.MARKET, "gtc", commands)
        else:
            self._replace(fill.ts_ns, state, delta, Reason.VOTE, self._type, self._tif, commands)
        return commands

    def _opens(self, state: SymbolState, delta: int) -> bool:
        """Say whether lots may be opened now: what closed may have been refused since, for which the next bars look again at what is voted for."""
        admission = self.gate.admission
        return self.facing(state) * delta > 0 and not admission.stopped and state.symbol not in admission.unfit

    def on_update(self, update: OrderUpdate) -> None:
        """Take a change of an order."""
        state = self.symbols[update.symbol]
        if update.order_id in state.leaving:
            state.leaving[update.order_id].works = update.status in WORKING
        if update.order_id == state.entry_id + EXIT and update.status in WORKING:
            state.stopped = True
            state.order_id, state.waits = update.order_id, False
            state.pending = -self.ledger.position(update.symbol).lots
        elif update.order_id == state.order_id and update.status not in WORKING:
            enters = state.pending * state.wanted > 0 and not state.stopped
            if state.pending != 0:  # the venue may have it all the same
                _remember(state)
                state.leaving[state.order_id].works = False
            state.pending = 0
            lots = self.ledger.position(update.symbol).lots
            unasked = update.status is OrderStatus.CANCELED and state.rests and self.exits_apart
            if update.status in _UNDONE or (unasked and (lots != 0 or enters)):
                state.wanted = (lots > 0) - (lots < 0)


def _is_under_way(state: SymbolState, delta: int) -> bool:
    """Say whether what works does what is to be done at once: an order for an auction may wait for hours."""
    return state.pending == delta and not (delta and state.waits)


def _remember(state: SymbolState) -> None:
    """Note that what works may fill though it is given up; what ended long ago is forgotten."""
    state.leaving[state.order_id] = Leaving(state.pending)
    if len(state.leaving) > _LEAVING:
        ended = next((name for name, one in state.leaving.items() if not one.works), None)
        if ended is not None:
            del state.leaving[ended]


def _turns(state: SymbolState, fill: Fill) -> bool:
    """Say whether what fills was to close a position, beside which an exit has closed it."""
    return fill.order_id == state.order_id and state.wanted * fill.side.sign <= 0


def _left(lots: int, filled: int) -> int:
    """Return what is left of signed lots; more than there were, or what comes after the end, leaves nothing."""
    return lots - filled if abs(filled) < abs(lots) and (filled > 0) == (lots > 0) else 0
