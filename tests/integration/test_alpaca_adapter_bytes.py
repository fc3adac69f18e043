"""Whatever bytes a venue sends, and wherever they break off, nothing is taken for an answer that is none."""

import asyncio
import json
import ssl

import aiohttp
import pytest

from alpaca_scenes import INSTRUMENTS, QUICK, Updates, chance, resting, running, stock, trading_of, until
from loops import in_a_loop
from scripted_venue import answer, nameless, scripted, scripted_stream
from tenfold.adapters.alpaca import connection, line
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.trade_updates import TradeUpdates
from tenfold.adapters.clock import SystemClock
from tenfold.domain.errors import VenueError
from tenfold.domain.keys import Keys
from tenfold.execution.reports import Connected, Outcome, Place, Severed

ORDER = {
    "id": "v1", "client_order_id": "one", "symbol": "AAPL", "side": "buy", "qty": "1", "filled_qty": "0", "status": "new",
    "type": "limit", "time_in_force": "gtc", "limit_price": "5", "submitted_at": "2026-11-20T14:30:00Z",
}  # fmt: skip
ACCEPTED = answer(ORDER, **{"X-Request-ID": "r1"})
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (
    len(json.dumps(ORDER)),
    json.dumps(ORDER).encode(),
)


def play(scene):
    """Play a scene with a venue and a client."""

    async def played():
        async with scripted() as venue, trading_of(venue, deadline_s=1.0) as trading:
            return await scene(venue, trading)

    return in_a_loop(asyncio.wait_for(played(), 60))


async def ask(trading):
    return await trading.ask(Place(order=resting("one")))


@pytest.mark.parametrize("whole", [ACCEPTED, CHUNKED], ids=["length", "chunked"])
def test_an_answer_that_breaks_off_after_any_byte_proves_nothing(whole):
    async def scene(venue, trading):
        venue.closes = True
        for kept in range(len(whole)):
            venue.answers.append(whole[:kept])
            answered = await ask(trading)
            assert (answered.outcome, answered.found) == (Outcome.UNKNOWN, None), kept
        venue.answers.append(whole)
        assert (await ask(trading)).outcome is Outcome.ACK
        assert len(venue.requests) == len(whole) + 1

    play(scene)


def test_an_answer_that_the_end_of_the_connection_completes():
    async def scene(venue, trading):
        venue.closes = True
        venue.answers = [b"HTTP/1.1 200 OK\r\n\r\n" + json.dumps(ORDER).encode(), answer(ORDER, Connection="close")]
        for _ in range(2):
            answered = await ask(trading)
            assert (answered.outcome, answered.found.venue_id) == (Outcome.ACK, "v1")

    play(scene)


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n", ACCEPTED + b"more", answer(b"[]"), answer(b"{}"), answer(b""), answer({**ORDER, "side": "sideways"}),
        answer({**ORDER, "qty": "0.5"}), answer({**ORDER, "limit_price": 10**400, "filled_avg_price": 10**400}), answer({**ORDER, "symbol": ""}),
        answer({**ORDER, "symbol": None}), answer({**ORDER, "symbol": "SPY"}), answer({**ORDER, "submitted_at": "soon"}), answer(b"<html>", 502), answer(b"{}", 301),
        answer(b"[" * 100_000), answer(b'{"message":"no","x":' + b"[" * 100_000, 422),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_proves_nothing(raw):
    async def scene(venue, trading):
        venue.answers = [raw, ACCEPTED]
        assert (await ask(trading)).outcome is Outcome.UNKNOWN
        assert (await ask(trading)).outcome is Outcome.ACK

    play(scene)


def test_bytes_that_nobody_asked_for_are_not_the_next_answer():
    async def scene(venue, trading):
        venue.answers = [ACCEPTED, answer({**ORDER, "id": "v2"})]
        assert (await ask(trading)).found.venue_id == "v1"
        (kept,) = trading._rest._connections._free
        venue.say(answer({**ORDER, "id": "ghost"}))
        await until(lambda: not kept.open)
        assert (await ask(trading)).found.venue_id == "v2"

    play(scene)


def test_a_connection_that_was_idle_for_long_is_not_trusted(monkeypatch):
    async def scene(venue, trading):
        venue.answers = [ACCEPTED, ACCEPTED]
        await ask(trading)
        monkeypatch.setattr(connection, "IDLE_S_MAX", 0.0)
        await ask(trading)
        assert len(venue._writers) == 2

    play(scene)


def test_a_connection_that_does_not_come_about_proves_that_nothing_was_sent(monkeypatch):
    async def never(*_, **__):
        await asyncio.sleep(60)

    async def scene(_, trading):
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
        answered = await ask(trading)
        assert (answered.outcome, answered.text) == (Outcome.REFUSED, "127.0.0.1 cannot be reached in time")

    play(scene)


def test_orders_travel_encrypted(monkeypatch):
    monkeypatch.setattr(ssl, "create_default_context", lambda: nameless(ssl.PROTOCOL_TLS_CLIENT))

    async def scene():
        async with scripted(ssl=nameless(ssl.PROTOCOL_TLS_SERVER)) as venue:
            venue.url = f"https://{venue.host}:{venue.port}"
            async with trading_of(venue, deadline_s=2.0) as trading:
                venue.answers = [ACCEPTED, CHUNKED, ACCEPTED[:-1]]
                outcomes = [(await ask(trading)).outcome for _ in range(2)]
                venue.closes = True
                outcomes.append((await ask(trading)).outcome)
                assert len(venue._writers) == 1
                return outcomes

    assert in_a_loop(asyncio.wait_for(scene(), 120)) == [Outcome.ACK, Outcome.ACK, Outcome.UNKNOWN]


def test_keys_travel_in_headers_alone():
    async def scene(venue, trading):
        venue.answers = [ACCEPTED]
        await ask(trading)
        head, body = venue.requests[0]
        assert head.startswith(b"POST /v2/orders HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % venue.port)
        assert b"\r\nAPCA-API-KEY-ID: k\r\nAPCA-API-SECRET-KEY: s\r\n" in head
        assert json.loads(body)["client_order_id"] == "one"

    play(scene)


@pytest.mark.parametrize(
    ("address", "host"),
    [("http://[::1]:8710", b"[::1]:8710"), ("http://[::1]", b"[::1]"), ("http://a.test", b"a.test")],
)
def test_a_request_names_its_host_as_it_is_written_and_asks_for_nothing_compressed(address, host):
    async def scene():
        client = RestClient(address, Keys("k", "s"), SystemClock(), chance())
        head = client._request("GET", "/v2/clock", b"")
        assert head.startswith(b"GET /v2/clock HTTP/1.1\r\nHost: %b\r\n" % host)
        assert b"\r\nAccept-Encoding: identity\r\n" in head

    in_a_loop(scene())


FILL = {
    "activity_type": "FILL", "type": "fill", "transaction_time": "2026-11-20T14:30:00Z", "price": "5", "qty": "1", "side": "buy",
    "symbol": "AAPL", "order_id": "v1",
}  # fmt: skip


def test_an_account_that_never_stands_still_is_not_told():
    async def scene(venue, trading):
        fills = [{**FILL, "id": f"20261120143000{n:03d}::e{n}"} for n in range(9)]
        venue.answers = [answer([ORDER]), answer(fills[:1])]
        for number in range(2, 8):
            venue.answers += [answer([]), answer({"cash": "1"}), answer(fills[:number])]
        assert not (await trading.ask(stock())).complete

    play(scene)


def test_an_order_without_a_moment_is_not_told():
    async def scene(venue, trading):
        venue.answers = [
            answer([{**ORDER, "submitted_at": None}]),
            answer([]),
            answer([]),
            answer({"cash": "1"}),
            answer([]),
        ]
        assert not (await trading.ask(stock())).complete

    play(scene)


@pytest.mark.parametrize(("qty", "fills", "units"), [("1", ["v1"], []), ("0.5", [], [-2_500_000])])
def test_the_order_of_an_execution_may_be_gone(qty, fills, units):
    async def scene(venue, trading):
        fill = {**FILL, "qty": qty, "id": "20261120143000000::e1"}
        venue.answers = [
            answer([]),
            answer([fill]),
            answer([]),  # known by its day
            answer([]),
            answer({"cash": "1"}),
            answer({"message": "no"}, 404),
            answer([fill]),
        ]
        told = await trading.ask(stock())
        assert told.complete
        assert (told.orders, [one.venue_id for one in told.fills if not one.order_id]) == ((), fills)
        assert [one.units for one in told.flows] == units

    play(scene)


@pytest.mark.parametrize(
    ("status", "body", "missing"),
    [(404, {"message": "no"}, ("one",)), (404, {}, ()), (422, {"message": "no"}, ()), (400, {"message": "no"}, ())],
)
def test_an_order_is_missing_where_the_venue_says_so_and_nowhere_else(status, body, missing):
    async def scene(venue, trading):
        rest = [answer(one) for one in ([], [], [], {"cash": "1"}, [])]
        venue.answers = [answer([]), answer(body, status), *rest]
        told = await trading.ask(stock("one"))
        assert (told.complete, told.missing) == (True, missing)

    play(scene)


def test_pages_that_go_round_in_circles_end_in_one_line():
    async def scene(venue, trading):
        page = {"bars": {}, "next_page_token": "again"}
        venue.answers = [answer(page), answer(page)]
        reference = AlpacaReference(trading._rest, trading._rest, SystemClock(), "iex")
        with pytest.raises(VenueError, match="goes round in circles"):
            await reference.bars(["AAPL"], "1Min", 0, 10**18)

    play(scene)


@pytest.mark.parametrize("last", [{"bars": {}, "next_page_token": ""}, {"bars": None}], ids=["token", "bars"])
def test_pages_of_bars_that_end_without_a_word(last):
    async def scene(venue, trading):
        bar = {"t": "2026-11-20T14:30:00Z", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1}
        venue.answers = [answer({"bars": {"AAPL": [bar]}, "next_page_token": "more"}), answer(last)]
        reference = AlpacaReference(trading._rest, trading._rest, SystemClock(), "iex")
        (found,) = await reference.bars(["AAPL"], "1Min", 0, 10**18)
        assert found.symbol == "AAPL"

    play(scene)


@pytest.mark.parametrize("terms", [{"min_trade_increment": "0"}, {"price_increment": "-1"}])
def test_terms_that_cannot_be_end_in_one_line(terms):
    async def scene(venue, trading):
        venue.answers = [answer([{"symbol": "BTC/USD", "tradable": True, **terms}])]
        reference = AlpacaReference(trading._rest, trading._rest, SystemClock(), "iex")
        with pytest.raises(
            VenueError, match=r"terms that cannot be: .*_size of BTC/USD is .*, expected a finite number"
        ):
            await reference.instruments(["BTC/USD"])

    play(scene)


def test_a_position_is_short_by_its_side_or_by_its_sign():
    async def scene(venue, trading):
        held = [
            {"symbol": "AAPL", "qty": "-3", "cost_basis": "-30"},
            {"symbol": "MSFT", "qty": "2", "side": "short", "cost_basis": "-20"},
            {"symbol": "BTCUSD", "qty": "1", "side": "long", "cost_basis": "9"},
        ]
        venue.answers = [answer([]), answer([]), answer([]), answer(held), answer({"cash": "1"}), answer([])]
        told = await trading.ask(stock())
        assert told.positions == {"AAPL": -3, "MSFT": -2000, "BTC/USD": 1_000_000}
        assert told.costs == {"AAPL": -30_000_000, "MSFT": -20_000_000, "BTC/USD": 9_000_000}

    play(scene)


def test_why_an_account_may_not_trade():
    async def scene(venue, trading):
        told = {"status": "SUBMITTED", "cash": "1", "equity": "2", "buying_power": "4", "trading_blocked": True}
        venue.answers = [answer(told)]
        standing = await AlpacaReference(trading._rest, trading._rest, SystemClock(), "iex").standing()
        assert standing.blocked == "the account is SUBMITTED; the venue has blocked it"
        assert (standing.account.equity, standing.buying_power) == (2_000_000, 4_000_000)

    play(scene)


def told_by(handler, wanted):
    """Return what our stream of updates tells of a scripted venue."""

    async def scene():
        heard = Updates()
        async with scripted_stream(handler) as venue:
            url = f"ws://127.0.0.1:{venue.port}/stream"
            stream = TradeUpdates(
                url, Keys("k", "s"), Quantities(INSTRUMENTS), SystemClock(), chance(), heard.told.append, QUICK
            )
            async with running(stream):
                await until(lambda: wanted(heard), 10)
        return heard

    return in_a_loop(asyncio.wait_for(scene(), 120))


async def greeted(socket):
    await socket.receive()
    await socket.send_str('{"stream":"authorization","data":{"status":"authorized","action":"authenticate"}}')
    await socket.receive()
    await socket.send_str('{"stream":"listening","data":{"streams":["trade_updates"]}}')


def test_a_ping_of_the_venue_is_answered():
    pongs = []

    async def handler(socket):
        await greeted(socket)
        await socket.ping(b"are you there")
        while (message := await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
            if message.type is aiohttp.WSMsgType.PONG:
                pongs.append(message.data)

    told_by(handler, wanted=lambda heard: pongs)
    assert pongs[0] == b"are you there"


def test_a_venue_that_never_lets_us_listen(monkeypatch):
    monkeypatch.setattr(line, "READY_S_MAX", 0.3)
    opened = []

    async def handler(socket):
        opened.append(socket)
        while (await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
            pass

    heard = told_by(handler, wanted=lambda _: len(opened) >= 3)
    assert not heard.told


def test_a_venue_that_closes_a_frame_that_is_none_and_a_question_without_an_answer():
    turns = []

    async def handler(socket):
        turns.append(socket)
        await greeted(socket)
        if len(turns) == 1:
            await socket.close(code=1012)
        elif len(turns) == 2:
            socket._req.transport.write(b"\xff\xff\xff\xff")
            await asyncio.sleep(1)
        else:
            while (message := await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
                if message.type is aiohttp.WSMsgType.PING:
                    await socket.pong(message.data)

    heard = told_by(handler, wanted=lambda heard: len(heard.of(Severed)) == 3)
    assert [type(one) for one in heard.told[:6]] == [Connected, Severed] * 3
    reasons = [one.text for one in heard.of(Severed)]
    assert reasons[0] == "the venue closed the stream (code 1012)"
    assert "no WebSocket" in reasons[1] or "closed the stream" in reasons[1]
    assert "the stream is mute: no answer to a question" in reasons[2]


def test_a_stream_that_is_sent_elsewhere_is_not_followed_there():
    told = []

    async def scene():
        async def elsewhere(socket):
            told.append(await socket.receive())

        async with scripted_stream(elsewhere) as other, scripted() as venue:
            there = f"ws://{other.host}:{other.port}/stream"
            venue.answers = [answer(b"", status, Location=there) for status in (301, 307)] * 50
            stream = TradeUpdates(
                f"ws://{venue.host}:{venue.port}/stream", Keys("k", "s"), Quantities(INSTRUMENTS), SystemClock(),
                chance(), Updates().told.append, QUICK,
            )  # fmt: skip
            async with running(stream):
                await until(lambda: len(venue.requests) > 2, 20)
                assert stream.trouble.startswith("127.0.0.1 sends the stream elsewhere (30")
                assert stream.trouble.endswith(f" {there}), which is not followed")

    in_a_loop(asyncio.wait_for(scene(), 60))
    assert not told
