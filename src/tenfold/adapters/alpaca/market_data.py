"""Hear market data over the venue's stream."""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from tenfold.adapters.alpaca.line import Line, StreamFaultError
from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.market_messages import Failure, Subscribed, Success, read_messages, value_of
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.adapters.alpaca.rest_client import UNREADABLE
from tenfold.domain.errors import SettingsError
from tenfold.domain.keys import Keys
from tenfold.domain.live_market import LiveValue, Print, TradingStatus
from tenfold.domain.market import Quote
from tenfold.market.halts import Halts
from tenfold.ports import Clock

Channel = Literal["trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds"]
Wanted = Mapping[Channel, Iterable[str]]
"""Symbols by channel; corrections and cancels of prints come with the prints."""

SYMBOLS_A_MESSAGE: Final = 500
_HEADERS: Final = {"Content-Type": "application/msgpack"}
_TICKS: Final[tuple[Channel, ...]] = ("trades", "quotes")
_NEVER: Final = {
    402: "refuses the keys",
    405: "allows fewer symbols",
    409: "needs another subscription",
    410: "has no such channel",
}
"""Errors that come again whatever is tried, unless the venue has granted the same before: what it does then."""
_ENCODE: Final = msgspec.msgpack.Encoder().encode


class MarketDialect:
    """Speak the market data stream.

    Attributes
    ----------
    ready : whether everything that is wanted is subscribed
    authenticated : whether it may be changed; before, everything will be asked for anyway
    """

    def __init__(
        self,
        keys: Keys,
        wanted: Wanted,
        clock: Clock,
        take: Callable[[int, list[LiveValue]], None],
        unread: Callable[[str], None],
        record: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self.ready = False
        self.authenticated = False
        self._halts = Halts()  # nothing comes of a symbol that is halted
        self._keys = keys
        self._wanted: dict[Channel, frozenset[str]] = {
            channel: frozenset(symbols) for channel, symbols in wanted.items()
        }
        self._clock = clock
        self._take = take
        self._unread = unread
        self._record = record
        self._known = self._granted = False  # the keys, and everything that is wanted
        self._signs: Liveness | None = None

    @property
    def expecting(self) -> bool:
        """Whether quotes or prints should be coming: some are wanted of a symbol that is not halted."""
        return any(self._wanted.get(channel, frozenset()) - self._halts.halted.keys() for channel in _TICKS)

    def opened(self, signs: Liveness) -> list[bytes]:
        """Begin anew; the venue speaks first."""
        self.ready = self.authenticated = False
        self._signs = signs
        return []

    def question(self) -> bytes:
        """Return a subscription that is there already, which the venue confirms each time."""
        channel, symbols = next(((one, two) for one, two in self._wanted.items() if two), ("trades", frozenset()))
        return _ENCODE({"action": "subscribe", channel: sorted(symbols)[:1]})

    def want(self, wanted: Wanted) -> list[bytes]:
        """Change what is wanted, and return what is said to get it."""
        before, self._wanted = self._wanted, {channel: frozenset(symbols) for channel, symbols in wanted.items()}
        self._granted = False
        more = {channel: symbols - before.get(channel, frozenset()) for channel, symbols in self._wanted.items()}
        less = {channel: symbols - self._wanted.get(channel, frozenset()) for channel, symbols in before.items()}
        return [*_requests("subscribe", more), *_requests("unsubscribe", less)]

    def heard(self, raw: bytes) -> list[bytes]:
        """Take a frame."""
        received_ns = self._clock.now_ns()
        if self._record is not None:
            self._record(received_ns, raw)
        try:
            messages, unread = read_messages(raw)
            values: list[LiveValue] = []
            answers: list[bytes] = []
            for one in messages:
                if isinstance(one, (Success, Failure, Subscribed)):
                    answers += self._control(one)
                    continue
                try:
                    values.append(value_of(one, received_ns))
                except ValueError as error:  # of one moment, which hides no other value
                    unread.append(str(error))
        except (*UNREADABLE, ValueError) as error:
            raise StreamFaultError(f"market data cannot be read: {error}") from None
        for text in unread:
            self._unread(text)
        if values:
            self._note(values, received_ns)
            self._take(received_ns, values)
        return answers

    def _note(self, values: list[LiveValue], received_ns: int) -> None:
        """Look at what the values say of the connection and of halts."""
        newest_ns = None
        for one in values:
            if isinstance(one, (Quote, Print)):
                newest_ns = one.ts_ns if newest_ns is None or one.ts_ns > newest_ns else newest_ns
                if self._halts.halted and isinstance(one, Print):
                    self._halts.traded(one, received_ns)
            elif isinstance(one, TradingStatus):
                self._halts.status(one, received_ns)
        if self._signs is not None:
            self._signs.heard(self._clock.monotonic_ns(), newest_ns)

    def _control(self, message: Success | Failure | Subscribed) -> list[bytes]:
        if isinstance(message, Failure):
            raise self._failure(message)
        if isinstance(message, Subscribed):
            self.ready = self.ready or self._has(message)  # what is wanted later may still be on its way
            self._granted = self._granted or self.ready
            if self._signs is not None:
                self._signs.answered("question")
            return []
        if message.msg == "authenticated":
            self._known = self.authenticated = True
            return _requests("subscribe", self._wanted) or [self.question()]
        return [_ENCODE({"action": "auth", "key": self._keys.key_id, "secret": self._keys.secret})]

    def _failure(self, told: Failure) -> Exception:
        text = f"{told.code} {told.msg[:120]}"
        if told.code in _NEVER and not (self._known if told.code == 402 else self._granted):
            return SettingsError(
                f"the stream of market data {_NEVER[told.code]}: {text}; check alpaca.feed and the keys"
            )
        return StreamFaultError(f"the venue says {text}")

    def _has(self, told: Subscribed) -> bool:
        """Say whether everything that is wanted is subscribed."""
        has = {
            "trades": told.trades,
            "quotes": told.quotes,
            "bars": told.bars,
            "updatedBars": told.updated_bars,
            "dailyBars": told.daily_bars,
            "statuses": told.statuses,
            "lulds": told.lulds,
        }
        return all(symbols <= set(has[channel]) for channel, symbols in self._wanted.items())


class MarketData:
    """Give market data as they come.

    Parameters
    ----------
    take : gets the moment of receipt and the values of each frame, in their order
    link : gets "connected", "severed" or "unread", a text, and the moment
    hours : when silence is a fault; without sessions it always is
    record : gets each frame as it came, before it is read
    """

    def __init__(
        self,
        url: str,
        keys: Keys,
        wanted: Wanted,
        clock: Clock,
        chance: random.Random,
        take: Callable[[int, list[LiveValue]], None],
        link: Callable[[Literal["connected", "severed", "unread"], str, int], None],
        hours: OpenHours,
        limits: LivenessLimits,
        record: Callable[[int, bytes], None] | None = None,
    ) -> None:
        def up() -> None:
            link("connected", "", clock.now_ns())

        def down(reason: str) -> None:
            link("severed", reason, clock.now_ns())

        def unread(text: str) -> None:
            link("unread", text, clock.now_ns())

        self._dialect = MarketDialect(keys, wanted, clock, take, unread, record)
        self._line = Line(url, self._dialect, clock, chance, up, down, hours, limits, _HEADERS)

    async def run(self) -> None:
        """Listen until the task is cancelled; SettingsError where the venue refuses the keys or what is wanted."""
        await self._line.run()

    @property
    def trouble(self) -> str:
        """What the last connection failed of, "" while one is ready."""
        return self._line.trouble

    async def want(self, wanted: Wanted) -> None:
        """Change what is heard."""
        messages = self._dialect.want(wanted)
        if self._dialect.authenticated:
            await self._line.say(messages)


def _requests(action: str, wanted: Mapping[Channel, frozenset[str]]) -> list[bytes]:
    """Return the messages that ask for symbols, so many of them at a time that the venue takes it as one."""
    found: list[bytes] = []
    for channel, symbols in wanted.items():
        ordered = sorted(symbols)
        for start in range(0, len(ordered), SYMBOLS_A_MESSAGE):
            message: dict[str, Any] = {"action": action, channel: ordered[start : start + SYMBOLS_A_MESSAGE]}
            found.append(_ENCODE(message))
    return found
