"""New prices of an order that works and may open are judged as those of a new one: it adds nothing, and may trade where it did not."""

import pytest

from scenes import bars_of, rules
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.events import Fitness
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, OrderUpdate, Replace, Side
from tenfold.engine.engine import Engine
from tenfold.simulation.feed import BarFeed


class Mover:
    """Send orders at the first bar set, and change the last of them at the second."""

    def __init__(self, first, changes):
        self.acts = [first, lambda view: [view.replace(f"run-0-{view.issued}", **changes)]]
        self.told = []

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.told.append((str(event.status), event.text))
        return self.acts.pop(0)(view) if isinstance(event, BarSet) and self.acts else []


def moved(first, changes, *events, held=0, stopped=False, **limits):
    """Return whether a change goes out, and what the strategy is told."""
    trader, bars = Mover(first, changes), bars_of([100.0] * 2)
    engine = Engine(rules(limits=limits), bars.instruments, [], 252.0, trader)
    one, two = BarFeed(bars).events()
    if held:
        name = "by hand"
        fill = Fill(ts_ns=1, fill_id="f", order_id=name, symbol="A", side=Side.BUY, qty=held, price=100.0, fee_units=0)
        engine.step(fill)
    engine.step(one)
    for event in events:
        engine.step(event)
    engine.gate.admission.stopped = stopped
    return any(isinstance(command, Replace) for command in engine.step(two)), trader.told


def buys(kind="limit", side="buy", **prices):
    return lambda view: [view.submit("A", side, 10, kind, **prices)]


def bracket(view):
    entry = view.submit("A", "buy", 10, "limit", limit_price=95.0)
    return view.bracket(entry, take_profit=105.0, stop_loss=90.0)


@pytest.mark.parametrize(
    ("first", "changes", "passes"),
    [
        (buys(limit_price=95.0), {"limit_price": 110.0}, True),
        (buys(limit_price=95.0), {"limit_price": 111.0}, False),
        (buys(limit_price=95.0), {"limit_price": 9.5}, True),  # further away
        (buys(side="sell", limit_price=105.0), {"limit_price": 10.5}, False),
        (buys("stop", stop_price=105.0), {"stop_price": 80.0}, False),
        (buys("stop", stop_price=105.0), {"stop_price": 1050.0}, True),
        (buys("lit", limit_price=95.0, stop_price=95.0), {"limit_price": 950.0}, False),
        (buys(limit_price=95.0), {"limit_price": 111.0, "qty": 5}, False),
        (buys(limit_price=95.0), {"qty": 5}, True),
    ],
)
def test_an_entry_is_not_moved_to_a_price_that_is_too_far(first, changes, passes):
    goes, told = moved(first, changes, collar_frac_max=0.1)
    assert goes is passes
    assert [(status, text.partition(":")[0]) for status, text in told] == ([] if passes else [("accepted", "collar")])


@pytest.mark.parametrize(
    ("first", "changes", "away"),
    [
        (buys(limit_price=95.0), {"limit_price": 96.0}, {"limit_price": 94.0}),
        (buys("stop", stop_price=105.0), {"stop_price": 104.0}, {"stop_price": 106.0}),
        (buys("lit", limit_price=95.0, stop_price=95.0), {"stop_price": 96.0}, {"stop_price": 94.0}),
        (buys("trailing_stop", trail=5.0), {"trail": 0.5}, {"trail": 6.0}),
        (buys("trailing_stop", trail_frac=0.05), {"trail": 0.5}, {"trail_frac": 0.06}),
    ],
)
def test_where_nothing_may_be_opened_no_entry_is_moved_nearer(first, changes, away):
    unfit = Fitness(ts_ns=2, symbol="A", fit=False)
    assert moved(first, changes) == (True, [])
    assert moved(first, changes, stopped=True) == (False, [("accepted", "breaker: 1 is beyond 0")])
    assert moved(first, changes, unfit) == (False, [("accepted", "unfit_data: 0 is beyond 1")])
    assert moved(first, away, unfit, stopped=True) == (True, [])


@pytest.mark.parametrize(
    ("first", "changes", "held"),
    [(buys(side="sell", limit_price=120.0), {"limit_price": 50.0}, 10), (bracket, {"stop_price": 99.0}, 0)],
)
def test_what_closes_is_moved_anywhere(first, changes, held):
    assert moved(first, changes, held=held, collar_frac_max=0.3) == (True, [])
    assert moved(first, changes, Fitness(ts_ns=2, symbol="A", fit=False), held=held, stopped=True) == (True, [])


def a_day_later(first, changes, *events, **limits):
    """Return the changes that go out at the second bar set, and what the strategy is told."""
    trader, bars = Mover(first, changes), bars_of([100.0] * 2)
    engine = Engine(rules(limits=limits), bars.instruments, [], 252.0, trader)
    one, two = BarFeed(bars).events()
    for event in events:
        engine.step(event(one.ts_ns))
    engine.step(one)
    return [type(command) for command in engine.step(two)], [text.partition(":")[0] for _, text in trader.told]


def quoted(ts_ns):
    known = SymbolCondition(symbol="A", bid=99.9, ask=100.1, quote_ns=ts_ns)
    return Conditions(ts_ns=ts_ns, symbols=(known,))


def three_bids(view):
    return [view.submit("A", "buy", lots, "limit", limit_price=95.0) for lots in (1, 2, 3)]


def test_a_change_is_judged_by_its_own_time_and_not_by_that_of_its_order():
    assert a_day_later(buys(limit_price=95.0), {"qty": 20}, quoted, stale_s_max=10.0) == ([], ["stale"])
    often = {"order_rate_max": 3, "rate_window_s": 60.0}
    assert a_day_later(three_bids, {"qty": 20}, **often) == ([Replace], [])
    assert a_day_later(three_bids, {"qty": 20}, message_rate_max=3, rate_window_s=60.0) == ([Replace], [])
    assert a_day_later(three_bids, {"qty": 20}, duplicate_window_s=60.0) == ([Replace], [])


def told_of(**known):
    return lambda ts_ns: Conditions(ts_ns=ts_ns, symbols=(SymbolCondition(symbol="A", **{"quote_ns": ts_ns} | known),))


@pytest.mark.parametrize(
    ("event", "limits", "rule"),
    [
        (told_of(halted=True), {}, "halted"),
        (told_of(open=False), {}, "session"),
        (told_of(fit=False), {}, "unfit_data"),
        (lambda ts_ns: Conditions(ts_ns=ts_ns, reconciling=True), {}, "reconciling"),
        (lambda ts_ns: Conditions(ts_ns=ts_ns, unknown_orders=2), {"unknown_max": 1}, "unknown"),
        (lambda ts_ns: Conditions(ts_ns=ts_ns, clock_offset_ns=2 * 10**9), {"clock_offset_s_max": 1.0}, "clock"),
        (quoted, {"stale_s_max": 10.0}, "stale"),
    ],
)
def test_what_lets_nothing_be_opened_lets_no_entry_be_moved_nearer(event, limits, rule):
    assert changed_beside(event, {"limit_price": 96.0}, **limits) == ([], [rule])
    assert changed_beside(event, {"limit_price": 94.0}, **limits) == ([Replace], [])


def changed_beside(event, changes, **limits):
    """Return the changes of a bid that go out after an event, and what the strategy is told."""
    trader, bars = Mover(buys(limit_price=95.0), changes), bars_of([100.0] * 2)
    engine = Engine(rules(limits=limits), bars.instruments, [], 252.0, trader)
    one, two = BarFeed(bars).events()
    engine.step(one)
    engine.step(event(one.ts_ns))
    return [type(command) for command in engine.step(two)], [text.partition(":")[0] for _, text in trader.told]


def test_a_bid_that_follows_the_market_is_a_message_each_time():
    trader, bars = Mover(buys(limit_price=95.0), {}), bars_of([100.0] * 2)
    trader.acts[1] = lambda view: [view.replace("run-0-1", limit_price=price) for price in (96.0, 97.0, 98.0, 90.0)]
    engine = Engine(rules(limits={"message_rate_max": 2, "rate_window_s": 60.0}), bars.instruments, [], 252.0, trader)
    one, two = BarFeed(bars).events()
    engine.step(one)
    assert [command.limit_price for command in engine.step(two)] == [96.0, 97.0, 90.0]
    assert [text.partition(":")[0] for _, text in trader.told] == ["message_rate"]


def test_what_changes_add_is_off_the_buying_power_until_the_venue_tells_another():
    trader, bars = (
        Mover(lambda view: [*buys(limit_price=95.0)(view), *buys(limit_price=94.0)(view)], {}),
        bars_of([100.0] * 2),
    )
    trader.acts[1] = lambda view: [view.replace(f"run-0-{number}", qty=60) for number in (1, 2)]
    engine = Engine(rules(), bars.instruments, [], 252.0, trader)
    one, two = BarFeed(bars).events()
    engine.step(one)
    engine.step(Conditions(ts_ns=one.ts_ns, buying_power_units=8_000_000_000))  # 8,000: 50 more at 100 are 5,000
    assert [command.order_id for command in engine.step(two)] == ["run-0-1"]
    assert [text.partition(":")[0] for _, text in trader.told] == ["buying_power"]
