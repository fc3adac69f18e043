"""Trade as the drawn trader does, and act on reports too: what fills or changes is changed again, cancelled, faced or closed."""

import random
from collections import Counter

from drawn_trader import DrawnTrader

from tenfold.domain.events import Busted
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate

FILLED, TOLD = 0.5, 0.15
"""How likely something follows from an execution, and from anything else that is told of an order."""
CALM = 0.2
"""So much less likely once it has reacted often."""
OFTEN = 150


class ReactingTrader(DrawnTrader):
    """Hold the chance that decides on reports.

    Attributes
    ----------
    reactions : how often it has done each thing on a report
    """

    name = "reacting"

    def __init__(self, seed, *args, **options):
        super().__init__(seed, *args, **options)
        self.mood = random.Random(f"reactions of the trader {seed}")  # noqa: S311
        self.reactions = Counter()
        self.groups = set()  # names that two orders have been sent under: no venue keeps more than two as one
        self.acts = {
            "smaller": self.smaller, "larger": self.larger, "cancel": self.cancel, "move": self.move, "leg": self.leg,
            "opposite": self.opposite, "close": self.close, "again": self.again, "exits": self.exits,
            "instead": self.instead,
        }  # fmt: skip

    def on_event(self, event, view):
        found = super().on_event(event, view)
        if not isinstance(event, Fill | OrderUpdate | Busted) or event.symbol not in view.symbols:
            return found
        likely = TOLD if isinstance(event, OrderUpdate) else FILLED
        if self.mood.random() >= likely * (CALM if self.reactions.total() > OFTEN else 1.0):
            return found
        for name in self.mood.choices(list(self.acts), k=self.mood.choice((1, 1, 2))):
            answer = self.acts[name](event, view) if view.close(event.symbol) else []
            self.reactions[f"on a {type(event).__name__} {name}"] += bool(answer)
            found += answer
        return found

    def working(self, event, view):
        """Return the order that was told of, where it works, else another of its symbol, None where there is none, or it is left alone."""
        listed = [one for one in view.orders(event.symbol) if not self.awaits(one.order)]
        told = [one for one in listed if one.order.order_id == event.order_id]
        return self.mood.choice(told or listed) if listed else None

    # what it does

    def smaller(self, event, view):
        """Make an order smaller, also than what has filled of it."""
        one = self.working(event, view)
        if one is None or one.order.qty == 1:
            return []
        least = 1 if self.mood.random() < 0.2 else min(max(one.filled, 1), one.order.qty - 1)
        return [view.replace(one.order.order_id, qty=self.mood.randint(least, one.order.qty - 1))]

    def larger(self, event, view):
        one = self.working(event, view)
        if one is None:
            return []
        return [view.replace(one.order.order_id, qty=one.order.qty + self.mood.randint(1, self.most))]

    def cancel(self, event, view):
        one = self.working(event, view)
        return [] if one is None else [view.cancel(one.order.order_id)]

    def move(self, event, view):
        """Give an order another price."""
        one = self.working(event, view)
        return [] if one is None else self.moved(one.order, view)

    def leg(self, event, view):
        """Move a leg of the order that was told of, or the other of its pair."""
        legs = [one.order for one in view.orders(event.symbol) if one.order.parent_id is not None]
        parents = {event.order_id, *(one.parent_id for one in legs if one.order_id == event.order_id)}
        mine = [one for one in legs if one.parent_id in parents and one.order_id != event.order_id]
        return self.moved(self.mood.choice(mine), view) if mine else []

    def moved(self, order, view):
        prices = {
            name: round(price * (1 + self.mood.uniform(-0.004, 0.004)), 2)
            for name in ("limit_price", "stop_price", "trail")
            if (price := getattr(order, name)) is not None
        }
        return [view.replace(order.order_id, **prices)] if prices else []

    def opposite(self, event, view):
        """Send an order against what is held, at the market or at a better price."""
        return self.against(view, event.symbol, getattr(event, "qty", 0) or self.most)

    def close(self, event, view):
        """Cancel all of a symbol, or leave it, and close what is held."""
        orders = view.orders(event.symbol) if self.mood.random() < 0.6 else ()
        gone = [view.cancel(one.order.order_id) for one in orders]
        return [*gone, *self.against(view, event.symbol, abs(view.position(event.symbol)))]

    def again(self, event, view):
        """Send another order in the place of one that has ended."""
        ended = isinstance(event, OrderUpdate) and event.status in {OrderStatus.CANCELED, OrderStatus.EXPIRED}
        return self.enter(event.symbol, view) if ended else []

    def instead(self, event, view):
        """Cancel an order, and send what is left of it at another price at once."""
        one = self.working(event, view)
        if one is None or one.left <= 0 or one.order.order_class != "simple":
            return []
        order, price = one.order, round(view.close(event.symbol) * (1 + self.mood.uniform(-0.003, 0.003)), 2)
        tif = self.mood.choice(("gtc", "day", "ioc"))
        return [
            view.cancel(order.order_id),
            view.submit(order.symbol, order.side, one.left, "limit", limit_price=price, tif=tif),
        ]

    def exits(self, event, view):
        """Send orders of which one cancels the others for what has just filled: a target and a stop."""
        held = view.position(event.symbol)
        if not isinstance(event, Fill) or held * event.side.sign <= 0:
            return []
        sign, close, qty = event.side.sign, view.close(event.symbol), min(event.qty, abs(held))
        target, stop = (sign * self.mood.uniform(0.001, 0.006) for _ in range(2))
        group = self.mood.choice((event.fill_id, event.order_id))
        if group in self.groups:
            return []
        self.groups.add(group)
        terms = {"tif": self.mood.choice(("gtc", "day")), "order_class": "oco", "parent_id": group}
        side = "sell" if sign > 0 else "buy"
        return [
            view.submit(event.symbol, side, qty, "limit", limit_price=round(close * (1 + target), 2), **terms),
            view.submit(event.symbol, side, qty, "stop", stop_price=round(close * (1 - stop), 2), **terms),
        ]

    def against(self, view, symbol, most):
        held = view.position(symbol)
        if not held or not most:
            return []
        sign = -1 if held > 0 else 1
        terms = {}
        if self.mood.random() < 0.5:
            terms = {"limit_price": round(view.close(symbol) * (1 + sign * self.mood.uniform(-0.003, 0.001)), 2)}
        return [
            view.submit(
                symbol, "buy" if sign > 0 else "sell", min(most, abs(held)), "limit" if terms else "market",
                tif=self.mood.choice(("gtc", "day", "ioc")), **terms,
            )
        ]  # fmt: skip
