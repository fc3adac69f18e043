"""Build the minute bars of one symbol from the prints of one source, while they happen.

How it works
------------
A minute stays open until its end and a short time after, in which stragglers may come; its prints are put in the order of their time
and built by `market.builder`, as a file of them would be. Then it is settled. A print that comes later may raise the high,
lower the low and add volume; open and close stay. A print that is corrected or taken back makes the minute anew. The bar that the
venue itself tells of a minute stands in place of what was built, and where the two differ, prints were lost.
"""

from math import isclose, isnan
from typing import Final

from msgspec.structs import replace

from tenfold.domain.live_market import Print, PrintCanceled, PrintCorrected, VenueBar
from tenfold.domain.market import Bar, Flag
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.market.builder import BarBuilder
from tenfold.market.print_conditions import counts

Row = tuple[int, float, float, str]
"""Time, price, size and id of a print."""

MINUTES_KEPT: Final = 120
"""Minutes of a symbol that are kept: what is told of older ones changes nothing."""
CORRECTABLE_NS: Final = 10 * NS_PER_MINUTE
"""Time for which the prints of a minute are kept, to be corrected or taken back."""

PRICE_MAX: Final = 1e9
"""What is told beyond is no price: nothing costs as much, and neither money nor a journal holds every number."""

_AHEAD_NS: Final = 10 * NS_PER_MINUTE
"""Time after what is settled from which nothing is taken: odd stamps far ahead would leave no room for what happens."""
_SAME: Final = 1e-9
"""Share by which two sums of the same sizes may differ."""

_NAN: Final = float("nan")
_INFINITY: Final = float("inf")


class _Minute:
    """Hold what is known of one minute.

    `building` takes prints as they come, None once one came out of order; `base` is what the prints in time make, with their number
    and worth.
    """

    __slots__ = ("base", "building", "built", "late", "prints", "settled", "sizes", "suspicious", "venue")

    def __init__(self, symbol: str) -> None:
        self.prints: list[Row] = []
        self.sizes: list[Row] = []  # those that count for volume alone
        self.late: list[Row] = []
        self.building: _Building | None = _Building(symbol)
        self.base: tuple[Bar | None, int, float] | None = None
        self.built: Bar | None = None
        self.venue: VenueBar | None = None
        self.settled = False
        self.suspicious = False


class _Building:
    """Build a minute of prints in the order of their time."""

    __slots__ = ("_builder", "count", "last_ns", "worth")

    def __init__(self, symbol: str) -> None:
        self._builder = BarBuilder(symbol, NS_PER_MINUTE)
        self.count = 0
        self.worth = 0.0
        self.last_ns = 0

    def add(self, row: Row) -> None:
        self.last_ns, price, size, _ = row
        self._builder.trade(self.last_ns, price, size)
        self.count += 1
        self.worth += price * size

    def closed(self, end_ns: int) -> Bar | None:
        return self._builder.advance(end_ns)


class LiveBars:
    """Hold the minutes of one symbol as one source told them, the last `kept` of them.

    Attributes
    ----------
    lost : minutes of which the venue's own bar differs from what its prints make
    unknown : corrections and cancels of prints that are not known, or no more
    """

    def __init__(self, symbol: str, *, kept: int = MINUTES_KEPT) -> None:
        self.symbol = symbol
        self.kept = kept
        self.lost = 0
        self.unknown = 0
        self._minutes: dict[int, _Minute] = {}
        self._settled_ns = -(1 << 62)

    def trade(self, one: Print, *, suspicious: bool = False) -> int | None:
        """Take a print; return the beginning of its minute where that was settled and is changed by it."""
        if not is_print(one.price, one.size):
            return None
        priced, sized = counts(one.conditions)
        if not sized:
            return None
        open_ns = one.ts_ns // NS_PER_MINUTE * NS_PER_MINUTE
        if self._is_odd(open_ns):
            return None
        minute = self._minute(open_ns)
        minute.suspicious |= suspicious
        row = (one.ts_ns, one.price, one.size, one.trade_id)
        if not priced:
            minute.sizes.append(row)
        elif minute.settled:
            minute.late.append(row)
        else:
            minute.prints.append(row)
            minute.base = None
            if minute.building is not None:
                if row[0] < minute.building.last_ns:
                    minute.building = None
                else:
                    minute.building.add(row)
        return self._changed(open_ns, minute)

    def venue(self, told: VenueBar) -> int | None:
        """Take a minute bar of the venue; return the beginning of its minute where that was settled and is changed by it."""
        if self._is_odd(told.open_ns):
            return None
        minute = self._minute(told.open_ns)
        if told.kind == "minute" and minute.venue is not None and minute.venue.kind == "updated":
            return None  # it was told before that one
        settled, minute.settled = minute.settled, True
        minute.venue = told
        return told.open_ns if settled else None

    def correct(self, told: PrintCorrected) -> int | None:
        """Put another print in the place of one; return the beginning of its minute where that was settled.

        Where the other is none, the first is taken back all the same.
        """
        new = (told.price, told.size, told.trade_id) if is_print(told.price, told.size) else None
        return self._amend(told.original_id, told.original_price, told.original_size, new)

    def cancel(self, told: PrintCanceled) -> int | None:
        """Take a print back; return the beginning of its minute where that was settled."""
        return self._amend(told.trade_id, told.price, told.size, None)

    def settle(self, until_ns: int) -> None:
        """Settle the minutes that ended by a moment."""
        self._settled_ns = max(self._settled_ns, until_ns)
        for open_ns, minute in reversed(self._minutes.items()):
            if open_ns + NS_PER_MINUTE <= until_ns:
                if minute.settled and not minute.prints and minute.venue is None:
                    break
                minute.settled = True
                if (minute.prints or minute.sizes) and open_ns < until_ns - CORRECTABLE_NS:
                    self._condense(open_ns, minute)

    def bar(self, open_ns: int) -> Bar | None:
        """Return the bar of a minute as it stands, None where nothing was traded that makes one.

        `extra` holds the number of prints and their average price; its place in session and calendar is not yet that of the market.
        """
        minute = self._minutes.get(open_ns)
        if minute is None:
            return None
        if minute.venue is not None:
            return told_bar(minute.venue, minute.suspicious)
        return self._built(open_ns, minute)

    def by_venue(self, open_ns: int) -> bool:
        """Say whether the venue itself has told the bar of a minute."""
        minute = self._minutes.get(open_ns)
        return minute is not None and minute.venue is not None

    def disagrees(self, open_ns: int) -> bool:
        """Say whether the venue's bar of a minute differs from what its prints make, and count it."""
        minute = self._minutes.get(open_ns)
        if minute is None or minute.venue is None:
            return False
        built, told = self._built(open_ns, minute), minute.venue
        ours = (0.0,) * 4 if built is None else (built.open, built.high, built.low, built.close)
        differs = ours != (told.open, told.high, told.low, told.close)
        differs |= not isclose(0.0 if built is None else built.volume, told.volume, rel_tol=_SAME)
        self.lost += differs
        return differs

    def _is_odd(self, open_ns: int) -> bool:
        return open_ns > self._settled_ns + _AHEAD_NS and self._settled_ns > 0

    def _minute(self, open_ns: int) -> _Minute:
        minute = self._minutes.get(open_ns)
        if minute is None:
            last = next(reversed(self._minutes), open_ns)
            minute = self._minutes[open_ns] = _Minute(self.symbol)
            minute.settled = open_ns + NS_PER_MINUTE <= self._settled_ns
            if open_ns < last:  # told late: the order of time stays
                self._minutes = dict(sorted(self._minutes.items()))
            while len(self._minutes) > self.kept:
                del self._minutes[next(iter(self._minutes))]
        return minute

    def _changed(self, open_ns: int, minute: _Minute) -> int | None:
        minute.built = None
        return open_ns if minute.settled and minute.venue is None else None

    def _amend(self, trade_id: str, price: float, size: float, new: tuple[float, float, str] | None) -> int | None:
        for open_ns, minute in reversed(self._minutes.items()):
            for rows in (minute.prints, minute.late, minute.sizes):
                for place, (ts_ns, *known) in enumerate(rows):
                    if known[2] == trade_id and (trade_id or known[:2] == [price, size]):
                        rows[place : place + 1] = [] if new is None else [(ts_ns, *new)]
                        if rows is minute.prints:
                            minute.building = minute.base = None
                        return self._changed(open_ns, minute)
        self.unknown += 1
        return None

    def _base(self, open_ns: int, minute: _Minute) -> tuple[Bar | None, int, float]:
        """Return the bar of the prints that came in time, their number and worth."""
        if minute.base is None:
            building = minute.building
            if building is None:
                building = _Building(self.symbol)
                for row in sorted(minute.prints, key=_time):
                    building.add(row)
            minute.base = (building.closed(open_ns + NS_PER_MINUTE), building.count, building.worth)
            minute.building = None
        return minute.base

    def _condense(self, open_ns: int, minute: _Minute) -> None:
        """Keep of the prints that came in time, and of those that count for volume alone, what they make: of odd lots there are thousands."""
        bar, count, worth = self._base(open_ns, minute)
        minute.prints.clear()
        if bar is not None and minute.sizes:
            volume = bar.volume + sum(row[2] for row in minute.sizes)
            worth += sum(row[1] * row[2] for row in minute.sizes)
            minute.base = replace(bar, volume=volume), count + len(minute.sizes), worth
            minute.sizes.clear()

    def _built(self, open_ns: int, minute: _Minute) -> Bar | None:
        """Return the bar that all prints of a minute make."""
        if minute.built is not None:
            return minute.built
        bar, count, worth = self._base(open_ns, minute)
        late = minute.late
        if bar is None and late:  # they are all there is
            building = _Building(self.symbol)
            for row in sorted(late, key=_time):
                building.add(row)
            bar, count, worth, late = building.closed(open_ns + NS_PER_MINUTE), building.count, building.worth, []
        if bar is None:
            return None
        high, low, volume = bar.high, bar.low, bar.volume
        for _, price, _, _ in late:
            high, low = max(high, price), min(low, price)
        for _, price, size, _ in (*late, *minute.sizes):
            volume += size
            count += 1
            worth += price * size
        flags = int(Flag.OUTLIER) if minute.suspicious else 0
        minute.built = replace(
            bar, flags=flags, high=high, low=low, volume=volume, extra=(float(count), worth / volume)
        )  # fmt: skip
        return minute.built


def _time(row: Row) -> int:
    return row[0]


def is_print(price: float, size: float) -> bool:
    """Say whether something can have traded so: NaN, infinity, what is not above zero and what nothing costs cannot."""
    return 0.0 < price < PRICE_MAX and 0.0 < size < _INFINITY


def defect(told: VenueBar) -> str:
    """Return which defect of `market.quality_report` a bar of the venue has that makes it none, "" where it is one."""
    prices = (told.open, told.high, told.low, told.close)
    if any(map(isnan, prices)):
        return "missing_price"
    if not min(prices) > 0.0:
        return "nonpositive_price"
    if not (told.low == min(prices) and max(prices) == told.high < PRICE_MAX):
        return "ohlc"
    return "" if 0.0 <= told.volume < _INFINITY else "missing_value"


def told_bar(told: VenueBar, suspicious: bool = False) -> Bar:
    """Return a bar of the venue as ours, without a place in session and calendar."""
    return Bar(
        int(Flag.OUTLIER) if suspicious else 0, 0, told.ts_ns, told.close, told.open, told.high, told.low, told.volume,
        told.open_ns, _NAN, _NAN, _NAN, _NAN, 0.0, 0, 0, 0, 0, 0, 0, 0, told.symbol, (float(told.trades), told.vwap),
    )  # fmt: skip
