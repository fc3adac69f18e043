"""Recorded liquidity rests in the book, and orders of ours queue behind it."""

import math
import random

import pytest

from tenfold.simulation.book import BUY, SELL, Level, OrderBook
from tenfold.simulation.book_events import Traded
from tenfold.simulation.depth_replay import DepthReplay
from tenfold.simulation.queue_position import risk_averse


@pytest.fixture
def replay():
    replay = DepthReplay(OrderBook(), scale=1)
    replay.on_depth([(BUY, 99, 10), (BUY, 98, 20), (SELL, 101, 10), (SELL, 102, 20)], snapshot=True)
    return replay


def test_levels_come_change_and_go(replay):
    book = replay.book
    assert book.depth(BUY, 9) == [Level(99, 10, 1), Level(98, 20, 1)]
    replay.on_depth([(BUY, 99, 14), (BUY, 98, 5), (SELL, 101, 0), (SELL, 103, 0)])
    assert book.depth(BUY, 9) == [Level(99, 14, 1), Level(98, 5, 1)]
    assert book.depth(SELL, 9) == [Level(102, 20, 1)]
    replay.on_depth([(SELL, 105, 1)], snapshot=True)
    assert book.depth(BUY, 9) == []
    assert book.depth(SELL, 9) == [Level(105, 1, 1)]


def test_our_order_queues_behind_what_was_there_and_before_what_comes(replay):
    book = replay.book
    book.add(1, BUY, 99, 5)
    replay.on_depth([(BUY, 99, 16)])
    assert [(o.order_id > 0, o.qty) for o in book.queue(BUY, 99)] == [(False, 10), (True, 5), (False, 6)]
    replay.on_depth([(BUY, 99, 18)])
    assert [o.qty for o in book.queue(BUY, 99)] == [10, 5, 8]
    assert replay.on_trade(99, 8, SELL) == []
    assert book.queue_ahead(1) == 2
    replay.on_depth([(BUY, 99, 10)])
    assert book.queue_ahead(1) == 2
    (fill,) = replay.on_trade(99, 4, SELL)
    assert (fill.maker_id, fill.qty, fill.price) == (1, 2, 99)


def test_cancels_are_shared_by_the_model(replay):
    book = replay.book
    book.add(1, BUY, 99, 5)
    replay.on_depth([(BUY, 99, 30)])
    replay.on_depth([(BUY, 99, 24)])  # six of thirty go, a third of the level stands before ours
    assert book.queue_ahead(1) == 8
    careful = DepthReplay(OrderBook(), risk_averse, scale=1)
    careful.on_depth([(BUY, 99, 10)], snapshot=True)
    careful.book.add(1, BUY, 99, 5)
    careful.on_depth([(BUY, 99, 30)])
    careful.on_depth([(BUY, 99, 15)])
    assert careful.book.queue_ahead(1) == 10
    careful.on_depth([(BUY, 99, 4)])
    assert careful.book.queue_ahead(1) == 4


def test_cancels_between_two_of_our_orders():
    replay = DepthReplay(OrderBook(), risk_averse, scale=1)
    replay.on_depth([(BUY, 99, 10)], snapshot=True)
    replay.book.add(1, BUY, 99, 5)
    replay.on_depth([(BUY, 99, 20)])
    replay.book.add(2, BUY, 99, 5)
    replay.on_depth([(BUY, 99, 30)])
    replay.on_depth([(BUY, 99, 13)])
    assert [o.qty for o in replay.book.queue(BUY, 99)] == [10, 5, 3, 5]


def test_what_we_took_stays_taken_until_the_level_is_gone(replay):
    book = replay.book
    book.add(1, BUY, 101, 4, tif="ioc")
    replay.on_depth([(SELL, 101, 12)])
    assert book.best(SELL) == Level(101, 8, 1)
    book.add(2, BUY, 101, 8, tif="ioc")
    replay.on_depth([(SELL, 101, 9)])
    assert book.best(SELL).price == 102
    replay.on_depth([(SELL, 101, 0)])
    replay.on_depth([(SELL, 101, 9)])
    assert book.best(SELL) == Level(101, 9, 1)


def test_a_level_that_a_trade_touched_is_what_the_record_says_at_the_next_change(replay):
    replay.on_trade(101, 4, BUY)
    assert replay.book.best(SELL) == Level(101, 6, 1)
    replay.on_depth([(BUY, 97, 1)])
    assert replay.book.best(SELL) == Level(101, 10, 1)
    replay.on_trade(102, 4, BUY)  # what was better is gone
    assert replay.book.best(SELL) == Level(102, 16, 1)
    replay.on_depth([(SELL, 101, 0)])
    assert replay.book.best(SELL) == Level(102, 20, 1)


def test_trades_through_our_price_fill_us_first(replay):
    replay.book.add(1, SELL, 100, 3)
    fills = replay.on_trade(102, 5, BUY)
    assert fills == [Traded(1, fills[0].taker_id, BUY, 100, 3, 0, 2)]
    assert replay.book.best(SELL) == Level(102, 18, 1)


def test_a_market_that_moves_through_our_price_fills_us(replay):
    replay.book.add(1, BUY, 100, 30)
    fills = replay.on_depth([(BUY, 99, 0), (SELL, 100, 12)])
    assert [(f.maker_id, f.qty, f.price) for f in fills] == [(1, 12, 100)]
    assert replay.book.order(1).qty == 18
    assert replay.on_depth([(SELL, 100, 12)]) == []  # the twelve were sold to us


def test_a_crossed_record_leaves_the_newer_side(replay):
    replay.on_depth([(SELL, 98, 7)])
    assert replay.book.best(BUY) is None
    assert replay.book.best(SELL) == Level(98, 7, 1)


@pytest.mark.parametrize(("price", "taken"), [(101, SELL), (102, SELL), (99, BUY), (98, BUY), (100, SELL)])
def test_who_took_a_trade_is_told_by_its_price(replay, price, taken):
    ours = {SELL: 100 if price < 101 else price, BUY: min(price, 99)}
    replay.book.add(1, taken, ours[taken], 1, first=True)
    assert [fill.maker_id for fill in replay.on_trade(price, 1)] == [1]


def test_trades_inside_the_spread_go_to_the_nearer_side(replay):
    replay.on_depth([(SELL, 101, 0), (SELL, 102, 0), (SELL, 109, 5)])
    replay.book.add(1, SELL, 107, 1)
    replay.book.add(2, BUY, 100, 1)
    assert [fill.maker_id for fill in replay.on_trade(106, 1)] == []
    assert [fill.maker_id for fill in replay.on_trade(101, 1)] == []
    assert replay.on_trade(0, 1) == replay.on_trade(5, 0) == []
    lonely = DepthReplay(OrderBook(), scale=1)
    lonely.book.add(1, SELL, 50, 1)
    assert lonely.on_trade(40, 1) == []  # as the last one: a buyer, who would not pay fifty
    assert [fill.maker_id for fill in lonely.on_trade(60, 1)] == [1]


def test_a_trade_through_many_levels_leaves_none_of_them():
    replay = DepthReplay(OrderBook(), scale=1)
    replay.on_depth([(SELL, 101 + step, 5) for step in range(30)], snapshot=True)
    replay.on_trade(120, 2, BUY)
    assert replay.book.best(SELL) == Level(120, 3, 1)
    replay.on_depth([(SELL, 101 + step, 0) for step in range(19)])
    assert replay.book.depth(SELL, 2) == [Level(120, 5, 1), Level(121, 5, 1)]


def test_quotes_show_one_level_a_side():
    replay = DepthReplay(OrderBook(), scale=100)
    book = replay.book
    replay.on_quote(99.5, 3, 100.5, 4)
    assert (book.best(BUY), book.best(SELL)) == (Level(9950, 300, 1), Level(10050, 400, 1))
    replay.on_quote(99.25, 1, math.nan, 0)
    assert book.depth(BUY, 9) == [Level(9925, 100, 1)]
    assert book.best(SELL) is None


def test_our_place_is_kept_while_the_quote_is_better_and_lost_where_it_was_not_seen():
    replay = DepthReplay(OrderBook(), scale=1)
    book = replay.book
    replay.on_quote(100, 5, 110, 5)
    book.add(1, BUY, 100, 2)
    book.add(2, BUY, 98, 2)
    replay.on_quote(101, 9, 110, 5)
    assert book.depth(BUY, 9) == [Level(101, 9, 1), Level(100, 7, 2), Level(98, 2, 1)]
    replay.on_quote(100, 8, 110, 5)
    assert book.queue_ahead(1) == 5
    replay.on_quote(98, 4, 110, 5)  # below: it stood there all the time
    assert book.queue_ahead(2) == 4
    assert book.order(1).qty == 2


def test_a_quote_that_comes_up_to_our_price_stands_behind_us():
    replay = DepthReplay(OrderBook(), scale=1)
    replay.on_quote(100, 5, 110, 5)
    replay.book.add(1, BUY, 101, 2)
    replay.on_quote(101, 9, 110, 5)
    assert replay.book.queue_ahead(1) == 0


def test_levels_are_kept_as_seen_last_where_that_is_wished():
    replay = DepthReplay(OrderBook(), scale=1)
    replay.set_quote(100, 5, 110, 5, keep=True)
    replay.set_quote(101, 6, 109, 7, keep=True)
    assert replay.book.depth(BUY, 9) == [Level(101, 6, 1), Level(100, 5, 1)]
    assert replay.book.depth(SELL, 9) == [Level(109, 7, 1), Level(110, 5, 1)]
    replay.set_quote(100, 3, 110, 1, keep=True)
    assert replay.book.depth(BUY, 9) == [Level(100, 3, 1)]


def test_of_many_levels_the_nearest_are_kept_and_those_where_we_rest():
    replay = DepthReplay(OrderBook(), scale=1)
    replay.book.add(1, SELL, 205, 1)
    for step in range(60):
        replay.set_quote(100 - step, 5, 210 - step, 5, keep=True)
    offers = replay.book.depth(SELL, 99)
    assert 17 <= len(offers) <= 34
    assert [level.price for level in offers[:16]] == list(range(151, 167))
    assert offers[-1] == Level(205, 6, 2)
    assert replay.book.queue_ahead(1) == 0
    assert len(replay.book.depth(BUY, 99)) == 1


def test_what_lies_hidden_comes_and_goes_with_its_level():
    replay = DepthReplay(OrderBook(), scale=1)
    replay.set_quote(0, 0, 101, 5, hidden=8)
    replay.set_quote(0, 0, 101, 6, hidden=8)
    assert replay.book.best(SELL) == Level(101, 6, 1)
    events = replay.book.add(1, BUY, 101, 10, tif="ioc")
    assert sum(event.qty for event in events if isinstance(event, Traded)) == 10
    replay.set_quote(0, 0, 0, 0)
    assert replay.book.orders() == []
    replay.set_quote(0, 0, 102, 5, hidden=1)
    replay.take(BUY, 103, 1)
    assert replay.book.orders() == []
    assert replay.on_depth([(SELL, 0, 5)], snapshot=False) == []
    replay.set_quote(0, 0, 103, 5, hidden=4)
    replay.book.add(2, BUY, 103, 5, tif="ioc")
    replay.set_quote(103, 7, 0, 0)  # nothing can lie hidden where somebody bids
    assert replay.book.best(BUY) == Level(103, 7, 1)


@pytest.mark.parametrize("seed", range(5))
def test_a_generated_record_stands_in_the_book_whatever_trades_in_between(seed):
    rng = random.Random(seed)  # noqa: S311 -- reproducible, not secret
    levels = {(BUY, 100 - k): 5 for k in range(20)} | {(SELL, 101 + k): 5 for k in range(20)}
    replay = DepthReplay(OrderBook(), scale=1)
    replay.on_depth([(side, price, qty) for (side, price), qty in levels.items()], snapshot=True)
    for _ in range(300):
        asks = min(price for side, price in levels if side == SELL)
        bids = max(price for side, price in levels if side == BUY)
        side = rng.choice([BUY, SELL])
        if rng.random() < 0.4:
            assert replay.on_trade(asks if side == BUY else bids, rng.randint(1, 9), side) == []
        changes = {}
        for _ in range(rng.randint(1, 4)):
            side = rng.choice([BUY, SELL])
            price = rng.randint(max(bids - 25, 1), asks - 1) if side == BUY else rng.randint(bids + 1, asks + 25)
            changes[side, price] = rng.choice([0, rng.randint(1, 9)])
        trial = {key: qty for key, qty in (levels | changes).items() if qty}
        best_bid = max((p for s, p in trial if s == BUY), default=0)
        best_ask = min((p for s, p in trial if s == SELL), default=0)
        if not best_bid or not best_ask or best_bid >= best_ask:
            continue
        levels = trial
        replay.on_depth([(s, p, q) for (s, p), q in changes.items()])
        for side in (BUY, SELL):
            wanted = sorted((p for s, p in levels if s == side), reverse=side == BUY)
            assert [(at.price, at.qty) for at in replay.book.depth(side, 99)] == [(p, levels[side, p]) for p in wanted]
