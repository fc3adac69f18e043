"""Ask the venue over REST: deadlines, kept connections, its limit of requests, and no second try of what may have taken effect."""

import asyncio
import random
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus

import msgspec

from tenfold.adapters.alpaca.addresses import REST_PORTS, parts_of
from tenfold.adapters.alpaca.backoff import Backoff
from tenfold.adapters.alpaca.connection import Connections, NotSentError, UnansweredError
from tenfold.adapters.alpaca.http_reply import Reply
from tenfold.adapters.alpaca.rate_budget import RateBudget, Urgency
from tenfold.domain.errors import SettingsError, UnknownNameError, VenueError
from tenfold.domain.fence import Fence
from tenfold.domain.keys import Keys
from tenfold.domain.units import NS_PER_SECOND
from tenfold.ports import Clock

T = TypeVar("T")

AT_ONCE_MAX: Final = {Urgency.CLOSE: 8, Urgency.ORDER: 8, Urgency.READ: 4}
"""Requests of a kind under way at a time: none queues behind another, and cancels behind none."""
READ_DEADLINE_S: Final = 20.0
"""Seconds within which a question has to be answered, all tries together."""
FIRST_TRY_FRAC: Final = 0.25
"""Part of that which a try may take: a connection that swallows what it is given leaves the rest to another one, which may take all of it."""
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading JSON raises where it is none, or is nested without end."""
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_OTHERWISE: Final = ("endpoint", "account", "no route", "not found")
"""How a refusal begins that is about the path or the account, the last two those of gateways; of an order Alpaca says "order not found for ..."."""


class Complaint(msgspec.Struct, frozen=True, gc=False):
    """Hold what the body of a refusal says."""

    message: str
    code: int = 0

    @property
    def misses(self) -> bool:
        """Whether the venue says that it does not have what was asked for, and not that it, or who answers for it, knows no such path or account."""
        return not self.message.lower().startswith(_OTHERWISE)


class NotThereError(UnknownNameError):
    """Report that the venue says itself that it does not have what was asked for; other refusals of a question prove nothing of that."""


class RestClient:
    """Ask one of the venue's interfaces.

    Parameters
    ----------
    address : base, such as https://paper-api.alpaca.markets
    lease_deadline_ns : until when this process may send, by the clock's monotonic time; asked right before each write
    chance : of the pauses between tries
    fence : the order gateway that everything goes through, None for none
    asks_only : nothing leaves that could change something at the venue, whoever asks for it
    """

    def __init__(
        self,
        address: str,
        keys: Keys,
        clock: Clock,
        chance: random.Random,
        lease_deadline_ns: Callable[[], int] | None = None,
        fence: Fence | None = None,
        *,
        asks_only: bool = False,
    ) -> None:
        parts, port = parts_of(address, REST_PORTS)
        self.host = parts.hostname or ""
        self.budget = RateBudget()
        self._clock = clock
        self._chance = chance
        self._lease_deadline_ns = lease_deadline_ns
        self._asks_only = asks_only
        self._connections = Connections(self.host, port, parts.scheme == "https", fence)
        self._base = parts.path.rstrip("/")
        named = f"[{self.host}]" if ":" in self.host else self.host
        shown = named if port == REST_PORTS[parts.scheme] else f"{named}:{port}"
        self._head = (
            f" HTTP/1.1\r\nHost: {shown}\r\nUser-Agent: tenfold\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
            f"APCA-API-KEY-ID: {keys.key_id}\r\nAPCA-API-SECRET-KEY: {keys.secret}\r\n"
        ).encode()
        self._turns = {urgency: asyncio.Semaphore(count) for urgency, count in AT_ONCE_MAX.items()}

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, urgency: Urgency, deadline_s: float, fresh: bool = False,
        wanted: Callable[[], bool] | None = None,
    ) -> Reply:  # fmt: skip
        """Send a request once, and return its answer.

        `wanted` says, in the last moment before the write, whether it is still to be sent.

        Raises
        ------
        NotSentError
            Nothing left: the venue is out of reach, the limit of requests is used up, the lease has ended, or it is not wanted any more.
        UnansweredError
            It was sent, and nobody knows what became of it.
        """
        until_s = asyncio.get_running_loop().time() + deadline_s
        turn = self._turns.get(urgency)
        if turn is None:
            return await self._sent(method, path, body, urgency, until_s, fresh, wanted)
        if turn.locked():
            await self._wait(turn, until_s)
        else:
            await turn.acquire()
        try:
            return await self._sent(method, path, body, urgency, until_s, fresh, wanted)
        finally:
            turn.release()

    async def read(self, path: str, type: type[T], *, within_s: float | None = None, **query: str | int | None) -> T:
        """Return the decoded answer to a question, asked again where it failed for a moment; `within_s` is for all tries together.

        Raises
        ------
        VenueError
            There is no answer in time, or it cannot be read.
        UnknownNameError
            The venue does not have what was asked for.
        SettingsError
            The venue refuses the keys, or what they may see.
        """
        terms = [_term(*one) for one in query.items() if one[1] is not None]
        target = f"{path}?{'&'.join(terms)}" if terms else path
        loop = asyncio.get_running_loop()
        until_s = loop.time() + (READ_DEADLINE_S if within_s is None else within_s)
        backoff, told = Backoff(self._chance), ""
        reply: Reply | None = None
        fresh = False
        while (left_s := until_s - loop.time()) > 0.0:
            try:
                within = left_s if fresh else left_s * FIRST_TRY_FRAC
                reply = await self.ask("GET", target, urgency=Urgency.READ, deadline_s=within, fresh=fresh)
                if reply.status == 200 or (reply.status not in _LATER and _whole(reply)):
                    return self._found(path, reply, type)
            except (NotSentError, UnansweredError) as error:
                told, fresh = str(error), True  # a kept connection may have been closed as it was used
            except UNREADABLE:
                pass  # what breaks off within is asked for again
            await asyncio.sleep(min(backoff.next_s(), max(0.0, until_s - loop.time())))
        if reply is None:
            raise VenueError(f"{self.host} does not answer {path}: {told}")
        try:
            return self._found(path, reply, type)
        except UNREADABLE as error:
            raise self._misread(path, error) from None

    def _found(self, path: str, reply: Reply, type: type[T]) -> T:
        """Return what an answer holds; the error where it refuses or holds something else, one of `UNREADABLE` where it is no JSON at all."""
        if reply.status != 200:
            raise self._refusal(path, reply)
        try:
            return msgspec.json.decode(reply.body, type=type)
        except msgspec.ValidationError as error:
            msgspec.json.decode(reply.body)  # it may break off behind what does not fit
            raise self._misread(path, error) from None

    def _misread(self, path: str, error: Exception) -> VenueError:
        return VenueError(f"the answer of {self.host} to {path} cannot be read: {error}")

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()

    async def _sent(
        self, method: str, path: str, body: bytes, urgency: Urgency, until_s: float, fresh: bool, wanted: Callable[[], bool] | None
    ) -> Reply:  # fmt: skip
        while wait_ns := self.budget.wait_ns(self._clock.monotonic_ns(), urgency):
            await self._pass(wait_ns, until_s)
        self.budget.left()
        try:
            one = await self._connections.take(until_s, fresh)
            try:
                raw = self._request(method, path, body)
                reply = await one.ask(raw, until_s, _nothing if method == "GET" else partial(self._hindrance, wanted))
            finally:
                self._connections.give(one)
        except NotSentError:
            self.budget.unsent()
            raise
        except UnansweredError as error:
            self.budget.lost()
            raise UnansweredError(f"{method} {path.partition('?')[0]}: {error}") from None
        except asyncio.CancelledError:
            self.budget.lost()
            raise
        self.budget.answered(self._clock.monotonic_ns(), reply.status, reply.headers)
        return reply

    async def _wait(self, turn: asyncio.Semaphore, until_s: float) -> None:
        try:
            async with asyncio.timeout_at(until_s):
                await turn.acquire()
        except TimeoutError:
            raise NotSentError(f"{self.host} still owes the answers to other requests") from None

    async def _pass(self, wait_ns: int, until_s: float) -> None:
        """Let time pass until the venue's limit of requests lets one more through; NotSentError where that is too late."""
        wait_s = wait_ns / NS_PER_SECOND
        if asyncio.get_running_loop().time() + wait_s > until_s:
            raise NotSentError(f"the limit of requests of {self.host} is used up for {wait_s:.1f} s")
        await asyncio.sleep(wait_s)

    def _request(self, method: str, path: str, body: bytes) -> bytes:
        line = f"{method} {self._base}{path}".encode()
        if not body:
            return b"%b%b%b\r\n" % (line, self._head, b"" if method == "GET" else b"Content-Length: 0\r\n")
        return b"%b%bContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
            line,
            self._head,
            len(body),
            body,
        )

    def _hindrance(self, wanted: Callable[[], bool] | None) -> str:
        """Say what forbids a write that changes something at the venue."""
        if self._asks_only:
            return "this client only asks"
        if self._lease_deadline_ns is not None and self._clock.monotonic_ns() >= self._lease_deadline_ns():
            return "the lease has ended"
        return "" if wanted is None or wanted() else "it is not wanted any more"

    def _refusal(self, path: str, reply: Reply) -> Exception:
        told = complaint_of(reply)
        text = f"{self.host} answers {path} with {reply.status}"
        if told is not None:
            text = f"{text}: {told.message.rstrip('.')}"
        if reply.status in {401, 403}:
            return SettingsError(
                f"{text}; check the keys, that they are of this account, and that its plan has what was asked for"
            )
        if reply.status == 404 and told is not None and told.misses:
            return NotThereError(text)
        if reply.status in {404, 422, 400}:
            return UnknownNameError(text)
        return VenueError(text)


@lru_cache(maxsize=256)
def _term(name: str, value: str | int | None) -> str:
    """Return a term of a query; of most questions only a moment is another each time."""
    return f"{quote_plus(name)}={quote_plus(str(value))}"


def _nothing() -> str:
    """Let a question pass: it changes nothing."""
    return ""


def complaint_of(reply: Reply) -> Complaint | None:
    """Return what the body of a refusal says, None where it is no answer of the venue itself."""
    try:
        return msgspec.json.decode(reply.body, type=Complaint)
    except UNREADABLE:
        return None


def _whole(reply: Reply) -> bool:
    """Say whether the body is JSON at all; what breaks off within is asked for again."""
    try:
        msgspec.json.decode(reply.body, type=Any)
    except UNREADABLE:
        return False
    return True
