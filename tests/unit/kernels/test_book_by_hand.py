"""The order book, order by order."""

import numpy as np
import pytest

from tenfold.kernels import book as kernel
from tenfold.simulation.book import BUY, SELL, Level, OrderBook, Resting
from tenfold.simulation.book_arrays import operations
from tenfold.simulation.book_events import Added, Amended, Canceled, Rejected, Traded, event_of


def offers(*asks, **terms):
    """Return a book in which (id, price, qty) are offered."""
    book = OrderBook(**terms)
    for order_id, price, qty in asks:
        book.add(order_id, SELL, price, qty, owner=order_id)
    return book


def test_better_prices_trade_first_and_then_those_that_came_first():
    book = offers((1, 102, 5), (2, 101, 5), (3, 101, 5))
    assert book.add(9, BUY, 102, 12) == [
        Traded(2, 9, BUY, 101, 5, 0, 7),
        Traded(3, 9, BUY, 101, 5, 0, 2),
        Traded(1, 9, BUY, 102, 2, 3, 0),
    ]
    assert book.best(SELL) == Level(102, 3, 1)
    assert book.best(BUY) is None


def test_what_does_not_trade_rests_at_its_own_price():
    book = offers((1, 101, 5))
    assert book.add(9, BUY, 103, 8) == [Traded(1, 9, BUY, 101, 5, 0, 3), Added(9, BUY, 103, 3, 3)]
    assert book.order(9) == Resting(9, 0, BUY, 103, 3, 3)
    assert book.order(1) is None
    assert 9 in book
    assert len(book) == 1


def test_orders_that_do_not_rest():
    book = offers((1, 101, 5), (2, 105, 5))
    assert book.add(7, BUY, 101, 6, tif="fok") == [Canceled(7, BUY, 101, 6, 0, "killed")]
    assert book.add(8, BUY, 101, 6, tif="ioc") == [
        Traded(1, 8, BUY, 101, 5, 0, 1),
        Canceled(8, BUY, 101, 1, 0, "unfilled"),
    ]
    assert book.add(9, BUY, 105, 5, tif="fok") == [Traded(2, 9, BUY, 105, 5, 0, 0)]
    assert book.market(10, BUY, 4) == [Canceled(10, BUY, 0, 4, 0, "unfilled")]
    assert len(book) == 0


def test_a_market_order_takes_any_price():
    book = offers((1, 101, 5), (2, 10**18, 5))
    assert [event.price for event in book.market(9, BUY, 10)] == [101, 10**18]


def test_post_only_never_takes():
    book = offers((1, 101, 5))
    assert book.add(9, BUY, 101, 5, post_only=True) == [Rejected(9, "would_trade")]
    assert book.add(9, BUY, 100, 5, post_only=True) == [Added(9, BUY, 100, 5, 5)]
    assert book.amend(9, price=101) == [Rejected(9, "would_trade")]
    assert book.order(9).price == 100


def test_an_iceberg_shows_its_peak_and_goes_to_the_end_when_it_is_filled_up():
    book = OrderBook()
    assert book.add(1, SELL, 101, 10, display=4) == [Added(1, SELL, 101, 10, 4)]
    book.add(2, SELL, 101, 3)
    assert book.best(SELL) == Level(101, 7, 2)
    assert book.add(9, BUY, 101, 8, tif="ioc") == [
        Traded(1, 9, BUY, 101, 4, 6, 4),
        Amended(1, SELL, 101, 6, 4, "refreshed"),
        Traded(2, 9, BUY, 101, 3, 0, 1),
        Traded(1, 9, BUY, 101, 1, 5, 0),
    ]
    assert book.order(1) == Resting(1, 0, SELL, 101, 5, 3)


def test_what_is_hidden_trades_after_all_that_is_displayed_and_nobody_sees_it():
    book = OrderBook()
    book.add(1, SELL, 101, 5, display=0)
    book.add(2, SELL, 101, 5)
    assert book.best(SELL) == Level(101, 5, 1)
    assert book.queue_ahead(1) == 5
    assert [o.order_id for o in book.queue(SELL, 101)] == [2]
    assert [event.maker_id for event in book.market(9, BUY, 6)] == [2, 1]
    assert book.best(SELL) is None
    assert book.depth(SELL, 3) == []
    assert book.level(SELL, 101) is None
    assert book.amend(1, price=102) == [Amended(1, SELL, 102, 4, 0, "moved")]
    assert book.best(SELL) is None
    assert book.add(10, BUY, 102, 9)[0] == Traded(1, 10, BUY, 102, 4, 0, 5)


def test_a_smaller_quantity_keeps_the_place_and_any_other_change_loses_it():
    book = OrderBook()
    for order_id in (1, 2, 3):
        book.add(order_id, BUY, 100, 5)
    assert book.amend(1, qty=2) == [Amended(1, BUY, 100, 2, 2, "kept")]
    assert book.amend(1) == [Amended(1, BUY, 100, 2, 2, "kept")]
    assert book.cancel(1, 1) == [Canceled(1, BUY, 100, 1, 1, "asked")]
    assert book.queue_ahead(3) == 6
    assert book.amend(1, qty=4) == [Amended(1, BUY, 100, 4, 4, "moved")]
    assert [o.order_id for o in book.queue(BUY, 100)] == [2, 3, 1]
    book.amend(2, price=99)
    book.amend(2, price=100)
    assert [o.order_id for o in book.queue(BUY, 100)] == [3, 1, 2]


def test_an_amended_price_trades_at_once_and_the_rest_rests():
    book = offers((1, 101, 2))
    book.add(2, BUY, 100, 5)
    assert book.amend(2, price=101) == [Amended(2, BUY, 101, 5, 5, "moved"), Traded(1, 2, BUY, 101, 2, 0, 3)]
    assert book.best(BUY) == Level(101, 3, 1)


def test_a_smaller_iceberg_gives_up_its_reserve_first():
    book = OrderBook()
    book.add(1, BUY, 100, 10, display=4)
    assert book.amend(1, qty=5) == [Amended(1, BUY, 100, 5, 4, "kept")]
    assert book.cancel(1, 3) == [Canceled(1, BUY, 100, 3, 2, "asked")]
    assert book.best(BUY) == Level(100, 2, 1)
    assert book.amend(1, price=99, qty=9) == [Amended(1, BUY, 99, 9, 4, "moved")]


@pytest.mark.parametrize(
    ("rule", "events", "left"),
    [
        ("cancel_resting", [Canceled(1, SELL, 101, 5, 0, "self_match"), Added(9, BUY, 101, 8, 8)], {9: 8}),
        ("cancel_incoming", [Canceled(9, BUY, 101, 8, 0, "self_match")], {1: 5}),
        (
            "decrement",
            [
                Canceled(1, SELL, 101, 5, 0, "self_match"),
                Canceled(9, BUY, 101, 5, 3, "self_match"),
                Added(9, BUY, 101, 3, 3),
            ],
            {9: 3},
        ),
        ("allow", [Traded(1, 9, BUY, 101, 5, 0, 3), Added(9, BUY, 101, 3, 3)], {9: 3}),
    ],
)
def test_orders_of_one_owner_do_not_trade(rule, events, left):
    book = OrderBook(rule)
    book.add(1, SELL, 101, 5, owner=7)
    assert book.add(9, BUY, 101, 8, owner=7) == events
    assert {o.order_id: o.qty for o in book.orders()} == left


@pytest.mark.parametrize(("rule", "filled"), [("cancel_resting", 9), ("cancel_incoming", 0), ("decrement", 0)])
def test_a_fok_order_counts_what_its_owner_keeps_from_it(rule, filled):
    book = OrderBook(rule)
    book.add(1, SELL, 101, 5)
    book.add(2, SELL, 101, 5, owner=7)
    book.add(3, SELL, 101, 4, display=0)
    traded = [e.qty for e in book.add(9, BUY, 101, 9, owner=7, tif="fok") if isinstance(e, Traded)]
    assert sum(traded) == filled
    assert [e.qty for e in book.add(8, BUY, 101, 4, owner=7, tif="fok") if isinstance(e, Traded)] == [4] * (not filled)


def test_a_fok_order_counts_reserves_once_and_hidden_orders_in_their_turn():
    book = OrderBook("decrement")
    book.add(1, SELL, 101, 6, display=2)
    book.add(8, BUY, 101, 2, tif="ioc")
    assert book.add(9, BUY, 101, 5, tif="fok") == [Canceled(9, BUY, 101, 5, 0, "killed")]
    book.add(2, SELL, 101, 3, display=0)
    book.add(3, SELL, 101, 1, display=0, owner=7)
    book.add(4, SELL, 101, 9, display=0)
    assert book.add(9, BUY, 101, 8, owner=7, tif="fok") == [Canceled(9, BUY, 101, 8, 0, "killed")]
    assert sum(e.qty for e in book.add(9, BUY, 101, 7, owner=7, tif="fok") if isinstance(e, Traded)) == 7


def test_liquidity_that_stood_there_unseen_comes_first():
    book = OrderBook()
    book.add(1, BUY, 100, 5)
    book.add(2, BUY, 100, 3, first=True)
    assert book.queue_ahead(1) == 3
    with pytest.raises(KeyError):
        book.queue_ahead(3)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda book: book.cancel(5), "unknown"),
        (lambda book: book.amend(5, qty=1), "unknown"),
        (lambda book: book.add(1, BUY, 100, 5), "duplicate"),
        (lambda book: book.market(1, BUY, 5), "duplicate"),
        (lambda book: book.add(5, BUY, 100, 0), "invalid"),
        (lambda book: book.add(5, BUY, 0, 5), "invalid"),
        (lambda book: book.add(5, 2, 100, 5), "invalid"),
        (lambda book: book.add(5, BUY, 1 << 61, 5), "invalid"),
        (lambda book: book.market(5, BUY, (1 << 60) + 1), "invalid"),
        (lambda book: book.amend(1, price=1 << 61), "invalid"),
        (lambda book: book.amend(1, qty=-1), "invalid"),
        (lambda book: book.cancel(1, -1), "invalid"),
    ],
)
def test_nonsense_changes_nothing(act, reason):
    book = offers((1, 101, 5))
    (event,) = act(book)
    assert (type(event), event.reason) == (Rejected, reason)
    assert book.orders() == [Resting(1, 1, SELL, 101, 5, 5)]


def test_a_level_that_holds_all_that_can_be_counted_takes_no_more():
    book, most = OrderBook(), 1 << 60
    for order_id in range(1, 5):
        book.add(order_id, BUY, 100, most)
    assert book.add(5, BUY, 100, 1) == [Canceled(5, BUY, 100, 1, 0, "full")]
    assert book.add(6, BUY, 99, 1) == [Added(6, BUY, 99, 1, 1)]
    assert book.market(7, SELL, most)[0].qty == most


def test_one_order_may_cause_more_events_than_there_is_room_for():
    book = OrderBook()
    book.add(1, SELL, 101, 3_000, display=1)
    events = book.market(9, BUY, 2_000)
    assert sum(e.qty for e in events if isinstance(e, Traded)) == 2_000
    assert len(events) == 4_000
    assert book.order(1).qty == 1_000


def test_the_book_grows_and_forgets_nothing():
    book = OrderBook(room=4)
    for order_id in range(1, 200):
        book.add(order_id, BUY, 1 + order_id * 7 % 50, order_id)
    assert len(book) == 199
    assert sum(level.orders for level in book.depth(BUY, 100)) == 199
    assert [level.price for level in book.depth(BUY, 3)] == [50, 49, 48]
    assert len(book.queue(BUY, 1)) == len([k for k in range(1, 200) if k * 7 % 50 == 0])
    for order_id in range(1, 200):
        assert book.cancel(order_id)[0].left == 0
    assert len(book) == 0
    assert book.best(BUY) is None


def test_a_book_that_has_room_does_not_grow():
    book, asked = OrderBook(room=4), operations(50_000)
    asked["kind"], asked["order_id"], asked["side"] = kernel.ADD, np.arange(50_000) // 2 + 1, BUY
    asked["price"], asked["qty"] = 100, 1
    asked["kind"][1::2] = kernel.CANCEL
    asked["qty"][1::2] = 0
    assert len(book.apply(asked)) == 50_000
    assert len(book._book.orders) == 8
    assert len(book) == 0


def test_a_level_of_many_orders_is_shown_whole():
    book = OrderBook()
    for order_id in range(1, 41):
        book.add(order_id, BUY, 100, 1)
    assert [o.order_id for o in book.queue(BUY, 100)] == list(range(1, 41))


def test_many_operations_at_once_are_the_same_as_one_by_one():
    asked = operations(4)
    asked["kind"] = [kernel.ADD, kernel.ADD, kernel.AMEND, kernel.CANCEL]
    asked["order_id"] = [1, 2, 1, 2]
    asked["side"] = [SELL, BUY, 0, 0]
    asked["price"] = [101, 99, 100, 0]
    asked["qty"] = [5, 5, 0, 0]
    found = [event_of(tuple(row)) for row in OrderBook().apply(asked).tolist()]
    book = OrderBook()
    assert found == [
        *book.add(1, SELL, 101, 5),
        *book.add(2, BUY, 99, 5),
        *book.amend(1, price=100),
        *book.cancel(2),
    ]
    assert len(OrderBook().apply(operations(0))) == 0
    unknown = operations(1)
    unknown["kind"], unknown["order_id"] = 9, 3
    assert [row["kind"] for row in np.asarray(OrderBook().apply(unknown))] == [kernel.REJECTED]
