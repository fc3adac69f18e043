"""Hand what the exchange tells to everybody who is connected."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from tenfold.domain.session import NEW_YORK
from tenfold.exchange.api.market_wire import at_midnight
from tenfold.exchange.core import Exchange, Published
from tenfold.exchange.market.candle import Candle
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.streams.market_data import MarketDataSession
from tenfold.exchange.streams.market_hub import MarketHub
from tenfold.exchange.streams.server_sent import Told, UpdateHistory
from tenfold.exchange.streams.trade_updates import TradeUpdatesSession

_CROWDED_FRAC = 0.25
"""Share of a client's buffer from which on an exchange at full speed waits for it."""


class Broadcast:
    """Hold the sessions of both streams, and what every account was told.

    Parameters
    ----------
    waiting_max : messages that may wait for a client
    later : calls a function in a moment

    Attributes
    ----------
    market : sessions of market data
    history : updates that can be read again
    told : updates put out by account
    """

    def __init__(self, exchange: Exchange, waiting_max: int, later: Callable[[Callable[[], None]], object]) -> None:
        self.market = MarketHub(self._day_bar, is_pair)
        self.history = UpdateHistory(exchange.settings.seed)
        self.told: Counter[str] = Counter()
        self._latest = exchange.latest
        self._later = later
        self._crowded = int(waiting_max * _CROWDED_FRAC)
        self._trading: dict[TradeUpdatesSession, None] = {}
        self._readers: dict[Callable[[Told], None], None] = {}
        self._end = exchange.subscribe(self.publish)

    @property
    def listening(self) -> bool:
        """Whether anybody has subscribed to anything."""
        return self.market.listening or bool(self._readers) or any(one.listening for one in self._trading)

    @property
    def counts(self) -> dict[str, int]:
        """How many are connected to each stream."""
        sessions = {"market data": len(self.market.sessions), "trade updates": len(self._trading)}
        return {**sessions, "server-sent events": len(self._readers)}

    @property
    def crowded(self) -> list[MarketDataSession]:
        """Who is behind, and may be waited for."""
        return [one for one in self.market.sessions if one.patient and len(one.outbox) > self._crowded]

    def publish(self, event: Published) -> None:
        """Hand out an event of the market or of an order."""
        if isinstance(event, TradeUpdate):
            self._update(event)
        else:
            self.market.publish(event)

    def join(self, session: TradeUpdatesSession) -> None:
        """Add a session of the trading stream."""
        self._trading[session] = None

    def leave(self, session: TradeUpdatesSession) -> None:
        """Forget a session of the trading stream."""
        self._trading.pop(session, None)

    def read(self, reader: Callable[[Told], None]) -> Callable[[], None]:
        """Hand every update to a reader; return what ends that."""
        self._readers[reader] = None
        return lambda: self._readers.pop(reader, None) and None

    def close(self) -> None:
        """Listen to the exchange no more."""
        self._end()

    def _day_bar(self, symbol: str) -> Candle | None:
        """Return the day so far of a symbol."""
        candle = self._latest.daily(symbol)
        return None if candle is None else at_midnight(candle, "UTC" if is_pair(symbol) else NEW_YORK)

    def _release(self, session: TradeUpdatesSession) -> None:
        """Let go what a fault holds back, where nothing followed."""
        self.told[session.account or ""] += session.release()

    def _update(self, update: TradeUpdate) -> None:
        told = self.history.add(update)
        for session in tuple(self._trading):
            if session.account == update.account:
                self.told[update.account] += session.put(update)
                if session.holding:
                    self._later(partial(self._release, session))
        for reader in tuple(self._readers):
            reader(told)
