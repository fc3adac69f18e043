"""What the exchange does with bars beyond the backtest: halts, extended hours, late orders, groups, trails."""

from datetime import date

import pytest
from msgspec.structs import replace

from scenes import MONDAY, bars_of
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.rules import Account, Costs, Matching, Rules
from tenfold.domain.units import NS_PER_HOUR, date_ns
from tenfold.exchange.events import Edge, Status
from tenfold.exchange.matching.bars import BarMatching
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket, Trailed
from tenfold.simulation.feed import BarFeed

NINE = date_ns(MONDAY) + 9 * NS_PER_HOUR
TUESDAY = date.fromordinal(MONDAY.toordinal() + 1)
FLAT = (100, 100, 100, 100)


def hours(*cells, days=None, flags=None):
    table = bars_of(list(cells), days=days or [MONDAY] * len(cells))
    bars = [bar for moment in BarFeed(table).events() for bar in moment.bars]
    return [replace(bar, flags=int((flags or {}).get(number, 0))) for number, bar in enumerate(bars)]


def ticket(**terms):
    plain = {
        "order_id": "o",
        "owner": "me",
        "symbol": "A",
        "side": 1,
        "kind": "market",
        "tif": "gtc",
        "qty": NANO,
        "ts_ns": 0,
    }
    for name in ("limit", "stop", "trail"):
        if name in terms:
            terms[name] = round(terms[name] * NANO)
    return Ticket(**plain | terms)


@pytest.fixture
def venue():
    return BarMatching([Instrument(symbol="A", tick_size=0.01, lot_size=1e-9)])


def fills(outcomes):
    return [(one.order_id, one.qty / NANO, one.price / NANO) for one in outcomes if isinstance(one, Execution)]


def ends(outcomes):
    return [(one.order_id, one.status) for one in outcomes if isinstance(one, Ended)]


def test_an_order_that_comes_while_a_bar_runs_waits_for_the_next(venue):
    first, second = hours((100, 101, 99, 100), (102, 103, 101, 102))
    assert venue.submit(ticket(ts_ns=NINE + 1)) == []
    assert venue.on_market(first) == []
    told = venue.on_market(second)
    assert fills(told) == [("o", 1.0, 102.0)]
    assert told[0].ts_ns == second.open_ns
    assert venue.on_market(second) == []


def test_fractions_of_a_share_fill(venue):
    venue.submit(ticket(qty=123_456_789))
    assert venue.on_market(hours(FLAT)[0])[0].qty == 123_456_789


def test_what_is_no_order_is_rejected(venue):
    assert ends(venue.submit(ticket(symbol="B"))) == [("o", "rejected")]
    whole = BarMatching([Instrument(symbol="A")])
    assert ends(whole.submit(ticket(qty=NANO // 2))) == [("o", "rejected")]
    assert ends(venue.submit(ticket(kind="stop", stop=99, tif="ioc"))) == [("o", "rejected")]
    assert not venue.cancel("o", 1)


def test_nothing_trades_while_a_symbol_is_halted(venue):
    bars = hours(FLAT, (101, 101, 101, 101), (102, 102, 102, 102), (103, 103, 103, 103))
    halt = Status(ts_ns=NINE, symbol="A", code="H", message="halted")
    resume = Status(ts_ns=bars[1].open_ns + 1, symbol="A", code="T", message="resumed")
    venue.submit(ticket())
    told = [venue.on_market(event) for event in (halt, bars[0], resume, bars[1], bars[2])]
    assert [fills(one) for one in told] == [[], [], [], [], [("o", 1.0, 102.0)]]


def test_extended_hours_trade_outside_the_session_and_last_until_its_end(venue):
    early, later = hours((99, 99, 99, 99), (98, 98, 98, 98), flags={0: Flag.OFF_SESSION})
    for name, extended, limit in (
        ("regular", False, 200),
        ("extended", True, 200),
        ("low", True, 1),
        ("deep", False, 1),
    ):
        venue.submit(ticket(order_id=name, kind="limit", limit=limit, tif="day", extended_hours=extended))
    assert fills(venue.on_market(early)) == [("extended", 1.0, 99.0)]
    told = venue.on_market(later)
    assert (fills(told), ends(told)) == ([("regular", 1.0, 98.0)], [("deep", "expired")])
    day = MONDAY.toordinal() - date(1970, 1, 1).toordinal()
    assert venue.on_market(Edge(ts_ns=later.ts_ns, kind="close", day=day)) == []
    assert ends(venue.on_market(Edge(ts_ns=later.ts_ns + 1, kind="post", day=day))) == [("low", "expired")]


def test_the_close_ends_orders_of_the_day_that_met_no_bar(venue):
    bars = hours(FLAT, FLAT, FLAT, days=[MONDAY, MONDAY, TUESDAY])
    venue.on_market(bars[0])
    venue.submit(ticket(order_id="late", tif="day", ts_ns=bars[1].open_ns + 1))
    assert venue.on_market(bars[1]) == []
    venue.submit(ticket(order_id="next", tif="day", ts_ns=bars[1].ts_ns))
    told = venue.on_market(Edge(ts_ns=bars[1].ts_ns, kind="close", day=bars[1].session))
    assert ends(told) == [("late", "expired")]
    assert fills(venue.on_market(bars[2])) == [("next", 1.0, 100.0)]


def test_an_opening_order_of_the_morning_fills_at_the_open(venue):
    early, first = hours((99, 99, 99, 99), (98, 98, 98, 98), days=[TUESDAY] * 2, flags={0: Flag.OFF_SESSION})
    venue.on_market(hours(FLAT)[0])
    venue.on_market(early)
    venue.submit(ticket(tif="opg", ts_ns=early.ts_ns))
    assert fills(venue.on_market(first)) == [("o", 1.0, 98.0)]


def test_of_a_group_the_stop_comes_first_and_cancels_the_other(venue):
    venue.submit(ticket(order_id="target", side=-1, kind="limit", limit=101, group="g"))
    venue.submit(ticket(order_id="stop", side=-1, kind="stop", stop=99, group="g"))
    told = venue.on_market(hours((100, 102, 98, 100))[0])
    assert (fills(told), ends(told)) == ([("stop", 1.0, 99.0)], [("target", "canceled")])
    assert not venue.cancel("target", 1)


def test_a_trailing_stop_tells_where_it_stands(venue):
    bars = hours(FLAT, (100, 104, 100, 104), (104, 104, 102, 102))
    venue.on_market(bars[0])
    assert venue.submit(ticket(side=-1, kind="trailing_stop", trail=1, ts_ns=bars[0].ts_ns)) == [
        Trailed(order_id="o", best=100 * NANO, stop=99 * NANO)
    ]
    told = venue.on_market(bars[1])
    assert told == [Trailed(order_id="o", best=104 * NANO, stop=103 * NANO)]
    told = venue.amend(ticket(order_id="p", side=-1, kind="trailing_stop", trail=1.5, ts_ns=bars[1].ts_ns), "o")
    assert told == [Trailed(order_id="p", best=104 * NANO, stop=102_500_000_000)]
    assert fills(venue.on_market(bars[2])) == [("p", 1.0, 102.5)]


def test_an_amended_order_keeps_its_place_and_new_terms_wait_for_the_next_bar(venue):
    bars = hours(FLAT, FLAT, FLAT)
    for name in ("first", "second"):
        venue.submit(ticket(order_id=name, kind="limit", limit=90, qty=2 * NANO))
    now = bars[1].open_ns + 1
    venue.on_market(bars[0])
    assert venue.amend(ticket(order_id="less", kind="limit", limit=90, ts_ns=now), "first") == []
    assert venue.amend(ticket(order_id="dear", kind="limit", limit=110, ts_ns=now), "second") == []
    assert venue.amend(ticket(order_id="gone", kind="limit", limit=110, ts_ns=now), "second") is None
    assert venue.on_market(bars[1]) == []
    assert fills(venue.on_market(bars[2])) == [("dear", 1.0, 100.0)]
    assert venue.cancel("less", bars[2].ts_ns)


def test_what_an_amended_order_tells_bears_its_new_name(venue):
    bars = hours(FLAT, (100, 102, 98, 100), FLAT)
    venue.on_market(bars[0])
    for name, terms in (("target", {"kind": "limit", "limit": 101}), ("stop", {"kind": "stop", "stop": 99})):
        venue.submit(ticket(order_id=name, side=-1, group="g", ts_ns=bars[0].ts_ns, **terms))
    now = bars[0].ts_ns
    venue.amend(ticket(order_id="stop 2", side=-1, group="g", ts_ns=now, kind="stop", stop=98.5), "stop")
    venue.amend(ticket(order_id="stop 3", side=-1, group="g", ts_ns=now, kind="stop", stop=99.5), "stop 2")
    venue.amend(ticket(order_id="target 2", side=-1, group="g", ts_ns=now, kind="limit", limit=101.5), "target")
    assert not venue.cancel("stop", now)
    told = venue.on_market(bars[1])
    assert (fills(told), ends(told)) == ([("stop 3", 1.0, 99.5)], [("target 2", "canceled")])
    assert not venue.cancel("stop 3", bars[1].ts_ns)


def test_an_amendment_to_another_auction_is_a_new_order(venue):
    bars = hours(FLAT, (101, 102, 101, 102), days=[MONDAY] * 2)
    venue.on_market(bars[0])
    venue.submit(ticket(kind="limit", limit=90, ts_ns=bars[0].ts_ns))
    assert venue.amend(ticket(order_id="p", kind="limit", limit=110, tif="cls", ts_ns=bars[0].ts_ns), "o") == []
    assert fills(venue.on_market(bars[1])) == [("p", 1.0, 102.0)]


def test_an_amendment_that_is_no_order_leaves_the_old_one(venue):
    venue.submit(ticket(kind="limit", limit=110))
    assert ends(venue.amend(ticket(order_id="p", kind="limit", limit=110, qty=0), "o")) == [("p", "rejected")]
    assert fills(venue.on_market(hours(FLAT)[0])) == [("o", 1.0, 100.0)]


def test_fees_are_billionths():
    costs = Costs(fee_frac=0.001, fee_per_share=0.01, slippage_bps=100)
    rules = Rules(costs=costs, matching=Matching(), account=Account())
    venue = BarMatching([Instrument(symbol="A", tick_size=0.01, lot_size=1e-9)], rules)
    venue.submit(ticket(qty=NANO // 2))
    (told,) = venue.on_market(hours(FLAT)[0])
    assert (told.price, told.fee) == (101 * NANO, 50_500_000 + 5_000_000)


def test_accounts_share_no_volume():
    rules = Rules(costs=Costs(participation_frac_max=0.5))
    venue = BarMatching([Instrument(symbol="A")], rules)
    for owner in ("you", "me"):
        venue.submit(ticket(order_id=owner, owner=owner, qty=100 * NANO))
    told = venue.on_market(hours((100, 100, 100, 100, 60))[0])
    assert fills(told) == [("you", 30.0, 100.0), ("me", 30.0, 100.0)]


def test_bars_wait_for_no_time_and_without_instruments_nothing_is_traded(venue):
    assert (venue.on_time(5), venue.next_due_ns()) == ([], None)
    assert ends(BarMatching([]).submit(ticket())) == [("o", "rejected")]
    assert venue.on_market(Edge(ts_ns=1, kind="pre", day=0)) == venue.on_market(Edge(ts_ns=2, kind="open", day=0)) == []
