"""Attach exits to positions at a venue that attaches none: a stop, a target and a trailing stop, by the rules of the simulated one.

How it works. Levels are those of `simulation.desk`: measured from the average price whenever a position opens or grows, a trailing
stop never loosened. As orders they rest at the venue: a stop, a limit order, or both as one-cancels-the-other. They stand for the whole
position, so that they leave before any other order of the symbol goes out (a venue refuses opposite orders, and lots that are promised
twice), and come back once nothing else works there. Beside an order that still adds to the position a venue takes a pair alone: it comes with the
first fill and grows with each (from the ninth on by quarters and with the bars: each time is another pair at the venue, and a request to take it back), and once the order has ended everything stands at its exact level. Without a pair, or where its target
would trade with that order, the bars are watched until then. A stop
that the venue refuses is a price that was passed already: then the position leaves at the market.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from tenfold.domain.account import Position
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, Flag
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
    Replace,
    Side,
    Submit,
)
from tenfold.execution.ids import TARGET, exit_id, named
from tenfold.execution.lifecycle import WORKING
from tenfold.execution.ticks import on_tick
from tenfold.kernels import fills
from tenfold.kernels.accounting import average_price

_KEPT: Final = 1000
_AT_ONCE: Final = 8
_QUARTER: Final = 4
"""How often a pair grows with each fill of its entry, and by which part of itself at least from there on."""
_LEAVES: Final = "leaves"
EXITS: Final = frozenset({Reason.STOP, Reason.TARGET, Reason.TRAIL})
"""Why an order leaves a position by a price."""


class Way(StrEnum):
    """Say what other orders work in a symbol: none, only such as add to the position, or one that stands in the way of exits."""

    FREE = "free"
    BESIDE = "beside"
    BLOCKED = "blocked"


class _Attached:
    """Hold the exits of one position.

    `entry` is the order that opened it or added to it last; `stop`, `target` are levels, 0 where there is none; `working` are the orders
    that rest, by kind, since `rested` at these levels, from `since_ns` on, and for so many lots in all, of which `filled` have left; `grown` counts how often they grew,
    and `count` numbers them; `refused`
    says that the venue takes none beside the order that adds, `behind` that the stop's level has moved and the order has not; `opened_ns` is when
    the position was opened; `before` are those of the position before it, which `faced` one way.
    """

    __slots__ = (
        "before",
        "behind",
        "count",
        "entry",
        "faced",
        "filled",
        "grown",
        "opened_ns",
        "refused",
        "rested",
        "since_ns",
        "stop",
        "target",
        "trailed",
        "working",
    )

    def __init__(self) -> None:
        self.entry: Order | None = None
        self.stop = self.target = 0.0
        self.trailed = False
        self.working: dict[str, str] = {}
        self.rested = (0.0, 0.0, 0)
        self.filled = self.grown = 0
        self.count = 0
        self.refused = self.behind = False
        self.opened_ns = self.since_ns = 0
        self.before: _Attached | None = None
        self.faced = 0

    @property
    def pairs(self) -> bool:
        """Whether they are two of which one cancels the other."""
        return self.stop > 0.0 and self.target > 0.0

    def meets_entry(self, lots: int) -> bool:
        """Say whether the target of signed lots would trade with the limit order that adds to them: one that fills at a better price."""
        target = self.rested[1] if self.working else self.target
        limit = None if self.entry is None else self.entry.limit_price
        return limit is not None and (target - limit) * lots <= 0.0


class AttachedExits:
    """Hold the exits of all positions; each method returns the commands that follow."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        self._held = {symbol: _Attached() for symbol in self._instruments}
        self._asked: dict[str, Order] = {}

    def sent(self, order: Order) -> None:
        """Note an order to which exits may be attached."""
        if order.attaches:
            self._asked[order.order_id] = order
            if len(self._asked) > _KEPT:  # one that was cancelled may fill late; not for ever
                del self._asked[next(iter(self._asked))]

    def witness(self, order: Order) -> None:
        """Note an order that other code has sent: no exit of ours may have the name of one of those."""
        self.sent(order)
        name = named(order.order_id)
        if order.reason in EXITS and name is not None:
            held = self._held[order.symbol]
            held.count = max(held.count + 1, int(name.exit[1:] or 0))

    def is_bare(self, symbol: str) -> bool:
        """Say whether nothing that was ordered has opened or enlarged the position of a symbol, so that it has no levels."""
        return self._held[symbol].entry is None

    def adopt(self, order: Order, lots: int, price: float) -> None:
        """Measure the levels of signed lots that came unasked as if an order had opened them now, at a price."""
        held = self._held[order.symbol]
        held.opened_ns = order.ts_ns
        self._measure(held, order, lots, price, 0)

    def works(self, symbol: str, order_id: str) -> bool:
        """Say whether an order is an exit that rests."""
        return order_id in self._held[symbol].working.values()

    def leaves(self, symbol: str) -> bool:
        """Say whether a position is on its way out at the market, since its stop was passed before it rested."""
        return _LEAVES in self._held[symbol].working

    def clear(self, symbol: str, ts_ns: int) -> list[Command]:
        """Take the exits of a symbol back, for another order to go out; its levels stay."""
        found, held = self._held[symbol].working, self._held[symbol]
        held.working = {}
        return [Cancel(order_id=order_id, ts_ns=ts_ns, symbol=symbol) for order_id in found.values()]

    def on_fill(self, fill: Fill, position: Position, way: Way) -> list[Command]:
        """Take a fill and the position that results."""
        held, lots = self._held[fill.symbol], position.lots
        exits = self.works(fill.symbol, fill.order_id)
        turned = 0 < lots * fill.side.sign < fill.qty and fill.order_id not in self._asked
        if lots == 0 or turned or (exits and lots * fill.side.sign > 0):  # too much leaves what they were not for
            commands = [] if exits else self.clear(fill.symbol, fill.ts_ns)
            self._held[fill.symbol] = fresh = _Attached()
            fresh.count = held.count
            if held.entry is None and held.before is not None:  # nothing was attached meanwhile
                fresh.before = held.before
            else:
                fresh.before, held.before, held.faced = held, None, -fill.side.sign
            return commands
        if exits:
            held.filled += fill.qty
            return []
        qty = fill.side.sign * fill.qty
        if (lots > 0) == (qty > 0):
            before = lots - qty
            if before == 0 or (before > 0) != (lots > 0):
                held.opened_ns = fill.done_ns or fill.ts_ns
            anchor = average_price(position.cost, lots, self._instruments[fill.symbol].units_per_price)
            self._measure(held, self._asked.get(fill.order_id), lots, anchor, before)
        beside = way is Way.BESIDE and held.pairs and not held.refused and not held.meets_entry(lots)
        if way is Way.FREE or beside:
            return self._fit(fill.symbol, fill.ts_ns, lots, way)
        return self.clear(fill.symbol, fill.ts_ns)

    def on_update(self, update: OrderUpdate, lots: int, way: Way) -> list[Command]:
        """Take a change of an order, with the signed lots that are held."""
        held = self._held[update.symbol]
        kinds = [kind for kind, order_id in held.working.items() if order_id == update.order_id]
        if not kinds or update.status in WORKING:
            return self._freed(update, lots) if way is Way.FREE and _LEAVES not in held.working else []
        del held.working[kinds[0]]
        if update.status is not OrderStatus.REJECTED:
            full = update.status is OrderStatus.FILLED and way is Way.FREE  # before it grew with the position
            return self.restore(update.symbol, update.ts_ns, lots) if full else []
        if way is not Way.FREE:
            held.refused = True
            return self.clear(update.symbol, update.ts_ns)
        if kinds[0] == TARGET:
            held.target = 0.0  # asked again it is refused again
        if kinds[0] == EXIT and lots:
            return [*self.clear(update.symbol, update.ts_ns), self._leave(held, update, lots)]
        return []

    def _freed(self, update: OrderUpdate, lots: int) -> list[Command]:
        """Return the exits of a position beside which nothing works any more: at their levels, and for all of it."""
        held = self._held[update.symbol]
        if not held.working:
            return self.restore(update.symbol, update.ts_ns, lots)
        if held.rested[:2] != (held.stop, held.target):
            return self._renew(update.symbol, update.ts_ns, lots)
        return self._grow(update.symbol, update.ts_ns, lots, Way.FREE)

    def on_bar(self, bar: Bar, lots: int, way: Way) -> list[Command]:
        """Move a trailing stop with a bar, and put exits back that are missing."""
        held = self._held[bar.symbol]
        self.missed(bar, lots)
        if not held.working:
            return self.restore(bar.symbol, bar.ts_ns, lots) if way is Way.FREE else []
        if way is Way.FREE and len(held.working) < 1 + held.pairs and _LEAVES not in held.working:
            return self._renew(bar.symbol, bar.ts_ns, lots)  # one of a pair has ended without the other
        grown = self._grow(bar.symbol, bar.ts_ns, lots, way) if way is not Way.BLOCKED else []
        return [*self.catch_up(bar.symbol, bar.ts_ns), *grown]

    def missed(self, bar: Bar, lots: int) -> None:
        """Move the level of a trailing stop with a bar, also with one that closed while nobody traded."""
        held = self._held[bar.symbol]
        entry = held.entry
        after = bar.open_ns > held.opened_ns  # the best price of the bar of the entry may be of before it
        if lots and after and entry is not None and entry.trailing_frac is not None:
            best = bar.high if lots > 0 else bar.low
            level = fills.tighter(lots, held.stop, self._level(bar.symbol, lots, best, entry.trailing_frac, fills.STOP))
            held.behind |= level != held.stop
            held.stop = level

    def catch_up(self, symbol: str, ts_ns: int) -> list[Command]:
        """Let a trailing stop that rests stand at its level."""
        held = self._held[symbol]
        moved, held.behind = held.behind, False
        if not (moved and EXIT in held.working):
            return []
        held.trailed = True
        held.rested, held.since_ns = (held.stop, *held.rested[1:]), ts_ns
        return [Replace(order_id=held.working[EXIT], ts_ns=ts_ns, symbol=symbol, stop_price=held.stop)]

    def is_passed(self, bar: Bar, lots: int) -> bool:
        """Say whether a bar has passed the stop of a position of which no exit rests."""
        held = self._held[bar.symbol]
        if held.working or held.stop <= 0.0 or bar.open_ns <= held.opened_ns:
            return False
        return bar.low <= held.stop if lots > 0 else lots < 0 and bar.high >= held.stop

    def is_overrun(self, bar: Bar, lots: int, quoted: float = 0.0) -> bool:
        """Say whether all of a bar was above the stop of a short position, which rests and has not closed it, and so is the price that is `quoted` since, 0 for none.

        A venue may bound what a stop that buys pays: Alpaca makes a limit order of it, which a jump leaves behind. Once the price is back it fills.
        """
        held = self._held[bar.symbol]
        if lots >= 0 or EXIT not in held.working or bar.open_ns < held.since_ns or bar.flags & Flag.OFF_SESSION:
            return False
        return 0.0 < held.rested[0] < min(bar.low, quoted or bar.low)

    def restore(self, symbol: str, ts_ns: int, lots: int) -> list[Command]:
        """Return the exits of a position that has levels, and none resting."""
        held = self._held[symbol]
        wanted = lots != 0 and not held.working and (held.stop > 0.0 or held.target > 0.0)
        return self._renew(symbol, ts_ns, lots) if wanted else []

    def undo(self, symbol: str, lots: int) -> None:
        """Take up what was before again, where what closed a position was taken back and signed lots of it are there once more."""
        before, held = self._held[symbol].before, self._held[symbol]
        if held.entry is None and before is not None and before.faced * lots > 0:
            before.count = held.count
            self._held[symbol] = before

    def divide(self, symbol: str, factor: float) -> None:
        """Multiply the levels of a symbol whose shares were divided by what prices are multiplied by."""
        held, tick = self._held[symbol], self._instruments[symbol].tick_size
        held.stop, held.target = (
            on_tick(level * factor, tick) if level > 0.0 else 0.0 for level in (held.stop, held.target)
        )

    def _measure(self, held: _Attached, order: Order | None, lots: int, anchor: float, before: int) -> None:
        """Set the levels of a position that opened or grew."""
        if order is None:  # another's order added to it: what was agreed on stands
            return
        symbol, kept = order.symbol, held.stop
        held.entry = order
        loss = self._level(symbol, lots, anchor, order.stop_frac, fills.STOP)
        held.stop, held.target = loss, self._level(symbol, lots, anchor, order.target_frac, fills.TARGET)
        if order.trailing_frac is not None:
            held.stop = fills.tighter(lots, loss, self._level(symbol, lots, anchor, order.trailing_frac, fills.STOP))
            if before != 0 and (before > 0) == (lots > 0):
                held.stop = fills.tighter(lots, held.stop, kept)
            held.trailed = held.stop != loss

    def _level(self, symbol: str, lots: int, anchor: float, frac: float | None, which: int) -> float:
        price = 0.0 if frac is None else fills.exit_level(lots, anchor, frac, which)
        return on_tick(price, self._instruments[symbol].tick_size) if price > 0.0 else 0.0

    def _fit(self, symbol: str, ts_ns: int, lots: int, way: Way, *, whole: bool = False) -> list[Command]:
        """Let exits stand for a position: those that rest become larger or smaller, unless nothing works beside and their levels are others."""
        held = self._held[symbol]
        stop, target, size = held.rested
        exact = (stop, target) == (held.stop, held.target)
        leaves = _LEAVES in held.working
        if not leaves and (len(held.working) < 1 + held.pairs or not (exact or way is Way.BESIDE)):
            return self._renew(symbol, ts_ns, lots)
        qty = held.filled + abs(lots)
        waits = not whole and way is Way.BESIDE and held.grown >= _AT_ONCE
        if qty == size or (waits and 0 < _QUARTER * (qty - size) < size):
            return []
        held.rested = (stop, target, qty)
        held.grown += 1
        return [Replace(order_id=one, ts_ns=ts_ns, symbol=symbol, qty=qty) for one in held.working.values()]

    def _grow(self, symbol: str, ts_ns: int, lots: int, way: Way) -> list[Command]:
        """Let exits that have not grown with every fill stand for all of a position."""
        held = self._held[symbol]
        behind = held.grown >= _AT_ONCE and _LEAVES not in held.working
        return self._fit(symbol, ts_ns, lots, way, whole=True) if behind else []

    def _renew(self, symbol: str, ts_ns: int, lots: int) -> list[Command]:
        """Put the exits of a position in the place of those that rest."""
        held = self._held[symbol]
        commands = self.clear(symbol, ts_ns)
        entry = held.entry
        if entry is None or not (held.stop > 0.0 or held.target > 0.0):
            return commands
        held.count += 1
        held.rested, held.filled, held.since_ns = (held.stop, held.target, abs(lots)), 0, ts_ns
        held.grown = 0
        held.refused = held.behind = False
        both = held.pairs
        side = Side.SELL if lots > 0 else Side.BUY
        for kind, level in ((TARGET, held.target), (EXIT, held.stop)):
            if level <= 0.0:
                continue
            stops = kind == EXIT
            reason = Reason.TARGET if not stops else (Reason.TRAIL if held.trailed else Reason.STOP)
            held.working[kind] = exit_id(entry.order_id, kind, held.count)
            commands.append(
                Submit(
                    order=Order(
                        order_id=held.working[kind], ts_ns=ts_ns, symbol=symbol, side=side, qty=abs(lots),
                        type=OrderType.STOP if stops else OrderType.LIMIT, limit_price=None if stops else level,
                        stop_price=level if stops else None, order_class="oco" if both else "simple",
                        parent_id=f"{entry.order_id}/{held.count}" if both else entry.order_id, reason=reason,
                    ),
                    closes=True,
                )
            )  # fmt: skip
        return commands

    def _leave(self, held: _Attached, update: OrderUpdate, lots: int) -> Command:
        """Return the market order in the place of a stop whose price was passed."""
        held.count += 1
        held.rested, held.filled = (held.stop, held.target, abs(lots)), 0
        entry_id = held.entry.order_id if held.entry is not None else update.order_id
        held.working[_LEAVES] = exit_id(entry_id, EXIT, held.count)
        order = Order(
            order_id=held.working[_LEAVES], ts_ns=update.ts_ns, symbol=update.symbol, side=Side.SELL if lots > 0 else Side.BUY,
            qty=abs(lots), parent_id=entry_id, reason=Reason.TRAIL if held.trailed else Reason.STOP,
        )  # fmt: skip
        return Submit(order=order, closes=True)
