"""Hand events of the market to the sessions that want them, each encoded once for each codec."""

from collections import Counter
from collections.abc import Callable

from tenfold.exchange.events import MarketEvent
from tenfold.exchange.market.candle import Candle
from tenfold.exchange.streams.codec import Codec
from tenfold.exchange.streams.market_data import MarketDataSession
from tenfold.exchange.streams.market_messages import MESSAGES, DailyBarMessage, bar_message, symbol_of

Build = Callable[[Codec], bytes]


class MarketHub:
    """Hold the sessions of all feeds.

    Parameters
    ----------
    day_bar : the day so far of a symbol, which goes to who subscribed to daily bars whenever a bar closes
    crypto : whether a symbol is a coin, which has feeds of its own

    Attributes
    ----------
    told : messages put out by account
    count : messages put out to all
    """

    def __init__(self, day_bar: Callable[[str], Candle | None], crypto: Callable[[str], bool]) -> None:
        self.told: Counter[str] = Counter()
        self.count = 0
        self._day_bar = day_bar
        self._crypto = crypto
        self._sessions: dict[MarketDataSession, None] = {}
        self._takers: dict[tuple[str, str], tuple[MarketDataSession, ...]] = {}
        self._listening = False

    @property
    def sessions(self) -> tuple[MarketDataSession, ...]:
        """Who is connected."""
        return tuple(self._sessions)

    @property
    def listening(self) -> bool:
        """Whether anybody wants anything."""
        return self._listening

    def join(self, session: MarketDataSession) -> None:
        """Add a session."""
        self._sessions[session] = None
        self.refresh()

    def leave(self, session: MarketDataSession) -> None:
        """Forget a session."""
        self._sessions.pop(session, None)
        self.refresh()

    def refresh(self) -> None:
        """Forget who takes what: a subscription changed."""
        self._takers.clear()
        self._listening = any(not one.subscriptions.empty for one in self._sessions)
        for session in self._sessions:
            session.changed = False

    def publish(self, event: MarketEvent) -> None:
        """Hand out an event."""
        if not self._listening:
            return
        found = MESSAGES.get(event.__class__)
        if found is None:
            return
        channel, build = found
        symbol = symbol_of(event)
        takers = self._takers_of(channel, symbol)
        if takers:
            self._put(takers, lambda codec: codec.encode(build(event, codec.moment)))
        if channel == "bars":
            self._publish_day(symbol)

    def _publish_day(self, symbol: str) -> None:
        takers = self._takers_of("dailyBars", symbol)
        bar = self._day_bar(symbol) if takers else None
        if bar is not None:
            self._put(takers, lambda codec: codec.encode(bar_message(symbol, bar, codec.moment, DailyBarMessage)))

    def _takers_of(self, channel: str, symbol: str) -> tuple[MarketDataSession, ...]:
        takers = self._takers.get((channel, symbol))
        if takers is None:
            crypto = self._crypto(symbol)
            takers = tuple(
                one for one in self._sessions if one.feed.crypto == crypto and one.subscriptions.has(channel, symbol)
            )
            self._takers[channel, symbol] = takers
        return takers

    def _put(self, takers: tuple[MarketDataSession, ...], build: Build) -> None:
        self.count += len(takers)
        if len(takers) == 1:
            session = takers[0]
            session.put(build(session.codec))
            self.told[session.account or ""] += 1
            return
        encoded: dict[str, bytes] = {}
        for session in takers:
            codec = session.codec
            message = encoded.get(codec.name)
            if message is None:
                message = encoded[codec.name] = build(codec)
            session.put(message)
            self.told[session.account or ""] += 1
