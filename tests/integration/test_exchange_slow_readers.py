"""Clients that read too slowly: they are cut off, told why where they can be, and hold nobody up."""

import asyncio
import time

from loops import in_a_loop
from official_client import serving
from raw_client import ask, connected, market_of, next_json, off, upgrade_bytes
from tenfold.exchange.faults import Switch


def test_a_slow_reader_is_cut_off_and_the_exchange_goes_on():
    many = tuple(f"X{number}" for number in range(20))
    with serving(speed="60x", symbols=many, buffer_messages_max=300) as one:
        with connected(one, receive_bytes=4_096) as plain:
            plain.sendall(upgrade_bytes("/v2/sip"))
            message = b'{"action":"subscribe","quotes":["*"],"trades":["*"],"bars":["*"]}'
            mask = b"\0\0\0\0"
            plain.sendall(b"\x81" + bytes([0x80 | len(message)]) + mask + message)
            one.call(lambda: one._server._driver.set_speed(3_000.0))
            end = time.monotonic() + 90.0
            while one.status().clients["market data"]:
                assert time.monotonic() < end
                time.sleep(0.02)
        before = one.exchange.now_ns
        assert ask(one)[0] == 200
        assert one.exchange.now_ns > before


def test_a_slow_reader_who_reads_again_in_time_learns_why():
    many = tuple(f"X{number}" for number in range(20))
    with serving(speed="60x", symbols=many, buffer_messages_max=300) as one:

        def waiting():
            return [session.outbox.closing for session in one._server._broadcast.market.sessions]

        async def talk():
            async with market_of(one, quotes=["*"], trades=["*"], bars=["*"]) as stream:
                one.call(lambda: one._server._driver.set_speed(3_000.0))
                async with asyncio.timeout(60.0):
                    while not any(await off(one.call, waiting)):
                        await asyncio.sleep(0.01)
                told = []
                while (message := await next_json(stream)) is not None:
                    told.append(message)
                return told

        told = in_a_loop(talk())
    assert told[-1] == [{"T": "error", "code": 407, "msg": "slow client"}]
    assert {one["T"] for message in told[:-1] for one in message} >= {"t", "q"}


def test_the_buffer_of_a_slow_consumer_is_small():
    faults = {"slow_consumer": Switch(value=5.0)}
    with serving(speed="max", faults=faults) as one:

        async def talk():
            async with market_of(one, quotes=["*"]) as stream:
                while (message := await next_json(stream)) is not None:
                    if message[0]["T"] == "error":
                        return message[0]["code"]
            return None

        assert in_a_loop(talk()) == 407
        assert one.exchange.faults.fired["slow_consumer"] == 1


def test_full_speed_waits_for_its_clients():
    with serving(speed="max", buffer_messages_max=1_000, symbols=("AAPL",)) as one:

        async def talk():
            async with market_of(one, bars=["*"]) as stream:
                bars = []
                while len(bars) < 2_000:
                    bars += await next_json(stream)
                return [bar["t"] for bar in bars]

        moments = in_a_loop(talk())
        assert moments == sorted(set(moments))
