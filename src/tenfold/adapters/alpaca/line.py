"""Keep one WebSocket to the venue open, whatever happens to it.

How it works. What is said over it is the business of a dialect, which knows no socket. The line connects, hands over what comes,
sends what the dialect answers, and asks for signs of life. Whatever ends a connection ends it alone: after a pause, longer each
time that it did not hold, the next one is opened, and everything is asked for anew.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import aiohttp

from tenfold.adapters.alpaca.addresses import STREAM_PORTS, parts_of
from tenfold.adapters.alpaca.backoff import Backoff
from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.domain.errors import VenueError
from tenfold.domain.units import NS_PER_SECOND
from tenfold.ports import Clock

READY_S_MAX: Final = 10.0
"""Seconds within which a connection has to be made, and then to be ready."""
HELD_S: Final = 10.0
"""Seconds after which a connection has held, so that the pauses begin anew."""
_LOOKS_A_LIMIT: Final = 10
_STALL_NS: Final = NS_PER_SECOND // 4
_MESSAGE_BYTES_MAX: Final = 1 << 26
_CLOSE_S: Final = 0.5


class StreamFaultError(VenueError):
    """Report what ends a connection; the next one may be better."""


class Dialect(Protocol):
    """Speak the language of one stream.

    Attributes
    ----------
    ready : whether everything that was asked for is coming
    expecting : whether something should be coming while the market is open
    """

    ready: bool

    @property
    def expecting(self) -> bool:
        """Whether something should be coming while the market is open."""

    def opened(self, signs: Liveness) -> list[bytes]:
        """Begin anew on a connection, and return what is said first."""

    def heard(self, raw: bytes) -> list[bytes]:
        """Take a message, and return what is answered; StreamFaultError where the connection is of no further use."""

    def question(self) -> bytes:
        """Return what the venue answers at any time."""


class Line:
    """Carry a dialect.

    Parameters
    ----------
    up, down : called when the stream is ready, and when it is no more, with the reason
    hours : when silence is a fault
    headers : of the upgrade

    Attributes
    ----------
    trouble : what the last connection failed of, "" while one is ready

    Raises SettingsError where the address is none of a stream.
    """

    def __init__(
        self,
        url: str,
        dialect: Dialect,
        clock: Clock,
        chance: random.Random,
        up: Callable[[], None],
        down: Callable[[str], None],
        hours: OpenHours,
        limits: LivenessLimits,
        headers: Mapping[str, str],
    ) -> None:
        parts_of(url, STREAM_PORTS)
        self._url = url
        self._dialect = dialect
        self._clock = clock
        self._up = up
        self._down = down
        self._hours = hours
        self._limits = limits
        self._headers = headers
        self._backoff = Backoff(chance)
        self._ready_ns: int | None = None
        self._earliest_ns: int | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self.trouble = ""

    async def run(self) -> None:
        """Keep the stream open until the task is cancelled; SettingsError where the venue will never serve it."""
        connector = aiohttp.TCPConnector(force_close=True)
        watch = aiohttp.TraceConfig()
        watch.on_request_redirect.append(_sent_elsewhere)
        async with aiohttp.ClientSession(connector=connector, trace_configs=[watch]) as http:
            try:
                while True:
                    await self._connection(http)
                    await asyncio.sleep(self._backoff.next_s())
            finally:
                self._fell("it was closed")

    async def say(self, messages: list[bytes]) -> None:
        """Send messages, if there is a connection."""
        if self._socket is not None:
            await self._send(self._socket, messages)

    async def _connection(self, http: aiohttp.ClientSession) -> None:
        """Open a connection and live with it until it ends."""
        timeout = aiohttp.ClientWSTimeout(ws_close=_CLOSE_S)
        try:
            async with asyncio.timeout(READY_S_MAX):
                socket = await http.ws_connect(
                    self._url, headers=self._headers, autoping=False, max_msg_size=_MESSAGE_BYTES_MAX, timeout=timeout
                )
        except aiohttp.ClientConnectorError as error:
            self.trouble = f"{error.host} cannot be reached: {error.os_error.strerror or error.os_error}"
            return
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.trouble = str(error) or f"no connection within {READY_S_MAX:g} s"
            return
        signs = Liveness(self._limits, self._clock.monotonic_ns(), self._earliest_ns)
        try:
            self._socket = socket
            await self._live(socket, signs)
        except (StreamFaultError, aiohttp.ClientError, OSError, TimeoutError) as error:
            self.trouble = str(error) or "it does not take what is sent"
            self._fell(self.trouble)
        finally:
            self._socket = None
            self._earliest_ns = signs.onward_ns
            await socket.close()

    async def _live(self, socket: aiohttp.ClientWebSocketResponse, signs: Liveness) -> None:
        """Read and watch until one of both ends; what it failed of is raised."""
        await self._send(socket, self._dialect.opened(signs))
        tasks = [asyncio.ensure_future(self._read(socket, signs)), asyncio.ensure_future(self._watch(socket, signs))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, signs: Liveness) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is aiohttp.WSMsgType.PONG:
                signs.answered("ping")
            elif message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                data = message.data
                answers = self._dialect.heard(data.encode() if isinstance(data, str) else data)
                if answers and not await self._sent(socket, answers):
                    continue  # it was closed already, and what came before that says why
                if self._dialect.ready and self._ready_ns is None:
                    self._ready_ns = self._clock.monotonic_ns()
                    self.trouble = ""
                    self._up()
            else:
                raise StreamFaultError("what came over the stream is no WebSocket")
        raise StreamFaultError(f"the venue closed the stream (code {socket.close_code})")

    async def _watch(self, socket: aiohttp.ClientWebSocketResponse, signs: Liveness) -> None:
        """Look for a fault several times within the shortest limit, and ask for signs of life."""
        opened_ns = looked_ns = self._clock.monotonic_ns()
        pause_s = min(self._limits) / _LOOKS_A_LIMIT
        while True:
            await asyncio.sleep(pause_s)
            now_ns = self._clock.monotonic_ns()
            stalled_ns = now_ns - looked_ns - round(pause_s * NS_PER_SECOND)
            looked_ns = now_ns
            if stalled_ns > _STALL_NS:  # the loop stood still: what has come is read before it is judged
                opened_ns += stalled_ns
                signs.excuse(stalled_ns)
                continue
            ready = self._dialect.ready
            if not ready and now_ns - opened_ns > READY_S_MAX * NS_PER_SECOND:
                raise StreamFaultError(f"the stream was not ready within {READY_S_MAX:g} s")
            expecting = ready and self._dialect.expecting and self._hours.open_at(self._clock.now_ns())
            if fault := signs.fault(now_ns, expecting):
                raise StreamFaultError(fault)
            if ready and signs.due(now_ns):
                signs.asked("ping", now_ns)
                signs.asked("question", now_ns)
                async with asyncio.timeout(self._limits.answer_s):
                    await socket.ping()
                    await socket.send_bytes(self._dialect.question())

    async def _sent(self, socket: aiohttp.ClientWebSocketResponse, messages: list[bytes]) -> bool:
        """Send messages; return False where the venue has closed the connection."""
        try:
            await self._send(socket, messages)
        except TimeoutError:
            raise
        except (aiohttp.ClientError, ConnectionError):
            return False
        return True

    async def _send(self, socket: aiohttp.ClientWebSocketResponse, messages: list[bytes]) -> None:
        async with asyncio.timeout(self._limits.answer_s):
            for one in messages:
                await socket.send_bytes(one)

    def _fell(self, reason: str) -> None:
        """Tell that the stream is down, once."""
        if self._ready_ns is None:
            return
        if self._clock.monotonic_ns() - self._ready_ns > HELD_S * NS_PER_SECOND:
            self._backoff.reset()
        self._ready_ns = None
        self._down(reason)


async def _sent_elsewhere(_: aiohttp.ClientSession, __: object, told: aiohttp.TraceRequestRedirectParams) -> None:
    """Follow no redirect: whoever is there would be told the keys."""
    told.response.close()
    there = told.response.headers.get("Location", "")
    raise aiohttp.ClientError(
        f"{told.url.host} sends the stream elsewhere ({told.response.status} {there[:80]}), which is not followed"
    )
