"""Orders and the day: auctions, hours, halts, bands, coins, splits."""

from book_scenes import MINUTE, Market, S, quote, trade
from tenfold.domain.market import Trade
from tenfold.exchange.events import Auction, Corporate, Depth, Edge, PriceBands, Status
from tenfold.exchange.matching.venues import COIN_VENUES


def test_auctions_fill_at_their_price_or_not_at_all(market):
    for name, terms in (("any", {}), ("within", {"limit": 100}), ("beyond", {"limit": 98})):
        market.send(name, tif="opg", **terms)
        market.send(f"{name} close", side=-1, tif="cls", **terms)
    told = market.play(Auction(ts_ns=2, symbol="A", kind="open", price=99.0, size=200))
    assert (told.fills, told.ends) == ([("any", 100, 99), ("within", 100, 99)], [("beyond", "canceled")])
    told = market.play(Edge(ts_ns=3, kind="close", day=0), Auction(ts_ns=3, symbol="A", kind="close", price=99.0))
    assert told.fills == [("any close", 100, 99), ("beyond close", 100, 99)]
    assert told.ends == [("within close", "canceled")]


def test_the_volume_of_an_auction_bounds_what_it_fills(market):
    market.send("limit", limit=100, tif="opg")
    market.send("market", tif="opg", qty=50)
    market.send("sale", side=-1, tif="opg", qty=30)
    told = market.play(Auction(ts_ns=2, symbol="A", kind="open", price=99.0, size=80))
    assert told.fills == [("market", 50, 99), ("limit", 30, 99), ("sale", 30, 99)]
    assert told.ends == [("limit", "canceled")]


def test_an_auction_that_nobody_tells_crosses_with_what_is_displayed(market):
    market.play(trade(100, 1))
    market.send("open", tif="opg", qty=30)
    market.send("close", side=-1, tif="cls", qty=150)
    market.play(Edge(ts_ns=2, kind="open", day=0))
    assert market.play(quote(99, 101, ts=MINUTE)) == []
    assert market.play(quote(99, 101, ts=MINUTE + 2)).fills == [("open", 30, 101)]
    market.play(Edge(ts_ns=5 * MINUTE, kind="close", day=0))
    market.send("tomorrow", side=-1, tif="cls", ts_ns=6 * MINUTE - 1)
    told = market.play(quote(90, 91, ts=6 * MINUTE))
    assert (told.fills, told.ends) == ([("close", 100, 99)], [("close", "canceled")])
    assert market.matching.cancel("tomorrow", 7 * MINUTE)


def test_an_auction_in_which_nothing_crosses_ends_what_waited(market):
    market.send("low", tif="opg", limit=90)
    told = market.play(Edge(ts_ns=2, kind="open", day=0), quote(99, 101, ts=2 * MINUTE))
    assert (told.fills, told.ends) == ([], [("low", "canceled")])


def test_no_auction_of_a_halted_symbol_trades(market):
    market.send("open", tif="opg")
    market.send("close", tif="cls")
    market.play(Edge(ts_ns=2, kind="open", day=0), Status(ts_ns=3, symbol="A", code="H", message="halt"))
    told = market.play(Auction(ts_ns=4, symbol="A", kind="open", price=99.0))
    assert (told.fills, told.ends) == ([], [("open", "canceled")])
    told = market.play(Edge(ts_ns=5, kind="close", day=0), Edge(ts_ns=MINUTE + 5, kind="post", day=0))
    assert (told.fills, told.ends) == ([], [("close", "canceled")])


def test_no_close_trades_of_a_symbol_that_is_halted_then_though_it_goes_on_before_anybody_misses_the_price(market):
    market.send("close", tif="cls")
    market.play(Status(ts_ns=2, symbol="A", code="H", message="halt"), Edge(ts_ns=3, kind="close", day=0))
    told = market.play(
        Status(ts_ns=4, symbol="A", code="T", message="resume"), Edge(ts_ns=MINUTE + 4, kind="post", day=0)
    )
    assert (told.fills, told.ends) == ([], [("close", "canceled")])


def test_a_closing_order_without_an_auction_crosses_when_the_day_ends(market):
    market.send("close", tif="cls", qty=10)
    told = market.play(Edge(ts_ns=2, kind="close", day=0), Edge(ts_ns=MINUTE + 2, kind="post", day=0))
    assert told.fills == [("close", 10, 101)]


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


def test_of_a_group_in_an_auction_the_first_that_fills_cancels_the_others(market):
    for name in ("one", "two"):
        market.send(name, tif="opg", group="g")
    told = market.play(Auction(ts_ns=2, symbol="A", kind="open", price=99.0))
    assert (told.fills, told.ends) == ([("one", 100, 99)], [("two", "canceled")])


def test_a_split_leaves_what_waits_as_it_is(market):
    market.send("stop", side=-1, kind="stop", stop=98)
    market.send("auction", tif="opg")
    assert market.play(Corporate(ts_ns=2, symbol="A", ratio=2.0), quote(49, 50)).fills == [("stop", 100, 49)]
    assert market.matching.cancel("auction", 3)
