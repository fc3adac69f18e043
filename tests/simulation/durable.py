"""Read along what becomes durable: what was decided on, when, and on which data."""

from collections import deque

from auction_checks import auction_of

from tenfold.domain.conditions import Conditions
from tenfold.domain.events import Adopted, Busted, Difference, Fitness, Halt, Resume, Revised, Weighed
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Fill, Flatten, OrderStatus, OrderUpdate, Reason, Replace, Submit
from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.ids import part_id

DECISIONS = (Submit, Replace, Cancel, Flatten)
NEVER_THERE = {OrderStatus.REJECTED, OrderStatus.ABANDONED}
CLOSING = {Reason.BREAKER, Reason.MARGIN, Reason.OPERATOR}
UNSENT = {"", "it was never sent"}
"""What is told of an order that was to leave, where it did not get to the venue: else the venue's own words, since it had refused it by then."""
DESKS = CLOSING | {Reason.VOTE}
"""Where a strategy works orders of its own, those that the engine adds: what closes, and what puts a late fill right."""


class Durable:
    """Hold what the records of a disk say; `fail` is called with what must not be.

    Attributes
    ----------
    most : the largest that an order was ever asked to be, by its id
    reason_of : why it was sent
    closes, cancelled : orders that may only lower a position, and those that are not wanted any more
    decided_ns : when the strategy decided on an order that is no exit
    submitted : orders that were decided on
    refused : names under which the venue was told to have nothing, though a request that came twice may be taken the second time
    bars : by symbol and close, what feeds told the engine last
    unfit : symbols whose data are not fit
    halted : whether an operator's halt stands
    """

    def __init__(self, world, fail):
        self.world = world
        self.fail = fail
        self.most, self.reason_of, self.decided_ns, self.bars = {}, {}, {}, {}
        self.closes, self.cancelled = set(), set()
        self.submitted = self.read = 0
        self.halted = False
        self._now_ns = None
        self.refused = set()
        self._quote_ns = {}
        self.unfit, self._unfit_throughout, self._deciding = set(), set(), False
        self.votes = None  # who counts them along
        self._unknown, self._bars_ns = set(), 0
        self._auctions = {}  # of which an order is
        self._sent_ns = deque()  # moments of orders within the window of the limit
        self._latest_ns = 0  # of all events, by whatever clock
        self._moved = {}  # by symbol, the lots that came of each execution of the turn
        self._takes = {
            Submit: self._on_submit, Cancel: self._on_cancel, Replace: self._on_replace, BarSet: self._on_bars, Revised: self._on_revised,
            Fitness: self._on_fitness, Difference: self._on_difference, OrderUpdate: self._on_update, Fill: self._on_fill,
            Busted: self._on_bust, Adopted: self._counted, Conditions: self._on_conditions, Halt: self._on_operator, Resume: self._on_operator,
            Weighed: self._on_weighed,
        }  # fmt: skip

    @property
    def _decider(self):
        """The process that wrote last, None where it is no more: one that sleeps over the end of its lease knows of nothing since."""
        epoch = self.world.disk.epoch
        return next(
            (
                one
                for one in self.world.slots
                if one is not None and one.alive and one.holds and one.journal.epoch == epoch
            ),
            None,
        )

    @property
    def turned_away(self):
        """Names that were told to be refused or given up, and rightly so: the venue had refused them, or a clock has jumped over what is on its way."""
        return self.refused & self.world.venue.turned_away if self.world.steady else self.refused

    def catch_up(self, now_ns=None):
        """Read what has become durable since; `now_ns` is the time of the process that has just decided it."""
        disk = self.world.disk
        if self.read == len(disk.rows):
            return
        self._now_ns, self._moved = now_ns, {}
        if self.votes is not None:
            self.votes.begins()
        records = disk.records()
        for record in records[self.read :]:
            decided = isinstance(record, DECISIONS)
            if self._deciding and not decided:  # what was decided stands behind all that it was decided on
                self._unfit_throughout = set(self.unfit)
            self._deciding = decided
            self._latest_ns = self._latest_ns if decided else max(self._latest_ns, record.ts_ns)
            take = self._takes.get(type(record))
            if take is not None:
                take(record)
        self.read = len(records)

    def _on_submit(self, record):
        order = record.order
        if self.votes is not None:
            self.votes.submitted(record)
        self.most[order.order_id], self.reason_of[order.order_id] = order.qty, order.reason
        self.submitted += 1
        if auction := auction_of(order):
            self._auctions[order.order_id] = auction
            self.world.count[f"{auction} decided"] += 1
        if record.closes:
            self.closes.add(order.order_id)
        if order.reason in CLOSING:
            return
        self._rate(order)
        if order.parent_id is None:  # an exit opens nothing
            self.decided_ns[order.order_id] = (
                self._now_ns or order.ts_ns
            )  # of a bar that it slept over, later than that
            self._fit_for(order)
            self._known_for(order)

    def _on_operator(self, record):
        self.halted = isinstance(record, Halt)
        if self.votes is not None:
            self.votes.operated(self.cancelled)

    def _on_weighed(self, record):
        if self.votes is not None:
            self.votes.weighed(record)

    def _on_cancel(self, record):
        self.cancelled.add(record.order_id)

    def _on_replace(self, record):
        if record.qty:
            self.most[record.order_id] = max(self.most.get(record.order_id, 0), record.qty)

    def _on_bars(self, record):
        if self.votes is not None:
            self.votes.bars(record, self.unfit)
        most = self.world.rules.limits.unknown_max
        self._bars_ns = record.ts_ns
        self.world.count["bars beside too many unknown"] += most is not None and len(self._unknown) > most
        told = {(bar.symbol, bar.ts_ns): bar for bar in record.bars}
        if self.world.drawn.feeds and (again := self.bars.keys() & told.keys()):
            self.fail(f"I14: {sorted(again)} are told as new twice")
        self.bars |= told

    def _on_revised(self, record):
        self.bars[record.bar.symbol, record.bar.ts_ns] = record.bar

    def _on_fitness(self, record):
        (self.unfit.discard if record.fit else self.unfit.add)(record.symbol)
        self._unfit_throughout.discard(record.symbol)

    def _on_conditions(self, record):
        self._quote_ns |= {one.symbol: one.quote_ns for one in record.symbols}

    def _fresh_for(self, order):
        """I15: nothing is opened on a quote that is older than the limit says; of what stands in for a larger order the quote is told with the next bars."""
        if self.votes is not None and self.votes.stands_in(order):
            return
        limit_s = self.world.rules.limits.stale_s_max
        quote_ns = self._quote_ns.get(order.symbol)
        if limit_s is not None and quote_ns is not None and order.ts_ns - quote_ns > limit_s * NS_PER_SECOND:
            self.fail(f"I15: {order} opens on a quote of {(order.ts_ns - quote_ns) / 1e9:.1f} s ago")

    def _known_for(self, order):
        """I15: nothing is opened beside more orders of unknown fate than the limit says; where it is voted on, that is so with bars."""
        most, process = self.world.rules.limits.unknown_max, self._decider
        if most is None or len(self._unknown) <= most or process is None:
            return
        if self.votes is not None and order.ts_ns != self._bars_ns:
            return
        if self._opens(order, process):
            self.fail(f"I15: {order} opens beside {len(self._unknown)} orders of unknown fate, {most} are allowed")

    def _on_difference(self, record):
        self.world.count[f"difference {record.kind}"] += 1

    def _on_update(self, record):
        (self._unknown.add if record.status is OrderStatus.UNKNOWN else self._unknown.discard)(record.order_id)
        status = record.part_status or record.status
        turned_away = status is OrderStatus.CANCELED and not record.venue_id and record.text not in UNSENT
        if status in NEVER_THERE or turned_away:
            self.refused.add(part_id(record.order_id, record.part))
        if self.votes is not None:
            self.votes.updated(record)
        self.world.count[f"update {record.status}"] += 1
        if record.order_id in self._auctions:
            self.world.count[f"{self._auctions[record.order_id]} {record.status}"] += 1

    def _on_fill(self, record):
        self._unknown.discard(record.order_id)
        if record.order_id in self._auctions:
            self.world.count[f"{self._auctions[record.order_id]} fill"] += 1
        if self.votes is not None:
            self.votes.filled(record)
        self._books(record, record.side.sign * record.qty)

    def _on_bust(self, record):
        self._books(record, -record.side.sign * record.qty)

    def _books(self, record, lots):
        self._moved.setdefault(record.symbol, []).append(lots)
        self._counted(record)

    def _counted(self, record):
        self.world.count[type(record).__name__] += 1

    def _fit_for(self, order):
        """I15: nothing is opened in a symbol whose data are not fit."""
        process = self._decider
        if process is None or not self._opens(order, process):
            return
        self._fresh_for(order)
        if order.symbol in self._unfit_throughout:
            self.fail(f"I15: {order} opens on data that are not fit")

    def _opens(self, order, process):
        """Say whether an order may take a position further, by what is held; where executions are acted on, at any moment of the turn, since that may come before the next one."""
        held = [process.core.engine.ledger.position(order.symbol).lots]
        acts = self.world.drawn.reacts or (self.votes is not None and self.votes.stands_in(order))
        for lots in reversed(self._moved.get(order.symbol, ()) if acts else ()):
            held.append(held[-1] - lots)
        return all(lots * order.side.sign >= 0 or order.qty > abs(lots) for lots in held)

    def _rate(self, order):
        """I13: nothing is opened once a window has as many orders as the limit allows; what closes always may.

        The window ends at the latest moment that was told: another life's clock, or that of its bars, may be behind the one by which orders had left it.
        """
        limits = self.world.rules.limits
        if limits.order_rate_max is None:
            return
        sent_ns, window_ns = self._sent_ns, round(limits.rate_window_s * NS_PER_SECOND)
        sent_ns.append(order.ts_ns)
        while sent_ns and sent_ns[0] <= self._latest_ns - window_ns:
            sent_ns.popleft()
        if len(sent_ns) <= limits.order_rate_max or order.parent_id is not None or not self.world.steady:
            return
        if self.votes is not None and self.votes.stands_in(order):
            return
        process = self._decider
        if process is not None and self._opens(order, process):
            self.fail(
                f"I13: {len(sent_ns)} orders within {limits.rate_window_s:g} s, {limits.order_rate_max} are allowed"
            )
