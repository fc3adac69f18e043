"""Orders in the books of venues: sweeps, queues, stops, auctions, hours, halts, groups, latency and fees."""

import pytest

from tenfold.domain.market import Quote, Trade
from tenfold.exchange.events import Auction, Corporate, Depth, Edge, PriceBands, Status
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.matching.venues import COIN_VENUES, STOCK_VENUES, Venue
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket, Trailed

S = NANO
NEAR = (
    Venue(name="NYSE", share=0.5, taker_fee=3_000_000, maker_fee=-1_000_000),
    Venue(name="IEX", share=0.5, taker_fee=900_000),
)
ONE = (Venue(name="NYSE", share=1.0),)


def quote(bid, ask, size=100, ts=1, ask_size=None, **more):
    return Quote(
        ts_ns=ts, symbol="A", bid=bid, ask=ask, bid_size=size, ask_size=size if ask_size is None else ask_size, **more
    )


def trade(price, size, ts=1, **more):
    return Trade(ts_ns=ts, symbol="A", price=price, size=size, **more)


def ticket(order_id="o", side=1, qty=100, **terms):
    plain = {"owner": "me", "symbol": "A", "kind": "limit" if "limit" in terms else "market", "tif": "day", "ts_ns": 1}
    for name in ("limit", "stop", "trail", "display"):
        if name in terms:
            terms[name] = round(terms[name] * NANO)
    return Ticket(order_id=order_id, side=side, qty=round(qty * NANO), **plain | terms)


class Told(list):
    @property
    def fills(self):
        return [(one.order_id, one.qty / NANO, one.price / NANO) for one in self if isinstance(one, Execution)]

    @property
    def ends(self):
        return [(one.order_id, one.status) for one in self if isinstance(one, Ended)]

    @property
    def trails(self):
        return [(one.order_id, one.best / NANO, one.stop / NANO) for one in self if isinstance(one, Trailed)]


class Market:
    def __init__(self, venues=ONE, kind="quotes"):
        self.matching = BookMatching({"A": kind}, lambda symbol: venues)

    def play(self, *events):
        return Told(outcome for event in events for outcome in self.matching.on_market(event))

    def send(self, *args, **terms):
        return Told(self.matching.submit(ticket(*args, **terms)))


@pytest.fixture
def market():
    market = Market()
    market.play(quote(99, 101))
    return market


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


# auctions and hours


def test_auctions_fill_at_their_price_or_not_at_all(market):
    for name, terms in (("any", {}), ("within", {"limit": 100}), ("beyond", {"limit": 98})):
        market.send(name, tif="opg", **terms)
        market.send(f"{name} close", side=-1, tif="cls", **terms)
    told = market.play(Auction(ts_ns=2, symbol="A", kind="open", price=99.0, size=1))
    assert (told.fills, told.ends) == ([("any", 100, 99), ("within", 100, 99)], [("beyond", "canceled")])
    told = market.play(Edge(ts_ns=3, kind="close", day=0), Auction(ts_ns=3, symbol="A", kind="close", price=99.0))
    assert told.fills == [("any close", 100, 99), ("beyond close", 100, 99)]
    assert told.ends == [("within close", "canceled")]


def test_what_no_auction_took_expires(market):
    market.send("open", tif="opg")
    market.send("close", tif="cls")
    assert market.play(Edge(ts_ns=5, kind="close", day=0)).ends == [("open", "expired")]
    market.send("tomorrow", tif="cls", ts_ns=6)
    assert market.play(Edge(ts_ns=7, kind="post", day=0)).ends == [("close", "expired")]


def test_orders_work_in_their_hours(market):
    market.send("day", limit=90)
    market.send("gtc", limit=99, tif="gtc", qty=10)
    market.send("ext", limit=99, extended_hours=True, qty=10)
    assert market.play(Edge(ts_ns=2, kind="close", day=0)).ends == [("day", "expired")]
    assert market.send("now", tif="ioc", ts_ns=3).ends == [("now", "canceled")]
    assert market.play(quote(97, 98, ts=4)).fills == [("ext", 10, 99)]
    market.send("low", limit=90, extended_hours=True, ts_ns=5)
    assert market.play(Edge(ts_ns=6, kind="post", day=0)).ends == [("low", "expired")]
    assert market.play(Edge(ts_ns=7, kind="pre", day=1), quote(97, 98, ts=8)) == []
    assert market.play(Edge(ts_ns=9, kind="open", day=1)).fills == [("gtc", 10, 98)]


def test_nothing_trades_in_a_halt_and_all_goes_on_after_it(market):
    market.send("rests", limit=100, qty=10)
    halt = Status(ts_ns=2, symbol="A", code="H", message="")
    assert market.play(halt, quote(97, 98), trade(98, 100)) == []
    assert market.send("new", qty=10) == []
    assert market.send("now", qty=10, tif="ioc").ends == [("now", "canceled")]
    told = market.play(Status(ts_ns=3, symbol="A", code="T", message=""))
    assert told.fills == [("rests", 10, 100), ("new", 10, 98)]


def test_nothing_trades_beyond_the_bands(market):
    market.play(PriceBands(ts_ns=2, symbol="A", up=100.5, down=99.5))
    assert market.send("buy") == market.send("sell", side=-1) == []
    assert market.play(quote(99, 100.5)).fills == [("buy", 100, 100.5)]


def test_coins_trade_around_the_clock_and_pay_a_part():
    market = Market(COIN_VENUES, "depth")
    market.play(Depth(ts_ns=1, symbol="A", levels=((1, 99.0, 2.0), (-1, 100.0, 1.0), (-1, 101.0, 5.0)), snapshot=True))
    market.play(Edge(ts_ns=2, kind="post", day=0))
    told = market.send(qty=2, tif="gtc")
    assert told.fills == [("o", 1, 100), ("o", 1, 101)]
    assert [one.fee for one in told] == [250_000_000, 252_500_000]
    assert market.play(Depth(ts_ns=3, symbol="A", levels=((-1, 100.0, 0.0), (-1, 101.0, 0.0), (1, 99.0, 0.0)))) == []
    assert market.send("r", qty=1, limit=100, tif="gtc") == []
    told = market.play(Trade(ts_ns=4, symbol="A", price=100.0, size=0.25))
    assert [(one.qty, one.fee) for one in told] == [(S // 4, 37_500_000)]


def test_prints_alone_make_a_market():
    market = Market(kind="trades")
    market.send(qty=10)
    assert market.play(trade(100, 50)).fills == [("o", 10, 100.01)]
    market.send("r", limit=99.5, qty=10)
    assert market.play(trade(99.5, 50)).fills == [("r", 10, 99.5)]


def test_a_split_forgets_old_prices(market):
    market.send(limit=100, qty=10)
    assert market.play(Corporate(ts_ns=2, symbol="A", ratio=2.0)) == []
    assert market.play(quote(49, 50)).fills == [("o", 10, 50)]


# groups, changes, latency


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
