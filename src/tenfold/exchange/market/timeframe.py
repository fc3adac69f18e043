"""Read a time frame such as 5Min, 1Day or 3Month, and say in which of its intervals a moment lies."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tenfold.exchange.sessions import local_moment, offset_ns

Unit = Literal["Min", "Hour", "Day", "Week", "Month"]
Moments = NDArray[np.int64]

_TEXT: Final = re.compile(r"([1-9][0-9]?)(Min|T|Hour|H|Day|D|Week|W|Month|M)", re.ASCII)
_SHORT: Final[dict[str, Unit]] = {"T": "Min", "H": "Hour", "D": "Day", "W": "Week", "M": "Month"}
_COUNTS: Final[dict[Unit, tuple[int, ...]]] = {
    "Min": tuple(range(1, 60)),
    "Hour": tuple(range(1, 24)),
    "Day": (1,),
    "Week": (1,),
    "Month": (1, 2, 3, 4, 6, 12),
}
_LENGTHS: Final[dict[Unit, int]] = {
    "Min": NS_PER_MINUTE,
    "Hour": NS_PER_HOUR,
    "Day": NS_PER_DAY,
    "Week": 7 * NS_PER_DAY,
    "Month": 28 * NS_PER_DAY,
}


@dataclass(frozen=True)
class TimeFrame:
    """Hold so many units of time; those of a day and longer begin at local midnight."""

    count: int
    unit: Unit

    @property
    def least_ns(self) -> int:
        """Length of the shortest of its intervals."""
        return self.count * _LENGTHS[self.unit]

    @property
    def most_ns(self) -> int:
        """Length that none of its intervals exceeds; a day of 25 hours is one."""
        return self.count * (31 * NS_PER_DAY if self.unit == "Month" else _LENGTHS[self.unit]) + NS_PER_HOUR

    @property
    def of_days(self) -> bool:
        """Whether it counts days and not minutes."""
        return self.unit not in {"Min", "Hour"}

    @property
    def of_spans(self) -> bool:
        """Whether it counts weeks or months."""
        return self.unit in {"Week", "Month"}

    def starts(self, ts_ns: Moments, zone: str) -> Moments:
        """Return the beginning of the interval that each moment lies in, (N,), UTC nanoseconds.

        Minutes and hours are counted from local midnight, weeks begin on Monday, months in January.
        """
        offsets = local_offsets(ts_ns, zone)
        local = ts_ns + offsets
        days = local // NS_PER_DAY
        if not self.of_days:
            length = self.least_ns
            return np.asarray(days * NS_PER_DAY + local % NS_PER_DAY // length * length - offsets, np.int64)
        if self.unit == "Week":
            days = days - (days + 3) % 7
        elif self.unit == "Month":
            months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
            months = months // self.count * self.count
            days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        unique, place = np.unique(days, return_inverse=True)
        midnights = [local_moment(day, 0, zone) for day in unique.tolist()]
        return np.array(midnights, np.int64)[place]


def parse_timeframe(text: str) -> TimeFrame:
    """Return the time frame of a text; ValueError where there is none such."""
    found = _TEXT.fullmatch(text)
    if found is not None:
        unit = _SHORT.get(found[2], found[2])
        count = int(found[1])
        if count in _COUNTS[unit]:  # type: ignore[index]
            return TimeFrame(count, unit)  # type: ignore[arg-type]
    raise ValueError(f"invalid timeframe: {text}")


def local_offsets(ts_ns: Moments, zone: str) -> Moments:
    """Return local time minus UTC of each moment, (N,)."""
    hours, place = np.unique(ts_ns // NS_PER_HOUR, return_inverse=True)
    offsets = [offset_ns(hour * NS_PER_HOUR, zone) for hour in hours.tolist()]
    return np.array(offsets, np.int64)[place]
