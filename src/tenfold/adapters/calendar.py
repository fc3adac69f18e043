"""Tell the sessions and holidays of exchanges, by exchange_calendars."""

import warnings
from datetime import date, timedelta
from typing import Final

import exchange_calendars
import numpy as np

from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY

_EPOCH: Final = date(1970, 1, 1)


def calendar_names() -> list[str]:
    """Return the names of the exchanges, such as XNYS."""
    return list(exchange_calendars.get_calendar_names())


def calendar_sessions(name: str, first_day: int, last_day: int) -> list[Session]:
    """Return the sessions of an exchange from one day to another, both included, as days since 1970-01-01.

    Raises UnknownNameError for an unknown exchange, DataError where the library does not reach that far.
    """
    names = calendar_names()
    if name not in names:
        raise UnknownNameError(f"calendar {name!r} is not known; {did_you_mean(name, names)}")
    start, end = _EPOCH + timedelta(days=first_day), _EPOCH + timedelta(days=last_day)
    try:
        with warnings.catch_warnings():
            # The library's own use of pandas is deprecated there; its callers cannot mend that.
            warnings.simplefilter("ignore")
            calendar = exchange_calendars.get_calendar(name, start=start.isoformat(), end=end.isoformat())
    except (exchange_calendars.errors.CalendarError, ValueError) as error:
        text = " ".join(str(error).split())
        raise DataError(f"calendar {name} has no sessions from {start} to {end}: {text}") from error
    schedule = calendar.schedule
    days = schedule.index.values.astype("datetime64[ns]").astype(np.int64) // NS_PER_DAY
    # Seen from NumPy, times of a zone are UTC.
    opens = schedule["open"].dt.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    closes = schedule["close"].dt.tz_localize(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
    return [
        Session(day=int(day), open_ns=int(opened), close_ns=int(closed))
        for day, opened, closed in zip(days, opens, closes, strict=True)
    ]
