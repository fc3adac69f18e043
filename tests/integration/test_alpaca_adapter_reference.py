"""What does not change with orders is what the exchange and the official client say: clock, calendar, bars, instruments, account."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from alpaca_scenes import filled, place, rest_of, trading_of
from loops import in_a_loop
from official_client import ask as official
from official_client import serving, stock_client, switched, trading_client
from scripted_venue import answer, scripted
from tenfold.adapters.alpaca import reference
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.adapters.clock import SystemClock
from tenfold.domain.errors import TenfoldError, UnknownNameError, VenueError

MINUTE = 60 * 10**9


@pytest.fixture(scope="module")
def exchange():
    with serving() as opened:
        yield opened


@asynccontextmanager
async def asking(exchange):
    one = AlpacaReference(rest_of(exchange), rest_of(exchange), SystemClock(), "iex")
    try:
        yield one
    finally:
        one.close()


def asked(exchange, question):
    async def scene():
        async with asking(exchange) as one:
            return await question(one)

    return in_a_loop(asyncio.wait_for(scene(), 60))


def now_ns(exchange):
    return exchange.call(lambda: exchange.exchange.now_ns)


def test_the_clock_and_how_far_ours_is_from_it(exchange):
    before = now_ns(exchange)
    told = asked(exchange, lambda one: one.time())
    assert before <= told.venue_ns <= now_ns(exchange)
    assert told.is_open
    assert told.next_close_ns - told.venue_ns < 7 * 60 * MINUTE
    assert told.next_open_ns > told.next_close_ns
    assert 0 < told.uncertainty_ns < 10**9
    assert abs(SystemClock().now_ns() - told.offset_ns - told.venue_ns) < 60 * 10**9


def test_the_calendar_knows_weekends(exchange):
    days = asked(exchange, lambda one: one.calendar("2024-03-04", "2024-03-10"))
    assert [(one.open, one.close) for one in days] == [("09:30", "16:00")] * 5
    with trading_client(exchange) as client:
        shown = client.get_calendar(official.GetCalendarRequest(start="2024-03-04", end="2024-03-10"))
    assert [one.close.strftime("%H:%M") for one in shown] == [one.close for one in days]


def test_instruments_of_what_may_be_traded(exchange):
    found = asked(exchange, lambda one: one.instruments(["AAPL", "BTC/USD", "NOSUCH"]))
    assert {one.symbol: (one.tick_size, one.lot_size) for one in found} == {
        "AAPL": (0.01, 1.0),
        "BTC/USD": (1e-9, 1e-9),
    }


def test_past_bars_are_those_of_the_exchange_page_by_page(exchange, monkeypatch):
    monkeypatch.setattr(reference, "BARS_A_PAGE", 7)
    stop = now_ns(exchange) // MINUTE * MINUTE
    start = stop - 25 * MINUTE
    found = asked(exchange, lambda one: one.bars(["MSFT", "AAPL"], "1Min", start, stop))
    with stock_client(exchange) as client:
        path = "/stocks/bars?symbols=AAPL,MSFT&timeframe=1Min&feed=iex&limit=10000"
        shown = client.get(f"{path}&start={reference.moment_text(start)}&end={reference.moment_text(stop - 1)}")["bars"]
    theirs = {(symbol, one["c"], one["v"], one["n"]) for symbol, bars in shown.items() for one in bars}
    assert {(one.symbol, one.close, one.volume, one.trades) for one in found} == theirs
    assert [one.open_ns for one in found] == sorted(one.open_ns for one in found)
    assert all(
        start <= one.open_ns < stop and one.ts_ns == one.open_ns + MINUTE and one.kind == "minute" for one in found
    )


def test_days_and_coins(exchange):
    day = 24 * 60 * MINUTE
    stop = now_ns(exchange)
    (last, *_), coins = (
        asked(exchange, lambda one: one.bars(["AAPL"], "1Day", stop - 10 * day, stop)),
        asked(exchange, lambda one: one.bars(["BTC/USD", "AAPL"], "1Min", stop - 20 * MINUTE, stop)),
    )
    assert last.kind == "daily"
    assert {one.symbol for one in coins} == {"AAPL", "BTC/USD"}


def test_how_the_account_stands(exchange):
    async def scene():
        async with trading_of(exchange) as trading, asking(exchange) as one:
            await trading.ask(place("standing", qty=3))
            await filled(trading, "standing")
            return await one.standing()

    told = in_a_loop(asyncio.wait_for(scene(), 60))
    with trading_client(exchange) as client:
        account = client.get_account()
        client.set_account_configurations(
            client.get_account_configurations().model_copy(update={"suspend_trade": True})
        )
    assert told.account.cash == round(float(account.cash) * 1e6)
    assert abs(told.account.equity - float(account.equity) * 1e6) < 1e9
    assert told.account.gross > 0
    assert told.blocked == ""
    assert asked(exchange, lambda one: one.standing()).blocked == "its owner has suspended trading"
    with trading_client(exchange) as client:
        client.set_account_configurations(
            client.get_account_configurations().model_copy(update={"suspend_trade": False})
        )


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (lambda one: one.bars(["NO SUCH"], "1Min", 0, 10**18), UnknownNameError),
        (lambda one: one.calendar("yesterday", "today"), UnknownNameError),
    ],
)
def test_a_question_that_makes_no_sense_ends_in_one_line(exchange, question, error):
    with pytest.raises(error) as caught:
        asked(exchange, question)
    assert "\n" not in str(caught.value)
    assert "127.0.0.1 answers /v2/" in str(caught.value)


def test_a_venue_that_never_answers(exchange, monkeypatch):
    monkeypatch.setattr("tenfold.adapters.alpaca.rest_client.READ_DEADLINE_S", 0.5)
    switched(exchange, "request_lost", rate=1.0)
    try:
        with pytest.raises(
            VenueError, match=r"127.0.0.1 does not answer /v2/clock: GET /v2/clock: the connection was lost"
        ):
            asked(exchange, lambda one: one.time())
    finally:
        switched(exchange, "request_lost")
    switched(exchange, "error_503_before", rate=1.0)
    try:
        with pytest.raises(VenueError, match=r"127.0.0.1 answers /v2/clock with 503"):
            asked(exchange, lambda one: one.time())
    finally:
        switched(exchange, "error_503_before")
    switched(exchange, "truncated_json", rate=1.0)
    try:
        with pytest.raises(TenfoldError, match="cannot be read"):
            asked(exchange, lambda one: one.time())
    finally:
        switched(exchange, "truncated_json")


def test_a_question_that_is_swallowed_is_asked_again_over_another_connection(monkeypatch):
    monkeypatch.setattr("tenfold.adapters.alpaca.rest_client.READ_DEADLINE_S", 2.0)

    async def scene():
        async with scripted() as venue:
            venue.answers = [b"", answer({"all": "well"})]
            rest = rest_of(venue)
            assert await rest.read("/v2/clock", dict[str, str]) == {"all": "well"}
            assert len(venue.requests) == len(venue._writers) == 2
            rest.close()

    in_a_loop(asyncio.wait_for(scene(), 60))
