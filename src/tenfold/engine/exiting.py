"""Decide as the engine does, at a venue where a cancelled order may still fill and none has exits attached."""

from collections.abc import Sequence, Set
from typing import Final

from msgspec import structs

from tenfold.domain.conditions import Conditions
from tenfold.domain.events import Busted, Event, Past, PositionRestated, Revised, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet, Flag
from tenfold.domain.order import Command, Fill, Order, OrderType, OrderUpdate, Side, Submit
from tenfold.domain.rules import Rules
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.engine.engine import Engine
from tenfold.engine.voters import Voter
from tenfold.execution.exits import EXITS, AttachedExits, Way
from tenfold.execution.ids import check_run
from tenfold.ledger.ledger import divided, price_factor
from tenfold.ports import Trader

_LOOK_NS: Final = 2 * NS_PER_MINUTE
"""How long no bars come, of a halt or because they are those of days, before what is missing is seen to without them: exits, and after a halt what closes."""

_DEAR: Final = 50.0
_MOST: Final = {False: 1.04, True: 1.025}
"""What a purchase at the market pays at most over the price as it came, below 50 dollars and from there on: Alpaca makes a limit order of it."""


class ExitingEngine(Engine):
    """Be an engine whose commands include the exits of its positions, and put right what an order filled that was given up for another.

    What it sends to lower a position is marked to do no more than that: while it waits for another order to leave, that one may fill. The
    simulated broker keeps attached exits itself and cancels at once; this is for a real venue, and for one that speaks its protocol.
    """

    def __init__(
        self,
        rules: Rules,
        instruments: Sequence[Instrument],
        voters: Sequence[Voter],
        periods: float,
        trader: Trader | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        super().__init__(rules, instruments, voters, periods, trader, columns)
        self._desk.exits_apart = True
        self._attaches = trader is None and rules.exits.given
        self._exits = AttachedExits(instruments)
        self._looked_ns = 0
        self._over = False  # what is decided on has closed with its session
        self._left: set[str] = set()  # symbols of which an exit had fired as the process began, and nothing is held
        # what closes a short position: its name, when it went, and the most that it may pay
        self._bought: dict[str, tuple[str, int, float]] = {}

    def step(self, event: Event) -> list[Command]:
        """Take one event and return the commands that follow from it; SettingsError for a run whose orders a venue could not name."""
        if isinstance(event, Started):
            check_run(event.run, event.epoch)
            self._left = {symbol for symbol, state in self.symbols.items() if state.stopped and not state.pending}
        fired, others = self._fires(event), len(self.external)
        self._over = isinstance(event, BarSet) and all(bar.remaining_s <= 0 for bar in event.bars)
        if isinstance(event, PositionRestated) and divided(before := self.ledger.position(event.symbol), event):
            self._exits.divide(event.symbol, price_factor(before, event))
        made = self._made_way(event.ts_ns, event.symbol) if fired and isinstance(event, Fill) else []
        behind = self._behind(event)
        decided = [*made, *super().step(event)]
        freed = len(self.external) < others  # what has ended may have stood in the way
        if self.breaker.tripped and self.leased and (freed or self._is_silent(event)):
            decided += self._flatten(event.ts_ns)
        if not self.leased:
            return self._cleared(decided)
        if isinstance(event, Started) and event.inherits:
            return [*self._cleared(decided), *self._protected(event.ts_ns)]
        for symbol in behind:
            if self.symbols[symbol].waits or self._exits.leaves(symbol):  # no breaker has sent another
                decided += self._desk.leave(event.ts_ns, symbol, whole=True)
        followed = self._cleared([*decided, *self._righted(event, fired=fired)])
        commands = [*followed, *self._counted(event.ts_ns, self._follow(event))]
        for command in commands:
            if isinstance(command, Submit) and command.closes and _is_bounded(command.order):
                self._bought[command.order.symbol] = command.order.order_id, event.ts_ns, self._most(command.order)
        return commands

    def witness(self, command: Command) -> None:
        """Take a command that other code has decided: exits are attached to what it opens."""
        super().witness(command)
        if isinstance(command, Submit):
            self._exits.witness(command.order)

    def _protected(self, ts_ns: int) -> list[Command]:
        """Return the exits of all positions anew: those that rest leave, since other code sent them."""
        found: list[Command] = []
        for symbol in self.symbols:
            self._exits.clear(symbol, ts_ns)  # the start itself lets them leave
            if self._way(symbol) is Way.FREE:
                found += self._counted(ts_ns, self._exits.restore(symbol, ts_ns, self.ledger.position(symbol).lots))
        return found

    def _counted(self, ts_ns: int, commands: list[Command]) -> list[Command]:
        """Return exits, counted as what is sent: a limit on orders and messages a minute is one on those too."""
        for command in commands:
            self.gate.admission.sent(ts_ns, command.order if isinstance(command, Submit) else None)
        return commands

    def _fires(self, event: Event) -> bool:
        """Say whether an exit that rests fills, and note it, also of one that another has taken the place of: only another direction enters again."""
        if not isinstance(event, Fill) or event.symbol not in self.symbols:
            return False
        fires, state = self._exits.works(event.symbol, event.order_id), self.symbols[event.symbol]
        if fires or event.reason in EXITS:
            state.stopped = True
            if not state.wanted and state.direction == -event.side.sign:  # it was closing, and not for the vote
                state.wanted = state.direction
        return fires

    def _righted(self, event: Event, *, fired: bool) -> list[Command]:
        """Return what follows from exits that fire, from orders that fill late, and from stops that have to be watched here."""
        if isinstance(event, BarSet):
            return self._passed(event)
        if not isinstance(event, Fill) or event.symbol not in self.symbols:
            return []
        return [*(self._desk.leave(event.ts_ns, event.symbol) if fired else []), *self._desk.late(event)]

    def _cleared(self, commands: list[Command]) -> list[Command]:
        """Let the exits of a symbol leave before another order of it goes out, and mark what closes.

        While it is shut a venue may leave a cancel pending until it opens, when the auction takes nothing more: what was to close a position there
        goes to the market, so that it leaves as soon as they have.
        """
        found: list[Command] = []
        for command in commands:
            if not isinstance(command, Submit):
                found.append(command)
                continue
            order = command.order
            cleared = self._counted(order.ts_ns, self._exits.clear(order.symbol, order.ts_ns))
            held = self.ledger.position(order.symbol).lots
            lowers = held * order.side.sign < 0 and order.qty <= abs(held)
            self._exits.sent(order)
            if cleared and lowers and order.tif == "opg" and self._over:
                order = structs.replace(order, type=OrderType.MARKET, tif="gtc")
                self.symbols[order.symbol].waits = False
            found += [*cleared, Submit(order=order, closes=True) if lowers else command]
        return found

    def _most(self, order: Order) -> float:
        """Return the most that a purchase at the market may pay, by what is quoted as it is sent, else the last close."""
        price = self._quoted(order.symbol) or self.ledger.closes[order.symbol]
        return price * _MOST[price >= _DEAR]

    def _behind(self, event: Event) -> list[str]:
        """Note that purchases which were to close short positions are not on their way out any more, and return their symbols.

        A jump leaves them behind, as where trading begins again after a halt: all of a bar, and what is quoted since, is above what they may pay.
        Where no bars come, what is quoted says so alone.
        """
        prices: list[tuple[str, int, float]] = []
        if isinstance(event, BarSet):
            nearest = self.gate.admission.nearest
            prices = [
                (bar.symbol, bar.open_ns, min(bar.low, nearest(bar.symbol, bar.low, bar.open_ns)))
                for bar in event.bars
                if not bar.flags & Flag.OFF_SESSION
            ]
        elif isinstance(event, Conditions) and self._is_silent(event):
            told = [one for one in event.symbols if one.open and one.mid and not one.halted]
            prices = [(one.symbol, one.quote_ns, one.bid) for one in told]
        found: list[str] = []
        for symbol, since_ns, price in prices if self._bought else ():
            state, (order_id, sent_ns, most) = self.symbols[symbol], self._bought.get(symbol, ("", 0, 0.0))
            whole = order_id == state.order_id and 0 < state.pending == -self.ledger.position(symbol).lots
            leaves = self._exits.leaves(symbol) and self._exits.works(symbol, order_id)
            if (whole or leaves) and since_ns >= sent_ns and price > most > 0.0:
                state.waits |= whole
                found.append(symbol)
        return found

    def _follow(self, event: Event) -> list[Command]:
        exits = self._exits
        match event:
            case Fill(symbol=symbol) if symbol in self.symbols:
                return exits.on_fill(event, self.ledger.position(symbol), self._way(symbol))
            case OrderUpdate(symbol=symbol) if symbol in self.symbols:
                found = exits.on_update(event, self.ledger.position(symbol).lots, self._way(symbol))
                if found and exits.leaves(symbol):  # it has fired: no other size takes the place of what leaves
                    self.symbols[symbol].stopped = True
                return found
            case Busted(symbol=symbol, ts_ns=ts_ns) | PositionRestated(symbol=symbol, ts_ns=ts_ns):
                lots = self.ledger.position(symbol).lots
                exits.undo(symbol, lots)
                cleared = exits.clear(symbol, ts_ns)
                return [*cleared, *(exits.restore(symbol, ts_ns, lots) if self._way(symbol) is Way.FREE else [])]
            case BarSet():
                found = []
                for bar in event.bars:
                    lots = self.ledger.position(bar.symbol).lots
                    if lots and self._attaches and exits.is_bare(bar.symbol):
                        self._adopt(bar, lots)
                    found += exits.on_bar(bar, lots, self._way(bar.symbol))
                return [*found, *self._restored(event.ts_ns, self.symbols.keys() - {bar.symbol for bar in event.bars})]
            case Past() | Revised(before=None) | Revised(cause="back_fill"):  # minute by minute, of longer bars too
                self._missed(event)
            case Conditions() if self._is_silent(event):
                return self._restored(event.ts_ns, {one.symbol for one in event.symbols if one.open})
        return []

    def _missed(self, told: Past | Revised) -> None:
        """Take what closed while nobody traded, or without data: stops that trail, and votes that have changed since an exit fired before."""
        if isinstance(told, Revised):
            self._exits.missed(told.bar, self.ledger.position(told.bar.symbol).lots)
            return
        for bar in told.bars.bars:
            lots, state = self.ledger.position(bar.symbol).lots, self.symbols[bar.symbol]
            self._exits.missed(bar, lots)
            if bar.symbol in self._left and not lots and self._desk.facing(state) != state.wanted:
                state.stopped, state.wanted = False, 0

    def _adopt(self, bar: Bar, lots: int) -> None:
        """Attach exits to signed lots that are held though nobody ordered them, and are voted for by now: they stay, so that no order brings any."""
        ranges = self.gate.has_ranges(self.symbols[bar.symbol].estimate)
        if not (ranges and bar.close > 0.0 and self.external.worst(bar.symbol, 0) == (0, 0)):
            return
        order = self._desk.adopted(bar.ts_ns, bar.symbol)
        if order is not None:
            self._exits.adopt(order, lots, bar.close)

    def _is_silent(self, event: Event) -> bool:
        """Say whether no bars have come for so long in an open market that what is missing is looked for without them."""
        if (
            not isinstance(event, Conditions) or 0 <= event.ts_ns - self._looked_ns < _LOOK_NS
        ):  # a clock may be set back
            return False
        return any(one.open for one in event.symbols)

    def _restored(self, ts_ns: int, silent: Set[str]) -> list[Command]:
        """Put exits back that are missing, or stand where they stood before what was missed, in symbols of which no bar came: a halt may end with a jump, before its first bar is told."""
        self._looked_ns = ts_ns
        found: list[Command] = []
        for symbol in self.symbols:
            lots = self.ledger.position(symbol).lots if symbol in silent else 0
            if lots and self._way(symbol) is Way.FREE:
                found += self._exits.restore(symbol, ts_ns, lots) or self._exits.catch_up(symbol, ts_ns)
        return found

    def _passed(self, bars: BarSet) -> list[Command]:
        """Leave where a bar has passed a stop that cannot rest: the entry works on, and the venue takes no lone stop beside it; or a strategy's own order is in its way, which goes first. Also where one that rests was left behind."""
        return [
            command
            for bar in bars.bars
            if self._exits.is_overrun(bar, lots := self.ledger.position(bar.symbol).lots, self._quoted(bar.symbol))
            or (self._exits.is_passed(bar, lots) and self._is_watched(bar.symbol))
            for command in (
                *self._made_way(bars.ts_ns, bar.symbol),
                *self._desk.leave(bars.ts_ns, bar.symbol, whole=True),
            )
        ]

    def _is_watched(self, symbol: str) -> bool:
        """Say whether no stop can rest in a symbol, for what works there."""
        way, state = self._way(symbol), self.symbols[symbol]
        return way is Way.BESIDE or (way is Way.BLOCKED and (not state.pending or state.waits))

    def _made_way(self, ts_ns: int, symbol: str) -> list[Command]:
        """Let the strategy's own orders of a symbol leave, out of which an exit takes everything."""
        return [] if self.trader is None else self.trader.cancel_all(ts_ns, symbol)

    def _way(self, symbol: str) -> Way:
        """Say what works in a symbol beside its exits."""
        held, pending = self.ledger.position(symbol).lots, self.symbols[symbol].pending
        way = Way.FREE
        if pending:
            way = Way.BESIDE if pending * held > 0 else Way.BLOCKED
        for one in self.trader.orders.of(symbol) if self.trader is not None else ():
            if one.order.side.sign * held <= 0:
                return Way.BLOCKED
            way = Way.BESIDE if way is Way.FREE else way
        return way


def _is_bounded(order: Order) -> bool:
    """Say whether a venue bounds what an order pays though it names no price: Alpaca makes a limit order of a purchase at the market."""
    return order.side is Side.BUY and order.type is OrderType.MARKET
