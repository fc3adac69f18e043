"""The made-up market: the same for the same seed, whenever it is asked; past and replay agree; prices make sense."""

import itertools

import numpy as np
import pytest

from exchange_markets import CLOSE_NS, DAY, OPEN_NS, SESSIONS, played, texts
from tenfold.domain.errors import ParameterError
from tenfold.domain.market import Bar, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.events import Auction, Edge
from tenfold.exchange.market.candle import candle_of
from tenfold.exchange.market.event_order import order_of
from tenfold.exchange.market.synthetic import SYMBOLS, SyntheticRecord, synthetic_market

PRE_NS = SESSIONS.edges(DAY)[0].ts_ns
POST_NS = SESSIONS.edges(DAY)[3].ts_ns


def market(symbols=("AAPL", "BTC/USD"), seed=7, start_ns=PRE_NS, stop_ns=POST_NS, **rest):
    return synthetic_market(symbols, seed, SESSIONS, start_ns, stop_ns, **rest)


def of(kind, events, symbol="AAPL"):
    return [event for event in events if isinstance(event, kind) and event.symbol == symbol]


@pytest.fixture(scope="module")
def day():
    return played(market().replay)


def test_a_day_has_everything(day):
    assert day == sorted(day, key=order_of)
    assert PRE_NS <= day[0].ts_ns <= day[-1].ts_ns < POST_NS
    assert len(of(Quote, day)) > 3000
    assert len(of(Trade, day)) > 1000
    assert len(of(Bar, day)) > 380
    assert [one.kind for one in of(Auction, day)] == ["open", "close"]
    assert of(Auction, day)[0].ts_ns == OPEN_NS + 250_000_000
    assert of(Auction, day)[1].ts_ns == CLOSE_NS
    assert [one.kind for one in day if isinstance(one, Edge)] == ["pre", "open", "close"]
    assert of(Auction, day, "BTC/USD") == []


def test_prices_make_sense(day):
    for symbol in ("AAPL", "BTC/USD"):
        shown = of(Quote, day, symbol)
        assert all(0.0 < one.bid < one.ask < 1.02 * one.bid for one in shown)
        assert all(one.bid_size > 0.0 and one.ask_size > 0.0 for one in shown)
        assert all(round(one.bid, 2) == one.bid for one in shown)
        moves = [abs(a.bid / b.bid - 1.0) for a, b in itertools.pairwise(shown)]
        assert max(moves) < 0.02
        assert np.std([one.bid for one in shown]) > 0.0


def test_prints_take_the_quote(day):
    standing = None
    for event in day:
        if isinstance(event, Quote) and event.symbol == "AAPL":
            standing = event
        if isinstance(event, Trade) and event.symbol == "AAPL":
            assert event.price in (standing.bid, standing.ask)
            assert event.venue in {"NASDAQ", "NYSE", "ARCA", "IEX", "MEMX"}
            assert event.size >= 1.0


def test_more_happens_at_open_and_close(day):
    trades = [(one.ts_ns - OPEN_NS) / (CLOSE_NS - OPEN_NS) for one in of(Trade, day)]
    counts = np.histogram(trades, bins=10, range=(0.0, 1.0))[0]
    assert counts[0] > 1.5 * counts[5]
    assert counts[9] > 1.5 * counts[5]
    assert 0 < sum(share < 0.0 for share in trades) < 0.05 * len(trades)


def test_the_same_seed_makes_the_same_market(day):
    assert texts(played(market().replay)) == texts(day)
    assert texts(played(market(seed=8).replay)) != texts(day)


def test_a_day_does_not_depend_on_the_others(day):
    whole = market(start_ns=PRE_NS - 3 * NS_PER_DAY)
    later = market(symbols=("AAPL",), start_ns=OPEN_NS, stop_ns=CLOSE_NS)
    assert texts(one for one in played(whole.replay) if one.ts_ns >= PRE_NS) == texts(day)
    regular = [one for one in day if OPEN_NS <= one.ts_ns < CLOSE_NS and getattr(one, "symbol", "AAPL") == "AAPL"]
    assert texts(played(later.replay)) == texts(regular)


def test_past_and_replay_agree(day):
    history = market().history
    assert history.quotes("AAPL", PRE_NS, POST_NS, POST_NS) == of(Quote, day)
    assert history.trades("AAPL", PRE_NS, POST_NS, POST_NS) == of(Trade, day)
    assert history.auctions("AAPL", PRE_NS, POST_NS, POST_NS) == of(Auction, day)
    bars = [candle_of(bar) for bar in of(Bar, day)]
    minutes = history.bars("AAPL", "1Min", PRE_NS, POST_NS, day[-1].ts_ns)
    assert [one[:8] for one in minutes] == [one[:8] for one in bars]
    assert [one.vwap for one in minutes] == pytest.approx([one.vwap for one in bars])


def test_days_agree_with_their_minutes():
    history = market().history
    start_ns, now_ns = OPEN_NS - 10 * NS_PER_DAY, POST_NS
    days = history.bars("AAPL", "1Day", start_ns, now_ns, now_ns)
    assert len(days) == 8
    minutes = history.bars("AAPL", "1Min", start_ns, now_ns, now_ns)
    for one in days:
        session = SESSIONS.session(SESSIONS.day_of(one.ts_ns))
        inside = [bar for bar in minutes if session.open_ns <= bar.ts_ns < session.close_ns]
        assert one.volume == pytest.approx(sum(bar.volume for bar in inside))
        assert (one.open, one.close) == (inside[0].open, inside[-1].close)
        assert (one.high, one.low) == (max(bar.high for bar in inside), min(bar.low for bar in inside))
    running = history.bars("AAPL", "1Day", start_ns, now_ns, OPEN_NS + 10 * NS_PER_MINUTE)
    assert running[:-1] == days[:-1]
    assert running[-1].volume < days[-1].volume


def test_coins_trade_around_the_clock():
    saturday = (DAY + 1) * NS_PER_DAY
    made = market(start_ns=saturday, stop_ns=saturday + NS_PER_DAY)
    events = played(made.replay)
    assert max(one.ts_ns for one in of(Trade, events, "AAPL")) < POST_NS
    assert len(of(Trade, events, "BTC/USD")) > 3000
    assert made.latest.mark("AAPL") > 0
    (one,) = made.history.bars("BTC/USD", "1Day", saturday, saturday + NS_PER_DAY, saturday + NS_PER_DAY)
    assert one.ts_ns == saturday


def test_it_may_be_busier():
    calm, busy = (market(("MSFT",), activity=activity) for activity in (0.2, 2.0))
    assert len(played(busy.replay)) > 5 * len(played(calm.replay))
    assert set(busy.kinds.values()) == {"quotes"}


def test_every_default_symbol_has_a_price_before_the_start():
    made = market(SYMBOLS)
    assert all(made.latest.mark(symbol) > 0 for symbol in SYMBOLS)


def test_prices_of_years_stay_in_sight():
    record = SyntheticRecord("AAPL", 1, SESSIONS)
    rows = record.rows(NS_PER_DAY, OPEN_NS - 60 * NS_PER_DAY, OPEN_NS)
    assert record.actions() == ()
    assert len(rows) == 43
    assert 0.01 < np.std(np.log(rows["close"])) < 0.5
    assert record.ticks("quotes", OPEN_NS, OPEN_NS + NS_PER_MINUTE).ts_ns[-1] < OPEN_NS + NS_PER_MINUTE
    assert record.ticks("trades", 0, 1) is None


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ({"activity": 0.0}, "activity is 0"),
        ({"start_ns": 0}, "begins in 2016"),
        ({"stop_ns": 1 << 62}, "begins in 2016"),
    ],
)
def test_what_cannot_be_made_up(rest, text):
    with pytest.raises(ParameterError, match=text):
        market(**rest)
