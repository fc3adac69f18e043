"""Read a whole journal from its beginning: orders move by the table alone, and each execution counts once."""

import math
from collections import Counter

from tenfold.domain.events import Adopted, Busted, OrderRestated
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate, Replace, Submit
from tenfold.execution.lifecycle import MOVES, WORKING, moved, taken_back

PENDING = {OrderStatus.PENDING_CANCEL, OrderStatus.PENDING_REPLACE}


class WholeJournal:
    """Hold the states of all orders as the records tell them.

    Parameters
    ----------
    count : of the edges of the table that were taken, by orders and by what stands for them at the venue
    fail : called with what must not be
    sizes : lots of what stood at the venue, by the venue's id
    """

    def __init__(self, count, fail, sizes):
        self.count = count
        self.fail = fail
        self.sizes = sizes
        self.states, self.qty, self.filled = {}, {}, {}
        self.parts, self.part_of, self.part_filled = {}, {}, Counter()
        self.booked, self.undone, self.untold = set(), set(), Counter()
        self._takes = {
            Submit: self._on_submit, Adopted: self._on_adopted, Replace: self._on_replace, OrderUpdate: self._on_update,
            OrderRestated: self._on_restated, Fill: self._on_fill, Busted: self._on_bust,
        }  # fmt: skip

    def read(self, records):
        """I2, I6, I7: read records from the first to the last."""
        for record in records:
            take = self._takes.get(type(record))
            if take is not None:
                take(record)

    def _on_submit(self, record):
        order = record.order
        if order.order_id in self.states:
            self.fail(f"I2: {order.order_id} is used twice")
        self.states[order.order_id], self.qty[order.order_id] = OrderStatus.SUBMITTED, order.qty
        self.filled[order.order_id] = 0

    def _on_adopted(self, record):
        one = record.order_id
        self.states[one], self.qty[one], self.filled[one] = OrderStatus.ACCEPTED, record.qty, record.filled
        self.booked |= record.executions.keys()
        self.untold[one] = record.filled - sum(qty for qty, _, _ in record.executions.values())

    def _on_replace(self, record):
        self.qty[record.order_id] = record.qty or self.qty[record.order_id]

    def _on_restated(self, record):
        """Take no fill for the last one any more: the venue counts in other shares from here on, and what else stands for the order is not told."""
        self.qty[record.order_id] = math.inf

    def _on_update(self, record):
        self._move(record.order_id, record.status)
        if record.venue_id or record.part_status is not None:
            part = self.part_of[record.venue_id] = (record.order_id, record.part)
            self._stand(part, record.part_status or record.status)

    def _stand(self, part, after):
        before = self.parts.get(part, OrderStatus.SUBMITTED)
        self.parts[part] = after
        if before is not after and after in MOVES[before]:
            self.count[f"edge {before} {after}"] += 1

    def _on_fill(self, record):
        one = record.order_id
        if record.fill_id in self.booked:
            self.fail(f"I7: execution {record.fill_id} is booked twice")
        self.booked.add(record.fill_id)
        self.filled[one] += record.qty
        if self.filled[one] >= self.qty[one]:
            self._move(one, OrderStatus.FILLED)
        elif self.states[one] in WORKING - PENDING:
            self._move(one, OrderStatus.PARTIALLY_FILLED)
        size, part = self.sizes.get(record.venue_id), self.part_of.get(record.venue_id)
        if size is not None and part is not None:
            self.part_filled[part] += record.qty
            self._stand(part, OrderStatus.FILLED if self.part_filled[part] >= size else OrderStatus.PARTIALLY_FILLED)

    def _on_bust(self, record):
        if record.fill_id not in self.booked and record.qty <= self.untold[record.order_id]:
            self.booked.add(record.fill_id)  # of before the account was taken over, too long ago to be listed
            self.untold[record.order_id] -= record.qty
        if record.fill_id not in self.booked - self.undone:
            self.fail(f"I7: {record.fill_id} is taken back twice")
        self.undone.add(record.fill_id)
        self.filled[record.order_id] -= record.qty
        self.states[record.order_id] = taken_back(self.states[record.order_id], self.filled[record.order_id])

    def _move(self, one, after):
        before = self.states[one]
        self.states[one] = moved(before, after)
        if before is not after or after is OrderStatus.PARTIALLY_FILLED:
            self.count[f"edge {before} {after}"] += 1
