"""Rules for what raises risk: each refuses what it names, knows nothing in a backtest, and what is no number does not pass."""

import math

import pytest
from msgspec.structs import replace

from scenes import bars_of
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.market import Flag
from tenfold.domain.order import Order, OrderType, Side
from tenfold.domain.rules import Limits
from tenfold.risk.admission import Admission, rejected
from tenfold.risk.limits import LIVE
from tenfold.risk.rules.crossing import crosses
from tenfold.risk.rules.finding import Finding
from tenfold.risk.rules.repetition import Rate
from tenfold.risk.rules.volume import DailyVolumes, lots_of_volume
from tenfold.simulation.feed import BarFeed

SECOND = 1_000_000_000
BUY = Order(order_id="o", ts_ns=100 * SECOND, symbol="A", side=Side.BUY, qty=10)
SELL = Order(order_id="s", ts_ns=100 * SECOND, symbol="A", side=Side.SELL, qty=10)


def limit(order, price, kind=OrderType.LIMIT):
    return replace(order, type=kind, **{"limit_price" if kind is OrderType.LIMIT else "stop_price": price})


def found(limits=None, told=None, order=BUY, working=(), *, shorts=False, close=100.0, adds=5, **one):
    admission = Admission(Limits(**(limits or {})))
    if told is not None or one:
        one = {"bid": 99.0, "ask": 101.0, "quote_ns": 99 * SECOND} | one
        admission.know(Conditions(symbols=(SymbolCondition(symbol="A", **one),), **({"ts_ns": 1} | (told or {}))))
    answer = admission.refusal(order, adds, close, shorts=shorts, working=working)
    return None if answer is None else (answer.rule, answer.value, answer.limit)


@pytest.mark.parametrize(
    ("limits", "told", "one", "answer"),
    [
        ({}, None, {}, None),
        ({"restricted": ("A",)}, None, {}, ("restricted", 1.0, 0.0)),
        ({"restricted": ("B",)}, None, {}, None),
        ({}, {"reconciling": True}, {}, ("reconciling", 1.0, 0.0)),
        ({}, {}, {"halted": True}, ("halted", 1.0, 0.0)),
        ({}, {}, {"open": False}, ("session", 0.0, 1.0)),
        ({}, {"closes_ns": 100 * SECOND + 1}, {}, None),
        ({}, {"closes_ns": 100 * SECOND}, {}, ("session", 0.0, 1.0)),  # it has closed since that was told
        ({}, {}, {"fit": False}, ("unfit_data", 0.0, 1.0)),
        ({}, {}, {"borrowable": False}, None),
        ({"stale_s_max": 1.0}, {}, {}, None),
        ({"stale_s_max": 1.0}, {}, {"quote_ns": 98 * SECOND}, ("stale", 2.0, 1.0)),
        ({"stale_s_max": 1.0}, {}, {"quote_ns": 0}, ("stale", 100.0, 1.0)),  # no quote at all
        ({"stale_s_max": 1.0}, None, {}, None),  # a backtest has none
        ({"clock_offset_s_max": 1.0}, {"clock_offset_ns": SECOND}, {}, None),
        ({"clock_offset_s_max": 1.0}, {"clock_offset_ns": -SECOND - 1}, {}, ("clock", pytest.approx(1.0), 1.0)),
        ({"unknown_max": 0}, {"unknown_orders": 0}, {}, None),
        ({"unknown_max": 0}, {"unknown_orders": 1}, {}, ("unknown", 1.0, 0.0)),
        ({}, {"buying_power_units": 5}, {}, None),
        ({}, {"buying_power_units": 4}, {}, ("buying_power", 5.0, 4.0)),
    ],
)
def test_conditions(limits, told, one, answer):
    assert found(limits, told, **one) == answer


def test_a_symbol_of_which_nothing_was_told_has_no_quote():
    admission = Admission(Limits(stale_s_max=60.0))
    admission.know(Conditions(ts_ns=1))
    assert admission.refusal(BUY, 1, 100.0, shorts=False) == Finding("stale", 100.0, 60.0)


@pytest.mark.parametrize(
    ("quote_ns", "told", "price"),
    [
        (4_000 * SECOND, {}, 100.0),
        (399 * SECOND, {}, 0.0),  # of the session before
        (4_000 * SECOND, {"open": False}, 0.0),
        (0, {}, 0.0),
    ],
)
def test_an_order_that_waits_for_the_next_session_meets_no_quote(quote_ns, told, price):
    admission = Admission(Limits())
    assert admission.arrival("A") == 0.0
    quoted = SymbolCondition(symbol="A", bid=99.0, ask=101.0, quote_ns=quote_ns, **told)
    admission.know(Conditions(ts_ns=4_000 * SECOND, symbols=(quoted,)))
    assert admission.arrival("A") == price


def test_what_is_told_holds_until_it_is_told_anew():
    admission = Admission(Limits())
    admission.know(Conditions(ts_ns=1, symbols=(SymbolCondition(symbol="A", halted=True),)))
    admission.know(Conditions(ts_ns=2, symbols=(SymbolCondition(symbol="B"),)))
    assert admission.refusal(BUY, 1, 100.0, shorts=False).rule == "halted"
    admission.know(Conditions(ts_ns=3, symbols=(SymbolCondition(symbol="A"),)))
    assert admission.refusal(BUY, 1, 100.0, shorts=False) is None


def test_nobody_sells_short_what_cannot_be_borrowed():
    assert found({}, {}, SELL, shorts=True, borrowable=False) == ("borrow", 1.0, 0.0)


@pytest.mark.parametrize(
    ("limits", "order", "one", "answer"),
    [
        ({"collar_frac_max": 0.1}, BUY, None, None),
        ({"collar_frac_max": 0.1}, limit(BUY, 110.0), None, None),
        ({"collar_frac_max": 0.1}, limit(BUY, 110.1), None, ("collar", pytest.approx(0.101), 0.1)),
        ({"collar_frac_max": 0.1}, limit(BUY, 89.9), None, ("collar", pytest.approx(0.101), 0.1)),
        ({"collar_frac_max": 0.1}, limit(BUY, 89.9, OrderType.STOP), None, ("collar", pytest.approx(0.101), 0.1)),
        (
            {"collar_frac_max": 0.1},
            limit(BUY, 89.9),
            {"bid": 84.0, "ask": 86.0},
            None,
        ),  # the quote is nearer than the close
        ({"collar_frac_max": 0.1}, limit(BUY, 89.9), {"bid": 86.0, "ask": 84.0}, ("collar", pytest.approx(0.101), 0.1)),
        ({}, limit(BUY, 89.9), {"band_low": 90.0}, ("band", 89.9, 90.0)),
        ({}, limit(BUY, 110.1), {"band_high": 110.0}, ("band", 110.1, 110.0)),
        ({}, limit(BUY, 100.0), {"band_low": 90.0, "band_high": 110.0}, None),
        ({}, BUY, {"band_low": 90.0, "band_high": 110.0}, None),
    ],
)
def test_prices(limits, order, one, answer):
    assert found(limits, None if one is None else {}, order, **(one or {})) == answer


@pytest.mark.parametrize("band", ["band_low", "band_high"])
@pytest.mark.parametrize("price", [1.0, 100.0])
def test_no_price_is_inside_of_what_is_no_number(band, price):
    assert found({}, {}, limit(BUY, price), **{band: math.nan})[:2] == ("band", price)


@pytest.mark.parametrize("close", [math.nan, 0.0, -1.0])
def test_a_price_without_a_reference_is_too_far(close):
    assert found({"collar_frac_max": 0.1}, None, limit(BUY, 100.0), close=close)[0] == "collar"


@pytest.mark.parametrize(
    ("close", "quote_ns", "now_ns", "order", "refused"),
    [
        (10.0, 100 * SECOND, 101 * SECOND, BUY, True),  # ten times as many as there should be
        (200.0, 100 * SECOND, 101 * SECOND, SELL, True),
        (95.0, 100 * SECOND, 101 * SECOND, BUY, False),
        (10.0, 99 * SECOND, 101 * SECOND, BUY, False),  # the quote is older than the close
        (10.0, 200 * SECOND, 200 * SECOND, BUY, False),  # decided long after the close, for the next open
        (10.0, 100 * SECOND, 101 * SECOND, limit(BUY, 100.0), False),
        (0.0, 100 * SECOND, 101 * SECOND, BUY, False),
    ],
)
def test_what_is_sized_by_a_close_far_from_a_newer_quote_is_refused(close, quote_ns, now_ns, order, refused):
    answer = found({"collar_frac_max": 0.1}, {"ts_ns": now_ns}, order, close=close, quote_ns=quote_ns)
    assert (answer is not None and answer[0] == "collar") is refused
    assert found({}, {"ts_ns": now_ns}, order, close=close, quote_ns=quote_ns) is None


def test_rates_count_everything_in_any_window():
    admission = Admission(Limits(order_rate_max=2, message_rate_max=4, rate_window_s=10.0))
    at = [replace(BUY, ts_ns=second * SECOND) for second in (0, 4, 9, 10, 14, 20)]
    assert admission.refusal(at[0], 1, 100.0, shorts=False) is None
    admission.sent(at[0].ts_ns, at[0])
    admission.sent(at[1].ts_ns, at[1])
    assert admission.refusal(at[2], 1, 100.0, shorts=False) == Finding("order_rate", 3.0, 2.0)
    assert admission.refusal(at[3], 1, 100.0, shorts=False) is None
    for _ in range(3):
        admission.sent(at[3].ts_ns, None)
    assert admission.refusal(at[3], 1, 100.0, shorts=False) == Finding("message_rate", 5.0, 4.0)
    assert admission.refusal(at[5], 1, 100.0, shorts=False) is None
    admission.change(Limits(order_rate_max=1, rate_window_s=5.0))
    assert admission.refusal(at[5], 1, 100.0, shorts=False) is None


def test_nothing_is_kept_beyond_its_window_where_nobody_counts():
    seen = Rate(10)
    for moment in range(1000):
        seen.note(moment)
    assert len(seen._moments) == 10
    assert seen.count(1004) == 5


def test_nothing_is_sent_twice():
    admission = Admission(Limits(duplicate_window_s=1.0))
    admission.sent(BUY.ts_ns, BUY)
    again = replace(BUY, order_id="p", ts_ns=BUY.ts_ns + SECOND // 2)
    assert admission.refusal(again, 1, 100.0, shorts=False) == Finding("duplicate", 0.5, 1.0)
    assert admission.refusal(replace(again, qty=11), 1, 100.0, shorts=False) is None
    assert admission.refusal(replace(again, side=Side.SELL), 1, 100.0, shorts=False) is None
    assert admission.refusal(replace(again, ts_ns=BUY.ts_ns + SECOND), 1, 100.0, shorts=False) is None
    for number in range(5000):  # what is old is let go
        one = replace(BUY, qty=number + 1, ts_ns=BUY.ts_ns + number * SECOND)
        admission.sent(one.ts_ns, one)
    assert len(admission._sent) < 4100


def test_buying_power_is_used_up_until_it_is_told_anew():
    admission = Admission(Limits())
    admission.know(Conditions(ts_ns=1, buying_power_units=10))
    admission.sent(1, BUY, 6)
    assert admission.refusal(BUY, 5, 100.0, shorts=False) == Finding("buying_power", 5.0, 4.0)
    admission.know(Conditions(ts_ns=2, buying_power_units=10))
    assert admission.refusal(BUY, 5, 100.0, shorts=False) is None


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (BUY, SELL, True),
        (BUY, BUY, False),
        (limit(BUY, 100.0), limit(SELL, 100.0), True),
        (limit(BUY, 99.0), limit(SELL, 100.0), False),
        (limit(BUY, 99.0), SELL, True),
        (limit(BUY, 99.0, OrderType.STOP), SELL, False),  # asleep until it triggers
    ],
)
def test_own_orders_that_would_meet(one, other, meet):
    assert crosses(one, other) is meet
    assert crosses(other, one) is meet
    assert (found({"refuse_self_cross": True}, None, one, [other]) is not None) is meet
    assert found({}, None, one, [other]) is None


def test_regular_hours():
    bars = bars_of([100.0, 100.0])
    bars.rows.flags.writeable = True
    bars.rows["flags"][1] = int(Flag.OFF_SESSION)
    inside, outside = list(BarFeed(bars).events())
    admission = Admission(Limits(regular_hours=True))
    admission.observe(outside)
    assert admission.refusal(BUY, 1, 100.0, shorts=False) == Finding("session", 0.0, 1.0)
    admission.observe(inside)
    assert admission.refusal(BUY, 1, 100.0, shorts=False) is None
    admission.observe(outside)
    admission.change(Limits())
    assert admission.refusal(BUY, 1, 100.0, shorts=False) is None
    free = Admission(Limits())
    free.observe(outside)
    assert free.refusal(BUY, 1, 100.0, shorts=False) is None


def test_the_volume_of_a_day():
    bars = bars_of([(100, 100, 100, 100, volume) for volume in (300.0, math.nan, 500.0, 1000.0)], [None] * 4)
    volumes = DailyVolumes(bars.symbols, 2)
    seen = []
    for moment in BarFeed(bars).events():
        volumes.observe(moment.session, moment.bars)
        seen.append(volumes.average("A"))
    assert seen == [0.0, 300.0, 150.0, 325.0]
    assert volumes.average("B") == 0.0
    assert [lots_of_volume(average, 0.1, 2.0) for average in (0.0, 19.0, 41.0, 1e30)] == [0, 0, 2, 2**31]


def test_the_profile_for_real_money_lets_a_backtest_trade():
    admission = Admission(LIVE)
    assert admission.refusal(BUY, 1, 100.0, shorts=False) is None
    assert rejected(BUY, Finding("x", 1.0, 2.0)).rule == "x"
