"""Trade at random by a seed: every kind of order, brackets, changes and cancels; the same events give the same commands."""

import random

from tenfold.domain.market import BarSet
from tenfold.domain.order import OrderStatus, OrderUpdate, Submit

KINDS = ("market", "limit", "limit", "limit", "stop", "stop_limit", "trailing_stop", "bracket", "bracket")
PATIENT = 0.8
"""How likely an order for an auction is not touched when it could be."""
PLENTY = 200
"""Orders after which it takes it easy."""


class DrawnTrader:
    """Hold the chance that decides; orders are of up to `most` shares, or of as many as `dollars` buy; `eager` is how likely an order is at each of `each` occasions of a bar set and symbol.

    `auctions` says of a moment which times in force its market and limit orders have instead, each as likely; "" is for no other.
    """

    name = "drawn"

    def __init__(self, seed, eager=0.5, most=40, each=1, dollars=0.0, auctions=None):
        self.chance = random.Random(f"trader {seed}")  # noqa: S311
        self.eager = eager
        self.most = most
        self.each = each
        self.dollars = dollars
        self.auctions = auctions
        self.crowd = random.Random(f"auctions of the trader {seed}")  # noqa: S311
        self.given = 0  # orders, those that were refused left out

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.given -= event.status is OrderStatus.REJECTED
        if not isinstance(event, BarSet):
            return []
        found = []
        for symbol in view.symbols:
            for _ in range(self.each if view.close(symbol) else 0):
                found += self.commands(symbol, view)
        self.given += sum(isinstance(one, Submit) for one in found)
        return found

    def commands(self, symbol, view):
        chance = self.chance
        if self.given >= PLENTY and chance.random() < 0.8:
            return []
        drawn = chance.random()
        working = [one for one in view.orders(symbol)]  # noqa: C416
        if (working and drawn < 0.12) or len(working) > 6:
            order = chance.choice(working).order
            return [] if self.awaits(order) else [view.cancel(order.order_id)]
        if working and drawn < 0.3:
            order = chance.choice(working).order
            return [] if self.awaits(order) else self.change(order, view)
        if drawn < 0.3 + self.eager * 0.7:
            return self.enter(symbol, view)
        return []

    def awaits(self, order):
        """Say whether an order is left alone, since it is for an auction: else hardly one would see its own."""
        return order.tif in {"opg", "cls"} and self.crowd.random() < PATIENT

    def change(self, order, view):
        chance = self.chance
        if order.limit_price and not order.stop_price:
            price = round(view.close(order.symbol) * (1 + chance.uniform(-0.004, 0.004)), 2)
            if order.order_class == "simple" and chance.random() < 0.4:
                return [view.replace(order.order_id, qty=chance.randint(1, self.most), limit_price=price)]
            return [view.replace(order.order_id, limit_price=price)]
        if order.order_class == "simple" and chance.random() < 0.5:
            return [view.replace(order.order_id, qty=chance.randint(1, self.most))]
        return [view.cancel(order.order_id)]

    def enter(self, symbol, view):
        chance, close, held = self.chance, view.close(symbol), view.position(symbol)
        side = chance.choice(("buy", "sell"))
        if abs(held) > 3 * self.most:
            side = "sell" if held > 0 else "buy"
        sign = 1 if side == "buy" else -1
        qty = chance.randint(1, max(self.most, round(self.dollars / close)))
        opposite = held * sign < 0
        if opposite:
            qty = min(qty, abs(held))  # one order takes no position through zero
        elif side == "sell" and chance.random() < 0.7:
            return []  # few short sales
        kind = chance.choice(KINDS)
        tif = chance.choice(("gtc", "day", "day", "ioc", "fok") if kind in {"market", "limit"} else ("gtc", "day"))
        if self.auctions is not None and kind in {"market", "limit"}:
            tif = self.crowd.choice(self.auctions(view.ts_ns)) or tif
        away = chance.uniform(-0.001, 0.003)
        if kind == "bracket":
            if opposite:
                return []
            terms = {"limit_price": round(close * (1 + sign * 0.001), 2)} if chance.random() < 0.6 else {}
            entry = view.submit(symbol, side, qty, "limit" if terms else "market", tif="gtc", **terms)
            return view.bracket(
                entry,
                take_profit=round(close * (1 + sign * chance.uniform(0.002, 0.01)), 2),
                stop_loss=round(close * (1 - sign * chance.uniform(0.002, 0.01)), 2),
            )
        return [view.submit(symbol, side, qty, kind, tif=tif, **terms_of(kind, close, sign, away))]


def terms_of(kind, close, sign, away):
    """Return the prices of a kind of order, by names of `view.submit`; a limit is a share of `away` from the close."""
    if kind == "limit":
        return {"limit_price": round(close * (1 - sign * away), 2)}
    if kind == "stop":
        return {"stop_price": round(close * (1 + sign * 0.002), 2)}
    if kind == "stop_limit":
        return {"stop_price": round(close * (1 + sign * 0.001), 2), "limit_price": round(close * (1 + sign * 0.003), 2)}
    return {"trail": round(close * 0.003, 2)} if kind == "trailing_stop" else {}
