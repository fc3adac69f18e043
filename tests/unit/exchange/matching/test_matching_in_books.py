"""Orders in the books of venues: sweeps, queues, stops, fees."""

import random

from msgspec.structs import replace

from book_scenes import NEAR, Market, S, Told, quote, ticket, trade
from tenfold.exchange.events import Depth
from tenfold.exchange.matching.venues import STOCK_VENUES, Venue
from tenfold.exchange.orders_to_match import NANO, Ended, Execution


def test_a_market_order_takes_the_quote_and_the_rest_waits_for_the_next(market):
    assert market.send(qty=150).fills == [("o", 100, 101)]
    assert market.play(quote(99, 101)).fills == []  # nobody buys the same offer twice
    assert market.play(quote(99, 102)).fills == [("o", 50, 102)]


def test_a_buy_at_the_market_is_collared(market):
    market.send(qty=150)  # at 101: no more than 103.52
    assert market.play(quote(103.53, 103.53 + 0.01)).fills == []
    assert market.play(quote(103, 103.5)).fills == [("o", 50, 103.5)]


def test_a_buy_at_the_market_without_an_offer_waits_for_one():
    market = Market()
    assert market.send() == []
    assert market.play(quote(99, 101)).fills == [("o", 100, 101)]


def test_a_limit_rests_and_is_hit_by_what_comes(market):
    assert market.send(limit=100) == []
    (told,) = market.play(quote(98, 99.5, 60))
    assert (told.qty, told.price, told.maker, told.venue) == (60 * S, 100 * S, True, "NYSE")
    assert market.play(quote(98, 101)) == []
    assert market.play(quote(98, 99, 500)).fills == [("o", 40, 100)]


def test_prints_take_the_queue_first_and_then_the_order(market):
    market.send(limit=99, qty=50)
    assert market.play(trade(99, 80)) == []
    assert market.play(trade(99, 40)).fills == [("o", 20, 99)]
    assert market.play(quote(99, 101, 500), trade(99, 10)).fills == [("o", 10, 99)]


def test_a_print_outside_the_quote_moves_nothing(market):
    market.send(limit=99, qty=50)
    market.send("s", side=-1, kind="stop", stop=98)
    assert market.play(trade(97, 1000), trade(120, 5)) == []


def test_ioc_takes_what_is_there_and_fok_all_or_nothing(market):
    assert market.send("i", qty=150, limit=101, tif="ioc") == [
        Execution(order_id="i", ts_ns=1, qty=100 * S, price=101 * S, venue="NYSE"),
        Ended(order_id="i", ts_ns=1, status="canceled"),
    ]
    assert market.send("away", limit=100, tif="ioc").ends == [("away", "canceled")]
    market.play(quote(99, 102))
    assert market.send("f", qty=150, limit=102, tif="fok") == [Ended(order_id="f", ts_ns=1, status="canceled")]
    assert market.send("g", limit=102, tif="fok").fills == [("g", 100, 102)]
    assert market.matching.next_due_ns() is None


def test_a_sweep_takes_best_prices_first_and_then_the_cheapest_venue():
    market = Market(NEAR)
    market.play(quote(99, 101, venue="NYSE"), quote(98, 102, venue="V"))
    told = market.send(qty=150, limit=102)
    assert [(one.venue, one.price // S) for one in told] == [("NYSE", 101), ("IEX", 102)]
    market = Market(NEAR)
    market.play(quote(99, 101, 200))
    assert [(one.venue, one.qty // S, one.fee) for one in market.send(qty=150, limit=101)] == [
        ("IEX", 100, 0),
        ("NYSE", 50, 0),
    ]


def test_who_chooses_a_venue_pays_it_and_takes_its_rebate():
    market = Market(NEAR)
    market.play(quote(99, 101, 200))
    (told,) = market.send(qty=150, limit=101, destination="NYSE")
    assert (told.venue, told.qty, told.fee) == ("NYSE", 100 * S, 300_000_000)
    market.send("r", limit=100, destination="NYSE")
    (told,) = market.play(trade(100, 200, venue="N"))
    assert (told.venue, told.fee) == ("NYSE", -100_000_000)


def test_a_venue_that_the_data_name_is_one():
    market = Market(NEAR)
    market.play(quote(99, 101, venue="BATS"), quote(99, 101, venue="BATS"))
    market.send(qty=10)
    assert [one.venue for one in market.matching.on_time(NANO)] == ["BATS"]
    assert market.play(quote(98, 100, venue="K")) == []
    market.send("p", qty=10)
    assert [one.venue for one in market.matching.on_time(NANO)] == ["K"]


def test_hidden_depth_trades_behind_what_is_displayed():
    market = Market((Venue(name="IEX", share=1.0, hidden_frac=1.0),))
    market.play(quote(99, 101))
    market.send(side=-1, limit=101, qty=50)
    told = market.send("b", limit=101, qty=300, owner="you")
    assert told.fills == [("b", 100, 101), ("o", 50, 101), ("b", 50, 101), ("b", 100, 101)]


def test_an_order_first_in_line_takes_what_locks_it_elsewhere():
    market = Market(NEAR)
    market.play(quote(99, 101, venue="NYSE"), quote(99, 101, venue="IEX"))
    assert market.send(limit=100, qty=30) == []
    (told,) = market.play(quote(98, 100, venue="IEX"))
    assert (told.venue, told.qty, told.price) == ("IEX", 30 * S, 100 * S)


def test_accounts_trade_with_each_other_but_not_with_themselves(market):
    market.send("mine", side=-1, limit=100, qty=10)
    assert market.send("own", limit=100, qty=5).ends == [("own", "canceled")]
    told = market.send("theirs", limit=100, qty=4, owner="you")
    assert told.fills == [("mine", 4, 100), ("theirs", 4, 100)]
    assert [one.maker for one in told] == [True, False]


def test_an_iceberg_shows_its_peak_and_loses_its_place_with_each(market):
    market.send("ice", side=-1, limit=100, qty=30, display=10)
    market.send("plain", side=-1, limit=100, qty=10)
    assert market.play(trade(100, 25)).fills == [("ice", 10, 100), ("plain", 10, 100), ("ice", 5, 100)]


# stops


def test_a_sell_stop_is_elected_by_a_print_and_goes_to_the_market(market):
    assert market.send(side=-1, kind="stop", stop=99.5, qty=50) == []
    assert market.play(trade(99.5, 10)).fills == [("o", 50, 99)]


def test_a_buy_stop_becomes_a_limit_within_its_collar(market):
    market.send(kind="stop", stop=100.5, qty=150)
    assert market.play(trade(101, 10)).fills == [("o", 100, 101)]
    assert market.play(quote(103.01, 103.02)).fills == []  # 100.50 and 2.5 %
    assert market.play(quote(100, 102)).fills == [("o", 50, 103.01)]


def test_a_stop_limit_rests_at_its_limit(market):
    market.send(kind="stop_limit", stop=100.5, limit=100, qty=50)
    assert market.play(trade(101, 10)) == []
    assert market.play(trade(100, 20)).fills == [("o", 20, 100)]


def test_stops_go_by_quotes_where_there_are_no_prints(market):
    market.send(side=-1, kind="stop", stop=98)
    assert market.play(quote(98, 101)).fills == [("o", 100, 98)]


def test_a_trailing_stop_follows_the_best_print(market):
    market.play(trade(100, 1))
    assert market.send(side=-1, kind="trailing_stop", trail=1).trails == [("o", 100, 99)]
    assert market.play(quote(100, 102), trade(102, 1)).trails == [("o", 102, 101)]
    assert market.play(trade(101.5, 1)) == []
    assert market.play(quote(100, 101), trade(101, 1)).fills == [("o", 100, 100)]


def test_a_trailing_stop_by_a_share_keeps_its_best_price_when_replaced(market):
    market.play(trade(100, 1))
    market.send(kind="trailing_stop", trail_frac=0.01)
    market.play(trade(99, 1))
    told = Told(market.matching.amend(ticket("p", kind="trailing_stop", trail=2), "o"))
    assert told.trails == [("p", 99, 101)]


def test_a_print_from_before_an_order_arrived_does_not_meet_it():
    market = Market(tuple(replace(venue, latency_ns=100) for venue in NEAR))
    market.play(quote(99, 101, venue="NYSE"), quote(98, 102, venue="V"))
    market.send(limit=99, qty=50)
    assert market.play(trade(99, 200, ts=50, venue="V")) == []
    assert market.matching.on_time(101) == []
    assert market.play(quote(97, 99, ts=200, venue="NYSE")) == []  # another venue offers what it would take
    assert Told(market.matching.on_time(300)).fills == [("o", 50, 99)]


def test_over_depth_stops_are_elected_by_the_quote_of_its_top():
    market = Market(kind="depth")
    top = Depth(ts_ns=1, symbol="A", levels=((1, 99.0, 500.0), (-1, 101.0, 500.0)), snapshot=True)
    market.play(top, quote(99, 101))
    market.send(side=-1, qty=50, kind="stop", stop=98)
    lower = Depth(ts_ns=2, symbol="A", levels=((1, 99.0, 0.0), (1, 97.0, 500.0)))
    assert market.play(lower, quote(97, 101, ts=2)).fills == [("o", 50, 97)]


def test_whole_shares_never_trade_in_fractions():
    chance = random.Random(11)  # noqa: S311 -- reproducible
    market = Market(STOCK_VENUES)
    told = []
    for step in range(1, 600):
        bid = 99.0 + chance.randint(-2, 2)
        told += market.play(quote(bid, bid + 1, chance.randint(1, 99), ts=step * 10**9))
        told += market.play(trade(bid + chance.choice([0, 1]), chance.randint(1, 37), ts=step * 10**9 + 1))
        if step % 5 == 0:
            limit = bid + chance.choice([0, 1, 2])
            told += market.send(f"o{step}", qty=chance.randint(1, 60), limit=limit, ts_ns=step * 10**9 + 2)
        told += market.matching.on_time(step * 10**9 + 10**8)
    fills = [one for one in told if isinstance(one, Execution)]
    assert len({one.venue for one in fills}) == len(STOCK_VENUES)
    assert len(fills) > 100
    assert all(one.qty % NANO == 0 for one in fills)
