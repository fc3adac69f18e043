"""Turn what the catalogue holds into events, part by part."""

from collections.abc import Iterator
from itertools import cycle
from typing import Final

from tenfold.domain.bars import BAR, Bars, packed
from tenfold.domain.market import UNUSABLE, Bar
from tenfold.domain.units import NS_PER_DAY
from tenfold.exchange.events import MarketEvent
from tenfold.exchange.market.day_bars import in_session
from tenfold.exchange.market.replay import Part, Source
from tenfold.exchange.sessions import Sessions

_CHUNK: Final = 2048
_FIELDS: Final = len(BAR.names or ())
_BAD: Final = int(UNUSABLE)


def bar_events(bars: Bars, sessions: Sessions | None = None) -> Iterator[list[MarketEvent]]:
    """Yield the usable bars; daily bars are stamped with the open and close of their sessions, where there are sessions.

    What a user's further columns hold is left out.
    """
    if sessions is not None and bars.period_ns >= NS_PER_DAY:
        bars = in_session(bars, sessions)
    symbols = bars.symbols
    packing = packed(len(bars.columns))
    for start in range(0, len(bars), _CHUNK):
        rows = packing.iter_unpack(bars.rows[start : start + _CHUNK].tobytes())
        # a row has as many fields as BAR, and the further columns
        yield [
            Bar(*row[:_FIELDS], symbol)  # type: ignore[call-arg]
            for row, symbol in zip(rows, cycle(symbols), strict=False)
            if not row[0] & _BAD
        ]


def edge_events(sessions: Sessions, start_ns: int, stop_ns: int) -> Iterator[list[MarketEvent]]:
    """Yield where the parts of trading days begin, in [start, stop)."""
    for day in range(sessions.day_of(start_ns), sessions.day_of(stop_ns) + 1):
        yield [edge for edge in sessions.edges(day) if start_ns <= edge.ts_ns < stop_ns]


def within(source: Source, start_ns: int, stop_ns: int) -> Iterator[Part]:
    """Yield the events of a source that happen in [start, stop), and read no further."""
    for part in source:
        if part and part[0].ts_ns >= stop_ns:
            return
        if part and part[0].ts_ns >= start_ns and part[-1].ts_ns < stop_ns:
            yield part
        else:
            yield [event for event in part if start_ns <= event.ts_ns < stop_ns]
