"""TWAP and VWAP: when which part is sent, participation, what ends an order."""

import pytest
from msgspec.structs import replace

from scenes import bars_of
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Quote, Trade
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tenfold.exchange.events import Edge
from tenfold.exchange.matching.bars import BarMatching
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.matching.slicing import SlicedMatching, traded_by
from tenfold.exchange.matching.venues import Venue
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket
from tenfold.exchange.sessions import Sessions
from tenfold.simulation.feed import BarFeed

DAY = 19_786
OPEN = DAY * NS_PER_DAY + 14 * NS_PER_HOUR + 30 * NS_PER_MINUTE
CLOSE = DAY * NS_PER_DAY + 21 * NS_PER_HOUR
MINUTE = NS_PER_MINUTE


def quote(ts, size=1000):
    bid = 99 - ts % 7 / 100  # another price each time, so that the offer is a new one
    return Quote(ts_ns=ts, symbol="A", bid=bid, ask=bid + 1, bid_size=size, ask_size=size)


def ticket(order_id="o", qty=100, **terms):
    plain = {
        "owner": "me",
        "symbol": "A",
        "side": 1,
        "kind": "market",
        "tif": "day",
        "ts_ns": OPEN,
        "algorithm": "TWAP",
    }
    return Ticket(order_id=order_id, qty=qty * NANO, **plain | terms)


@pytest.fixture
def matching():
    kinds = {"A": "quotes", "A/USD": "quotes"}
    inner = BookMatching(kinds, lambda symbol: (Venue(name="NYSE", share=1.0, always_open="/" in symbol),))
    matching = SlicedMatching(inner, kinds, Sessions([Session(day=DAY, open_ns=OPEN, close_ns=CLOSE)]))
    matching.on_market(quote(OPEN))
    return matching


def run(matching, until_ns):
    """Play everything that is due, a quote each minute."""
    found, now = [], OPEN
    while now <= until_ns:
        while (due := matching.next_due_ns()) is not None and due <= now:
            found += matching.on_time(due)
        found += matching.on_market(quote(now))
        now += MINUTE
    return found


def sent(outcomes):
    return [((one.ts_ns - OPEN) // MINUTE, one.qty // NANO) for one in outcomes if isinstance(one, Execution)]


def test_twap_sends_even_parts_of_whole_shares(matching):
    told = matching.submit(ticket(qty=10, end_ns=OPEN + 4 * MINUTE)) + run(matching, OPEN + 10 * MINUTE)
    assert sent(told) == [(0, 2), (1, 3), (2, 2), (3, 3)]
    assert {one.order_id for one in told} == {"o"}
    assert matching.next_due_ns() is None


def test_an_order_begins_at_its_start_and_has_until_the_close(matching):
    start = CLOSE - 3 * MINUTE
    assert matching.submit(ticket(start_ns=start)) == []
    assert matching.next_due_ns() == start
    told = matching.on_time(start) + matching.on_time(CLOSE)
    assert [one.qty // NANO for one in told] == [33, 33, 34]


def test_vwap_follows_the_smile_of_the_session(matching):
    assert traded_by(OPEN, (OPEN, CLOSE)) == 0.0
    assert traded_by((OPEN + CLOSE) // 2, (OPEN, CLOSE)) == pytest.approx(0.5)
    assert traded_by(CLOSE, (OPEN, CLOSE)) == pytest.approx(1.0)
    told = matching.submit(ticket(qty=10_000, algorithm="VWAP")) + run(matching, CLOSE)
    sizes = [qty for _, qty in sent(told)]
    assert sum(sizes) == 10_000
    assert min(sizes[0], sizes[-1]) > 1.8 * sizes[195]


def test_before_the_session_vwap_is_even(matching):
    early = OPEN - 10 * MINUTE
    told = matching.submit(ticket(algorithm="VWAP", ts_ns=early, end_ns=early + 4 * MINUTE))
    assert told[0].qty == 25 * NANO


def test_participation_bounds_what_is_sent(matching):
    assert matching.submit(ticket(max_frac=0.1, end_ns=OPEN + 4 * MINUTE)) == []
    assert matching.on_market(Trade(ts_ns=OPEN + 1, symbol="A", price=99.5, size=200)) == []
    assert sent(matching.on_time(OPEN + MINUTE)) == [(1, 20)]
    told = matching.on_time(OPEN + 4 * MINUTE + 1)
    assert [type(one) for one in told] == [Ended]
    assert told[0].status == "canceled"


def test_what_a_slice_leaves_goes_with_the_next(matching):
    matching.on_market(quote(OPEN + 1, size=10))
    told = matching.submit(ticket(qty=40, ts_ns=OPEN + 1, end_ns=OPEN + 1 + 2 * MINUTE))
    assert [one.qty // NANO for one in told] == [10]
    told = matching.on_market(quote(OPEN + 2, size=5))
    told += matching.on_market(quote(OPEN + 3, size=50))
    assert [one.qty // NANO for one in told] == [5, 5]
    assert [one.qty // NANO for one in matching.on_time(OPEN + 1 + MINUTE)] == [20]


def test_cancel_and_amend_take_the_slice_along(matching):
    matching.submit(ticket(kind="limit", limit=90 * NANO, end_ns=OPEN + 4 * MINUTE))
    assert matching.cancel("o", OPEN)
    assert not matching.cancel("o", OPEN)
    matching.submit(ticket("p", kind="limit", limit=90 * NANO, end_ns=OPEN + 4 * MINUTE))
    told = matching.amend(ticket("q", qty=4, kind="limit", limit=110 * NANO, end_ns=OPEN + 4 * MINUTE), "p")
    assert sent(told) == [(0, 1)]
    matching.submit(ticket("plain", algorithm="", kind="limit", limit=90 * NANO))
    assert matching.amend(ticket("r", algorithm="", kind="limit", limit=91 * NANO), "plain") == []
    assert matching.amend(ticket("s", algorithm=""), "plain") is None


def test_the_close_ends_it(matching):
    matching.submit(ticket("works", kind="limit", limit=90 * NANO))
    matching.submit(ticket("waits", max_frac=0.1))
    told = matching.on_market(Edge(ts_ns=CLOSE, kind="close", day=DAY))
    assert [(one.order_id, one.status) for one in told] == [("works", "expired"), ("waits", "expired")]


def test_what_cannot_be_sliced_is_rejected(matching):
    assert matching.submit(ticket(kind="stop", stop=NANO))[0].status == "rejected"
    assert matching.submit(ticket(end_ns=OPEN))[0].status == "rejected"
    assert matching.submit(ticket(symbol="B", end_ns=OPEN + MINUTE))[0].status == "rejected"
    assert matching.next_due_ns() is None


def test_coins_have_an_hour():
    kinds = {"A/USD": "quotes"}
    matching = SlicedMatching(BookMatching(kinds), kinds, Sessions())
    matching.submit(ticket(symbol="A/USD", tif="gtc"))
    assert matching.on_time(OPEN + NS_PER_HOUR) == []
    assert matching.next_due_ns() == OPEN + NS_PER_HOUR + 1


def test_of_bars_their_volume_bounds_participation():
    kinds = {"A": "bars", "B": "bars"}
    matching = SlicedMatching(BarMatching([Instrument(symbol="A", lot_size=1e-9)]), kinds, Sessions())
    (bar,) = next(iter(BarFeed(bars_of([(100, 101, 99, 100, 300)])).events())).bars
    first = replace(bar, open_ns=OPEN, ts_ns=OPEN + MINUTE)
    assert matching.submit(ticket(max_frac=0.1, end_ns=OPEN + 3 * MINUTE)) == []
    for event in (first, replace(first, symbol="B"), replace(first, volume=float("nan"))):
        assert matching.on_market(event) == []
    assert matching.on_time(OPEN + MINUTE) == []
    (told,) = matching.on_market(replace(first, open_ns=OPEN + MINUTE, ts_ns=OPEN + 2 * MINUTE))
    assert (told.order_id, told.qty) == ("o", 30 * NANO)
