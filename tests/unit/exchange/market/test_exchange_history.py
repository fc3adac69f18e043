"""The past as clients see it: time frames, the bar in progress, nothing after now, adjustments, corrections."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_markets import (
    CLOSE_NS,
    DAY,
    OPEN_NS,
    SESSIONS,
    daily_bars,
    joined_days,
    minute_bars,
    quotes,
    random_trades,
    trades,
)
from tenfold.domain.market import Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.events import Auction, Bust, Corporate, Correction, LateBar, Status
from tenfold.exchange.market.candle import candle_of
from tenfold.exchange.market.day_bars import in_session
from tenfold.exchange.market.history import History
from tenfold.exchange.market.recorded import Recorded
from tenfold.exchange.market.rows import rows_of_bars
from tenfold.exchange.market.sources import bar_events

ALWAYS = (0, 1 << 61)
LATER_NS = OPEN_NS + 400 * NS_PER_DAY


def history(*bars, symbol="A", **told):
    rows = {}
    for one in bars:
        placed = one if one.period_ns < NS_PER_DAY or "/" in symbol else in_session(one, SESSIONS)
        rows[one.period_ns] = rows_of_bars(placed, one.symbols.index(symbol))
    return History({symbol: Recorded(symbol, SESSIONS, rows, **told)}, SESSIONS)


@pytest.fixture
def week():
    days = (DAY, DAY + 3, DAY + 4)
    return history(joined_days(*(minute_bars(day=day, start=100.0 + day - DAY) for day in days)))


def test_minutes_as_they_are(week):
    found = week.bars("A", "1Min", OPEN_NS, OPEN_NS + 3 * NS_PER_MINUTE, LATER_NS)
    assert [one.ts_ns for one in found] == [OPEN_NS, OPEN_NS + NS_PER_MINUTE, OPEN_NS + 2 * NS_PER_MINUTE]
    assert found[0][:7] == (OPEN_NS, OPEN_NS + NS_PER_MINUTE, 99.995, 100.02, 99.98, 100.0, 100.0)
    assert week.symbols == ("A",)
    assert week.bars("Z", "1Min", *ALWAYS, LATER_NS) == []


def test_pages(week):
    first = week.bars("A", "1Min", *ALWAYS, LATER_NS, limit=2)
    last = week.bars("A", "1Min", *ALWAYS, LATER_NS, limit=2, descending=True)
    every = week.bars("A", "1Min", *ALWAYS, LATER_NS)
    assert (first, last) == (every[:2], every[:-3:-1])
    assert len(every) == 3 * 390


def test_longer_time_frames(week):
    five = week.bars("A", "5Min", *ALWAYS, LATER_NS)
    assert len(five) == 3 * 78
    minutes = week.bars("A", "1Min", *ALWAYS, LATER_NS)[:5]
    assert five[0].open == minutes[0].open
    assert five[0].close == minutes[4].close
    assert (five[0].high, five[0].low) == (max(m.high for m in minutes), min(m.low for m in minutes))
    assert (five[0].volume, five[0].trades) == (500.0, 5)
    assert five[0].vwap == pytest.approx(sum(m.vwap for m in minutes) / 5)
    hours = week.bars("A", "1Hour", *ALWAYS, LATER_NS)
    assert len(hours) == 3 * 7
    assert hours[0].ts_ns == OPEN_NS - 30 * NS_PER_MINUTE
    assert [one.ts_ns for one in week.bars("A", "1Day", *ALWAYS, LATER_NS)] == [
        SESSIONS.moment(day, 0) for day in (DAY, DAY + 3, DAY + 4)
    ]
    weeks = week.bars("A", "1Week", *ALWAYS, LATER_NS)
    assert [one.ts_ns for one in weeks] == [SESSIONS.moment(DAY - 4, 0), SESSIONS.moment(DAY + 3, 0)]
    assert weeks[1].volume == 78_000.0
    months = week.bars("A", "1Month", *ALWAYS, LATER_NS)
    assert [one.volume for one in months] == [39_000.0, 78_000.0]


def test_the_bar_in_progress_is_shown_as_far_as_it_is_known(week):
    now_ns = OPEN_NS + 7 * NS_PER_MINUTE + 30 * NS_PER_SECOND
    assert len(week.bars("A", "1Min", *ALWAYS, now_ns)) == 7
    assert [one.volume for one in week.bars("A", "5Min", *ALWAYS, now_ns)] == [500.0, 200.0]
    for frame in ("1Day", "1Week", "1Month"):
        assert [one.volume for one in week.bars("A", frame, *ALWAYS, now_ns)] == [700.0]
    assert week.bars("A", "1Min", *ALWAYS, OPEN_NS) == []


@given(st.sampled_from(["1Min", "7Min", "1Hour", "4Hour", "1Day", "1Week", "1Month"]), st.integers(-10, 3 * 24 * 60))
def test_nothing_is_known_of_what_comes_after(frame, minute):
    now_ns = OPEN_NS + minute * NS_PER_MINUTE
    days = [minute_bars(day=day) for day in (DAY - 1, DAY, DAY + 3)]
    found = history(joined_days(*days)).bars("A", frame, *ALWAYS, now_ns)
    past = [one.between(0, now_ns + 1) for one in days if one.ts_ns[0] <= now_ns]
    alone = history(joined_days(*past)).bars("A", frame, *ALWAYS, LATER_NS)
    assert found == alone
    assert all(one.end_ns <= now_ns for one in found)


def test_days_hold_the_regular_session():
    early, late = minute_bars(30, first_minute=-60, start=10.0), minute_bars(30, first_minute=400, start=500.0)
    told = history(joined_days(early, minute_bars(), late))
    (day,) = told.bars("A", "1Day", *ALWAYS, LATER_NS)
    assert day.volume == 39_000.0
    assert day.high < 110.0
    assert len(told.bars("A", "1Min", *ALWAYS, LATER_NS)) == 450
    weekend = history(minute_bars(5, day=DAY, first_minute=26 * 60))
    assert weekend.bars("A", "1Day", *ALWAYS, LATER_NS) == []


def test_days_of_coins_are_days_of_utc():
    told = history(minute_bars(600, symbols=("BTC/USD",), first_minute=400), symbol="BTC/USD")
    found = told.bars("BTC/USD", "1Day", *ALWAYS, LATER_NS)
    assert [one.ts_ns for one in found] == [DAY * NS_PER_DAY, (DAY + 1) * NS_PER_DAY]
    assert told.bars("BTC/USD", "4Hour", *ALWAYS, LATER_NS)[0].ts_ns % (4 * 60 * NS_PER_MINUTE) == 0


def test_days_serve_where_there_are_no_minutes():
    days = daily_bars([DAY - 3, DAY - 2, DAY - 1], start=50.0)
    told = history(days, minute_bars())
    now_ns = OPEN_NS + 10 * NS_PER_MINUTE
    found = told.bars("A", "1Day", *ALWAYS, now_ns)
    assert [one.close for one in found] == pytest.approx([50.0, 51.0, 52.0, 100.18])
    assert len(told.bars("A", "1Min", *ALWAYS, now_ns)) == 10
    assert told.bars("A", "1Week", *ALWAYS, now_ns)[0].open == 50.0
    before = history(daily_bars([DAY + 3]), minute_bars())
    assert [one.close for one in before.bars("A", "1Day", *ALWAYS, LATER_NS)] == pytest.approx([107.78, 100.0])


def test_the_last_day_before_now():
    told = history(daily_bars([DAY - 1, DAY, DAY + 3]), minute_bars())
    assert told.previous("A", OPEN_NS + NS_PER_MINUTE).close == 100.0
    assert told.previous("A", CLOSE_NS).close == 101.0
    assert told.previous("A", OPEN_NS + NS_PER_DAY).close == 101.0
    assert told.previous("A", OPEN_NS - 30 * NS_PER_DAY) is None
    assert told.previous("A", OPEN_NS + 14 * NS_PER_DAY).close == 102.0


def test_quotes_and_prints():
    told = history(
        quotes=lambda: [quotes([(1, 9.0, 9.1), (2, 9.1, 9.2), (3, 9.2, 9.3)])],
        trades=lambda: [trades([(1, 9.0, 1.0), (2, 9.1, 2.0), (3, 9.2, 3.0)])],
    )
    now_ns = OPEN_NS + 2 * NS_PER_SECOND
    assert [one.bid for one in told.quotes("A", *ALWAYS, now_ns)] == [9.0, 9.1]
    assert [one.bid for one in told.quotes("A", *ALWAYS, now_ns, descending=True)] == [9.1, 9.0]
    assert [one.bid for one in told.quotes("A", *ALWAYS, LATER_NS, limit=1, descending=True)] == [9.2]
    assert [one.price for one in told.trades("A", OPEN_NS, now_ns, LATER_NS)] == [9.0]
    assert [one.price for one in told.trades("A", *ALWAYS, LATER_NS, limit=2)] == [9.0, 9.1]
    assert told.trades("Z", *ALWAYS, LATER_NS) == told.quotes("A", 5, 5, LATER_NS) == []
    assert told.auctions("Z", *ALWAYS, LATER_NS) == []


def test_corrected_prints():
    told = history(trades=lambda: [trades([(1, 9.0, 1.0), (2, 9.1, 2.0), (3, 9.2, 3.0)])])
    first, second, third = told.trades("A", *ALWAYS, LATER_NS)
    better = Trade(ts_ns=first.ts_ns, symbol="A", price=8.9, size=1.0)
    told.on_market(Correction(ts_ns=LATER_NS, symbol="A", original=first, corrected=better))
    told.on_market(Bust(ts_ns=LATER_NS, symbol="A", original=second))
    told.on_market(third)
    assert told.trades("A", *ALWAYS, LATER_NS) == [better, third]
    assert told.trades("A", *ALWAYS, LATER_NS, limit=1) == [better]
    assert told.trades("A", *ALWAYS, LATER_NS, limit=1, descending=True) == [third]


def test_bars_that_were_sent_again(week):
    (bar, *_), *_ = bar_events(minute_bars())
    changed = type(bar)(*(getattr(bar, name) for name in bar.__struct_fields__[:-1]), (9.0, 101.0))
    week.on_market(LateBar(ts_ns=LATER_NS, bar=changed))
    assert week.bars("A", "1Min", *ALWAYS, LATER_NS)[0] == candle_of(changed)
    assert week.bars("A", "5Min", *ALWAYS, LATER_NS)[0].trades == 13
    assert week.bars("A", "1Min", *ALWAYS, LATER_NS)[1].trades == 1
    outside = LateBar(ts_ns=LATER_NS, bar=next(iter(bar_events(minute_bars(1, first_minute=-5))))[0])
    week.on_market(outside)
    assert len(week.bars("A", "1Min", *ALWAYS, LATER_NS)) == 3 * 390


def test_bars_of_a_halt_are_hidden(week):
    for minute, code in ((2, "H"), (2, "P"), (5, "T"), (6, "T"), (100, "H")):
        week.on_market(Status(ts_ns=OPEN_NS + minute * NS_PER_MINUTE, symbol="A", code=code, message=""))
    minutes = [(one.ts_ns - OPEN_NS) // NS_PER_MINUTE for one in week.bars("A", "1Min", *ALWAYS, LATER_NS)]
    assert minutes == [0, 1, *range(5, 100)]


def test_auctions():
    told = history(auctions=[Auction(ts_ns=at, symbol="A", kind="open", price=1.0) for at in (5, 6, 7)])
    assert [one.ts_ns for one in told.auctions("A", 5, 100, 6)] == [5, 6]
    assert [one.ts_ns for one in told.auctions("A", 5, 7, 100, limit=1, descending=True)] == [6]


def split(day, ratio):
    return Corporate(ts_ns=SESSIONS.edges(day)[0].ts_ns, symbol="A", ratio=ratio)


def dividend(day, cash):
    return Corporate(ts_ns=SESSIONS.edges(day)[0].ts_ns, symbol="A", cash=cash)


def test_adjustment():
    days = daily_bars([DAY - 3, DAY - 2, DAY - 1, DAY], start=100.0)
    told = history(days, actions=[split(DAY - 2, 2.0), dividend(DAY, 5.1)])

    def closes(adjustment, now_ns=LATER_NS):
        return [one.close for one in told.bars("A", "1Day", *ALWAYS, now_ns, adjustment=adjustment)]

    paid = 1.0 - 5.1 / 102.0
    assert closes("raw") == [100.0, 101.0, 102.0, 103.0]
    assert closes("split") == [50.0, 101.0, 102.0, 103.0]
    assert closes("dividend") == pytest.approx([100.0 * paid, 101.0 * paid, 102.0 * paid, 103.0])
    assert closes("all") == pytest.approx([50.0 * paid, 101.0 * paid, 102.0 * paid, 103.0])
    assert closes("split,dividend") == closes("all")
    assert closes("all", SESSIONS.session(DAY - 1).close_ns) == [50.0, 101.0, 102.0]
    assert closes("all", SESSIONS.session(DAY - 3).close_ns) == [100.0]
    volumes = [one.volume for one in told.bars("A", "1Day", *ALWAYS, LATER_NS, adjustment="split")]
    assert volumes == [20_000.0, 10_100.0, 10_200.0, 10_300.0]


def test_a_week_around_a_split():
    days = daily_bars([DAY - 3, DAY - 2, DAY - 1, DAY], start=100.0)
    told = history(days, actions=[split(DAY - 1, 4.0)])
    (week,) = told.bars("A", "1Week", *ALWAYS, LATER_NS, adjustment="split")
    assert (week.open, week.high, week.low, week.close) == (25.0, 104.0, 24.75, 103.0)


def test_a_dividend_that_cannot_be_reckoned():
    told = history(daily_bars([DAY]), actions=[dividend(DAY, 5.0), dividend(DAY + 3, 500.0)])
    assert [one.close for one in told.bars("A", "1Day", *ALWAYS, LATER_NS, adjustment="all")] == [100.0]
    assert told.bars("A", "1Day", 0, 5, LATER_NS, adjustment="all") == []


def test_minutes_of_prints_are_made_when_asked_for():
    read = []

    def parts():
        read.append(1)
        return [random_trades(300, 5)]

    told = history(trades=parts)
    assert not read
    assert len(told.bars("A", "1Min", *ALWAYS, LATER_NS)) == 30
    assert len(told.bars("A", "1Day", *ALWAYS, LATER_NS)) == 1
    assert np.isfinite([one.vwap for one in told.bars("A", "1Min", *ALWAYS, LATER_NS)]).all()
    assert len(read) == 1
