"""Match the orders of one symbol the plain way, in exact fractions: written apart from the venue, and sharing nothing with it.

Orders are kept on one list for ever, and everything about them is worked out from the list anew: what a leg may fill is what its
entry has filled less what its bracket has. It is slow, and exists to disagree. `docs/reference/orders.md` is what it follows.
"""

from fractions import Fraction

from naive_paper import UNIT, Paper, away, nearer, nearest, on_tick

OPEN, INSIDE = 0, 1


class Desk:
    """Hold every order ever sent, the position and the money."""

    def __init__(self, cash, how):
        self.how = how
        self.cash = Fraction(cash)
        self.shares = 0
        self.cost = Fraction(0)
        self.papers = []
        self.fills = []  # (order, bar, signed lots, price, fee, maker)
        self.close = Fraction(0)
        self.session = None
        self.exits = (None, None, None)  # fractions of the order that last opened or added
        self.opener = None
        self.stop = self.target = None
        self.flattened = 0

    # the list

    def working(self):
        return [paper for paper in self.papers if paper.state == "working"]

    def named(self, order_id):
        return next((p for p in self.papers if p.id == order_id and p.state != "refused"), None)

    def group(self, paper):
        """Return all orders that ever shared a size with it, itself included."""
        if paper.parent is None or paper.family not in {"bracket", "oco"}:
            return [paper]
        return [p for p in self.papers if (p.parent, p.family) == (paper.parent, paper.family)]

    def left(self, paper):
        return paper.size - (sum(p.own for p in self.group(paper)) - paper.shared)

    def room(self, paper):
        """Return what its entry leaves it to fill, None without bound."""
        if not paper.is_leg:
            return None
        entry = self.named(paper.parent)
        used = sum(p.own for p in self.group(paper)) if paper.family == "bracket" else paper.own
        return (entry.own if entry else 0) - used

    def may_fill(self, paper):
        room = self.room(paper)
        return self.left(paper) if room is None else min(self.left(paper), room)

    def end(self, paper, state):
        if paper.state == "working":
            paper.state = state
            self.sweep()

    def sweep(self):
        """End legs that have nothing left to wait for."""
        for paper in self.working():
            entry = self.named(paper.parent) if paper.is_leg else None
            if paper.is_leg and (entry is None or entry.state != "working") and self.room(paper) <= 0:
                self.end(paper, "canceled")

    # what is sent

    def send(self, command, now):
        """Take ("submit", terms), ("cancel", id), ("replace", id, changes) or ("flatten",) at a moment."""
        what, *rest = command
        if what == "submit":
            self.submit(rest[0], now)
        elif what == "flatten":
            for paper in self.working():
                self.end(paper, "canceled")
            if self.shares:
                self.flattened += 1
                way = -1 if self.shares > 0 else 1
                order = {
                    "id": f"flatten-A-{self.flattened}",
                    "way": way,
                    "size": abs(self.shares),
                    "kind": "market",
                    "tif": "gtc",
                }
                self.submit(order, now)
        else:
            paper = self.named(rest[0])
            if paper is not None and paper.state == "working":
                self.end(paper, "canceled") if what == "cancel" else self.replace(paper, rest[1])

    def submit(self, terms, now):
        paper = Paper(terms, 0, None)
        known = any(p.id == paper.id for p in self.papers)
        self.papers.append(paper)
        if known:
            paper.state = "refused"
            return
        paper.shared = sum(p.own for p in self.group(paper))
        if paper.for_opening:
            paper.after = self.session
        paper.arrives = now + self.how["latency_ns"] if self.how["latency_ns"] else 0
        entry = self.named(paper.parent) if paper.is_leg else None
        if paper.is_leg and (entry is None or entry.state != "working") and self.room(paper) <= 0:
            paper.state = "rejected"
        if not paper.is_leg or (entry is not None and entry.own > 0):
            paper.awake = True
            paper.follow(self.close)

    def replace(self, paper, changes):
        gone = paper.size - self.left(paper)
        if {"trail", "trail_frac"} & changes.keys():
            paper.trail = paper.trail_frac = None
        for name, value in changes.items():
            setattr(paper, name, value)
        if paper.size <= gone:
            self.end(paper, "canceled")

    # a bar

    def on_bar(self, number, bar):
        how = self.how
        self.number, self.bar = number, bar
        self.used, self.fresh, self.hold = 0, None, False
        outside = how["regular_hours"] and bar["outside"]
        idle = outside or (how["stale_waits"] and bar["volume"] == 0 and bar["high"] == bar["low"])
        for paper in self.working():
            if paper.until is not None and paper.until <= bar["opens"]:
                self.end(paper, "expired")
            elif paper.state == "working" and paper.tif == "day" and self.works(paper):
                if paper.day is None and not outside:
                    paper.day = bar["session"]
                if paper.day not in {None, bar["session"]}:
                    self.end(paper, "expired")
        if not idle:
            self.rounds()
            if self.shares and not self.hold and (self.stop or self.target):
                self.watch()
            if bar["last"]:
                self.auction()
        self.finish(idle)
        self.close = bar["close"]

    def works(self, paper):
        later = paper.after is None or self.bar["session"] > paper.after
        return paper.awake and not paper.late and later and self.bar["opens"] >= paper.arrives

    def finish(self, idle):
        bar = self.bar
        for paper in self.working():
            if paper.state != "working":
                continue
            if paper.until is not None and paper.until <= bar["closes"]:
                self.end(paper, "expired")
            elif not self.works(paper):
                continue
            elif self.over(paper, idle):
                self.end(paper, "expired")
            elif not idle and paper.tif in {"ioc", "fok"}:
                self.end(paper, "canceled")
        if not idle and self.how["trail"] == "before":
            self.follow([paper for paper in self.working() if self.works(paper)])
        for paper in self.papers:
            paper.born, paper.late = None, False

    def over(self, paper, idle):
        """Say whether its session ends with the bar, or the auction that it was for is past."""
        last = self.bar["last"]
        if paper.tif == "day" and last and paper.day is not None:
            return True
        return not idle and (paper.for_opening or (paper.for_close and last))

    def side(self, way):
        """Return open, high, low and close as an order of that way meets them."""
        bar, shift = self.bar, 0
        if self.how["quote_side"] and bar["quote"] and bar["quote"][0] <= bar["quote"][1]:
            shift = bar["quote"][1 if way > 0 else 0] - bar["open"]
        return tuple(bar[name] + shift for name in ("open", "high", "low", "close"))

    def follow(self, papers):
        for paper in papers:
            _, high, low, close = self.side(paper.way)
            unknown = paper.born is not None and paper.born[1] == INSIDE
            paper.follow(close if unknown else (low if paper.way > 0 else high))

    def rounds(self):
        group = [paper for paper in self.working() if self.works(paper)]
        while group:
            if self.how["trail"] == "after":
                self.follow(group)
            hits = [(paper, self.meet(paper)) for paper in group]
            hits = [(paper, *hit) for paper, hit in hits if hit is not None]
            at_open = [hit for hit in hits if hit[2] == OPEN]
            stops = [hit for hit in hits if hit[2] == INSIDE and not hit[3]]
            limits = [hit for hit in hits if hit[2] == INSIDE and hit[3]]
            self.woken = []
            for paper, price, moment, limited, decided, stood in at_open + stops + limits:
                if paper.state == "working":
                    self.execute(paper, price, moment, limited, decided, stood)
            group = self.woken

    def meet(self, paper):
        """Return (price, moment, as a limit, whether a price decided, whether it stood there), or None; triggers stops."""
        first, high, low, close = self.side(paper.way)
        moment = OPEN
        if paper.born is not None:
            first, moment = paper.born
        if paper.for_close:
            return None
        if paper.kind in {"market", "moo"} or (paper.stopped and paper.kind != "stop_limit"):
            return first, moment, False, moment == INSIDE, False
        if paper.kind == "limit" or paper.touched:
            return self.meet_limit(paper, first, moment)
        level = paper.level()
        if level is None:
            return None
        upwards = paper.way > 0 if paper.kind != "lit" else paper.way < 0  # which way the price comes to the level
        gapped = first >= level if upwards else first <= level
        span = (close, close) if moment == INSIDE and paper.kind == "lit" else (high, low)
        if not gapped and not (span[0] >= level if upwards else span[1] <= level):
            return None
        price = first if gapped else level
        moment = moment if gapped else INSIDE
        if paper.kind in {"stop_limit", "lit"}:
            paper.touched = True
            return self.meet_limit(paper, price, moment)
        paper.stopped = True
        return level if self.how["gap"] == "level" else price, moment, False, True, False

    def meet_limit(self, paper, first, moment):
        _, high, low, close = self.side(paper.way)
        limit, strictly = on_tick(paper.limit), self.how["limit"] == "through"
        good = first < limit if paper.way > 0 else first > limit
        if good or (first == limit and not strictly):
            return limit if self.how["gap"] == "level" else first, moment, True, True, False
        if moment == INSIDE:
            high = low = close
        beyond = low < limit if paper.way > 0 else high > limit
        if beyond or ((low if paper.way > 0 else high) == limit and not strictly):
            return limit, INSIDE, True, True, True
        return None

    # fills

    def volume_left(self, wanted):
        share = self.how["participation"]
        if share is None:
            return wanted
        return max(min(wanted, (self.bar["volume"] * share).__floor__() - self.used), 0)

    def slip(self, price, way):
        quote = self.bar["quote"]
        if self.how["slippage"] == "half_spread" and quote and quote[0] <= quote[1]:
            return on_tick(price + way * (quote[1] - quote[0]) / 2)
        return on_tick(price * (1 + way * self.how["slip"]))

    def execute(self, paper, price, moment, limited, decided, stood):
        if moment == INSIDE and (paper.for_opening or paper.tif in {"ioc", "fok"}):
            return
        size = self.volume_left(max(self.may_fill(paper), 0))
        if size == 0 or (paper.tif == "fok" and size < self.left(paper)):
            return
        paid = on_tick(price) if limited else self.slip(price, paper.way)
        waits = self.how["entry_bar"] == "next" or (self.how["entry_bar"] == "market" and decided)
        before = self.shares
        self.book(paper, size, paid, stood)
        if self.shares and (before == 0 or before * self.shares < 0):
            self.fresh, self.hold = (paid, moment), waits
        elif moment == INSIDE and abs(self.shares) > abs(before):
            self.fresh = (paid, moment)
        self.wake(paper, paid, moment, waits)

    def wake(self, entry, paid, moment, waits):
        for leg in self.working():
            if not (leg.is_leg and leg.parent == entry.id) or leg.awake:
                continue
            leg.awake = True
            leg.follow(paid)
            if leg.for_opening:
                leg.after = self.bar["session"] if leg.after is None else max(leg.after, self.bar["session"])
            if waits:
                leg.late = True
            elif self.works(leg):
                leg.born, leg.day = (paid, moment), self.bar["session"]
                self.woken.append(leg)

    def book(self, paper, size, paid, maker):
        how, qty, before = self.how, paper.way * size, self.shares
        worth = nearest(paid, UNIT)
        rate = how["maker"] if maker else how["fee"]
        fee = nearest(size * worth * rate, UNIT)
        closing = min(size, abs(before)) if before * qty < 0 else 0
        if closing:
            share = abs(self.cost) * closing / abs(before)
            share = (share / UNIT).__floor__() * UNIT
            self.cost -= share if self.cost > 0 else -share
        opening = size - closing
        self.cost += paper.way * opening * worth
        self.shares += qty
        self.used += size
        self.cash -= qty * worth + fee
        self.fills.append((paper.id, self.number, qty, paid, fee, maker))
        paper.own += size
        self.attach(paper, before, opening)
        done = self.left(paper) == 0
        if done:
            paper.state = "filled" if paper.own == paper.size else "canceled"  # the group filled the rest
        for other in self.group(paper):
            if other is not paper and other.state == "working" and (done or self.left(other) <= 0):
                self.end(other, "canceled")
        self.sweep()

    # attached exits

    def attach(self, paper, before, opening):
        if self.shares == 0:
            self.stop = self.target = None
        if self.shares == 0 or opening == 0:
            return
        way = 1 if self.shares > 0 else -1
        average = self.cost / self.shares
        kept = self.stop if before * self.shares > 0 else None
        stop, target, trail = paper.exits
        self.opener, self.exits = paper.id, paper.exits
        self.stop, self.target = away(average, stop, -way), away(average, target, way)
        if trail is not None:
            self.stop = nearer(self.shares > 0, self.stop, away(average, trail, -way), kept)

    def tow(self, high, low, close, unknown):
        way, trail = (1 if self.shares > 0 else -1), self.exits[2]
        if trail is not None:
            best = close if unknown else (high if way > 0 else low)
            self.stop = nearer(self.shares > 0, self.stop, away(best, trail, -way))

    def watch(self):
        """Leave by the stop where the bar reaches it, else by the target."""
        way = 1 if self.shares > 0 else -1
        first, high, low, close = self.side(-way)
        unknown = False
        if self.fresh is not None:
            first, unknown = self.fresh[0], self.fresh[1] == INSIDE
        if self.how["trail"] == "after":
            self.tow(high, low, close, unknown)
        stop, target, level = self.stop, self.target, self.how["gap"] == "level"
        if stop is not None and (min(first, low) <= stop if way > 0 else max(first, high) >= stop):
            through = first <= stop if way > 0 else first >= stop
            price = first if through and not level else stop
            return self.leave(self.slip(price, -way), False)
        best = close if unknown else (high if way > 0 else low)
        strictly = self.how["limit"] == "through"
        if target is not None:
            for price, stood in ((first, False), (best, True)):
                gain = way * (price - target)
                if gain > 0 or (gain == 0 and not strictly):
                    return self.leave(on_tick(target if stood or level else price), stood)
        if self.how["trail"] == "before":
            self.tow(high, low, close, unknown)
        return None

    def leave(self, paid, stood):
        for paper in self.working():
            self.end(paper, "canceled")
        way = -1 if self.shares > 0 else 1
        terms = {"id": self.opener + "x", "way": way, "size": abs(self.shares), "kind": "market", "tif": "gtc"}
        paper = Paper(terms, 0, None)
        paper.awake = True
        self.papers.append(paper)
        self.stop = self.target = None
        size = self.volume_left(abs(self.shares))
        if size:
            self.book(paper, size, paid, stood)

    # the close

    def auction(self):
        self.woken = []
        for paper in self.working():
            dead = paper.until is not None and paper.until <= self.bar["closes"]
            if paper.state != "working" or not paper.for_close or dead or not self.works(paper):
                continue
            close = self.side(paper.way)[3]
            if paper.kind == "limit":
                gain = paper.way * (on_tick(paper.limit) - close)
                if gain < 0 or (gain == 0 and self.how["limit"] == "through"):
                    continue
            size = self.volume_left(max(self.may_fill(paper), 0))
            if size:
                paid = on_tick(close) if paper.kind == "limit" else self.slip(close, paper.way)
                self.book(paper, size, paid, False)
                self.wake(paper, paid, INSIDE, True)
