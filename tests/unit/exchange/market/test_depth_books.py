"""Recorded levels are held once, whoever brings them in, and a day's end empties them without losing their thread."""

from tenfold.exchange.events import Depth, Edge
from tenfold.exchange.market.depth_books import DepthBooks
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.matching.books import BookMatching


def depth(ts_ns, *levels, **more):
    return Depth(ts_ns=ts_ns, symbol="A", levels=levels, **more)


def test_an_event_is_brought_in_once():
    books = DepthBooks()
    assert books["A"].last_id == 0
    first = depth(1, (1, 9.0, 2.0), (-1, 11.0, 3.0), snapshot=True, last_id=7)
    for _ in range(2):
        books.on_depth(first)
    assert books["A"].best() == (9.0, 2.0, 11.0, 3.0)
    change = depth(2, (1, 9.0, 0.0), (1, 8.0, 4.0))
    for _ in range(2):
        books.on_depth(change)
    assert (books["A"].best(), books["A"].last_id) == ((8.0, 4.0, 11.0, 3.0), 8)
    books.on_depth(depth(3, (1, 10.0, 1.0), snapshot=True))
    assert books["A"].levels(1, 9) == [(10.0, 1.0)]


def test_changes_alone_make_a_book_too():
    books = DepthBooks()
    books.on_depth(depth(1, (1, 9.0, 2.0)))
    books.on_depth(depth(2, (-1, 11.0, 2.0)))
    assert books["A"].best() == (9.0, 2.0, 11.0, 2.0)


def test_what_is_told_and_what_is_traded_are_the_same_levels():
    latest = Latest()
    assert latest.book("A") is None
    matching = BookMatching({"A": "depth"}, levels=latest.levels)
    first = depth(1, (1, 9.0, 2.0), snapshot=True)
    for part in (latest, matching, latest):
        part.on_market(first)
    assert latest.book("A") is latest.levels["A"]
    assert latest.book("A").levels(1, 9) == [(9.0, 2.0)]
    matching.on_market(Edge(ts_ns=2, kind="post", day=0))
    assert latest.book("A").levels(1, 9) == []
    for part in (latest, matching):
        part.on_market(depth(3, (1, 8.0, 1.0)))
    assert latest.book("A").levels(1, 9) == [(8.0, 1.0)]
