"""A book rebuilt from a snapshot and its changes is the exchange's own."""

import numpy as np
import pytest

from tenfold.app import wiring
from tenfold.app.building import build_bars
from tenfold.app.data import load_bars
from tenfold.app.importing import import_file
from tenfold.domain.errors import DataError
from tenfold.market.depth_book import ASK, BID, DepthBook, rebuild
from tenfold.market.ticks import Ticks


def test_levels_are_set_and_removed():
    book = DepthBook()
    assert np.isnan(book.best()[0])
    book.snapshot(10, [(BID, 99.0, 1.0), (BID, 98.0, 2.0), (ASK, 101.0, 3.0), (ASK, 102.0, 4.0)])
    assert book.best() == (99.0, 1.0, 101.0, 3.0)
    assert book.change(11, 12, [(BID, 99.0, 0.0), (ASK, 100.5, 5.0), (BID, 50.0, 0.0)])
    assert book.best() == (98.0, 2.0, 100.5, 5.0)
    assert book.levels(ASK, 2) == [(100.5, 5.0), (101.0, 3.0)]
    assert book.levels(BID, 5) == [(98.0, 2.0)]
    assert not book.broken


def test_what_the_snapshot_contains_is_dropped_and_what_came_before_it_is_kept():
    book = DepthBook()
    assert not book.change(5, 8, [(BID, 1.0, 9.0)])
    assert not book.change(9, 12, [(BID, 97.0, 7.0)])
    book.snapshot(10, [(BID, 96.0, 1.0), (ASK, 101.0, 1.0)])
    assert book.best()[:2] == (97.0, 7.0)
    assert book.last_id == 12
    assert not book.change(11, 12, [(BID, 100.0, 1.0)])


def test_a_lost_change_breaks_the_book_until_the_next_snapshot():
    book = DepthBook()
    book.snapshot(10, [(BID, 99.0, 1.0)])
    assert book.change(12, 13, [])
    assert (book.broken, book.gaps) == (True, 1)
    book.snapshot(20, [(BID, 98.0, 1.0)])
    assert not book.broken
    assert book.best()[0] == 98.0


@pytest.mark.parametrize("column", ["side", "price", "qty", "first_id", "last_id"])
@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_damaged_row_is_a_lost_change(column, at):
    rows = [(1, BID, 99.0, 1.0, 10, 10), (1, ASK, 101.0, 1.0, 10, 10)]
    rows += [
        (0, BID, 98.0, 1.0, 11, 12),
        (0, BID, 99.0, 0.0, 11, 12),
        (0, BID, 97.0, 2.0, 13, 13),
        (0, BID, 96.0, 1.0, 14, 14),
    ]
    names = ("snapshot", "side", "price", "qty", "first_id", "last_id")
    columns = {name: np.array(values, np.float64) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    columns[column][at] = 0.0 if column == "side" else np.nan
    part = Ticks(kind="depth", symbol="X", ts_ns=np.arange(len(rows)), columns=columns)
    book = DepthBook()
    seen = [(last_id, book.broken) for _, last_id in rebuild([part], book)]
    assert book.broken
    assert [broken for _, broken in seen] == sorted(broken for _, broken in seen)
    assert dict(seen).get(10) is (at == 1)


def test_a_damaged_change_before_the_snapshot_leaves_a_gap():
    columns = {
        "snapshot": [0, 0, 1, 0], "side": [BID, 0, BID, BID], "price": [98.0, 97.0, 96.0, 95.0],
        "qty": [1.0] * 4, "first_id": [11, 11, 10, 13], "last_id": [12, 12, 10, 13],
    }  # fmt: skip
    part = Ticks(
        kind="depth", symbol="X", ts_ns=np.arange(4), columns={n: np.array(v, np.float64) for n, v in columns.items()}
    )
    book = DepthBook()
    assert [last_id for _, last_id in rebuild([part], book)] == [10, 13]
    assert (book.broken, book.gaps) == (True, 1)


def market(updates=400, seed=3):
    """Return changes of a random book as ticks, and its best bid and offer by update id."""
    rng = np.random.default_rng(seed)
    sides = {BID: {100.0 - k: 1.0 for k in range(20)}, ASK: {101.0 + k: 1.0 for k in range(20)}}
    rows, best, last = [], {}, 100
    for number in range(updates):
        first, last = last + 1, last + int(rng.integers(1, 5))
        for _ in range(int(rng.integers(1, 4))):
            side = int(rng.choice([BID, ASK]))
            price = float(100 - rng.integers(0, 25) if side == BID else 101 + rng.integers(0, 25))
            qty = 0.0 if rng.random() < 0.3 and len(sides[side]) > 5 else float(rng.integers(1, 9))
            rows.append((0, side, price, qty, first, last))
            if qty:
                sides[side][price] = qty
            else:
                sides[side].pop(price, None)
        bid, ask = max(sides[BID]), min(sides[ASK])
        best[last] = (bid, sides[BID][bid], ask, sides[ASK][ask])
        if number == 40:  # what was sent before is in the snapshot, which arrives three updates late
            snapshot = [(1, s, p, q, last, last) for s, levels in sides.items() for p, q in levels.items()]
        if number == 43:
            rows += snapshot
    names = ("snapshot", "side", "price", "qty", "first_id", "last_id")
    columns = dict(zip(names, np.array(rows).T, strict=True))
    return Ticks(symbol="X", kind="depth", ts_ns=np.arange(len(rows)), columns=columns), best


@pytest.mark.parametrize("size", [10_000, 7, 1])
def test_a_generated_book_is_rebuilt_whatever_the_parts(size):
    ticks, best = market()
    book, seen = DepthBook(), 0
    parts = [ticks.slice(start, start + size) for start in range(0, len(ticks), size)]
    for _, update_id in rebuild(parts, book):
        assert book.best() == best[update_id]
        seen += 1
    assert seen == 357
    assert book.gaps == 0


def test_rows_without_levels_are_refused():
    ticks = Ticks(symbol="X", kind="depth", ts_ns=np.arange(2), columns={"first_id": np.ones(2), "last_id": np.ones(2)})
    with pytest.raises(DataError, match="lacks snapshot, side, price, qty"):
        list(rebuild([ticks], DepthBook()))


def test_the_book_of_bitcoin_equals_the_exchanges_own_best_quotes(reference_data):
    import_file(reference_data / "l2_btcusdt_spot_depth.parquet")
    import_file(reference_data / "l2_btcusdt_spot_bbo.parquet")
    store = wiring.bar_store()
    (quotes,) = store.ticks.parts("BTCUSDT", "quotes")
    names = ("bid", "bid_size", "ask", "ask_size")
    known = dict(
        zip(
            quotes.numbers("update_id").astype(int).tolist(),
            zip(*(quotes.numbers(name).tolist() for name in names), strict=True),
            strict=True,
        )
    )
    book, matched, crossed = DepthBook(), 0, 0
    for _, update_id in rebuild(store.ticks.parts("BTCUSDT", "depth", rows=10_000), book):
        bid, _, ask, _ = book.best()
        crossed += bid >= ask
        if update_id in known:
            assert book.best() == known[update_id]
            matched += 1
    assert (matched, crossed, book.gaps) == (109, 0, 0)
    report = build_bars("BTCUSDT", every="1m", source="depth")
    assert (report.quality.rows, report.unusable) == (7, 0)
    (last,) = load_bars("BTCUSDT", adjust="raw").rows["bid"][-1]
    assert last == book.best()[0]
