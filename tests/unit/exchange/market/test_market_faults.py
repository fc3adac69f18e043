"""A market that misbehaves: each fault strikes, what follows comes at its time, and steps change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_markets import DAY, OPEN_NS, SESSIONS, minute_bars, played, quotes, random_trades, texts, trades
from tenfold.domain.market import Bar, Flag, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.events import Bust, Correction, Edge, LateBar, PriceBands, Status
from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.faults import Faults, Switch
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.gathered import gather
from tenfold.exchange.market.market_faults import NAMES, MarketFaults, is_hidden

BEGIN_NS = OPEN_NS - NS_PER_MINUTE
END_NS = OPEN_NS + NS_PER_DAY // 2


def market(bars=(), *, seed=0, ticks=None, **switches):
    faults = Faults({name: Switch(**switch) for name, switch in switches.items()}, seed)
    return gather(bars, SESSIONS, BEGIN_NS, END_NS, ticks=ticks, faults=faults)


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


TICKS = {
    ("A", "quotes"): lambda: [quotes([(second, 9.0, 9.1) for second in range(0, 1800, 3)])],
    ("A", "trades"): lambda: [random_trades(400)],
}


def test_the_names_are_those_of_the_table():
    assert NAMES | {"sequence_gap"} == {name for name, fault in FAULTS.items() if fault.where == "market"}


def test_without_faults_nothing_changes():
    plain = gather([minute_bars()], SESSIONS, BEGIN_NS, END_NS)
    assert texts(played(market([minute_bars()]).replay)) == texts(played(plain.replay))


def test_a_minute_bar_is_sent_again():
    made = market([minute_bars()], late_bar={"limit": 1, "after": 1})
    events = played(made.replay)
    (late,) = of(LateBar, events)
    bar = next(one for one in of(Bar, events) if one.symbol == "B")
    assert late.ts_ns == bar.ts_ns + 30 * NS_PER_SECOND
    assert late.bar.symbol == "B"
    assert late.bar.volume == bar.volume + 100.0
    assert late.bar.high == pytest.approx(bar.high + 0.01)
    assert late.bar.extra[0] == 2.0
    for event in events:
        made.history.on_market(event)
    assert made.history.bars("B", "1Min", 0, 1 << 61, END_NS)[0].volume == 200.0


def test_prints_are_corrected_and_cancelled():
    made = market(ticks=TICKS, trade_correction={"limit": 1}, trade_cancel={"limit": 1})
    events = played(made.replay)
    first, second = of(Trade, events)[:2]
    (correction,), (bust,) = of(Correction, events), of(Bust, events)
    assert correction.original == first
    assert correction.corrected.price == pytest.approx(first.price + 0.01)
    assert correction.ts_ns == first.ts_ns + 5 * NS_PER_SECOND
    assert bust.original == second
    assert [event.ts_ns for event in events] == sorted(event.ts_ns for event in events)


def test_quotes_cross_and_lock():
    events = played(market(ticks=TICKS, crossed_quote={"limit": 1}, locked_quote={"limit": 2}).replay)
    crossed, *locked = of(Quote, events)[:3]
    assert crossed.bid == 9.11
    assert all(one.bid == one.ask for one in locked)
    assert all(one.flags & Flag.CROSSED for one in (crossed, *locked))
    assert of(Quote, events)[3].flags == 0


def test_a_halt_stops_trading():
    made = market([minute_bars(symbols=("A", "B"))], halt={"limit": 1, "after": 10, "value": 200.0})
    events = played(made.replay)
    halt, resume = of(Status, events)
    assert (halt.code, halt.symbol, halt.reason_code) == ("H", "A", "T1")
    assert halt.ts_ns == OPEN_NS + 6 * NS_PER_MINUTE
    assert (resume.code, resume.ts_ns) == ("T", halt.ts_ns + 200 * NS_PER_SECOND)
    minutes = {(bar.symbol, (bar.ts_ns - OPEN_NS) // NS_PER_MINUTE) for bar in of(Bar, events)}
    lost = {("A", minute) for minute in range(1, 391)} - minutes
    assert lost == {("A", 7), ("A", 8), ("A", 9)}
    for event in events:
        made.history.on_market(event)
    told = made.history.bars("A", "1Min", 0, 1 << 61, END_NS)
    assert {("A", (one.end_ns - OPEN_NS) // NS_PER_MINUTE) for one in told} == {one for one in minutes if one[0] == "A"}


def test_prints_of_a_halt_are_lost_and_quotes_go_on():
    events = played(market(ticks=TICKS, halt={"limit": 1, "after": 50}).replay)
    halt, resume = of(Status, events)
    during = [event for event in events if halt.ts_ns < event.ts_ns < resume.ts_ns]
    assert resume.ts_ns == halt.ts_ns + 300 * NS_PER_SECOND
    assert not of(Trade, during)
    assert len(of(Quote, during)) > 90
    assert len(of(Trade, events)) > 300


def test_price_bands_close_in_and_a_pause_follows():
    events = played(market([minute_bars(symbols=("A",))], price_bands={"limit": 1}).replay)
    narrow, wide = of(PriceBands, events)
    pause, resume = of(Status, events)
    assert (narrow.up, narrow.down) == (100.5, 99.5)
    assert (wide.up, wide.down) == (105.0, 95.0)
    assert (pause.code, pause.reason_code, pause.ts_ns) == ("P", "LUDP", narrow.ts_ns + 15 * NS_PER_SECOND)
    assert (resume.code, resume.ts_ns) == ("T", pause.ts_ns + 300 * NS_PER_SECOND)
    assert wide.ts_ns == resume.ts_ns
    lost = 390 - len(of(Bar, events))
    assert lost == 4


def test_a_market_that_never_closes_is_not_halted():
    told = {("X/USD", "trades"): lambda: [trades([(1, 5.0, 1.0), (2, 5.0, 1.0)], "X/USD")]}
    assert of(Status, played(market(ticks=told, halt={}, price_bands={}).replay)) == []


def test_messages_are_hidden():
    faults = Faults({"sequence_gap": Switch(limit=1)})
    edge = Edge(ts_ns=1, kind="pre", day=DAY)
    trade = Trade(ts_ns=1, symbol="A", price=1.0, size=1.0)
    assert [is_hidden(event, faults) for event in (edge, trade, trade)] == [False, True, False]


def test_what_waits_is_told_after_a_fault_is_switched_off():
    faults = Faults({"late_bar": Switch()})
    made = MarketFaults(faults)
    (bar, *_) = played(gather([minute_bars(1)], SESSIONS, OPEN_NS + 1, END_NS).replay)
    assert made.through([bar], bar.ts_ns) == [bar]
    faults.set("late_bar", None)
    assert made.next_ns() == bar.ts_ns + 30 * NS_PER_SECOND
    assert made.through([], bar.ts_ns) == []
    assert [type(one) for one in made.through([], bar.ts_ns + NS_PER_MINUTE)] == [LateBar]
    assert made.next_ns() is None


@given(st.integers(0, 50), st.lists(st.integers(0, 2000), max_size=5))
def test_the_steps_change_nothing(seed, steps):
    switches = {name: {"rate": 0.03} for name in NAMES}
    by_moment = played(market([minute_bars(30, ("B",))], seed=seed, ticks=TICKS, **switches).replay)
    replay, found = market([minute_bars(30, ("B",))], seed=seed, ticks=TICKS, **switches).replay, []
    for step in [*sorted(steps), 10**6]:
        found += replay.take(OPEN_NS + step * NS_PER_SECOND)
    assert texts(found) == texts(by_moment)
    assert [event.ts_ns for event in found] == sorted(event.ts_ns for event in found)
    assert order_of(found[0]) <= order_of(found[-1])
