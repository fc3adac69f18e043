"""The exchange moves with its clock, waits for its clients, and stands in lockstep."""

import asyncio
import json

import pytest

from loops import in_a_loop
from tenfold.adapters.clock import FixedClock
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.exchange.server.broadcast import Broadcast
from tenfold.exchange.server.driver import Driver
from tenfold.exchange.server.lockstep import Lockstep, LockstepSession
from tenfold.exchange.settings import KEY, SECRET, ExchangeSettings
from tenfold.exchange.streams.codec import JSON
from tenfold.exchange.streams.connections import Connections
from tenfold.exchange.streams.market_data import MarketDataSession
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.streams.subscriptions import Feed

MINUTE = 60 * 10**9


class Scene:
    """Hold an exchange over a made-up market, a clock that is moved by hand, and what drives it."""

    def __init__(self, speed, minutes=None, hold=False, lockstep=False, waiting_max=1_000):
        start = prepare_exchange(ExchangeSettings(symbols=("AAPL",)), synthetic=True).exchange.now_ns
        end_ns = None if minutes is None else start + minutes * MINUTE
        settings = ExchangeSettings(speed=speed, symbols=("AAPL",), start_ns=start, end_ns=end_ns, lockstep=lockstep)
        self.exchange = prepare_exchange(settings, synthetic=True).exchange
        self.start = self.exchange.now_ns
        self.clock = FixedClock(0)
        self.broadcast = Broadcast(self.exchange, waiting_max, lambda function: None)
        self.lockstep = Lockstep(lambda: self.exchange.now_ns, lambda account: (0, 0), self.poke)
        self.driver = Driver(self.exchange, self.broadcast, self.lockstep, lambda: self.clock.now_ns() / 1e9, hold)

    @property
    def passed_s(self):
        return (self.exchange.now_ns - self.start) / 1e9

    def poke(self):
        self.driver.poke()

    def subscribe(self, waiting_max=10**6):
        session = MarketDataSession(
            Feed("/v2/sip"), JSON, lambda *_: "tenfold", Connections(9), Outbox(JSON, 100, waiting_max)
        )
        session.open(("K", "S"))
        session.receive(b'{"action":"subscribe","quotes":["*"],"bars":["*"]}')
        self.broadcast.market.join(session)
        self.driver.poke()
        return session

    def run(self, act):
        """Drive while a coroutine acts."""

        async def both():
            driving = asyncio.create_task(self.driver.run())
            try:
                async with asyncio.timeout(20):
                    return await act()
            finally:
                driving.cancel()
                await asyncio.gather(driving, return_exceptions=True)

        return in_a_loop(both())

    async def until(self, condition):
        while not condition():
            await asyncio.sleep(0.001)


def test_a_request_catches_up_with_the_clock():
    scene = Scene("60x")
    scene.clock.advance(2 * 10**9)
    scene.driver.catch_up()
    assert scene.passed_s == 120.0


def test_nobody_asks_and_time_passes_all_the_same():
    scene = Scene("60x")

    async def act():
        scene.clock.advance(10**9)
        scene.driver.poke()
        await scene.until(lambda: scene.passed_s > 55)

    scene.run(act)
    assert scene.passed_s <= 60.0


def test_time_ends_where_the_settings_say():
    scene = Scene("60x", minutes=3)
    scene.clock.advance(3_600 * 10**9)
    scene.driver.catch_up()
    assert scene.passed_s == 180.0
    scene.run(lambda: scene.until(scene.driver.finished.is_set))


def test_full_speed_waits_for_a_first_subscription():
    scene = Scene("max", minutes=30, hold=True, waiting_max=10**6)

    async def act():
        await asyncio.sleep(0.02)
        assert scene.driver.standing
        scene.driver.catch_up()
        assert scene.passed_s == 0.0
        session = scene.subscribe()
        await scene.until(scene.driver.finished.is_set)
        return session

    session = scene.run(act)
    assert not scene.driver.standing
    assert len(session.outbox) > 30


def test_full_speed_stands_while_a_client_is_behind():
    scene = Scene("max", waiting_max=40)

    async def act():
        session = scene.subscribe(waiting_max=100_000)
        for _ in range(20):
            await scene.until(lambda: len(session.outbox) > 10)
            reached = scene.passed_s
            await asyncio.sleep(0.005)
            assert scene.passed_s == reached
            while session.outbox.take() is not None:
                pass
        assert not session.outbox.closing

    scene.run(act)


def test_who_takes_nothing_is_cut_off():
    scene = Scene("max", minutes=60, waiting_max=40)

    async def act():
        session = scene.subscribe(waiting_max=100_000)
        while not session.outbox.closing:
            await asyncio.sleep(0.001)
            scene.clock.advance(10**8)
        scene.broadcast.market.leave(session)
        await scene.until(scene.driver.finished.is_set)
        return session

    session = scene.run(act)
    assert json.loads(session.outbox.take().data)[0]["code"] == 407


def test_the_operator_stops_and_goes_on():
    scene = Scene("max", minutes=60, hold=True)
    scene.driver.pause(True)
    scene.driver.pause(True)
    assert scene.driver.standing

    async def act():
        scene.driver.go()
        await asyncio.sleep(0.02)
        assert scene.passed_s == 0.0
        scene.driver.pause(False)
        await scene.until(scene.driver.finished.is_set)

    scene.run(act)


def test_another_speed_from_here():
    scene = Scene("60x")
    scene.clock.advance(10**9)
    scene.driver.set_speed(1.0)
    assert scene.passed_s == 60.0
    scene.clock.advance(10**9)
    scene.driver.catch_up()
    assert scene.passed_s == pytest.approx(61.0)
    scene.driver.pause(True)
    scene.clock.advance(10**9)
    scene.driver.catch_up()
    assert scene.passed_s == pytest.approx(61.0)


@pytest.mark.parametrize("speed", ["max", "1x"])
def test_in_lockstep_every_moment_is_acknowledged(speed):
    scene = Scene(speed, minutes=5, lockstep=True)
    session = LockstepSession(
        scene.lockstep, lambda key, word: "tenfold" if (key, word) == (KEY, SECRET) else None, Outbox(JSON, 1, 1_000)
    )

    async def act():
        await asyncio.sleep(0.02)
        assert scene.passed_s == 0.0
        session.receive(JSON.encode({"action": "auth", "key": KEY, "secret": SECRET}))
        moments = []
        while True:
            scene.clock.advance(10**9)
            scene.driver.poke()
            scene.driver.catch_up()
            for frame in session.outbox:
                told = json.loads(frame.data)
                if told["T"] == "end":
                    return moments
                if told["T"] == "step":
                    reached = scene.exchange.now_ns
                    await asyncio.sleep(0)
                    assert scene.exchange.now_ns == reached == told["ns"]
                    moments.append(told["ns"])
                    session.receive(JSON.encode({"action": "ack", "seq": told["seq"]}))
            await asyncio.sleep(0)

    moments = scene.run(act)
    assert moments[1:] == sorted(set(moments[1:]))  # the first is that at which it came
    assert len(moments) > 5
