"""Pages join to the whole, whatever their size, their order and the ties within them."""

from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tenfold.exchange.api.paging import Cursor, Span, decode_cursor, page

MARKET = st.dictionaries(
    st.sampled_from(["AAPL", "MSFT", "SPY"]), st.lists(st.integers(0, 6), max_size=12).map(sorted), max_size=3
)


def reader(market):
    def fetch(symbol, start_ns, stop_ns, now_ns, limit, descending):
        points = [
            SimpleNamespace(ts_ns=ts_ns, count=i)
            for i, ts_ns in enumerate(market.get(symbol, ()))
            if start_ns <= ts_ns < stop_ns and ts_ns <= now_ns
        ]
        return (points[::-1] if descending else points)[:limit]

    return fetch


@example({"AAPL": [1, 1, 1, 1, 1], "SPY": [1]}, 2, False, 0, 7)
@example({"AAPL": [0, 1, 1, 1, 1, 1], "SPY": [1]}, 2, True, 0, 7)
@given(MARKET, st.integers(1, 9), st.booleans(), st.integers(0, 3), st.integers(0, 7))
def test_pages_join_to_the_whole(market, limit, descending, start_ns, now_ns):
    read, token, joined = reader(market), None, []
    for _ in range(100):
        cursor = None if token is None else decode_cursor(token)
        found, token = page(["SPY", "AAPL", "MSFT", "NONE"], Span(start_ns, 6, limit, descending, cursor), now_ns, read)
        points = [(symbol, point.ts_ns, point.count) for symbol, points in found.items() for point in points]
        assert all(points for points in found.values())
        assert len(points) == limit or token is None
        joined += points
        if token is None:
            break
    whole, _ = page(market, Span(start_ns, 6, 1000, descending), now_ns, read)
    assert joined == [(symbol, point.ts_ns, point.count) for symbol, points in whole.items() for point in points]


def test_a_cursor_reads_what_it_wrote():
    cursor = Cursor("BTC/USD", 1_646_200_800_123_456_789, 3)
    assert decode_cursor(cursor.encode()) == cursor


@pytest.mark.parametrize("token", ["", "!", "QUFQTA==", "QUFQTHx4fDE=", "//8=", Cursor("A", 1, 0).encode(), "é"])
def test_what_was_not_given_out_is_no_token(token):
    with pytest.raises(ValueError, match="no page token"):
        decode_cursor(token)
