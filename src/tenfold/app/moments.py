"""Understand the dates and times that people give as the start and end of data."""

from datetime import UTC, date, datetime

from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY, date_ns

Moment = str | date | datetime | int | None


def start_ns(moment: Moment) -> int | None:
    """Return the start, included: midnight of a date, a moment as it is, in UTC nanoseconds."""
    return _moment_ns(moment)[0]


def stop_ns(moment: Moment) -> int | None:
    """Return the end, excluded: the midnight after a date, a moment as it is."""
    moment_ns, whole_day = _moment_ns(moment)
    return moment_ns if moment_ns is None or not whole_day else moment_ns + NS_PER_DAY


def _moment_ns(moment: Moment) -> tuple[int | None, bool]:
    """Return (UTC nanoseconds, whether a whole day is meant)."""
    if moment is None or isinstance(moment, int):
        return moment, False
    if isinstance(moment, str):
        try:
            moment = date.fromisoformat(moment) if len(moment) == 10 else datetime.fromisoformat(moment)
        except ValueError:
            raise DataError(
                f"date {moment!r} is not understood, expected like 2010-01-04 or 2010-01-04T14:30"
            ) from None
    if not isinstance(moment, date):
        raise DataError(f"date {moment!r} is a {type(moment).__name__}, expected text, a date or a datetime")
    if isinstance(moment, datetime):
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        whole, rest = divmod((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds(), 1)
        return int(whole) * 1_000_000_000 + round(rest * 1e6) * 1000, False
    return date_ns(moment), True
