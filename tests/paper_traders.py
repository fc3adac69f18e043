"""Strategies that work their own orders at random, by a seed: written into a file, as a user's, so that a journal can build them again."""

import textwrap
from dataclasses import replace

import numpy as np

from tenfold.app.exchange_data import sessions_around
from tenfold.app.facade import rules_of
from tenfold.app.live import facade
from tenfold.domain.bars import stamp_calendar
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.market.synthetic import random_walk

_SIMPLE = '''
import random

from tenfold.domain.market import BarSet


class Mixed:
    """Enter and leave by orders of the given kinds and times in force, and now and then cancel or change one."""

    name = "mixed"

    def __init__(self):
        self.chance = random.Random({seed})

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        found = []
        for symbol in view.symbols:
            found += self.commands(symbol, view)
        return found

    def commands(self, symbol, view):
        chance, close, lots = self.chance, view.close(symbol), view.position(symbol)
        working = list(view.orders(symbol))
        if not close or (working and chance.random() < 0.3):
            return []
        if working:
            order = working[0].order
            if order.limit_price and not order.stop_price and order.tif == "gtc" and chance.random() < 0.6:
                price = round(close * (1 - order.side.sign * chance.uniform(0.0, 0.01)), 2)
                return [view.replace(order.order_id, limit_price=price)]
            return [view.cancel(order.order_id)]
        if chance.random() < 0.4:
            return []
        side, qty = ("sell", lots) if lots else ("buy", chance.randint(1, 50))
        sign = 1 if side == "buy" else -1
        kind, tif = chance.choice({orders})
        terms = {{
            "market": {{}},
            "limit": {{"limit_price": round(close * (1 - sign * chance.uniform(-0.01, 0.02)), 2)}},
            "stop": {{"stop_price": round(close * (1 + sign * chance.uniform(0.001, 0.02)), 2)}},
            "stop_limit": {{
                "stop_price": round(close * (1 + sign * 0.005), 2), "limit_price": round(close * (1 + sign * 0.015), 2)
            }},
            "trailing_stop": {{"trail": round(close * 0.02, 2)}},
        }}[kind]
        return [view.submit(symbol, side, qty, kind, tif=tif, **terms)]


mixed = Mixed()
'''

_LEGS = '''
import random

from tenfold.domain.market import BarSet


class Legs:
    """Enter by brackets or at the market, and leave by one-cancels-the-other."""

    name = "legs"

    def __init__(self):
        self.chance = random.Random({seed})

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        return [command for symbol in view.symbols for command in self.commands(symbol, view, event.ts_ns)]

    def commands(self, symbol, view, ts_ns):
        chance, close, lots = self.chance, view.close(symbol), view.position(symbol)
        working = list(view.orders(symbol))
        if not close:
            return []
        if working:
            return [view.cancel(working[0].order.order_id)] if chance.random() < 0.15 else []
        if lots:
            pair = {{"order_class": "oco", "parent_id": f"pair{{ts_ns}}{{symbol}}", "tif": "gtc"}}
            return [
                view.submit(symbol, "sell", lots, "limit", limit_price=round(close * 1.015, 2), **pair),
                view.submit(symbol, "sell", lots, "stop", stop_price=round(close * 0.985, 2), **pair),
            ]
        if chance.random() < 0.5:
            return []
        limited = chance.random() < 0.5
        kind, level = ("limit", {{"limit_price": round(close * 0.998, 2)}}) if limited else ("market", {{}})
        entry = view.submit(symbol, "buy", chance.randint(1, 50), kind, tif="gtc", order_class="bracket", **level)
        return view.bracket(entry, take_profit=round(close * 1.02, 2), stop_loss=round(close * 0.98, 2))


legs = Legs()
'''

KINDS = tuple(
    (kind, tif)
    for kind in ("market", "limit", "stop", "stop_limit", "trailing_stop")
    for tif in ("gtc", "day", "ioc", "fok", "opg", "cls")
    if kind in {"market", "limit"} or tif in {"gtc", "day"}
)


def trader_file(folder, seed, orders=KINDS):
    """Write a strategy, and return how it is named."""
    path = folder / f"mixed_{seed}.py"
    path.write_text(textwrap.dedent(_SIMPLE.format(seed=seed, orders=list(orders))))
    return f"{path}:mixed"


def legs_file(folder, seed):
    """Write a strategy that sends brackets and pairs, and return how it is named."""
    path = folder / f"legs_{seed}.py"
    path.write_text(textwrap.dedent(_LEGS.format(seed=seed)))
    return f"{path}:legs"


def minutes_of_sessions(first_day, days, symbols, seed):
    """Return bars of the minutes of New York's sessions in so many days from one on; the last symbol lacks two days of them."""
    edge_ns = first_day * NS_PER_DAY, (first_day + days) * NS_PER_DAY
    held = [one for one in sessions_around(*edge_ns) if edge_ns[0] <= one.open_ns < edge_ns[1]]
    open_ns = np.concatenate([np.arange(one.open_ns, one.close_ns, NS_PER_MINUTE) for one in held])
    walk = random_walk(len(open_ns), symbols, seed=seed, volatility=1.0, period_ns=NS_PER_MINUTE)
    rows = walk.rows.copy()
    rows["open_ns"], rows["ts_ns"] = open_ns[:, None], open_ns[:, None] + NS_PER_MINUTE
    rows["elapsed_s"] = rows["remaining_s"] = 0
    stamp_calendar(rows)
    rows["flags"][-900:-100, -1] = int(Flag.MISSING)
    return replace(walk, rows=rows)


def traded(strategy, folder, *, bars=None, rules=None, **options):
    """Trade on paper and return the outcome."""
    bars = random_walk(120, ["AAA", "BBB"], seed=5) if bars is None else bars
    return facade.paper(
        strategy, bars, rules=rules or rules_of("none", "alpaca"), journal=folder / "journal.db", **options
    )
