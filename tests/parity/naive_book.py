"""A limit order book as simple as it can be written: every order in one list, sorted anew for every question."""

import copy
from dataclasses import dataclass

from tenfold.simulation.book_events import Added, Amended, Canceled, Rejected, Traded


@dataclass
class Paper:
    """Hold one order; `since` counts arrivals at its queue."""

    id: int
    owner: int
    side: int
    price: int
    shown: int
    reserve: int
    peak: int
    dark: bool
    post_only: bool
    since: int

    @property
    def left(self):
        return self.shown + self.reserve


class NaiveBook:
    """Take the same operations as `simulation.book.OrderBook`, and tell the same events."""

    def __init__(self, self_match):
        self.self_match = self_match
        self.papers = []
        self.now = 0
        self.told = []

    def queue(self, side):
        """Return the orders of a side as they trade."""
        return sorted((p for p in self.papers if p.side == side), key=lambda p: (-side * p.price, p.dark, p.since))

    def named(self, order_id):
        return next((p for p in self.papers if p.id == order_id), None)

    def crossing(self, side, price):
        return [p for p in self.queue(-side) if price is None or side * (price - p.price) >= 0]

    def act(self, name, *given, **terms):
        self.told = []
        getattr(self, name)(*given, **terms)
        return self.told

    def add(self, order_id, side, price, qty, owner=0, display=None, tif="rest", post_only=False, first=False):
        if side not in {1, -1} or qty <= 0 or price <= 0:
            self.told.append(Rejected(order_id, "invalid"))
        elif self.named(order_id):
            self.told.append(Rejected(order_id, "duplicate"))
        else:
            self.arrive(order_id, side, price, qty, owner, display, tif, post_only, first)

    def market(self, order_id, side, qty, owner=0, tif="ioc"):
        if side not in {1, -1} or qty <= 0:
            self.told.append(Rejected(order_id, "invalid"))
        elif self.named(order_id):
            self.told.append(Rejected(order_id, "duplicate"))
        else:
            self.arrive(order_id, side, None, qty, owner, None, tif, False, False)

    def arrive(self, order_id, side, price, qty, owner, display, tif, post_only, first, known=False):
        if post_only and self.crossing(side, price):
            self.told.append(Rejected(order_id, "would_trade"))
            return
        if tif == "fok":
            trial = copy.deepcopy(self)
            trial.told = []
            trial.arrive(order_id, side, price, qty, owner, display, "ioc", False, False)
            if sum(e.qty for e in trial.told if isinstance(e, Traded)) < qty:
                self.told.append(Canceled(order_id, side, price or 0, qty, 0, "killed"))
                return
        left, why = self.trade(order_id, side, price, qty, owner)
        if left and (why or tif != "rest"):
            self.told.append(Canceled(order_id, side, price or 0, left, 0, why or "unfilled"))
        elif left:
            self.put(order_id, side, price, left, owner, display, post_only, first)
            if not known:
                paper = self.named(order_id)
                self.told.append(Added(order_id, side, price, left, paper.shown))

    def put(self, order_id, side, price, left, owner, display, post_only, first):
        self.now += 1
        shown = left if display is None else min(display, left)
        since = -self.now if first else self.now
        paper = Paper(order_id, owner, side, price, shown, left - shown, display or 0, display == 0, post_only, since)
        self.papers.append(paper)

    def trade(self, order_id, side, price, left, owner):
        while left and self.crossing(side, price):
            other = self.crossing(side, price)[0]
            own = owner and other.owner == owner and self.self_match != "allow"
            if own and self.self_match == "cancel_incoming":
                return left, "self_match"
            if own and self.self_match == "cancel_resting":
                self.papers.remove(other)
                self.told.append(Canceled(other.id, other.side, other.price, other.left, 0, "self_match"))
                continue
            size = min(left, other.reserve if other.dark else other.shown)
            left -= size
            if other.dark:
                other.reserve -= size
            else:
                other.shown -= size
            if own:
                self.told.append(Canceled(other.id, other.side, other.price, size, other.left, "self_match"))
                self.told.append(Canceled(order_id, side, price or 0, size, left, "self_match"))
            else:
                self.told.append(Traded(other.id, order_id, side, other.price, size, other.left, left))
            self.refill(other)
        return left, ""

    def refill(self, paper):
        if paper.left == 0:
            self.papers.remove(paper)
        elif not paper.dark and paper.shown == 0:
            self.now += 1
            paper.since = self.now
            paper.shown = min(paper.peak, paper.reserve)
            paper.reserve -= paper.shown
            self.told.append(Amended(paper.id, paper.side, paper.price, paper.left, paper.shown, "refreshed"))

    def cancel(self, order_id, qty=0):
        paper = self.named(order_id)
        if paper is None:
            self.told.append(Rejected(order_id, "unknown"))
            return
        off = min(qty or paper.left, paper.left)
        self.told.append(Canceled(order_id, paper.side, paper.price, off, paper.left - off, "asked"))
        self.lower(paper, off)

    def lower(self, paper, off):
        reserve = min(off, paper.reserve)
        paper.reserve -= reserve
        paper.shown -= off - reserve
        if paper.left == 0:
            self.papers.remove(paper)

    def amend(self, order_id, price=0, qty=0):
        paper = self.named(order_id)
        if paper is None:
            self.told.append(Rejected(order_id, "unknown"))
            return
        price, qty = price or paper.price, qty or paper.left
        if price == paper.price and qty <= paper.left:
            self.lower(paper, paper.left - qty)
            self.told.append(Amended(order_id, paper.side, price, qty, paper.shown, "kept"))
        elif paper.post_only and self.crossing(paper.side, price):
            self.told.append(Rejected(order_id, "would_trade"))
        else:
            self.papers.remove(paper)
            display = 0 if paper.dark else (paper.peak or None)
            shown = qty if display is None else min(display, qty)
            self.told.append(Amended(order_id, paper.side, price, qty, shown, "moved"))
            self.arrive(order_id, paper.side, price, qty, paper.owner, display, "rest", False, False, known=True)
            moved = self.named(order_id)
            if moved is not None:
                moved.post_only = paper.post_only
