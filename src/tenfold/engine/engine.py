"""Decide: events in, commands out, and nothing else.

How it works. `step` is one match statement. A bar set marks the account, opens a session, checks the breakers, asks
every strategy, counts their votes and orders what changed; the broker's reports keep ledger and working orders true.
There is no clock, no I/O and no randomness: the same events give the same commands, in research, on paper and live.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from tenfold.domain.conditions import Conditions
from tenfold.domain.errors import SettingsError
from tenfold.domain.events import (
    Adopted,
    Alerted,
    Busted,
    Captured,
    CashFlow,
    Demoted,
    Difference,
    Event,
    Fitness,
    Halt,
    LeaseLost,
    LimitsChanged,
    OrderRestated,
    Past,
    PositionRestated,
    Promoted,
    Reconciled,
    Resume,
    Revised,
    Started,
    Switched,
    Timer,
    Weighed,
)
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command, Fill, Order, OrderUpdate, Reason, Rejection
from tenfold.domain.rules import Rules
from tenfold.domain.signal import Vote
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.engine.days import Days
from tenfold.engine.trader import TraderDesk
from tenfold.engine.view import Ids
from tenfold.engine.vote_desk import VoteDesk
from tenfold.engine.voters import Voter, Window
from tenfold.ensemble.vote import check_weights, decided, vote
from tenfold.execution.open_orders import OpenOrders
from tenfold.kernels import bounds
from tenfold.ledger.ledger import DEPOSIT, Ledger
from tenfold.ports import Trader
from tenfold.risk.breaker import Breaker
from tenfold.risk.conduct import Conduct
from tenfold.risk.gate import Gate


class Engine:
    """Hold one account and the strategies that vote on it.

    Attributes
    ----------
    ledger, breaker, gate : the account, its circuit breakers, its limits
    symbols : state by symbol, in the order of the instruments
    scores : (1, S, K) float64, the latest score of each member; `latest` lists them by symbol
    agreement : by column, of the latest vote
    external : orders that work in the account and did not come from here
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
        self.ledger = Ledger(instruments, rules.account.cash)
        self.breaker = Breaker(rules.limits, rules.account.maintenance_frac, self.ledger.cash)
        self._early = rules.entry.decide_before_close_s is not None
        # Of a day that comes in two the estimates see the first alone.
        self.gate = Gate(rules, tuple(instruments), periods / 2.0 if self._early else periods)
        self.scores = np.full((1, len(instruments), len(self.voters)), np.nan)
        self.latest: list[list[float]] = []
        self.agreement = [0.0] * len(instruments)
        self.run = "run"
        self.epoch = 0
        self.leased = True
        self.unfit = self.gate.admission.unfit
        self.external = OpenOrders()
        self.trader = (
            None
            if trader is None
            else TraderDesk(trader, self.ledger, self.gate, self.external, short=rules.account.short)
        )
        self._desk = VoteDesk(
            rules, instruments, self.ledger, self.gate, self.external, None if self.trader is None else self.trader.view
        )
        self.symbols = self._desk.symbols
        if self.trader is not None:
            self.trader.elsewhere = self._desk.exposed
        self._conduct = Conduct(rules.limits, instruments)
        self._answered = bounds.OPEN
        self._window = Window([instrument.symbol for instrument in instruments], columns)
        self._weigh([voter.weight for voter in voters])
        self._number = 0
        self._days = Days(self.ledger.cash)
        self._marked_ns = 0
        self._restated_ns: dict[str, int] = {}
        self._estimates = self.gate.estimates

    def step(self, event: Event) -> list[Command]:
        """Take one event and return the commands that follow from it."""
        if self.external:
            self.external.on_report(event)
        commands = self._stepped(event)
        if commands and self._conduct.armed:
            self._conduct.sent(commands, self.gate.admission.arrival)
        return commands

    def _stepped(self, event: Event) -> list[Command]:
        match event:
            case BarSet():
                return self._on_bars(event)
            case Fill():
                self._on_fill(event)
            case OrderUpdate():
                self._desk.on_update(event)
                if self._conduct.armed:
                    self._conduct.updated(event)
            case CashFlow() | Busted() | PositionRestated() | OrderRestated() | Difference() | Adopted():
                self._book(event)
            case Reconciled():
                self._conduct.compared()
                self._days.unread = False
            case Timer() | Revised() | Switched() | Alerted() | Captured() | Promoted() | Demoted():
                pass  # the feeds judge silence, what was decided on stays so, and who may start says nothing of what is done
            case Past() | Conditions():
                return self._learn(event)
            case Fitness(symbol=symbol, fit=fit):
                (self.unfit.discard if fit else self.unfit.add)(symbol)
                self._days.asleep &= not fit
            case _:
                return self._on_operator(event)
        found = self._judged(event.ts_ns) if self._conduct.armed else []
        return found if self.trader is None else [*found, *self._traded(event)]

    def _weigh(self, weights: Sequence[float]) -> None:
        """Count the next vote by other weights; a member without any is left out, as if it were none."""
        self._electorate = [member for member, weight in enumerate(weights) if weight > 0.0]
        self._whole = len(self._electorate) == len(weights)
        self.weights = tuple(weights[member] for member in self._electorate)
        self._total = sum(self.weights)
        for state in self.symbols.values():
            state.scores = []  # the same scores no longer make the same vote

    def _book(self, told: CashFlow | Busted | PositionRestated | OrderRestated | Difference | Adopted) -> None:
        """Take what the venue says of the account, and of orders that it has other terms for."""
        paid_in = self.ledger.deposits
        match told:
            case CashFlow():
                self.ledger.credit(told)
            case Busted():
                self.ledger.undo(told)
                if told.symbol in self.symbols:
                    self._desk.on_bust(told)
            case PositionRestated(symbol=symbol):
                self.ledger.restate(told)
                self._restated_ns[symbol] = told.ts_ns
            case OrderRestated(symbol=symbol) if symbol in self.symbols:
                self._desk.on_restated(told)
            case Difference():
                if told.counts:
                    self._conduct.differed(told)
            case Adopted():
                self.external.adopt(told)
        # What comes with shares, or for them, is not all of it, as what is traded by hand of parts of those that are traded here.
        cash = isinstance(told, CashFlow) and told.kind == DEPOSIT and told.symbol not in self.symbols
        done_ns = (told.done_ns or told.ts_ns) if isinstance(told, CashFlow) else 0
        self._move(self.ledger.deposits - paid_in, self.ledger.valued(self._quoted)[0] if cash else None, done_ns)

    def _move(self, units: int, equity: int | None = None, done_ns: int = 0) -> None:
        """Take that so much came from outside, or went there, and what there is by then, None where that is not known: nothing was earned or lost by it."""
        if units:
            self.breaker.move(units, equity)
            self._days.move(units, equity or 0, done_ns)

    def _on_fill(self, fill: Fill) -> None:
        if fill.symbol in self.ledger.unpriced:
            paid_in = self.ledger.deposits
            self.ledger.price(fill.symbol, fill.price)
            self._move(self.ledger.deposits - paid_in)
        before = self.ledger.position(fill.symbol)
        after = self.ledger.apply(fill)
        self._days.fill(fill)
        self._desk.on_fill(fill, after)
        if self._conduct.armed:
            self._conduct.filled(fill, before, after)

    def _traded(self, event: Event) -> list[Command]:
        """Ask the strategy that works its own orders."""
        if self.trader is None or not self.leased:
            return []
        if isinstance(event, Fill | Busted):
            self.ledger.mark(())  # cash has moved, and what it paid for counts with it
        return self.trader.on_event(event, entries=not self.breaker.tripped)

    def _on_operator(self, event: Started | LeaseLost | Halt | Resume | LimitsChanged | Weighed) -> list[Command]:
        """Take what a person, the lease or the upkeep of an ensemble says."""
        match event:
            case Halt():
                self.breaker.halt(event.ts_ns)
                self._answer(event.ts_ns, flattens=False)
                return self._flatten(event.ts_ns) if self.leased else []
            case Resume(operator=operator) | LimitsChanged(operator=operator) if not self.breaker.obeys(operator):
                unheard = Rejection(ts_ns=event.ts_ns, symbol="", rule="operator", value=1.0, limit=0.0)
                self.gate.rejections.append(unheard)
            case Resume():
                self.ledger.mark(())  # fills of the bar under way are booked, but not yet valued
                self.breaker.reset(event.ts_ns, self.ledger.equity)
                self._conduct.clear()
                self._answer(event.ts_ns)
            case LimitsChanged(limits=limits):
                self.breaker.change(limits)
                self.gate.change(limits)
                self._conduct.change(limits)
            case Started(run=run, epoch=epoch):
                self.run, self.epoch, self.leased = run, epoch, True
                self._days.wake()
                self._desk.ids = Ids(run, epoch)
                if self.trader is not None:
                    self.trader.begin(run, epoch)
            case LeaseLost():
                self.leased = False
            case Weighed(weights=weights):
                self._weigh(weights)
        return []

    def inherit(self, working: Iterable[Order]) -> None:
        """Take over from other code, right before the start that says so: `working` are the orders that it left, which are to leave."""
        kept = {order.order_id: order for order in working}
        self._conduct.strays = False
        self._desk.give_up()
        theirs = set() if self.trader is None else self.trader.keep(kept)
        for order in kept.values():
            if order.order_id not in theirs and order.order_id not in self.external:
                self.external.add(order)

    def witness(self, command: Command) -> None:
        """Take a command that other code has decided, and this would not have."""
        self._conduct.witness(command, self.gate.admission.arrival)

    @property
    def orders(self) -> int:
        """Orders sent so far."""
        return self._desk.issued if self.trader is None else self.trader.view.issued

    def votes(self, ts_ns: int) -> list[Vote]:
        """Return the latest votes in full, with dissenters, for readers."""
        names = [self.voters[member].name for member in self._electorate]
        return [
            vote(ts_ns, state.symbol, state.direction, self.scores[0, state.index, self._electorate].tolist(),
                 self.weights, names, self.rules.vote)
            for state in self.symbols.values()
        ]  # fmt: skip

    # market data

    def _learn(self, told: Past | Conditions) -> list[Command]:
        """Take what closed while nobody traded, or what bars do not say; nothing is ordered."""
        if isinstance(told, Conditions):
            self.gate.admission.know(told)
            self._conduct.heard(told)
            if told.symbols and self._days.look(told.ts_ns, self.breaker):  # losses count between bars too
                self.breaker.check(told.ts_ns, *self.ledger.valued(self._quoted))
            return self._judged(told.ts_ns)
        if self._days.session is not None:  # else the account was not there
            self._days.missed(told.ts_ns, told.bars.session, self._mark(told.bars), self.ledger.gained)
            self.breaker.peak = max(self.breaker.peak, self._days.worth)
        self.gate.observe(told.bars)
        if self.trader is not None:
            self.trader.show(told.bars)
        elif not (self._early and all(bar.remaining_s <= 0 for bar in told.bars.bars)):
            self._ask(told.bars)
        return []

    def _quoted(self, symbol: str) -> float:
        """Return the price that a quote says where it may be believed, else 0: it is newer than the last bars and than what the venue told of shares.

        The first close of what came from outside is waited for.
        """
        if symbol in self.ledger.unpriced:
            return 0.0
        since_ns = max(self._marked_ns, self._restated_ns.get(symbol, 0))
        return self.gate.admission.nearest(symbol, self.ledger.closes[symbol], since_ns)

    def _open_session(self, bars: BarSet, equity: int) -> None:
        """Measure the day's loss from the close before; where the policy resets a breaker, what has tripped it counts no more."""
        stage, self._days.session = self.breaker.stage, bars.session
        self.breaker.open_session(bars.ts_ns, self._days.before, equity)
        if stage and not self.breaker.stage:
            self._conduct.clear()

    def _mark(self, bars: BarSet) -> int:
        """Value the account at the closes of bars, and return its equity."""
        paid_in = self.ledger.deposits
        self.ledger.mark(bars.bars)
        self._move(self.ledger.deposits - paid_in)
        self._marked_ns = bars.ts_ns
        return self.ledger.equity

    def _on_bars(self, bars: BarSet) -> list[Command]:
        self.gate.rejections.clear()
        equity, gross, known = self._mark(bars), self.ledger.gross, self.gate.admission.conditions
        if known is not None and known.ts_ns - bars.ts_ns < NS_PER_MINUTE:  # by a newer quote a bad print is no loss
            equity, gross = self.ledger.valued(self._quoted)
        if self.gate.learns:
            self.gate.observe(bars)
        self._days.close(bars.session, equity)
        if bars.session != self._days.session:
            self._open_session(bars, equity)
        self.breaker.check(bars.ts_ns, equity, gross)
        commands = self._answer(bars.ts_ns, flattens=False) if self.breaker.stage or self._answered else []
        closing = self._early and all(bar.remaining_s <= 0 for bar in bars.bars)
        if self.trader is None and not closing:
            self._ask(bars)
        if not self.leased:
            return []
        if self.breaker.tripped:
            return [*self._traded(bars), *self._flatten(bars.ts_ns)]
        if self.trader is not None:
            return [*commands, *self._traded(bars)]
        if not closing:  # what was decided before the close fills in it
            for bar in bars.bars:
                self._desk.follow(bars.ts_ns, self.symbols[bar.symbol], commands)
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
                if not self._whole:
                    scores = [scores[member] for member in self._electorate]
                state.direction, state.agreement = decided(
                    state.direction, scores, self.weights, self._total, self.rules.vote
                )
            agreement[state.index] = state.agreement

    # what breakers ask for

    def _judged(self, ts_ns: int) -> list[Command]:
        """Look at what the venue and the data have shown, and do what a breaker asks for."""
        self.breaker.judge(ts_ns, self._conduct.readings(self._conduct.quality))
        return self._answer(ts_ns)

    def _answer(self, ts_ns: int, *, flattens: bool = True) -> list[Command]:
        """Do what the breaker's stage asks for, once; a bar set flattens by itself."""
        stage, before = self.breaker.stage, self._answered
        self.gate.admission.stopped = stage > bounds.OPEN
        self._answered = stage if self.leased else min(stage, before)
        if not self.leased:
            return []
        if stage <= before or stage == bounds.STOPPED:
            return []
        if stage == bounds.FLAT:
            return self._flatten(ts_ns) if flattens else []
        if stage == bounds.CANCELED:
            return [*([] if self.trader is None else self.trader.withdraw(ts_ns)), *self._desk.withdraw(ts_ns)]
        return [*([] if self.trader is None else self.trader.cancel_all(ts_ns)), *self._desk.reduce(ts_ns)]

    def _flatten(self, ts_ns: int) -> list[Command]:
        """Cancel what a strategy works itself, and send everything to the market that is not already on its way out."""
        reason = Reason.MARGIN if self.breaker.tripped == bounds.MAINTENANCE else Reason.BREAKER
        return [*([] if self.trader is None else self.trader.cancel_all(ts_ns)), *self._desk.flatten(ts_ns, reason)]
