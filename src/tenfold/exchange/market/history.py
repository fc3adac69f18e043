"""Answer for the past of every symbol, up to the replayed now and never beyond it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tenfold.domain.market import Bar, Quote, Trade
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.events import Auction, Bust, Corporate, Correction, LateBar, MarketEvent, Status
from tenfold.exchange.market.adjusting import Adjusting
from tenfold.exchange.market.candle import Candle, candle_of
from tenfold.exchange.market.quotes import quote_list
from tenfold.exchange.market.recorded import Record
from tenfold.exchange.market.rows import CANDLE, Rows, aggregated, candles, merged_rows
from tenfold.exchange.market.timeframe import TimeFrame, parse_timeframe
from tenfold.exchange.market.trades import trade_list
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.sessions import Sessions
from tenfold.market.ticks import Ticks

_DAY: Final = TimeFrame(1, "Day")
_CHANGING: Final = frozenset({LateBar, Correction, Bust, Status})
_LOOK_BACK_DAYS: Final = (4, 15)
_MINUTE: Final = TimeFrame(1, "Min")


@dataclass(frozen=True, eq=False)
class _Asked:
    """Hold what bars are asked of, and when."""

    symbol: str
    record: Record
    now_ns: int
    adjusting: Adjusting | None = None


class History:
    """Know what was recorded, corrected by what the exchange has told since.

    Days of stocks hold what was traded in the regular session of the calendar's date, those of crypto a day of UTC.
    """

    def __init__(self, records: Mapping[str, Record], sessions: Sessions) -> None:
        self._records = dict(records)
        self._sessions = sessions
        self._late: dict[str, dict[int, Bar]] = {}
        self._prints: dict[str, dict[Trade, Trade | None]] = {}
        self._halts: dict[str, list[tuple[int, int]]] = {}

    @property
    def symbols(self) -> tuple[str, ...]:
        """What there is anything of."""
        return tuple(self._records)

    def on_market(self, event: MarketEvent) -> None:
        """Take what changes the past: bars sent again, prints corrected or cancelled, halts."""
        if type(event) not in _CHANGING:
            return
        if isinstance(event, LateBar):
            self._late.setdefault(event.bar.symbol, {})[event.bar.open_ns] = event.bar
        elif isinstance(event, Correction):
            self._prints.setdefault(event.symbol, {})[event.original] = event.corrected
        elif isinstance(event, Bust):
            self._prints.setdefault(event.symbol, {})[event.original] = None
        elif isinstance(event, Status):
            self._halt(event)

    def bars(
        self,
        symbol: str,
        timeframe: str,
        start_ns: int,
        stop_ns: int,
        now_ns: int,
        *,
        adjustment: str = "raw",
        limit: int | None = None,
        descending: bool = False,
    ) -> list[Candle]:
        """Return the bars that begin in [start, stop), of what has closed by now; nothing of an unknown symbol.

        A bar in progress is shown as far as it is known from shorter ones. ValueError where the time frame is none.
        """
        record = self._records.get(symbol)
        frame = parse_timeframe(timeframe)
        stop_ns = min(stop_ns, now_ns)
        if record is None or start_ns >= stop_ns:
            return []
        actions = () if adjustment == "raw" else [one for one in record.actions() if one.ts_ns <= now_ns]
        asked = _Asked(symbol, record, now_ns)
        if actions:
            closes = self._rows(asked, _DAY, actions[0].ts_ns - 15 * NS_PER_DAY, now_ns)
            asked = replace(asked, adjusting=Adjusting(actions, adjustment, closes))
        return candles(_page(self._rows(asked, frame, start_ns, stop_ns), limit, descending))

    def quotes(
        self,
        symbol: str,
        start_ns: int,
        stop_ns: int,
        now_ns: int,
        *,
        limit: int | None = None,
        descending: bool = False,
    ) -> list[Quote]:
        """Return the quotes in [start, stop) up to now."""
        ticks = self._ticks(symbol, "quotes", start_ns, min(stop_ns, now_ns + 1), limit, descending)
        found = [] if ticks is None else quote_list(ticks)
        return found[::-1] if descending else found

    def trades(
        self,
        symbol: str,
        start_ns: int,
        stop_ns: int,
        now_ns: int,
        *,
        limit: int | None = None,
        descending: bool = False,
    ) -> list[Trade]:
        """Return the prints in [start, stop) up to now, without those that were cancelled, corrected where they were."""
        changed = self._prints.get(symbol)
        # As many as may have been cancelled are read beyond the limit.
        bound = None if limit is None else limit + len(changed or ())
        ticks = self._ticks(symbol, "trades", start_ns, min(stop_ns, now_ns + 1), bound, descending)
        found = [] if ticks is None else trade_list(ticks)
        if changed:
            known = (changed.get(trade, trade) for trade in found)
            found = [trade for trade in known if trade is not None]
        found = found[::-1] if descending else found
        return found[:limit]

    def auctions(
        self,
        symbol: str,
        start_ns: int,
        stop_ns: int,
        now_ns: int,
        *,
        limit: int | None = None,
        descending: bool = False,
    ) -> list[Auction]:
        """Return the auctions in [start, stop) up to now."""
        record = self._records.get(symbol)
        found = [] if record is None else record.auctions(start_ns, min(stop_ns, now_ns + 1))
        return (found[::-1] if descending else found)[:limit]

    def corporate(self, symbol: str, now_ns: int) -> list[Corporate]:
        """Return the splits and dividends up to now, oldest first."""
        record = self._records.get(symbol)
        return [] if record is None else [action for action in record.actions() if action.ts_ns <= now_ns]

    def previous(self, symbol: str, now_ns: int) -> Candle | None:
        """Return the last daily bar of a session that has closed by now."""
        session = self._sessions.current(now_ns)
        begun_ns = now_ns
        if session is not None and not is_pair(symbol) and now_ns < session.close_ns:
            begun_ns = self._sessions.moment(session.day, 0)
        for days in _LOOK_BACK_DAYS:
            start_ns = now_ns - days * NS_PER_DAY
            found = self.bars(symbol, "1Day", start_ns, begun_ns, now_ns, limit=1, descending=True)
            if found:
                return found[0]
        return None

    def _rows(self, asked: _Asked, frame: TimeFrame, start_ns: int, stop_ns: int) -> Rows:
        """Return the candles of a frame that begin in [start, stop), as far as they are known now."""
        until_ns = stop_ns + frame.most_ns
        made = np.zeros(0, CANDLE)
        for period_ns in asked.record.periods():
            if not (frame.least_ns <= period_ns <= frame.most_ns if frame.of_spans else period_ns <= frame.least_ns):
                continue
            # Shorter bars serve before and behind the longer ones, of which they need not know what they lack.
            spans = ((start_ns, int(made["ts_ns"][0])), (int(made["end_ns"][-1]), until_ns)) if len(made) else ()
            parts = [self._part(asked, frame, period_ns, *span) for span in spans or ((start_ns, until_ns),)]
            made = merged_rows(made, np.concatenate(parts))
        if frame.of_spans:
            days = self._rows(asked, _DAY, start_ns, until_ns)
            made = merged_rows(aggregated(days, frame.starts(days["ts_ns"], self._zone(asked.symbol))), made)
        return made[(made["ts_ns"] >= start_ns) & (made["ts_ns"] < stop_ns)]

    def _part(self, asked: _Asked, frame: TimeFrame, period_ns: int, start_ns: int, stop_ns: int) -> Rows:
        """Return the candles of a frame that bars of one length make."""
        rows = self._known(asked, period_ns, start_ns, stop_ns)
        if frame.of_days and not is_pair(asked.symbol):
            rows = self._regular(rows)
        if not len(rows) or frame == _MINUTE:
            return rows
        return aggregated(rows, frame.starts(rows["ts_ns"], self._zone(asked.symbol)))

    def _zone(self, symbol: str) -> str:
        return "UTC" if is_pair(symbol) else self._sessions.zone

    def _known(self, asked: _Asked, period_ns: int, start_ns: int, stop_ns: int) -> Rows:
        """Return the rows of a period that have closed by now, with what was told of them since."""
        symbol, stop_ns = asked.symbol, min(stop_ns, asked.now_ns)
        if start_ns >= stop_ns:
            return np.zeros(0, CANDLE)
        rows = asked.record.rows(period_ns, start_ns, stop_ns)
        rows = rows[: int(np.searchsorted(rows["end_ns"], asked.now_ns, side="right"))]
        late = self._late.get(symbol)
        if late and period_ns == NS_PER_MINUTE and len(rows):
            rows = rows.copy()
            for open_ns, bar in late.items():
                at = int(np.searchsorted(rows["ts_ns"], open_ns))
                if at < len(rows) and rows["ts_ns"][at] == open_ns:
                    rows[at] = tuple(candle_of(bar))
        for halt_ns, resume_ns in self._halts.get(symbol, ()):
            rows = rows[(rows["ts_ns"] < halt_ns) | (rows["end_ns"] > resume_ns)]
        return rows if asked.adjusting is None else asked.adjusting.of(rows)

    def _regular(self, rows: Rows) -> Rows:
        """Return the rows within the regular sessions."""
        if not len(rows):
            return rows
        first, last = (self._sessions.day_of(int(rows["ts_ns"][at])) for at in (0, -1))
        sessions = self._sessions.between(first, last)
        if not sessions:
            return rows[:0]
        opens = np.array([session.open_ns for session in sessions])
        closes = np.array([session.close_ns for session in sessions])
        at = np.searchsorted(opens, rows["ts_ns"], side="right") - 1
        inside = (at >= 0) & (rows["ts_ns"] < closes[np.maximum(at, 0)])
        return rows[inside]

    def _ticks(
        self, symbol: str, kind: str, start_ns: int, stop_ns: int, limit: int | None, descending: bool
    ) -> Ticks | None:
        record = self._records.get(symbol)
        ticks = None if record is None or start_ns >= stop_ns else record.ticks(kind, start_ns, stop_ns)
        if ticks is None or limit is None or len(ticks) <= limit:
            return ticks
        return ticks.slice(len(ticks) - limit, len(ticks)) if descending else ticks.slice(0, limit)

    def _halt(self, status: Status) -> None:
        halts = self._halts.setdefault(status.symbol, [])
        open_end = 1 << 62
        if status.halted and not (halts and halts[-1][1] == open_end):
            halts.append((status.ts_ns, open_end))
        elif not status.halted and halts and halts[-1][1] == open_end:
            halts[-1] = (halts[-1][0], status.ts_ns)


def _page(rows: Rows, limit: int | None, descending: bool) -> Rows:
    return (rows[::-1] if descending else rows)[:limit]
