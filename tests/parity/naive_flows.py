"""Draw markets and flows of orders in binary fractions, and send them to the simulated venue and to the naive matcher alike."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from naive_orders import Desk

from scenes import MONDAY, bars_of, rules
from tenfold.domain.market import Flag
from tenfold.domain.order import Cancel, Fill, Flatten, Order, OrderType, OrderUpdate, Replace, Side, Submit
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

TICK = Fraction(1, 64)
CASH = 1_000_000
SECOND = 10**9
TYPES = {
    "day": ["market", "limit", "stop", "stop_limit", "trailing_stop", "lit", "moo", "moc"],
    "opg": ["market", "limit", "moo"],
    "cls": ["market", "limit", "moc"],
    "ioc": ["market", "limit"],
    "fok": ["market", "limit"],
}
TYPES["gtc"] = TYPES["gtd"] = TYPES["day"]

GRID = 24  # ticks: on it prices and levels often meet exactly
coarse = st.integers(-5, 5).map(lambda steps: steps * GRID)
fractions = st.one_of(st.none(), st.none(), st.sampled_from([Fraction(1, 64), Fraction(1, 16)]))


@st.composite
def markets(draw):
    """Return bars of sessions of one to four bars: missing, idle, without volume, outside the session, with a quote or not."""
    lengths = draw(st.lists(st.integers(1, 4), min_size=2, max_size=8))
    days = [date.fromordinal(MONDAY.toordinal() + n) for n, length in enumerate(lengths) for _ in range(length)]
    level, cells, quotes = GRID * draw(st.integers(30, 500)), [], {}
    moves = draw(st.sampled_from([st.integers(-120, 120), coarse]))
    for n in range(len(days)):
        gap, move, up, down = (draw(moves) for _ in range(4))
        first = max(level + gap // 2, 10 * GRID)
        close = max(first + move, 10 * GRID)
        high, low = max(first, close) + max(up, 0), max(min(first, close) - max(down, 0), 100)
        if draw(st.integers(0, 7)) == 0:
            first = high = low = close = level
        volume = draw(st.sampled_from([0, 64, 200, 800, 4000]))
        missing = draw(st.integers(0, 9)) == 0
        cells.append(
            None if missing else (*(float(price * TICK) for price in (first, high, low, close)), float(volume))
        )
        if draw(st.booleans()):
            bid = first + draw(st.integers(-8, 8))
            quotes[n, 0] = (float(bid * TICK), float((bid + draw(st.integers(-1, 9))) * TICK))
        level = close
    if not any(cells):
        cells[0] = (100.0, 100.0, 100.0, 100.0, 200.0)
    bars = bars_of(cells, days=days, tick=float(TICK), quotes={key: q for key, q in quotes.items() if cells[key[0]]})
    table = bars.rows.copy()
    rows = table[:, 0]
    for start in {days.index(day) for day in days}:
        length = days.count(days[start])
        if length > 2 and draw(st.integers(0, 2)) == 0:  # one bar before the session, or one after its close
            at = start if draw(st.booleans()) else start + length - 1
            rows["flags"][at] |= int(Flag.OFF_SESSION)
            if at > start:
                rows["remaining_s"][at - 1] = 0
    return replace(bars, rows=table)


@st.composite
def conventions(draw):
    """Return keywords of the naive matcher, and the rules that say the same."""
    how = {
        "quote_side": draw(st.booleans()),
        "limit": draw(st.sampled_from(["touch", "through"])),
        "gap": draw(st.sampled_from(["open", "level"])),
        "trail": draw(st.sampled_from(["before", "after"])),
        "entry_bar": draw(st.sampled_from(["exits", "market", "next"])),
        "regular_hours": draw(st.booleans()),
        "stale_waits": draw(st.booleans()),
    }
    latency = draw(st.sampled_from([0, 0, 5, 7200, 86_400]))
    fee, maker = draw(st.sampled_from([(0, None), (Fraction(1, 1024), None), (Fraction(1, 512), Fraction(-1, 4096))]))
    slip, model = draw(
        st.sampled_from(
            [(0, "fixed"), (Fraction(1, 2048), "fixed"), (Fraction(1, 256), "fixed"), (Fraction(1, 256), "half_spread")]
        )
    )
    share = draw(st.sampled_from([None, None, Fraction(1, 4), Fraction(1, 64)]))
    costs = {
        "fee_frac": float(fee),
        "fee_maker_frac": None if maker is None else float(maker),
        "slippage": model,
        "slippage_bps": float(slip * 10_000),
        "participation_frac_max": None if share is None else float(share),
    }
    chosen = rules(matching={**how, "latency_s": float(latency)}, costs=costs, account={"cash": float(CASH)})
    how |= {"latency_ns": latency * SECOND, "fee": fee, "maker": fee if maker is None else maker, "slip": slip}
    return how | {"slippage": model, "participation": share}, chosen


@st.composite
def orders(draw, order_id, close, now, **more):
    """Return the terms of one order of any type and time in force around a price."""
    tif = draw(st.sampled_from(["gtc", "gtc", "gtc", *TYPES]))
    terms = {"id": order_id, "tif": tif, "kind": draw(st.sampled_from(TYPES[tif])), **more}
    terms.setdefault("way", draw(st.sampled_from([1, -1])))
    terms.setdefault("size", draw(st.sampled_from([1, 10, 40, 100])))
    terms |= draw(prices(terms["kind"], close))
    if tif == "gtd":
        terms["until"] = now + draw(st.sampled_from([0, 1, 2, 5, 16, 24, 48])) * 3600 * SECOND
    if draw(st.integers(0, 3)) == 0:
        terms["exits"] = (draw(fractions), draw(fractions), draw(fractions))
    return terms


@st.composite
def prices(draw, kind, close):
    """Return the prices that an order of a type needs, sometimes between two ticks."""
    found = {}
    for name, kinds in (("limit", {"limit", "stop_limit", "lit"}), ("stop", {"stop", "stop_limit", "lit"})):
        if kind in kinds:
            away = draw(st.one_of(coarse, st.integers(-160, 160), st.sampled_from([Fraction(-81, 2), Fraction(81, 2)])))
            found[name] = max(close + away * TICK, TICK)
    if kind == "trailing_stop":
        found |= draw(st.sampled_from([{"trail": 40 * TICK}, {"trail": 3 * TICK}, {"trail_frac": Fraction(1, 64)}]))
    return found


@st.composite
def bundles(draw, number, known):
    """Return what is special of the orders that are sent together: one, a group, or an entry with its legs."""
    what = draw(st.sampled_from(["order", "order", "order", "bracket", "oco", "oto"]))
    if what == "oco":
        return [{"family": "oco", "parent": f"g{number}"} for _ in range(draw(st.integers(2, 3)))]
    if what == "order":
        if known and draw(st.integers(0, 5)) == 0:  # a leg sent late, or of an entry that never was
            parent = draw(st.sampled_from([*known, "never"]))
            return [{"family": draw(st.sampled_from(["bracket", "oto"])), "parent": parent}]
        return [{}]
    way, size = draw(st.sampled_from([1, -1])), draw(st.sampled_from([10, 40, 100]))
    legs = [{"family": what, "parent": f"o{number}", "way": -way} for _ in range(draw(st.integers(1, 2)))]
    return [
        {"family": what, "way": way, "size": size},
        *(leg | ({"size": size} if draw(st.integers(0, 3)) else {}) for leg in legs),
    ]


@st.composite
def changes(draw, known, close):
    """Return a command about an order that was sent, or about all."""
    what = draw(st.sampled_from(["cancel", "replace", "replace", "flatten"]))
    if what == "flatten":
        return ("flatten",)
    chosen = draw(st.sampled_from(sorted(known)))
    if what == "cancel":
        return ("cancel", chosen)
    terms = draw(prices(known[chosen], close)) if draw(st.booleans()) else {}
    if draw(st.booleans()):
        terms["size"] = draw(st.sampled_from([1, 20, 60, 200]))
    return ("replace", chosen, terms)


@st.composite
def flows(draw, bars, per_bar=2):
    """Return the commands that are sent at each close, in the words of the naive matcher."""
    flow, known = [], {}
    usable = bars.usable[:, 0]
    close = Fraction(float(bars.rows["close"][usable, 0][0]))
    for moment, now in enumerate(bars.ts_ns.tolist()):
        if usable[moment]:
            close = Fraction(float(bars.rows["close"][moment, 0]))
        commands = []
        for _ in range(draw(st.integers(0, per_bar))):
            if known and draw(st.integers(0, 3)) == 0:
                commands.append(draw(changes(known, close)))
                continue
            for more in draw(bundles(len(known), list(known))):
                terms = draw(orders(f"o{len(known)}", close, now, **more))
                known[terms["id"]] = terms["kind"]
                commands.append(("submit", terms))
        flow.append(commands)
    return flow


def command_of(command, now):
    """Return what the venue takes for a command of the naive matcher."""
    what, *rest = command
    if what == "flatten":
        return Flatten(ts_ns=now)
    if what == "cancel":
        return Cancel(order_id=rest[0], ts_ns=now, symbol="A")
    if what == "replace":
        names = {"size": "qty", "limit": "limit_price", "stop": "stop_price"}
        changes = {names.get(name, name): int(v) if name == "size" else float(v) for name, v in rest[1].items()}
        return Replace(order_id=rest[0], ts_ns=now, symbol="A", **changes)
    terms = rest[0]
    exits = terms.get("exits", (None, None, None))
    number = {
        name: float(terms[key])
        for key, name in (
            ("limit", "limit_price"),
            ("stop", "stop_price"),
            ("trail", "trail"),
            ("trail_frac", "trail_frac"),
        )
        if key in terms
    }
    return Submit(
        order=Order(
            order_id=terms["id"], ts_ns=now, symbol="A", side=Side.BUY if terms["way"] > 0 else Side.SELL, qty=terms["size"],
            type=OrderType(terms["kind"]), tif=terms["tif"], expire_ns=terms.get("until"), order_class=terms.get("family", "simple"),
            parent_id=terms.get("parent"), **number,
            **{name: None if f is None else float(f) for name, f in zip(("stop_frac", "target_frac", "trailing_frac"), exits, strict=True)},
        )
    )  # fmt: skip


class Told:
    """Hold what the venue said: reports by bar, and the account after each bar."""

    def __init__(self, bars, chosen, flow):
        broker = SimulatedBroker(chosen, bars.instruments)
        self.ledger = Ledger(bars.instruments, chosen.account.cash)
        self.reports, self.accounts, self.positions, self.working = [], [], [], []
        self.sent = []
        for number, moment in enumerate(BarFeed(bars).events()):
            broker.on_bars(moment)
            self.keep(broker, number, moment)
            commands = [command_of(command, moment.ts_ns) for command in flow[number]]
            self.sent += [(number, command) for command in commands]
            broker.send(commands)
            self.keep(broker, number, moment)
            self.accounts.append(broker.account())
            self.positions.append(broker.positions().get("A", 0))

    def keep(self, broker, number, moment):
        for report in broker.reports():
            self.reports.append((number, report))
            if isinstance(report, Fill):
                self.ledger.apply(report)
        self.ledger.mark(moment.bars)
        self.ledger.verify()

    @property
    def fills(self):
        return [(number, report) for number, report in self.reports if isinstance(report, Fill)]

    @property
    def updates(self):
        return [(number, report) for number, report in self.reports if isinstance(report, OrderUpdate)]


def naive(bars, how, flow):
    """Return the naive desk after the flow, and cash and position after each bar."""
    desk, after = Desk(CASH, how), []
    sessions = [int(s) for s in bars.rows["session"][:, 0]]
    for number, row in enumerate(bars.rows[:, 0]):
        desk.session = sessions[number]
        if not row["flags"] & int(Flag.MISSING):
            quoted = np.isfinite(row["bid_open"])
            desk.on_bar(
                number,
                {name: Fraction(float(row[name])) for name in ("open", "high", "low", "close", "volume")}
                | {
                    "quote": (Fraction(float(row["bid_open"])), Fraction(float(row["ask_open"]))) if quoted else None,
                    "session": sessions[number],
                    "opens": int(row["open_ns"]),
                    "closes": int(row["ts_ns"]),
                    "last": row["remaining_s"] <= 0,
                    "outside": bool(row["flags"] & int(Flag.OFF_SESSION)),
                },
            )
        for command in flow[number]:
            desk.send(command, int(bars.ts_ns[number]))
        after.append((desk.cash, desk.shares))
    return desk, after
