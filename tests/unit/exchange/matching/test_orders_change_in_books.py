"""Orders in books that hang together, change, fly, or cannot be taken."""

import pytest

from book_scenes import Market, Told, quote, ticket, trade
from tenfold.domain.market import Trade
from tenfold.exchange.events import Bust, Status
from tenfold.exchange.matching.venues import COIN_VENUES, STOCK_VENUES, Venue
from tenfold.exchange.orders_to_match import NANO


def test_an_order_whose_group_filled_a_part_ends_canceled_with_what_it_filled(market):
    market.send("one", side=-1, limit=100, qty=100, group="g")
    market.send("two", side=-1, limit=100.5, qty=100, group="g")
    assert market.play(trade(100, 40)).fills == [("one", 40, 100)]
    assert market.matching.cancel("one", 2)
    told = market.play(trade(100.5, 100))
    assert (told.fills, told.ends) == ([("two", 60, 100.5)], [("two", "canceled")])


def test_a_trailing_stop_waits_for_the_first_price():
    market = Market()
    assert market.send(side=-1, kind="trailing_stop", trail=1) == []
    assert market.play(trade(100, 1)).trails == [("o", 100, 99)]


def test_of_a_group_a_partial_fill_shrinks_and_a_full_one_cancels_the_other(market):
    market.send("target", side=-1, limit=100, qty=100, group="g")
    market.send("stop", side=-1, kind="stop", stop=98, qty=100, group="g")
    assert market.play(trade(100, 40)).fills == [("target", 40, 100)]
    assert market.play(quote(97, 98), trade(98, 1)).fills == [("stop", 60, 97)]
    assert not market.matching.cancel("target", 2)
    market.send("t", side=-1, limit=98, qty=10, group="h")
    market.send("u", side=-1, limit=99, qty=30, group="h")
    told = market.play(trade(98, 200))
    assert (told.fills, told.ends) == ([("t", 10, 98)], [("u", "canceled")])


def test_a_smaller_quantity_keeps_its_place_and_a_new_price_loses_it(market):
    for name in ("first", "second"):
        market.send(name, limit=100, qty=50)
    assert market.matching.amend(ticket("less", limit=100, qty=20, tif="gtc"), "first") == []
    assert market.play(trade(100, 30)).fills == [("less", 20, 100), ("second", 10, 100)]
    assert market.matching.amend(ticket("x", limit=100), "first") is None
    assert Told(market.matching.amend(ticket("dear", limit=101, qty=40), "second")).fills == [("dear", 40, 101)]


def test_cancel_takes_an_order_away_once(market):
    market.send(limit=100)
    assert market.matching.cancel("o", 2)
    assert not market.matching.cancel("o", 2)
    assert market.play(trade(100, 500)) == []


def test_an_unknown_symbol_is_rejected(market):
    assert market.send(symbol="B").ends == [("o", "rejected")]


def test_orders_take_their_time_to_a_venue():
    market = Market((Venue(name="NYSE", share=1.0, latency_ns=100),))
    market.play(quote(99, 101))
    assert market.send("a") == market.send("b", limit=100) == market.send("f", tif="fok", qty=50) == []
    assert market.matching.next_due_ns() == 101
    assert market.send("c", qty=1) == []
    assert market.matching.cancel("c", 50)
    assert market.matching.on_time(100) == []
    told = Told(market.matching.on_time(101))
    assert [(one.order_id, one.ts_ns) for one in told] == [("a", 101), ("f", 101)]
    assert told.ends == [("f", "canceled")]
    assert market.play(quote(98, 99, ts=300)).fills == [("b", 100, 100)]


def test_an_order_that_arrives_meets_what_was_quoted_while_it_flew():
    market = Market((Venue(name="NYSE", share=1.0, latency_ns=100),))
    market.play(quote(99, 101))
    assert market.send(limit=100, qty=30) == []
    assert market.play(quote(98, 99.5, ts=50)) == []
    (told,) = market.matching.on_time(101)
    assert (told.qty, told.price, told.maker) == (30 * NANO, 99_500_000_000, False)


def test_a_flight_ends_in_a_halt():
    market = Market((Venue(name="NYSE", share=1.0, latency_ns=100),))
    market.play(quote(99, 101))
    market.send("a")
    assert market.play(Status(ts_ns=50, symbol="A", code="H", message=""), quote(99, 101, ts=200)) == []
    assert market.play(Status(ts_ns=300, symbol="A", code="T", message=""), quote(99, 101, ts=400)).fills == [
        ("a", 100, 101)
    ]


def test_books_are_put_away_a_minute_after_the_last_order(market):
    market.send(qty=100)
    assert market.send("again", tif="ioc").fills == []
    market.play(quote(99, 101, ts=70 * NANO))
    assert market.send("later", tif="ioc", ts_ns=70 * NANO).fills == [("later", 100, 101)]


def test_the_shares_of_a_symbol_make_one():
    for venues in (STOCK_VENUES, COIN_VENUES):
        assert sum(venue.share for venue in venues) == pytest.approx(1.0)


def test_an_elected_stop_stays_elected_when_it_is_replaced(market):
    market.send(kind="stop", stop=100.5, qty=150)
    assert market.play(trade(101, 10)).fills == [("o", 100, 101)]
    told = Told(market.matching.amend(ticket("p", kind="stop", stop=100, qty=50), "o"))
    assert told == []
    assert market.play(quote(101, 102.5)).fills == [("p", 50, 102.5)]  # within 100 and 2.5 %


def test_a_quantity_that_no_book_can_hold_is_rejected(market):
    assert market.send(limit=90, qty=2_000_000_000).ends == [("o", "rejected")]


def test_the_first_stop_of_a_group_that_a_print_elects_cancels_the_other(market):
    market.send("near", side=-1, kind="stop", stop=100, group="g")
    market.send("far", side=-1, kind="stop", stop=99.5, group="g")
    told = market.play(trade(99, 1))
    assert (told.fills, told.ends) == ([("near", 100, 99)], [("far", "canceled")])


def test_an_amendment_that_changes_nothing_keeps_everything(market):
    market.send(limit=100)
    assert market.matching.amend(ticket("p", limit=100), "o") == []
    assert market.play(trade(100, 30)).fills == [("p", 30, 100)]


def test_what_is_no_quote_print_or_order_of_the_day_moves_no_book(market):
    market.send(limit=100)
    assert market.play(quote(101, 101), quote(102, 101)) == []  # locked and crossed
    assert (
        market.play(Bust(ts_ns=1, symbol="A", original=trade(99, 1)), Trade(ts_ns=1, symbol="B", price=1.0, size=1.0))
        == []
    )
