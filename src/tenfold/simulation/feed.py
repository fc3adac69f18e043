"""Deliver bars as events."""

from collections.abc import Iterator

from tenfold.domain.bars import Bars
from tenfold.domain.market import UNUSABLE, Bar, BarSet

_CHUNK = 2048
_FLAGS, _SESSION, _TS_NS = 0, 1, 2  # positions among the fields of BAR
_BAD = int(UNUSABLE)


class BarFeed:
    """Yield one bar set for each moment of `Bars`, in the order of time."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def events(self) -> Iterator[BarSet]:
        """Yield the bar sets; symbols without a usable bar are named as missing."""
        symbols = self._bars.symbols
        for start in range(0, len(self._bars), _CHUNK):
            for moment in self._bars.rows[start : start + _CHUNK].tolist():
                bars = tuple(
                    [
                        Bar(*row, symbol)  # type: ignore[call-arg] # a row has as many fields as BAR
                        for symbol, row in zip(symbols, moment, strict=True)
                        if not row[_FLAGS] & _BAD
                    ]
                )
                missing = (
                    ()
                    if len(bars) == len(symbols)
                    else tuple(symbol for symbol, row in zip(symbols, moment, strict=True) if row[_FLAGS] & _BAD)
                )
                yield BarSet(ts_ns=moment[0][_TS_NS], session=moment[0][_SESSION], bars=bars, missing=missing)

    def close(self) -> None:
        """Let go of nothing: the bars are the caller's."""
