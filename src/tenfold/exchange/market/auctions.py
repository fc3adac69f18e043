"""Find at which prices the opening and closing auctions crossed, from what was traded around them."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Trade
from tenfold.domain.session import Session
from tenfold.exchange.events import Auction, MarketEvent
from tenfold.exchange.market.rows import Rows
from tenfold.exchange.sessions import Sessions


def auctions_of_rows(symbol: str, rows: Rows, sessions: Sessions) -> list[Auction]:
    """Return the auctions of candles (N,): the first one's open at the session's open, the last one's close at its close.

    Their size is the volume of the candle: how much of it was the auction's is not known.
    """
    found: list[Auction] = []
    for session, first, last in _by_session(rows["ts_ns"], rows["end_ns"], sessions):
        opened, closed = rows[first], rows[last]
        found.append(_auction(symbol, "open", session.open_ns, opened["open"], opened["volume"]))
        found.append(_auction(symbol, "close", session.close_ns, closed["close"], closed["volume"]))
    return found


def auctions_of_trades(
    symbol: str,
    ts_ns: NDArray[np.int64],
    price: NDArray[np.float64],
    size: NDArray[np.float64],
    sessions: Sessions,
) -> list[Auction]:
    """Return the auctions of prints (N,): the session's first print, when it came, and its last print at the session's close."""
    found: list[Auction] = []
    for session, first, last in _by_session(ts_ns, ts_ns + 1, sessions):
        found.append(_auction(symbol, "open", int(ts_ns[first]), price[first], size[first]))
        found.append(_auction(symbol, "close", session.close_ns, price[last], size[last]))
    return found


def with_auctions(source: Iterable[list[MarketEvent]], sessions: Sessions) -> Iterator[list[MarketEvent]]:
    """Yield the events of a source of one symbol's prints with the auctions of each session among them."""
    session: Session | None = None
    last: Trade | None = None
    for part in source:
        made: list[MarketEvent] = []
        for event in part:
            if session is not None and event.ts_ns >= session.close_ns:
                made += _closing(session, last)
                session = last = None
            if isinstance(event, Trade):
                if session is None:
                    current = sessions.current(event.ts_ns)
                    if current is not None and current.open_ns <= event.ts_ns < current.close_ns:
                        session = current
                        made.append(_auction(event.symbol, "open", event.ts_ns, event.price, event.size))
                if session is not None:
                    last = event
            made.append(event)
        yield made
    if session is not None:
        yield list(_closing(session, last))


def _closing(session: Session, last: Trade | None) -> list[Auction]:
    return [] if last is None else [_auction(last.symbol, "close", session.close_ns, last.price, last.size)]


def _auction(symbol: str, kind: str, ts_ns: int, price: float, size: float) -> Auction:
    return Auction(ts_ns=ts_ns, symbol=symbol, kind=kind, price=float(price), size=float(size))  # type: ignore[arg-type]


def _by_session(
    start_ns: NDArray[np.int64], end_ns: NDArray[np.int64], sessions: Sessions
) -> Iterator[tuple[Session, int, int]]:
    """Yield each session with the first and the last of what lies within it, [start, end]."""
    if not len(start_ns):
        return
    for session in sessions.between(sessions.day_of(int(start_ns[0])), sessions.day_of(int(end_ns[-1]))):
        first = int(np.searchsorted(start_ns, session.open_ns))
        last = int(np.searchsorted(end_ns, session.close_ns, side="right")) - 1
        if first <= last:
            yield session, first, last
