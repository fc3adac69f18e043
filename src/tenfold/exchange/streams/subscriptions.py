"""Hold what a client of the market data stream has subscribed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

EVERY: Final = "*"
"""A subscription to all symbols."""

STOCK_CHANNELS: Final = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds", "imbalances")
CRYPTO_CHANNELS: Final = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "orderbooks")
FOLLOWING: Final = ("corrections", "cancelErrors")
"""Channels of stocks that follow the subscription to trades."""
COUNTED: Final = ("trades", "quotes")
"""Channels whose symbols a feed may limit."""


class SubscribeError(Exception):
    """Refuse a subscription with a code of the stream; what was subscribed to before stays."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Feed:
    """Describe a feed.

    Attributes
    ----------
    path : where it is served
    channels : what may be subscribed to
    symbols_max : symbols of trades and quotes, None without limit
    paid : whether it needs a paid plan
    """

    path: str
    channels: tuple[str, ...] = STOCK_CHANNELS
    symbols_max: int | None = None
    paid: bool = False

    @property
    def crypto(self) -> bool:
        """Whether its symbols are pairs."""
        return "orderbooks" in self.channels


class Subscriptions:
    """Hold symbols by channel, in the order in which they came."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._symbols: dict[str, dict[str, None]] = {channel: {} for channel in feed.channels}

    def add(self, asked: Mapping[str, Any]) -> None:
        """Subscribe to more; SubscribeError, and nothing changes, where the feed does not allow it."""
        new = self._read(asked)
        after = {name: {**self._symbols[name], **dict.fromkeys(new.get(name, ()))} for name in self._symbols}
        limit = self._feed.symbols_max
        if limit is not None and (
            sum(len(after[name]) for name in COUNTED) > limit or any(EVERY in after[name] for name in COUNTED)
        ):
            raise SubscribeError(405, "symbol limit exceeded")
        self._symbols = after

    def remove(self, asked: Mapping[str, Any]) -> None:
        """Subscribe to less; SubscribeError where the text makes no sense."""
        for channel, symbols in self._read(asked).items():
            for symbol in symbols:
                self._symbols[channel].pop(symbol, None)

    def has(self, channel: str, symbol: str) -> bool:
        """Say whether messages of a channel and symbol are wanted."""
        wanted = self._symbols.get("trades" if channel in FOLLOWING else channel)
        return bool(wanted) and (symbol in wanted or EVERY in wanted)  # type: ignore[operator]

    @property
    def empty(self) -> bool:
        """Whether nothing is wanted."""
        return not any(self._symbols.values())

    def lists(self) -> dict[str, list[str]]:
        """Return every channel with its symbols, as the server confirms them."""
        found = {channel: list(symbols) for channel, symbols in self._symbols.items() if channel != "imbalances"}
        if not self._feed.crypto:
            found |= {channel: list(self._symbols["trades"]) for channel in FOLLOWING}
        if self._symbols.get("imbalances"):
            found["imbalances"] = list(self._symbols["imbalances"])
        return found

    def _read(self, asked: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return the lists of a message by channel; SubscribeError where they are none."""
        found: dict[str, list[str]] = {}
        for channel, symbols in asked.items():
            if channel == "action" or channel in FOLLOWING:
                continue
            if channel not in self._feed.channels:
                raise SubscribeError(410, "invalid subscribe action for this feed")
            if not isinstance(symbols, list) or not all(isinstance(one, str) and one for one in symbols):
                raise SubscribeError(400, "invalid syntax")
            found[channel] = symbols
        return found
