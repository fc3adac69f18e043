"""Decide: events in, commands out, and nothing else.

How it works. `step` is one match statement. A bar set marks the account, opens a session, checks the breakers, asks
every strategy, counts their votes and orders what changed; the broker's reports keep ledger and working orders true.
There is no clock, no I/O and no randomness: the same events give the same commands, in research, on paper and live.
"""

from collections.abc import Sequence

import numpy as np

from tenfold.domain.conditions import Conditions
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import (
    Adopted,
    Alerted,
    Busted,
    Captured,
    CashFlow,
    Difference,
    Event,
    Fitness,
    Halt,
    LeaseLost,
    LimitsChanged,
    OrderRestated,
    Past,
    PositionRestated,
    Reconciled,
    Resume,
    Revised,
    Started,
    Switched,
    Timer,
)
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import BarSet
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
from tenfold.domain.signal import Vote
from tenfold.engine.state import SymbolState
from tenfold.engine.trader import TraderDesk
from tenfold.engine.vote_order import KINDS, TIMES, vote_order
from tenfold.engine.voters import Voter, Window
from tenfold.ensemble.vote import check_weights, decided, vote
from tenfold.execution.lifecycle import WORKING
from tenfold.kernels import bounds
from tenfold.ledger.ledger import Ledger
from tenfold.ports import Trader
from tenfold.risk.breaker import Breaker
from tenfold.risk.gate import Gate, Wish


class Engine:
    """Hold one account and the strategies that vote on it.

    Attributes
    ----------
    ledger, breaker, gate : the account, its circuit breakers, its limits
    symbols : state by symbol, in the order of the instruments
    scores : (1, S, K) float64, the latest score of each member; `latest` lists them by symbol
    agreement : by column, of the latest vote
    orders : orders sent so far
    unfit : symbols whose data may not be traded on: of them positions are only closed
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
        if trader is None:
            check_weights([voter.weight for voter in voters])
        elif voters:
            raise SettingsError("a strategy that works its own orders trades alone, without a vote")
        self.rules = rules
        self.voters = tuple(voters)
        self.weights = tuple(voter.weight for voter in voters)
        self.ledger = Ledger(instruments, rules.account.cash)
        self.breaker = Breaker(rules.limits, rules.account.maintenance_frac, self.ledger.cash)
        self._early = rules.entry.decide_before_close_s is not None
        # Of a day that comes in two the estimates see the first alone.
        self.gate = Gate(rules, tuple(instruments), periods / 2.0 if self._early else periods)
        self.symbols = {i.symbol: SymbolState(i.symbol, index) for index, i in enumerate(instruments)}
        self.scores = np.full((1, len(instruments), len(self.voters)), np.nan)
        self.latest: list[list[float]] = []
        self.agreement = [0.0] * len(instruments)
        self.orders = 0
        self.run = "run"
        self.epoch = 0
        self.leased = True
        self.unfit = self.gate.admission.unfit
        self.trader = None if trader is None else TraderDesk(trader, self.ledger, self.gate, short=rules.account.short)
        self._window = Window([instrument.symbol for instrument in instruments], columns)
        self._total = sum(self.weights)
        self._number = 0
        self._session: int | None = None
        self._before = float(self.ledger.cash)
        self._rebalance = rules.sizing.rebalance_frac or 0.0
        self._short = rules.account.short
        self._estimates = self.gate.estimates
        self._entry = rules.entry
        self._type = OrderType(rules.entry.order)
        self._tif = TIMES.get(self._type, rules.entry.tif)
        self._priced = self._type in KINDS
        self._leaves_first = self._priced or not rules.matching.crosses_zero

    def step(self, event: Event) -> list[Command]:
        """Take one event and return the commands that follow from it."""
        match event:
            case BarSet():
                return self._on_bars(event)
            case Fill():
                self._on_fill(event)
            case OrderUpdate():
                self._on_update(event)
            case CashFlow():
                self.ledger.credit(event)
            case Busted():
                self.ledger.undo(event)
            case PositionRestated():
                self.ledger.restate(event)
            case (
                Timer()
                | Revised()
                | Switched()
                | Alerted()
                | Captured()
                | Adopted()
                | OrderRestated()
                | Difference()
                | Reconciled()
            ):
                pass  # silence is judged by the feeds, and a bar that was decided on stays decided on
            case Past() | Conditions():
                return self._learn(event)
            case Fitness(symbol=symbol, fit=fit):
                (self.unfit.discard if fit else self.unfit.add)(symbol)
            case _:
                return self._on_operator(event)
        return [] if self.trader is None else self._traded(event)

    def _traded(self, event: Event) -> list[Command]:
        """Ask the strategy that works its own orders."""
        if self.trader is None or not self.leased:
            return []
        return self.trader.on_event(event, entries=not self.breaker.tripped)

    def _on_operator(self, event: Started | LeaseLost | Halt | Resume | LimitsChanged) -> list[Command]:
        """Take what a person or the lease says."""
        match event:
            case Halt():
                self.breaker.halt(event.ts_ns)
                return self._flatten(event.ts_ns) if self.leased else []
            case Resume():
                self.ledger.mark(())  # fills of the bar under way are booked, but not yet valued
                self.breaker.reset(event.ts_ns, self.ledger.equity)
            case LimitsChanged(limits=limits):
                self.breaker.change(limits)
                self.gate.change(limits)
            case Started(run=run, epoch=epoch):
                self.run, self.epoch, self.leased = run, epoch, True
                if self.trader is not None:
                    self.trader.begin(run, epoch)
            case LeaseLost():
                self.leased = False
        return []

    def votes(self, ts_ns: int) -> list[Vote]:
        """Return the latest votes in full, with dissenters, for readers."""
        names = [voter.name for voter in self.voters]
        return [
            vote(ts_ns, state.symbol, state.direction, self.scores[0, state.index].tolist(), self.weights, names,
                 self.rules.vote)
            for state in self.symbols.values()
        ]  # fmt: skip

    # market data

    def _learn(self, told: Past | Conditions) -> list[Command]:
        """Take what closed before the run began, or what bars do not say; nothing is ordered, and the account is not touched."""
        if isinstance(told, Conditions):
            self.gate.admission.know(told)
            return []
        self.gate.observe(told.bars)
        if self.trader is None and not (self._early and all(bar.remaining_s <= 0 for bar in told.bars.bars)):
            self._ask(told.bars)
        return []

    def _on_bars(self, bars: BarSet) -> list[Command]:
        ledger = self.ledger
        self.gate.rejections.clear()
        ledger.mark(bars.bars)
        self.gate.observe(bars)
        equity = ledger.equity
        if bars.session != self._session:
            self._session = bars.session
            self.breaker.open_session(bars.ts_ns, self._before, equity)
        self._before = float(equity)
        self.breaker.check(bars.ts_ns, equity, ledger.gross)
        closing = self._early and all(bar.remaining_s <= 0 for bar in bars.bars)
        if self.trader is None and not closing:
            self._ask(bars)
        if not self.leased:
            return []
        if self.breaker.tripped:
            return [*self._traded(bars), *self._flatten(bars.ts_ns)]
        if self.trader is not None:
            return self._traded(bars)
        if closing:  # what was decided before the close fills in it
            return []
        commands: list[Command] = []
        for bar in bars.bars:
            state = self.symbols[bar.symbol]
            facing = state.direction if self._short or state.direction > 0 else 0
            if facing != 0 and bar.symbol in self.unfit:
                continue
            if facing != state.wanted or (facing != 0 and self._rebalance > 0.0):
                self._order(bars.ts_ns, state, facing, commands)
        return commands

    def _ask(self, bars: BarSet) -> None:
        """Ask every strategy and count the votes of the symbols that have a bar."""
        self._window.put(bars)
        rows, number = self._window.rows, self._number
        for member, voter in enumerate(self.voters):
            voter.ask(rows, bars, number, self.scores, member)
        self._number = number + 1
        self.latest = listed = self.scores[0].tolist()
        agreement = self.agreement
        for symbol in bars.missing:
            agreement[self.symbols[symbol].index] = 0.0
        for bar in bars.bars:
            state = self.symbols[bar.symbol]
            if self._estimates:
                state.estimate.update(bar.close, state.direction, self.rules.sizing.window)
            if self.gate.ranges:
                state.estimate.span(bar, self.gate.ranges)
            scores = listed[state.index]
            if scores != state.scores:  # the same scores again leave the vote as it is
                state.scores = scores
                state.direction, state.agreement = decided(
                    state.direction, scores, self.weights, self._total, self.rules.vote
                )
            agreement[state.index] = state.agreement

    # orders

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
        state.wanted = facing if target != 0 else 0
        state.stopped = False
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
                lots = ledger.position(other.symbol).lots + other.pending
                if lots:
                    mark = ledger.mark_of(other.symbol)
                    others += abs(lots) * mark
                    beside.append((other.symbol, lots, mark))
        wish = Wish(facing, ledger.position(state.symbol).lots, state.pending, beside)
        return self.gate.lots(
            ts_ns, state.symbol, ledger.mark_of(state.symbol), ledger.equity, ledger.cash, others, state.estimate, wish
        )

    def _flatten(self, ts_ns: int) -> list[Command]:
        """Send everything to the market that is not already on its way out."""
        commands: list[Command] = [] if self.trader is None else self.trader.cancel_all(ts_ns)
        reason = Reason.MARGIN if self.breaker.tripped == bounds.MAINTENANCE else Reason.BREAKER
        for state in self.symbols.values():
            state.wanted = 0
            state.stopped = False
            held = self.ledger.position(state.symbol).lots
            if state.pending != -held:
                self._replace(ts_ns, state, -held, reason, OrderType.MARKET, "gtc", commands)
        return commands

    def _replace(
        self, ts_ns: int, state: SymbolState, delta: int, reason: Reason, kind: OrderType, tif: TimeInForce,
        commands: list[Command], adds: int = 0,
    ) -> None:  # fmt: skip
        """Cancel what is working and submit `delta` signed lots instead."""
        if state.pending != 0:
            commands.append(Cancel(order_id=state.order_id, ts_ns=ts_ns, symbol=state.symbol))
            self.gate.admission.sent(ts_ns, None)
        state.pending = delta
        if delta == 0:
            return
        order = self._made(ts_ns, state, delta, reason, kind, tif)
        self.orders += 1
        if self.trader is not None:  # one numbering for its orders and ours
            self.trader.view.issued = self.orders
        state.order_id = order.order_id
        self.gate.admission.sent(ts_ns, order, adds)
        commands.append(Submit(order=order))

    def _made(
        self, ts_ns: int, state: SymbolState, delta: int, reason: Reason, kind: OrderType, tif: TimeInForce
    ) -> Order:
        """Return the next order."""
        if self.trader is not None:
            self.orders = self.trader.view.issued
        return vote_order(
            f"{self.run}-{self.epoch}-{self.orders + 1}", ts_ns, self.ledger.instruments[state.symbol], delta, reason, kind,
            tif, self.ledger.closes[state.symbol], state.estimate.atr, self.rules,
        )  # fmt: skip

    # reports of the broker

    def _on_fill(self, fill: Fill) -> None:
        state = self.symbols[fill.symbol]
        qty = fill.side.sign * fill.qty
        held = self.ledger.apply(fill)
        if fill.order_id == state.order_id:
            state.pending -= qty
        elif fill.order_id == state.entry_id + EXIT:
            state.stopped = True
            state.pending = 0
        if held.lots != 0 and (held.lots > 0) == (qty > 0):
            state.entry_id = fill.order_id

    def _on_update(self, update: OrderUpdate) -> None:
        state = self.symbols[update.symbol]
        if update.order_id == state.entry_id + EXIT and update.status in WORKING:
            state.stopped = True
            state.order_id = update.order_id
            state.pending = -self.ledger.position(update.symbol).lots
        elif update.order_id == state.order_id and update.status not in WORKING:
            state.pending = 0
            if update.status in {OrderStatus.REJECTED, OrderStatus.EXPIRED}:  # what it was to change still stands
                lots = self.ledger.position(update.symbol).lots
                state.wanted = (lots > 0) - (lots < 0)
