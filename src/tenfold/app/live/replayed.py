"""Know the calendar of a replay: what time it is, and where in its session each bar lies."""

from collections.abc import Sequence
from typing import Any, Final

from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError
from tenfold.domain.live_market import VenueBar
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.units import format_ns
from tenfold.ports import Clock

_PLACE: Final = (
    "session", "ts_ns", "open_ns", "session_bar", "elapsed_s", "remaining_s", "year", "month", "day", "weekday",
)  # fmt: skip
_ABSENT: Final[dict[str, Any]] = dict.fromkeys(("bid", "ask", "bid_open", "ask_open"), float("nan"))


class ReplayedClock:
    """Tell the replayed time of an exchange; durations are those of this machine."""

    def __init__(self, steady: Clock, now_ns: int) -> None:
        self.ts_ns = now_ns
        self._steady = steady
        self.monotonic_ns = steady.monotonic_ns
        self.today = steady.today

    def now_ns(self) -> int:
        """Return the moment that the exchange has come to."""
        return self.ts_ns


class BarPlaces:
    """Say at which moments bars close, and where in session and calendar; prices come from the venue alone."""

    def __init__(self, bars: Bars) -> None:
        if bars.columns:
            raise DataError(
                f"the bars have further columns ({', '.join(bars.columns)}), which no venue tells: leave them out"
            )
        self.symbols = bars.symbols
        self._rows = bars.rows
        self._number = {open_ns: number for number, row in enumerate(bars.rows["open_ns"].tolist()) for open_ns in row}

    def number(self, told: VenueBar) -> int:
        """Return the place of a bar's moment on the axis; DataError where no bar was expected."""
        number = self._number.get(told.open_ns)
        if number is None:
            raise DataError(f"the venue tells a bar of {told.symbol} from {format_ns(told.open_ns)}, expected none")
        return number

    def placed(self, told: Sequence[VenueBar]) -> BarSet:
        """Return the bars that the venue told at one moment as a bar set."""
        number = self.number(told[0])
        by_symbol = {bar.symbol: bar for bar in told}
        bars = tuple(
            self._bar(by_symbol[symbol], number, column)
            for column, symbol in enumerate(self.symbols)
            if symbol in by_symbol
        )
        missing = tuple(symbol for symbol in self.symbols if symbol not in by_symbol)
        return BarSet(ts_ns=bars[0].ts_ns, session=bars[0].session, bars=bars, missing=missing)

    def _bar(self, told: VenueBar, number: int, column: int) -> Bar:
        row = self._rows[number, column]
        place: dict[str, Any] = {name: int(row[name]) for name in _PLACE}
        prices = {name: getattr(told, name) for name in ("open", "high", "low", "close", "volume")}
        return Bar(flags=0, symbol=told.symbol, dividend=0.0, **place, **prices, **_ABSENT)
