"""Attach exits to positions at a venue that attaches none: a stop, a target and a trailing stop, by the rules of the simulated one.

How it works. Levels are those of `simulation.desk`: measured from the average price whenever a position opens or grows, a trailing
stop never loosened. As orders they rest at the venue: a stop, a limit order, or both as one-cancels-the-other. They stand for the whole
position, so that they leave before any other order of the symbol goes out (a venue refuses opposite orders, and lots that are promised
twice), and come back once nothing else works there. A stop that the venue refuses is a price that was passed already: then the
position leaves at the market.
"""

from collections.abc import Iterable
from typing import Final

from tenfold.domain.account import Position
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar
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
from tenfold.execution.ids import TARGET, exit_id
from tenfold.execution.lifecycle import WORKING
from tenfold.kernels import fills
from tenfold.kernels.accounting import average_price
from tenfold.kernels.costs import snapped

_KEPT: Final = 1000
_LEAVES: Final = "leaves"


class _Attached:
    """Hold the exits of one position.

    `entry` is the order that opened it or added to it last; `stop`, `target` are levels, 0 where there is none; `working` are the orders
    that rest, by kind; `count` numbers them; `opened_ns` is when the position was opened.
    """

    __slots__ = ("count", "entry", "opened_ns", "stop", "target", "trailed", "working")

    def __init__(self) -> None:
        self.entry: Order | None = None
        self.stop = self.target = 0.0
        self.trailed = False
        self.working: dict[str, str] = {}
        self.count = 0
        self.opened_ns = 0


class AttachedExits:
    """Hold the exits of all positions; each method returns the commands that follow."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._instruments = {instrument.symbol: instrument for instrument in instruments}
        self._held = {symbol: _Attached() for symbol in self._instruments}
        self._asked: dict[str, Order] = {}

    def sent(self, order: Order) -> None:
        """Note an order to which exits may be attached."""
        if order.stop_frac is not None or order.target_frac is not None or order.trailing_frac is not None:
            self._asked[order.order_id] = order
            if len(self._asked) > _KEPT:  # one that was cancelled may fill late; not for ever
                del self._asked[next(iter(self._asked))]

    def works(self, symbol: str, order_id: str) -> bool:
        """Say whether an order is an exit that rests."""
        return order_id in self._held[symbol].working.values()

    def clear(self, symbol: str, ts_ns: int) -> list[Command]:
        """Take the exits of a symbol back, for another order to go out; its levels stay."""
        found, held = self._held[symbol].working, self._held[symbol]
        held.working = {}
        return [Cancel(order_id=order_id, ts_ns=ts_ns, symbol=symbol) for order_id in found.values()]

    def on_fill(self, fill: Fill, position: Position, *, idle: bool) -> list[Command]:
        """Take a fill and the position that results; `idle` says that no other order of the symbol works."""
        held, lots = self._held[fill.symbol], position.lots
        if lots == 0:
            commands = [] if self.works(fill.symbol, fill.order_id) else self.clear(fill.symbol, fill.ts_ns)
            self._held[fill.symbol] = fresh = _Attached()
            fresh.count = held.count
            return commands
        if self.works(fill.symbol, fill.order_id):
            return []
        qty = fill.side.sign * fill.qty
        if (lots > 0) == (qty > 0):
            before = lots - qty
            if before == 0 or (before > 0) != (lots > 0):
                held.opened_ns = fill.ts_ns
            self._measure(held, self._asked.get(fill.order_id), position, before)
        return self._renew(fill.symbol, fill.ts_ns, lots) if idle else self.clear(fill.symbol, fill.ts_ns)

    def on_update(self, update: OrderUpdate, lots: int, *, idle: bool) -> list[Command]:
        """Take a change of an order, with the signed lots that are held."""
        held = self._held[update.symbol]
        kinds = [kind for kind, order_id in held.working.items() if order_id == update.order_id]
        if not kinds or update.status in WORKING:
            return self.restore(update.symbol, update.ts_ns, lots) if idle and not held.working else []
        del held.working[kinds[0]]
        if kinds[0] == TARGET and update.status is OrderStatus.REJECTED:
            held.target = 0.0  # asked again it is refused again
        if kinds[0] == EXIT and update.status is OrderStatus.REJECTED and lots:
            return [*self.clear(update.symbol, update.ts_ns), self._leave(held, update, lots)]
        return []

    def on_bar(self, bar: Bar, lots: int, *, idle: bool) -> list[Command]:
        """Move a trailing stop with a bar, and put exits back that are missing."""
        held = self._held[bar.symbol]
        entry = held.entry
        moved = False
        after = bar.open_ns > held.opened_ns  # the best price of the bar of the entry may be of before it
        if lots and after and entry is not None and entry.trailing_frac is not None:
            best = bar.high if lots > 0 else bar.low
            level = fills.tighter(lots, held.stop, self._level(bar.symbol, lots, best, entry.trailing_frac, fills.STOP))
            moved, held.stop = level != held.stop, level
        if not held.working:
            return self.restore(bar.symbol, bar.ts_ns, lots) if idle else []
        if moved and EXIT in held.working:
            held.trailed = True
            return [Replace(order_id=held.working[EXIT], ts_ns=bar.ts_ns, symbol=bar.symbol, stop_price=held.stop)]
        return []

    def restore(self, symbol: str, ts_ns: int, lots: int) -> list[Command]:
        """Return the exits of a position that has levels, and none resting."""
        held = self._held[symbol]
        wanted = lots != 0 and not held.working and (held.stop > 0.0 or held.target > 0.0)
        return self._renew(symbol, ts_ns, lots) if wanted else []

    def _measure(self, held: _Attached, order: Order | None, position: Position, before: int) -> None:
        """Set the levels of a position that opened or grew."""
        if order is None:  # another's order added to it: what was agreed on stands
            return
        symbol, lots, kept = order.symbol, position.lots, held.stop
        anchor = average_price(position.cost, lots, self._instruments[symbol].units_per_price)
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
        return snapped(price, self._instruments[symbol].tick_size) if price > 0.0 else 0.0

    def _renew(self, symbol: str, ts_ns: int, lots: int) -> list[Command]:
        """Put the exits of a position in the place of those that rest."""
        held = self._held[symbol]
        commands = self.clear(symbol, ts_ns)
        entry = held.entry
        if entry is None or not (held.stop > 0.0 or held.target > 0.0):
            return commands
        held.count += 1
        both = held.stop > 0.0 and held.target > 0.0
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
        entry_id = held.entry.order_id if held.entry is not None else update.order_id
        held.working[_LEAVES] = exit_id(entry_id, EXIT, held.count)
        order = Order(
            order_id=held.working[_LEAVES], ts_ns=update.ts_ns, symbol=update.symbol, side=Side.SELL if lots > 0 else Side.BUY,
            qty=abs(lots), parent_id=entry_id, reason=Reason.TRAIL if held.trailed else Reason.STOP,
        )  # fmt: skip
        return Submit(order=order, closes=True)
