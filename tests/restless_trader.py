"""Enter, change and cancel at random by a seed, at bars and on what is told of orders; the same events give the same commands."""

import random

from msgspec.structs import replace

from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate, Submit

PLENTY = 60
"""Orders after which it takes it easy."""
MUCH = 60
"""Lots beyond which it only lowers a position."""


class RestlessTrader:
    """Hold the chance that decides; `reacts` is how likely it acts on what is told of orders, until `ends_ns` says that it is over."""

    name = "restless"

    def __init__(self, seed, reacts, ends_ns):
        self.chance = random.Random(f"restless {seed}")  # noqa: S311 -- a test that repeats
        self.reacts = reacts
        self.ends_ns = ends_ns
        self.given = 0

    def on_event(self, event, view):
        if self.chance.random() >= self.likely(event) * (0.2 if self.given > PLENTY else 1.0):
            return []
        found = []
        for symbol in view.symbols:
            working = list(view.orders(symbol))
            for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
                if working and self.chance.random() < 0.6:
                    found += self.change(self.chance.choice(working), view)
                elif isinstance(event, BarSet) and len(working) < 6:
                    found += self.enter(symbol, view)
        return found

    def likely(self, event):
        if isinstance(event, BarSet):
            return 0.8
        told = isinstance(event, Fill | OrderUpdate) and event.ts_ns < self.ends_ns()
        refused = isinstance(event, OrderUpdate) and event.status is OrderStatus.REJECTED
        return self.reacts if told and not refused else 0.0

    def change(self, one, view):
        """Cancel an order that works, or change its size or its price."""
        order, chance, drawn = one.order, self.chance, self.chance.random()
        if drawn < 0.22:
            return [view.cancel(order.order_id)]
        if drawn < (0.75 if order.order_class == "simple" else 0.55):
            qty = max(1, one.filled + chance.randint(-3, 9)) if chance.random() < 0.7 else chance.randint(1, 15)
            return [view.replace(order.order_id, qty=qty)]
        away = round(chance.uniform(-0.5, 0.5), 2)
        if order.limit_price:
            sized = {"qty": one.filled + chance.randint(1, 9)} if chance.random() < 0.2 else {}
            return [view.replace(order.order_id, limit_price=10 + away, **sized)]
        return [view.replace(order.order_id, stop_price=9 + away)] if order.stop_price else []

    def enter(self, symbol, view):
        """Submit an order, a pair that closes, or an entry with its exits; no order takes a position through zero."""
        self.given += 1
        chance, held, drawn = self.chance, view.position(symbol), self.chance.random()
        sign = chance.choice((1, -1)) if abs(held) <= MUCH else -1 if held > 0 else 1
        qty = chance.randint(1, 12)
        if held * sign < 0:
            qty = min(qty, abs(held))
        side = side_of(sign)
        if drawn < 0.35:
            return [view.submit(symbol, side, qty, "limit", limit_price=10.0, tif=chance.choice(("gtc", "day", "ioc")))]
        if drawn < 0.45:
            return [view.submit(symbol, side, qty)]
        if drawn < 0.52:
            return [view.submit(symbol, side, qty, "stop", stop_price=9.0)]
        if drawn < 0.62 and held:
            return self.pair(symbol, view, held, min(qty, abs(held)))
        return self.bracket(symbol, view, sign, qty) if held * sign >= 0 else []

    def pair(self, symbol, view, held, qty):
        """Close a part with two orders, one of which cancels the other."""
        sign = 1 if held > 0 else -1
        terms = {"symbol": symbol, "side": side_of(-sign), "qty": qty, "tif": "gtc"}
        target = view.submit(kind="limit", limit_price=10 + sign * 0.5, **terms)
        stop = view.submit(kind="stop", stop_price=10 - sign * 0.5, **terms)
        return [named(one, "oco", f"pair-{target.order.order_id}") for one in (target, stop)]

    def bracket(self, symbol, view, sign, qty):
        """Open with two exits, or with a stop alone."""
        resting = {"kind": "limit", "limit_price": 10.0, "tif": "gtc"} if self.chance.random() < 0.8 else {}
        entry = view.submit(symbol, side_of(sign), qty, **resting)
        if self.chance.random() < 0.8:
            return view.bracket(entry, take_profit=10.0 + sign * 0.5, stop_loss=10.0 - sign * 0.5)
        stop = view.submit(symbol, side_of(-sign), qty, "stop", stop_price=10 - sign * 0.5, tif="gtc")
        return [entry, named(stop, "oto", entry.order.order_id)]


def side_of(sign):
    return "buy" if sign > 0 else "sell"


def named(command, order_class, parent_id):
    return Submit(order=replace(command.order, order_class=order_class, parent_id=parent_id))
