"""Keep account of what was missed and is to be asked for over REST, until it was answered."""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from tenfold.domain.live_market import VenueBar
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND

SURE_NS: Final = 20 * NS_PER_SECOND
"""Time after a minute from which an answer without its bar says that there was none."""
_WAIT_MAX_NS: Final = 60 * NS_PER_SECOND
_DAYS_MAX: Final = 5
"""Sessions whose official values are asked for though nobody answers."""


class BackFill(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Ask for the venue's bars that begin in [start, stop): of minutes, or of the day with its official values.

    "history" is what closed before live data begin: minutes, or days where the bar sets are those of whole days.
    """

    ts_ns: int
    kind: Literal["minutes", "days", "history"]
    symbols: tuple[str, ...]
    start_ns: int
    stop_ns: int


class BackFills:
    """Hold the minutes of symbols that are wanted, and ask for them again with growing pauses."""

    def __init__(self, lag_ns: int, retry_ns: int) -> None:
        self._lag_ns = lag_ns  # after its end, until a minute can be asked for
        self._retry_ns = retry_ns
        self._wanted: dict[int, set[str]] = {}  # by the beginning of the minute
        self._tries = 0
        self._next_ns = -(1 << 62)

    def follow(self, lag_ns: int, retry_ns: int) -> None:
        """Be as patient as that from here on."""
        self._lag_ns, self._retry_ns = lag_ns, retry_ns

    def want(self, symbol: str, open_ns: int) -> None:
        """Take that a minute of a symbol was not heard whole."""
        self._wanted.setdefault(open_ns, set()).add(symbol)

    def due(self, ts_ns: int) -> list[BackFill]:
        """Return what is to be asked for at a moment, runs of minutes together."""
        ready = sorted(open_ns for open_ns in self._wanted if open_ns + NS_PER_MINUTE + self._lag_ns <= ts_ns)
        if not ready or ts_ns < self._next_ns:
            return []
        self._next_ns = ts_ns + min(self._retry_ns << self._tries, _WAIT_MAX_NS)
        self._tries = min(self._tries + 1, 8)
        asked: list[BackFill] = []
        run: list[int] = []
        for open_ns in ready:
            if run and open_ns != run[-1] + NS_PER_MINUTE:
                asked.append(self._request(ts_ns, run))
                run = []
            run.append(open_ns)
        return [*asked, self._request(ts_ns, run)]

    def next_ns(self) -> int | None:
        """Return when something is due next."""
        if not self._wanted:
            return None
        return max(self._next_ns, min(self._wanted) + NS_PER_MINUTE + self._lag_ns)

    def answered(self, request: BackFill) -> list[tuple[str, int]]:
        """Take that a request was answered; return the minutes that were wanted of it."""
        found: list[tuple[str, int]] = []
        for open_ns in range(request.start_ns, request.stop_ns, NS_PER_MINUTE):
            symbols = self._wanted.get(open_ns)
            if symbols is None:
                continue
            found += [(symbol, open_ns) for symbol in request.symbols if symbol in symbols]
            symbols.difference_update(request.symbols)
            if not symbols:
                del self._wanted[open_ns]
        self._tries = 0
        return found

    def _request(self, ts_ns: int, run: list[int]) -> BackFill:
        symbols: Iterable[str] = set().union(*(self._wanted[open_ns] for open_ns in run))
        return BackFill(
            ts_ns=ts_ns,
            kind="minutes",
            symbols=tuple(sorted(symbols)),
            start_ns=run[0],
            stop_ns=run[-1] + NS_PER_MINUTE,
        )


class OfficialValues:
    """Hold the sessions whose official values are wanted, and ask for them every so often until all symbols have theirs."""

    def __init__(self, after_ns: int, *, tries: int = 20) -> None:
        self._after_ns = after_ns  # the close
        self._tries = tries
        self._wanted: dict[int, tuple[Session, set[str], int]] = {}  # by the session's close: symbols, next request
        self._until: dict[int, int] = {}  # by the same, once anybody answered: a machine may sleep over a close

    def want(self, session: Session, symbols: Iterable[str]) -> None:
        """Take that a session closed."""
        self._wanted[session.close_ns] = (session, set(symbols), session.close_ns + self._after_ns)
        if len(self._wanted) > _DAYS_MAX:
            self._drop(next(iter(self._wanted)))

    def due(self, ts_ns: int) -> list[BackFill]:
        """Return what is to be asked for at a moment."""
        asked = []
        for close_ns, (session, symbols, next_ns) in list(self._wanted.items()):
            if ts_ns > self._until.get(close_ns, ts_ns):
                self._drop(close_ns)
            elif ts_ns >= next_ns:
                self._wanted[close_ns] = (session, symbols, ts_ns + _WAIT_MAX_NS)
                asked.append(
                    BackFill(
                        ts_ns=ts_ns, kind="days", symbols=tuple(sorted(symbols)), start_ns=session.open_ns,
                        stop_ns=session.close_ns,
                    )
                )  # fmt: skip
        return asked

    def heard(self, request: BackFill, ts_ns: int) -> None:
        """Take that there was an answer: what it has not got is asked for a while longer."""
        if request.stop_ns in self._wanted:
            self._until.setdefault(request.stop_ns, ts_ns + self._tries * _WAIT_MAX_NS)

    def answered(self, bar: VenueBar) -> None:
        """Take the official values of a day."""
        for close_ns, (session, symbols, _) in list(self._wanted.items()):
            if bar.open_ns < session.close_ns <= bar.ts_ns:
                symbols.discard(bar.symbol)
                if not symbols:
                    self._drop(close_ns)

    def _drop(self, close_ns: int) -> None:
        del self._wanted[close_ns]
        self._until.pop(close_ns, None)
