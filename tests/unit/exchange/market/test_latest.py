"""What was last seen of a symbol: prices, days, statuses, corrected prints."""

import pytest
from msgspec.structs import replace

from tenfold.domain.bars import blank_bar
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.events import Bust, Corporate, Correction, Depth, Edge, LateBar
from tenfold.exchange.market.candle import Candle, candle_of, merged
from tenfold.exchange.market.latest import Latest

DAY = 20_420


def bar(minute, close=10.0, symbol="A", volume=100.0, day=DAY, **fields):
    made = Bar(*blank_bar()[0].item(), symbol)
    ts_ns = day * NS_PER_DAY + minute * NS_PER_MINUTE
    return replace(
        made, flags=0, session=day, ts_ns=ts_ns, open_ns=ts_ns - NS_PER_MINUTE, close=close, open=close - 1, high=close + 1,
        low=close - 2, volume=volume, **fields,
    )  # fmt: skip


def edge(kind, day=DAY):
    return Edge(ts_ns=day * NS_PER_DAY, kind=kind, day=day)


def trade(minute, price, symbol="A"):
    return Trade(ts_ns=DAY * NS_PER_DAY + minute * NS_PER_MINUTE, symbol=symbol, price=price, size=5.0)


@pytest.fixture
def latest():
    return Latest()


def test_nothing_is_known_at_first(latest):
    assert latest.mark("A") == 0
    assert (latest.quote("A"), latest.trade("A"), latest.minute("A")) == (None,) * 3
    assert (latest.daily("A"), latest.previous("A"), latest.book("A")) == (None,) * 3


def test_the_mark_is_the_newest_price(latest):
    latest.prime("A", Candle(0, 1, 1.0, 1.0, 1.0, 7.25, 1.0, 1, 1.0))
    assert latest.mark("A") == 7_250_000_000
    latest.on_market(Quote(ts_ns=1, symbol="A", bid=8.0, ask=9.0))
    assert latest.mark("A") == 8_500_000_000
    latest.on_market(bar(1, 9.5))
    assert latest.mark("A") == 9_500_000_000
    latest.on_market(trade(2, 9.75))
    assert latest.mark("A") == 9_750_000_000
    latest.on_market(bar(3, 9.1))
    assert latest.mark("A") == 9_100_000_000


def test_bars_alone_give_quote_and_trade(latest):
    latest.on_market(bar(1, 10.0))
    assert (latest.quote("A").bid, latest.quote("A").ask) == (9.99, 10.01)
    assert (latest.trade("A").price, latest.trade("A").ts_ns) == (10.0, latest.minute("A").end_ns)
    latest.on_market(bar(2, 0.5))
    assert (latest.quote("A").bid, latest.quote("A").ask) == (0.4999, 0.5001)
    latest.on_market(bar(3, 10.0, bid=9.9, ask=10.2))
    assert (latest.quote("A").bid, latest.quote("A").ask) == (9.9, 10.2)
    real = Quote(ts_ns=1, symbol="A", bid=8.0, ask=9.0)
    latest.on_market(real)
    latest.on_market(trade(4, 3.0))
    assert latest.quote("A") == real
    assert latest.trade("A").price == 3.0


def test_days_count_the_regular_session(latest):
    for event in (edge("pre"), bar(1, 50.0), edge("open"), bar(2, 10.0), bar(3, 12.0), edge("close"), bar(4, 99.0)):
        latest.on_market(event)
    daily = latest.daily("A")
    assert (daily.open, daily.high, daily.low, daily.close, daily.volume) == (9.0, 13.0, 8.0, 12.0, 200.0)
    assert latest.previous("A") is None
    for event in (edge("pre", DAY + 1), edge("open", DAY + 1)):
        latest.on_market(event)
    assert latest.daily("A") == daily
    latest.on_market(bar(2, 20.0, day=DAY + 1))
    assert latest.previous("A") == daily
    assert latest.daily("A").close == 20.0
    latest.on_market(bar(3, 21.0, day=DAY + 1))
    assert latest.daily("A").close == 21.0


def test_crypto_counts_every_bar_of_a_day(latest):
    for event in (edge("post"), bar(1, 10.0, "BTC/USD"), bar(2, 30.0, "BTC/USD")):
        latest.on_market(event)
    assert latest.daily("BTC/USD").high == 31.0
    latest.on_market(bar(1, 5.0, "BTC/USD", day=DAY + 1))
    assert latest.previous("BTC/USD").high == 31.0


def test_a_late_bar_changes_its_day(latest):
    for event in (edge("open"), bar(1, 10.0), bar(2, 11.0)):
        latest.on_market(event)
    assert latest.daily("A").volume == 200.0
    late = replace(bar(1, 10.0), volume=150.0, high=40.0)
    latest.on_market(LateBar(ts_ns=0, bar=late))
    assert latest.daily("A").volume == 250.0
    assert latest.daily("A").high == 40.0
    assert latest.minute("A").end_ns == bar(2).ts_ns
    latest.on_market(LateBar(ts_ns=0, bar=replace(bar(2), close=11.5)))
    assert latest.minute("A").close == 11.5
    latest.on_market(LateBar(ts_ns=0, bar=bar(1, symbol="Z")))
    assert latest.minute("Z") is None


def test_corrected_and_cancelled_prints(latest):
    for event in (trade(1, 10.0), trade(2, 11.0)):
        latest.on_market(event)
    latest.on_market(Correction(ts_ns=9, symbol="A", original=trade(2, 11.0), corrected=trade(2, 10.5)))
    assert latest.trade("A").price == 10.5
    latest.on_market(Correction(ts_ns=9, symbol="A", original=trade(1, 10.0), corrected=trade(1, 1.0)))
    latest.on_market(Bust(ts_ns=9, symbol="A", original=trade(1, 10.0)))
    assert latest.trade("A").price == 10.5
    latest.on_market(Bust(ts_ns=9, symbol="A", original=trade(2, 10.5)))
    assert latest.trade("A").price == 10.0
    latest.on_market(Bust(ts_ns=9, symbol="A", original=trade(1, 10.0)))
    assert latest.trade("A") is None


def test_levels(latest):
    latest.on_market(Depth(ts_ns=5, symbol="A", levels=((1, 9.0, 2.0), (-1, 11.0, 3.0)), snapshot=True, last_id=7))
    latest.on_market(Depth(ts_ns=6, symbol="A", levels=((1, 9.0, 0.0), (1, 8.0, 4.0)), last_id=9))
    assert latest.book("A").best() == (8.0, 4.0, 11.0, 3.0)


def test_a_split_restates_what_was_seen_last(latest):
    latest.prime("A", Candle(0, 1, 8.0, 8.0, 8.0, 8.0, 1.0, 1, 8.0))
    latest.on_market(Corporate(ts_ns=7, symbol="A", cash=1.0))
    assert latest.mark("A") == 8_000_000_000
    latest.on_market(Corporate(ts_ns=7, symbol="A", ratio=2.0))
    assert latest.mark("A") == 4_000_000_000
    for event in (Quote(ts_ns=1, symbol="A", bid=8.0, ask=9.0), bar(1, 10.0), trade(2, 12.0)):
        latest.on_market(event)
    latest.on_market(Corporate(ts_ns=8, symbol="A", ratio=4.0))
    assert latest.mark("A") == 3_000_000_000
    assert (latest.quote("A").bid, latest.quote("A").ask, latest.minute("A").close) == (2.0, 2.25, 2.5)


def test_candles_hold_what_is_known_of_their_trades():
    plain = candle_of(bar(1, 10.0, volume=250.0))
    assert (plain.trades, plain.volume) == (3, 250.0)
    known = candle_of(bar(2, 10.0, volume=300.0, extra=(7.0, 9.9)))
    assert (known.trades, known.vwap) == (7, 9.9)
    assert candle_of(bar(1, volume=float("nan"))).volume == 0.0
    both = merged(plain, known)
    assert both.trades == 10
    assert both.vwap == pytest.approx((plain.vwap * 250 + 9.9 * 300) / 550)
    silent = candle_of(bar(1, volume=0.0))
    assert merged(silent, silent).vwap == silent.vwap
