"""Give what was recorded of one symbol, by time."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.events import Auction, Corporate
from tenfold.exchange.market.auctions import auctions_of_trades
from tenfold.exchange.market.levels import quotes_of_depth
from tenfold.exchange.market.quotes import best_quotes
from tenfold.exchange.market.rows import CANDLE, Rows, rows_of_trades
from tenfold.exchange.market.trades import tape
from tenfold.exchange.sessions import Sessions
from tenfold.market.ticks import Ticks, joined

Parts = Callable[[], Iterable[Ticks]]


class Record(Protocol):
    """Hold the past and the future of one symbol; who asks must not ask beyond now."""

    def periods(self) -> Sequence[int]:
        """Return the lengths of the bars that there are, the longest first, nanoseconds."""

    def rows(self, period_ns: int, start_ns: int, stop_ns: int) -> Rows:
        """Return the bars of a length that begin in [start, stop), (N,) records of `CANDLE`."""

    def ticks(self, kind: str, start_ns: int, stop_ns: int) -> Ticks | None:
        """Return the "quotes" or "trades" in [start, stop), as `best_quotes` or `tape` make them; None where there are none."""

    def auctions(self, start_ns: int, stop_ns: int) -> list[Auction]:
        """Return the auctions in [start, stop)."""

    def actions(self) -> Sequence[Corporate]:
        """Return splits and dividends by time."""


class Recorded:
    """Hold in memory what was recorded of one symbol; ticks are read when somebody first asks for them.

    Parameters
    ----------
    bars : rows by the length of their bars
    quotes, trades, depth : read ticks part by part; where there are no quotes they are those that the depth makes
    auctions : None where they are to be found among the trades
    """

    def __init__(
        self,
        symbol: str,
        sessions: Sessions,
        bars: dict[int, Rows] | None = None,
        *,
        quotes: Parts | None = None,
        trades: Parts | None = None,
        depth: Parts | None = None,
        auctions: Sequence[Auction] | None = None,
        actions: Sequence[Corporate] = (),
    ) -> None:
        self._symbol = symbol
        self._sessions = sessions
        self._bars = dict(bars or {})
        self._quotes, self._trades, self._depth = quotes, trades, depth
        self._ticks: dict[str, Ticks | None] = {}
        self._auctions = auctions
        self._actions = list(actions)

    def periods(self) -> Sequence[int]:
        """Return the lengths of the bars that there are, the longest first, nanoseconds."""
        found = set(self._bars)
        if self._trades is not None:
            found.add(NS_PER_MINUTE)
        return sorted(found, reverse=True)

    def rows(self, period_ns: int, start_ns: int, stop_ns: int) -> Rows:
        """Return the bars of a length that begin in [start, stop), (N,) records of `CANDLE`."""
        if period_ns not in self._bars:
            self._bars[period_ns] = self._of_trades(period_ns)
        rows = self._bars[period_ns]
        return rows[slice(*np.searchsorted(rows["ts_ns"], [start_ns, stop_ns]))]

    def ticks(self, kind: str, start_ns: int, stop_ns: int) -> Ticks | None:
        """Return the "quotes" or "trades" in [start, stop); None where there are none."""
        ticks = self._all(kind)
        if ticks is None:
            return None
        return ticks.slice(*(int(at) for at in np.searchsorted(ticks.ts_ns, [start_ns, stop_ns])))

    def auctions(self, start_ns: int, stop_ns: int) -> list[Auction]:
        """Return the auctions in [start, stop)."""
        if self._auctions is None:
            ticks = self._all("trades")
            self._auctions = [] if ticks is None else self._found(ticks)
        return [auction for auction in self._auctions if start_ns <= auction.ts_ns < stop_ns]

    def actions(self) -> Sequence[Corporate]:
        """Return splits and dividends by time."""
        return self._actions

    def _all(self, kind: str) -> Ticks | None:
        if kind not in self._ticks:
            parts = list(self._read(kind))
            self._ticks[kind] = joined(parts) if parts else None
        return self._ticks[kind]

    def _read(self, kind: str) -> Iterable[Ticks]:
        if kind == "trades":
            return () if self._trades is None else tape(self._trades())
        if self._quotes is not None:
            return best_quotes(self._quotes())
        return () if self._depth is None else quotes_of_depth(self._depth())

    def _found(self, ticks: Ticks) -> list[Auction]:
        price, size = ticks.numbers("price"), ticks.numbers("size")
        return auctions_of_trades(self._symbol, ticks.ts_ns, price, size, self._sessions)

    def _of_trades(self, period_ns: int) -> Rows:
        """Return the bars of prints that came in time, as the replay builds them."""
        ticks = self._all("trades")
        if ticks is None:
            return np.zeros(0, CANDLE)
        known: NDArray[np.bool_] = np.asarray(ticks.columns["late_ns"]) == 0
        price, size = ticks.numbers("price")[known], ticks.numbers("size")[known]
        return rows_of_trades(ticks.ts_ns[known], price, size, period_ns)
