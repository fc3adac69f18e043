"""Read times of any usual layout as UTC nanoseconds: dates, moments, epochs, local clocks.

How it works
------------
One regular expression for each layout cuts all values at once; the numbers are then put together by
integer arithmetic, so a value either is a date of the calendar or is refused with its line.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, format_ns

_CLOCK: Final = (
    r"(?:[T ,;]+(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: *(?P<half>[AaPp])\.?[Mm]\.?)?)? *(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?$"
)
_LAYOUTS: Final = {
    "year-month-day": r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    "yyyymmdd": r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    "two numbers and a year": r"^(?P<first>\d{1,2})[-/.](?P<other>\d{1,2})[-/.](?P<year>\d{4}|\d{2})",
    "day month-name year": r"^(?P<day>\d{1,2})[- ](?P<name>[A-Za-z]{3,9})[- ,]+(?P<year>\d{4}|\d{2})",
    "month-name day year": r"^(?P<name>[A-Za-z]{3,9})[- .]+(?P<day>\d{1,2}),?[- ]+(?P<year>\d{4}|\d{2})",
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCHS: Final = ((10, "seconds", NS_PER_SECOND), (13, "milliseconds", 10**6), (16, "microseconds", 10**3))
_YEAR_MIN, _YEAR_MAX = 1700, 2250
_PIVOT: Final = 70

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Times:
    """Hold times read from text.

    Attributes
    ----------
    local_ns : (N,) as the clock of the source showed them
    utc_ns : (N,) the moments
    dates_only : no row has a time of day
    layout : how they were written
    assumed : what was assumed, one line each
    """

    local_ns: Integers
    utc_ns: Integers
    dates_only: bool
    layout: str
    assumed: tuple[str, ...] = ()


def read_times(values: pl.Series, lines: list[int], *, tz: str | None, dates: str, where: str) -> Times:
    """Return the times of a column of text.

    Parameters
    ----------
    values : N texts; `lines` are their lines in the file, for errors
    tz : zone of times without one; None is UTC
    dates : "dmy", "mdy", "ymd" or "auto": order where the numbers leave it open

    Raises DataError that names the first line whose time cannot be read.
    """
    text = values.str.strip_chars().str.replace(r"\.0+$", "")
    if text.str.contains(r"^\d{9,19}$").all() or text.str.contains(r"^(19|20)\d{4}$").all():
        return _numbers(text, lines, tz=tz, dates=dates, where=where)
    return _cut(text, lines, tz=tz, dates=dates, where=where)


def _numbers(text: pl.Series, lines: list[int], *, tz: str | None, dates: str, where: str) -> Times:
    """Read times written as digits alone: an epoch, or a compact date with or without a clock."""
    width = int(text.str.len_chars().max() or 0)  # type: ignore[arg-type]
    if width == 6:
        return _cut(text + "01", lines, tz=tz, dates=dates, where=where)
    if (
        width in (12, 14)
        and text.str.contains(r"^(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])([01]\d|2[0-3])[0-5]\d").all()
    ):
        return _cut(text.str.slice(0, 8) + " " + text.str.slice(8), lines, tz=tz, dates=dates, where=where)
    number = text.cast(pl.Int64, strict=False)
    if number.null_count():
        raise _unreadable(text, lines, number.is_null().to_numpy(), where)
    name, scale = next(((name, scale) for digits, name, scale in _EPOCHS if width <= digits), ("nanoseconds", 1))
    values = number.to_numpy().astype(np.int64)
    if (values > 9_000_000_000_000_000_000 // scale).any():
        raise DataError(f"{where}: times as {name} since 1970 are out of range")
    return Times(local_ns=values * scale, utc_ns=values * scale, dates_only=False, layout=f"{name} since 1970")


def _cut(text: pl.Series, lines: list[int], *, tz: str | None, dates: str, where: str) -> Times:
    head = str(text[0])
    found = [name for name, pattern in _LAYOUTS.items() if pl.Series([head]).str.contains(pattern + _CLOCK)[0]]
    if not found:
        raise _unreadable(text, lines, np.arange(len(text)) == 0, where)
    layout = found[0]
    groups = text.str.extract_groups(_LAYOUTS[layout] + _CLOCK).struct.unnest()
    bad = groups["year"].is_null().to_numpy()
    if bad.any():
        raise _unreadable(text, lines, bad, where)
    year = _whole(groups, "year")
    short = (groups["year"].str.len_chars() == 2).to_numpy()
    year = np.where(short, np.where(year < _PIVOT, 2000, 1900) + year, year)
    assumed: list[str] = []
    if layout == "two numbers and a year":
        year, month, day, order, told = _ordered(groups, year, short, dates)
        assumed += told
        layout = order
    else:
        month, day = _month(groups, text, lines, where), _whole(groups, "day")
    days, wrong = _days(year, month, day)
    clock_ns, wrong_clock = _clock(groups)
    if (wrong | wrong_clock).any():
        raise _unreadable(text, lines, wrong | wrong_clock, where)
    local_ns = days * NS_PER_DAY + clock_ns
    timeless = groups["hour"].is_null().to_numpy()
    dates_only = bool(timeless.all())
    if timeless.any() and not dates_only:
        at = int(np.flatnonzero(timeless)[0])
        raise DataError(f"{where} line {lines[at]} has the date {str(text[at])!r} without a time, other lines have one")
    if short.any():
        layout += ", two-digit years (70 to 99 are 19xx)"
    if groups["offset"].is_not_null().any():
        return Times(
            local_ns=local_ns,
            utc_ns=local_ns - _offset(groups),
            dates_only=dates_only,
            layout=layout + " with offset",
            assumed=tuple(assumed),
        )
    utc_ns = local_ns
    if tz is not None and not dates_only:
        utc_ns, told = to_utc(local_ns, tz, where)
        assumed += told
    return Times(local_ns=local_ns, utc_ns=utc_ns, dates_only=dates_only, layout=layout, assumed=tuple(assumed))


def _whole(groups: pl.DataFrame, name: str) -> Integers:
    return groups[name].cast(pl.Int64, strict=False).fill_null(0).to_numpy().astype(np.int64)


def _month(groups: pl.DataFrame, text: pl.Series, lines: list[int], where: str) -> Integers:
    if "name" not in groups.columns:
        return _whole(groups, "month")
    month = np.zeros(len(groups), np.int64)
    names = groups["name"].str.slice(0, 3).str.to_lowercase()
    for number, name in enumerate(_MONTHS, 1):
        month[(names == name).to_numpy()] = number
    if (month == 0).any():
        raise _unreadable(text, lines, month == 0, where)
    return month


def _ordered(
    groups: pl.DataFrame, year: Integers, short: NDArray[np.bool_], dates: str
) -> tuple[Integers, Integers, Integers, str, list[str]]:
    """Return year, month, day where both numbers before the year may be either, and what was assumed.

    Of the orders that make dates of all rows, the one with fewest dates on weekends is taken, then the one
    whose rows run in one direction; month before day where both serve.
    """
    first, other = _whole(groups, "first"), _whole(groups, "other")
    orders = {"mdy": ("month/day/year", year, first, other), "dmy": ("day/month/year", year, other, first)}
    if short.all():
        orders["ymd"] = ("year/month/day", np.where(first < _PIVOT, 2000, 1900) + first, other, year % 100)
    if dates in orders:
        name, *numbers = orders[dates]
        return numbers[0], numbers[1], numbers[2], name, []
    scored = []
    for name, y, m, d in orders.values():
        days, wrong = _days(y, m, d)
        if wrong.any():
            continue
        weekend = round(float(((days + 3) % 7 >= 5).mean()), 2)
        steps = np.sign(np.diff(days))
        turns = float((steps[steps != 0] != np.median(steps[steps != 0])).mean()) if (steps != 0).any() else 0.0
        scored.append((weekend + turns + (0.5 if name == "year/month/day" else 0.0), name, y, m, d))
    if not scored:
        return year, first, other, "month/day/year", []
    best = min(scored, key=lambda item: item[0])
    told = []
    if len(scored) > 1 and sum(score[0] < best[0] + 0.1 for score in scored) > 1:
        told = [f"dates are {best[1]}; say otherwise with --dates dmy, mdy or ymd"]
    return best[2], best[3], best[4], best[1], told


def _days(year: Integers, month: Integers, day: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """Return days since 1970-01-01, and which rows are no date."""
    wrong = (year < _YEAR_MIN) | (year > _YEAR_MAX) | (month < 1) | (month > 12) | (day < 1)
    months = np.where(wrong, 0, (year - 1970) * 12 + month - 1).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    return first + day - 1, wrong | (day > length)


def _clock(groups: pl.DataFrame) -> tuple[Integers, NDArray[np.bool_]]:
    """Return nanoseconds since midnight, and which rows show no time of day."""
    hour, minute, second = (_whole(groups, name) for name in ("hour", "minute", "second"))
    half = groups["half"].str.to_lowercase().fill_null("").to_numpy()
    twelve = half != ""
    wrong = (hour > np.where(twelve, 12, 23)) | (minute > 59) | (second > 59) | (twelve & (hour == 0))
    hour = np.where(twelve, hour % 12 + np.where(half == "p", 12, 0), hour)
    fraction = groups["fraction"].fill_null("").str.pad_end(9, "0").cast(pl.Int64, strict=False).fill_null(0)
    clock_ns = hour * NS_PER_HOUR + minute * NS_PER_MINUTE + second * NS_PER_SECOND + fraction.to_numpy()
    return clock_ns.astype(np.int64), wrong


def _offset(groups: pl.DataFrame) -> Integers:
    text = groups["offset"].fill_null("").str.replace(":", "")
    sign = np.where(text.str.starts_with("-").to_numpy(), -1, 1)
    hours = text.str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    minutes = text.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0).to_numpy()
    return np.asarray(sign * (hours * NS_PER_HOUR + minutes * NS_PER_MINUTE), np.int64)


def known_zone(tz: str) -> None:
    """Refuse a time zone that does not exist."""
    try:
        pl.Series([0], dtype=pl.Datetime("ns")).dt.replace_time_zone(tz)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise DataError(f"time zone {tz!r} is not known, expected one such as America/New_York or UTC") from error


def to_utc(local_ns: Integers, tz: str, where: str) -> tuple[Integers, list[str]]:
    """Return the moments of a local clock, and what was assumed about hours that occur twice.

    In the hour that a clock shows twice, times run forward: after a step back the second pass is meant.
    Raises DataError for an unknown zone or a time that the zone's clock never showed.
    """
    known_zone(tz)
    naive = pl.Series(local_ns).cast(pl.Datetime("ns"))
    early = naive.dt.replace_time_zone(tz, ambiguous="earliest", non_existent="null")
    late = naive.dt.replace_time_zone(tz, ambiguous="latest", non_existent="null")
    if early.null_count():
        gone = int(np.flatnonzero(early.is_null().to_numpy())[0])
        raise DataError(
            f"{where}: {format_ns(int(local_ns[gone]))} does not exist in {tz}, the clock skipped it; "
            "the file's times are in another zone"
        )
    first, second = early.to_physical().to_numpy(), late.to_physical().to_numpy()
    twice = first != second
    if not twice.any():
        return first.astype(np.int64), []
    utc_ns = first.astype(np.int64).copy()
    falling = len(local_ns) > 1 and np.median(np.diff(local_ns)) < 0
    order = range(len(local_ns) - 1, -1, -1) if falling else range(len(local_ns))
    before, passed = None, False
    for i in order:
        if not twice[i]:
            before, passed = None, False
            continue
        passed = passed or (before is not None and local_ns[i] < before)
        before = local_ns[i]
        utc_ns[i] = second[i] if passed else first[i]
    told = f"{int(twice.sum())} times fall into an hour that {tz} shows twice: the first pass unless the clock stepped back"
    return utc_ns, [told]


def _unreadable(text: pl.Series, lines: list[int], bad: NDArray[np.bool_], where: str) -> DataError:
    at = int(np.flatnonzero(bad)[0])
    shown = str(text[at])[:40]
    what = f"time {shown!r}" if shown else "an empty time"
    return DataError(
        f"{where} line {lines[at]} has {what}, expected a date or time such as 2011-01-03, 03/01/2011 09:30, "
        "20110103 093000 or seconds since 1970"
    )
