"""The order book agrees with one that shares no line with it, event by event, and keeps what every book must keep."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_book import NaiveBook

from tenfold.kernels import book as kernel
from tenfold.kernels.jit import compiled, viewed
from tenfold.simulation.book import BUY, SELL, OrderBook
from tenfold.simulation.book_arrays import EVENT, OPERATION, empty_book
from tenfold.simulation.book_events import Added, Amended, Canceled, Rejected, Traded, event_of

RULES = ("cancel_resting", "cancel_incoming", "decrement", "allow")
TIFS = ("rest", "ioc", "fok")
ids = st.integers(1, 24)
prices = st.integers(1, 8)
sizes = st.integers(1, 9)
sides = st.sampled_from([BUY, SELL])
owners = st.integers(0, 3)

adds = st.tuples(
    st.just("add"),
    st.tuples(ids, sides, prices, sizes),
    st.fixed_dictionaries(
        {
            "owner": owners,
            "display": st.sampled_from([None, None, None, 0, 1, 2]),
            "tif": st.sampled_from(["rest", "rest", "rest", "ioc", "fok"]),
            "post_only": st.sampled_from([False, False, False, True]),
            "first": st.sampled_from([False, False, False, True]),
        }
    ),
)
markets = st.tuples(
    st.just("market"),
    st.tuples(ids, sides, sizes),
    st.fixed_dictionaries({"owner": owners, "tif": st.sampled_from(["ioc", "fok"])}),
)
cancels = st.tuples(st.just("cancel"), st.tuples(ids, st.sampled_from([0, 0, 1, 3])), st.just({}))
amends = st.tuples(
    st.just("amend"), st.tuples(ids), st.fixed_dictionaries({"price": st.integers(0, 8), "qty": st.integers(0, 9)})
)
flows = st.lists(st.one_of(adds, adds, adds, markets, cancels, amends), max_size=80)


def row(name, given, terms, rule):
    """Return an operation as the array form has it."""
    made = dict.fromkeys(OPERATION.names, 0)
    kinds = {"add": kernel.ADD, "market": kernel.MARKET, "cancel": kernel.CANCEL, "amend": kernel.AMEND}
    order = {"add": ("order_id", "side", "price", "qty"), "market": ("order_id", "side", "qty"),
             "cancel": ("order_id", "qty"), "amend": ("order_id",)}  # fmt: skip
    made |= {"kind": kinds[name], "self_match": RULES.index(rule), **dict(zip(order[name], given, strict=True))}
    display = terms.get("display")
    made["peak"] = 0 if display is None else (display or -1)
    made["tif"] = TIFS.index(terms.get("tif", "rest"))
    made |= {key: int(value) for key, value in terms.items() if key in OPERATION.names and key != "tif"}
    return tuple(made.values())


def same(book, naive):
    """Compare everything that can be asked."""
    for side in (BUY, SELL):
        queue = naive.queue(side)
        levels = Counter()
        for paper in queue:
            levels[paper.price] += paper.shown
        shown = sorted(((p, q) for p, q in levels.items() if q), key=lambda level: -side * level[0])
        assert [(level.price, level.qty) for level in book.depth(side, 99)] == shown
        best = book.best(side)
        assert (best and (best.price, best.qty)) == (shown[0] if shown else None)
        for price in levels:
            standing = [p for p in queue if p.price == price]
            assert [o.order_id for o in book.queue(side, price)] == [p.id for p in standing if not p.dark]
            for paper in standing:
                before = standing[: standing.index(paper)]
                ahead = sum(p.left if paper.dark else p.shown for p in before)
                assert book.queue_ahead(paper.id) == ahead
    held = {(p.id, p.owner, p.side, p.price, p.left, p.shown) for p in naive.papers}
    assert {tuple(order) for order in book.orders()} == held
    assert len(book) == len(held)


@settings(max_examples=200)
@given(st.sampled_from(RULES), flows)
def test_events_one_by_one(rule, flow):
    book, naive = OrderBook(rule, room=4), NaiveBook(rule)
    for name, given_, terms in flow:
        assert getattr(book, name)(*given_, **terms) == naive.act(name, *given_, **terms)
    same(book, naive)


@settings(max_examples=100)
@given(st.sampled_from(RULES), flows, st.integers(1, 90))
def test_events_of_many_at_once(rule, flow, part):
    book, naive = OrderBook(rule, room=4), NaiveBook(rule)
    rows = np.array([row(*one, rule) for one in flow], OPERATION)
    found = [
        event_of(tuple(event))
        for at in range(0, len(rows), part)
        for event in book.apply(rows[at : at + part]).tolist()
    ]
    assert found == [event for name, given_, terms in flow for event in naive.act(name, *given_, **terms)]
    same(book, naive)


@pytest.mark.kernels
@settings(max_examples=50)
@given(flows, st.integers(4, 9))
def test_the_room_for_events_changes_nothing(flow, room):
    rows = viewed(np.array([row(*one, "decrement") for one in flow], OPERATION))
    roomy, tight = empty_book(128, 128), empty_book(128, 128)
    all_events, few = np.zeros(4096, EVENT), np.zeros(room, EVENT)
    apply = compiled(kernel.apply_all)
    done, written = apply(roomy, rows, 0, viewed(all_events))
    assert done == len(rows)
    found, first = [], 0
    while first < len(rows):
        first, count = apply(tight, rows, first, viewed(few))
        found += few[:count].tolist()
    assert found == all_events[:written].tolist()


any_id = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 40).map(lambda k: k << 20),
    st.integers(-20, 20).map(lambda k: k << 57),
)


@pytest.mark.kernels
@given(st.lists(st.tuples(any_id, st.booleans()), max_size=120))
def test_orders_are_found_by_whatever_ids(steps):
    book, held = OrderBook(room=4), set()
    for order_id, goes in steps:
        if goes and held:
            gone = sorted(held)[order_id % len(held)]
            book.cancel(gone)
            held.discard(gone)
        else:
            book.add(order_id, BUY, 100, 1)
            held.add(order_id)
        assert {order.order_id for order in book.orders()} == held
        assert all(one in book for one in held)


class Kept:
    """Count from events alone what rests of each order, and what became of the one that came in."""

    def __init__(self):
        self.owner_of, self.resting, self.ended = {}, Counter(), 0

    def take(self, event, incoming):
        match event:
            case Traded():
                makers, takers = self.owner_of[event.maker_id], self.owner_of[event.taker_id]
                assert event.maker_id != event.taker_id
                assert makers == 0 or makers != takers
                self.resting[event.maker_id] -= event.qty
                self.ended += event.qty
                assert self.resting[event.maker_id] == event.maker_left
            case Canceled() if event.order_id == incoming:
                self.ended += event.qty
            case Canceled():
                self.resting[event.order_id] -= event.qty
                assert self.resting[event.order_id] == event.left
            case Added():
                self.resting[event.order_id] = event.qty
                self.ended += event.qty
            case Amended(place="moved"):
                self.resting[event.order_id] = 0
            case Amended(place="kept"):
                self.resting[event.order_id] = event.qty


@settings(max_examples=100)
@given(st.sampled_from(RULES[:3]), flows)
def test_what_every_book_keeps(rule, flow):
    book, kept = OrderBook(rule), Kept()
    for name, given_, terms in flow:
        order_id, new = given_[0], given_[0] not in book and name in {"add", "market"}
        if new:
            kept.owner_of[order_id] = terms["owner"]
        kept.ended = 0
        events = getattr(book, name)(*given_, **terms)
        moved = next((e.qty for e in events if isinstance(e, Amended) and e.place == "moved"), 0)
        for event in events:
            kept.take(event, order_id if new or moved else 0)
        if moved and order_id in book:
            kept.resting[order_id] = book.order(order_id).qty
            kept.ended += kept.resting[order_id]
        if moved or (new and not any(isinstance(e, Rejected) for e in events)):
            assert kept.ended == (moved or given_[-1])
        assert {o.order_id: o.qty for o in book.orders()} == {k: v for k, v in kept.resting.items() if v}
        bids, asks = ([o.price for o in book.orders() if o.side == side] for side in (BUY, SELL))
        assert not bids or not asks or max(bids) < min(asks)
