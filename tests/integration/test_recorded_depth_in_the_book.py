"""Recorded depth that rests in the order book shows the exchange's own best bid and offer, with trades taking the queue."""

import polars as pl
import pytest

from tenfold.market.depth_book import DepthBook
from tenfold.simulation.book import BUY, SELL, OrderBook
from tenfold.simulation.depth_replay import DepthReplay

SCALE = 100_000  # the instrument's lot; its tick is coarser


class Fed(DepthBook):
    """Decide which changes belong into the book, and hand those on."""

    def __init__(self, replay):
        super().__init__()
        self.replay = replay

    def snapshot(self, last_id, levels):
        self.replay.on_depth(levels, snapshot=True)
        super().snapshot(last_id, levels)

    def change(self, first_id, last_id, levels):
        taken = super().change(first_id, last_id, levels)
        if taken:
            self.replay.on_depth(levels)
        return taken


def updates(folder):
    """Yield (ts_ns, snapshot, first_id, last_id, levels) of the record."""
    rows = pl.read_parquet(folder / "l2_btcusdt_spot_depth.parquet").sort("seq")
    groups = rows.group_by(["event", "first_id", "last_id"], maintain_order=True).agg("ts", "side", "price", "qty")
    for event, first, last, ts, *columns in groups.iter_rows():
        yield ts[0], event == "S", first, last, list(zip(*columns, strict=True))


def best(book):
    bid, ask = book.best(BUY), book.best(SELL)
    return bid.price / SCALE, bid.qty / SCALE, ask.price / SCALE, ask.qty / SCALE


@pytest.mark.parametrize("with_trades", [False, True], ids=["depth", "depth_and_trades"])
def test_the_book_shows_the_best_quotes_of_bitcoin_at_every_matching_update(reference_data, with_trades):
    quotes = pl.read_parquet(reference_data / "l2_btcusdt_spot_bbo.parquet")
    known = {row[0]: row[1:] for row in quotes.select("update_id", "bid", "bid_size", "ask", "ask_size").iter_rows()}
    prints = pl.read_parquet(reference_data / "l2_btcusdt_spot_trades.parquet")
    trades = list(prints.select("ts", "price", "size", "aggressor").iter_rows()) if with_trades else []
    replay = DepthReplay(OrderBook(), scale=SCALE)
    fed, matched, taken = Fed(replay), 0, 0
    for ts, snapshot, first, last, levels in updates(reference_data):
        while taken < len(trades) and trades[taken][0] <= ts and fed.last_id:
            _, price, size, aggressor = trades[taken]
            assert replay.on_trade(price, size, aggressor) == []
            taken += 1
        if snapshot:
            fed.snapshot(last, levels)
        elif not fed.change(first, last, levels):
            continue
        book = replay.book
        assert book.best(BUY).price < book.best(SELL).price
        assert [(at.price / SCALE, at.qty / SCALE) for at in book.depth(BUY, 20)] == fed.levels(BUY, 20)
        assert [(at.price / SCALE, at.qty / SCALE) for at in book.depth(SELL, 20)] == fed.levels(SELL, 20)
        if fed.last_id in known:
            assert best(book) == known[fed.last_id]
            matched += 1
    assert matched == 109
    assert fed.gaps == 0
    assert taken > 9_000 or not with_trades
