"""Decide as the engine does, at a venue where a cancelled order may still fill and none has exits attached."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from tenfold.domain.events import Busted, Event, PositionRestated
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command, Fill, OrderUpdate, Reason, Submit
from tenfold.domain.rules import Rules
from tenfold.engine.engine import Engine
from tenfold.execution.exits import AttachedExits


class ExitingEngine(Engine):
    """Be an engine whose commands include the exits of its positions, and put right what an order filled that was given up for another.

    What it sends to lower a position is marked to do no more than that: while it waits for another order to leave, that one may fill. The
    simulated broker keeps attached exits itself and cancels at once; this is for a real venue, and for one that speaks its protocol.
    """

    def __init__(self, rules: Rules, instruments: Sequence[Instrument], *args: Any, **more: Any) -> None:
        super().__init__(rules, instruments, *args, **more)
        self._exits = AttachedExits(instruments)

    def step(self, event: Event) -> list[Command]:
        """Take one event and return the commands that follow from it."""
        if isinstance(event, Fill) and event.symbol in self.symbols and self._exits.works(event.symbol, event.order_id):
            self.symbols[event.symbol].stopped = True  # only another direction enters again
        decided = super().step(event)
        if self.leased and isinstance(event, Fill) and event.symbol in self.symbols:
            decided += self._desk.late(event)
        commands = self._cleared(decided)
        return [*commands, *self._follow(event)] if self.leased else commands

    def _cleared(self, commands: list[Command]) -> list[Command]:
        """Let the exits of a symbol leave before another order of it goes out, and mark what closes."""
        found: list[Command] = []
        for command in commands:
            if not isinstance(command, Submit):
                found.append(command)
                continue
            order = command.order
            cleared = self._exits.clear(order.symbol, order.ts_ns)
            held = self.ledger.position(order.symbol).lots
            lowers = held * order.side.sign < 0 and order.qty <= abs(held)
            waits = order.reason is not Reason.ORDER or bool(cleared)  # else a strategy knows what it sells
            self._exits.sent(order)
            found += [*cleared, structs.replace(command, closes=True) if lowers and waits else command]
        return found

    def _follow(self, event: Event) -> list[Command]:
        exits = self._exits
        match event:
            case Fill(symbol=symbol) if symbol in self.symbols:
                return exits.on_fill(event, self.ledger.position(symbol), idle=self._is_idle(symbol))
            case OrderUpdate(symbol=symbol) if symbol in self.symbols:
                return exits.on_update(event, self.ledger.position(symbol).lots, idle=self._is_idle(symbol))
            case Busted(symbol=symbol, ts_ns=ts_ns) | PositionRestated(symbol=symbol, ts_ns=ts_ns):
                lots = self.ledger.position(symbol).lots
                cleared = exits.clear(symbol, ts_ns)
                return [*cleared, *(exits.restore(symbol, ts_ns, lots) if self._is_idle(symbol) else [])]
            case BarSet():
                return [
                    command
                    for bar in event.bars
                    for command in exits.on_bar(
                        bar, self.ledger.position(bar.symbol).lots, idle=self._is_idle(bar.symbol)
                    )
                ]
        return []

    def _is_idle(self, symbol: str) -> bool:
        """Say whether no order of a symbol works but its exits."""
        if self.trader is not None and any(True for _ in self.trader.orders.of(symbol)):
            return False
        return self.symbols[symbol].pending == 0
