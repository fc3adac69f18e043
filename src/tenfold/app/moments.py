"""Understand the dates, times and periods that people give; ParameterError says what was expected."""

from datetime import UTC, date, datetime

from tenfold.domain.errors import DataError, ParameterError
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, date_ns
from tenfold.market.series import decode_period

Moment = str | date | datetime | int | None


def start_ns(moment: Moment) -> int | None:
    """Return the start, included: midnight of a date, a moment as it is, in UTC nanoseconds."""
    return _moment_ns(moment)[0]


def stop_ns(moment: Moment) -> int | None:
    """Return the end, excluded: the midnight after a date, a moment as it is."""
    moment_ns, whole_day = _moment_ns(moment)
    return moment_ns if moment_ns is None or not whole_day else moment_ns + NS_PER_DAY


def length_ns(period: str) -> int:
    """Return the nanoseconds of a period such as 1m, 15m, 1d."""
    try:
        return decode_period(period)
    except DataError as error:
        raise ParameterError(str(error)) from None


def live_length_ns(every: str) -> int:
    """Return the nanoseconds of the period of bar sets, which are gathered from minutes and end with the day."""
    found_ns = length_ns(every)
    if found_ns % NS_PER_MINUTE or NS_PER_DAY % found_ns:
        raise ParameterError(
            f"bars of {every} are not made of minutes that divide a day, expected e.g. 1m, 15m, 1h, 1d"
        )
    return found_ns


def _moment_ns(moment: Moment) -> tuple[int | None, bool]:
    """Return (UTC nanoseconds, whether a whole day is meant)."""
    if moment is None or isinstance(moment, int):
        return moment, False
    if isinstance(moment, str):
        try:
            moment = date.fromisoformat(moment) if len(moment) == 10 else datetime.fromisoformat(moment)
        except ValueError:
            raise ParameterError(
                f"date {moment!r} is not understood, expected like 2010-01-04 or 2010-01-04T14:30"
            ) from None
    if not isinstance(moment, date):
        raise ParameterError(f"date {moment!r} is a {type(moment).__name__}, expected text, a date or a datetime")
    if isinstance(moment, datetime):
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        whole, rest = divmod((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds(), 1)
        return int(whole) * 1_000_000_000 + round(rest * 1e6) * 1000, False
    return date_ns(moment), True
