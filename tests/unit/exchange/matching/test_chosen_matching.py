"""Bars are matched by the desk, everything else in books, through one door."""

from scenes import bars_of
from tenfold.domain.market import Quote
from tenfold.exchange.events import Edge
from tenfold.exchange.matching.chosen import chosen_matching
from tenfold.exchange.matching.venues import Venue
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket
from tenfold.exchange.sessions import Sessions
from tenfold.simulation.feed import BarFeed


def ticket(order_id, symbol, **terms):
    plain = {"owner": "me", "side": 1, "kind": "market", "tif": "day", "qty": NANO, "ts_ns": 1}
    return Ticket(order_id=order_id, symbol=symbol, **plain | terms)


def test_each_symbol_is_matched_by_what_is_known_of_it():
    bars = bars_of([(100, 101, 99, 100)])
    matching = chosen_matching(
        {"A": "bars", "Q": "quotes"},
        Sessions(),
        bars.instruments,
        lambda _: (Venue(name="NYSE", share=1.0, latency_ns=5),),
    )
    assert matching.submit(ticket("a", "A")) == matching.submit(ticket("q", "Q")) == []
    assert matching.on_market(Quote(ts_ns=2, symbol="Q", bid=9.0, ask=10.0)) == []
    assert matching.next_due_ns() == 7
    (told,) = matching.on_time(7)
    assert (told.order_id, told.price) == ("q", 10 * NANO)
    (bar,) = next(iter(BarFeed(bars).events())).bars
    (told,) = matching.on_market(bar)
    assert isinstance(told, Execution)
    assert (told.order_id, told.price) == ("a", 100 * NANO)
    assert not matching.cancel("a", 9)


def test_the_edges_of_the_day_are_for_both():
    matching = chosen_matching({"A": "bars", "Q": "quotes"}, Sessions())
    matching.submit(ticket("a", "A"))
    matching.submit(ticket("q", "Q", kind="limit", limit=NANO))
    matching.submit(ticket("c", "Q", kind="limit", limit=NANO))
    assert matching.cancel("c", 2)
    assert matching.amend(ticket("d", "Q"), "c") is None
    told = matching.on_market(Edge(ts_ns=2, kind="close", day=0))
    assert [(one.order_id, one.status) for one in told if isinstance(one, Ended)] == [
        ("a", "expired"),
        ("q", "expired"),
    ]
