"""Deliver bars as events."""

from collections.abc import Iterator
from itertools import cycle

from tenfold.domain.bars import BAR, Bars, packed
from tenfold.domain.market import UNUSABLE, Bar, BarSet

_CHUNK = 2048
_FLAGS, _SESSION, _TS_NS = 0, 1, 2  # positions among the fields of BAR
_FIELDS = len(BAR.names or ())
_BAD = int(UNUSABLE)


class BarFeed:
    """Yield one bar set for each moment of `Bars`, in the order of time."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def events(self) -> Iterator[BarSet]:
        """Yield the bar sets; symbols without a usable bar are named as missing."""
        symbols = self._bars.symbols
        last = symbols[-1]
        further = len(self._bars.columns)
        packing = packed(further)
        for start in range(0, len(self._bars), _CHUNK):
            rows = packing.iter_unpack(self._bars.rows[start : start + _CHUNK].tobytes())
            bars: list[Bar] = []
            missing: list[str] = []
            for row, symbol in zip(rows, cycle(symbols), strict=False):
                if row[_FLAGS] & _BAD:
                    missing.append(symbol)
                else:
                    # a row has as many fields as BAR, and the further columns
                    bars.append(Bar(*row[:_FIELDS], symbol, row[_FIELDS:]) if further else Bar(*row, symbol))  # type: ignore[call-arg]
                if symbol is last:
                    yield BarSet(ts_ns=row[_TS_NS], session=row[_SESSION], bars=tuple(bars), missing=tuple(missing))
                    bars, missing = [], []

    def close(self) -> None:
        """Let go of nothing: the bars are the caller's."""
