"""Give the sessions of exchanges to whatever reads or judges bars."""

from collections.abc import Sequence
from typing import Any, Final

from tenfold.app import wiring
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.series import Series

_MARGIN_DAYS: Final = 10


class SessionSource:
    """Give the sessions of an exchange around some days, from the catalogue where it has them."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def __call__(self, calendar: str, first_day: int, last_day: int) -> list[Session]:
        """Return the sessions around two days since 1970-01-01; those that were not kept yet are kept now."""
        kept = self.store.sessions(calendar) if self.store is not None else []
        first, last = first_day - _MARGIN_DAYS, last_day + _MARGIN_DAYS
        if not kept or kept[0].day > first + _MARGIN_DAYS or kept[-1].day < last - _MARGIN_DAYS:
            low = min(first, kept[0].day) if kept else first
            high = max(last, kept[-1].day) if kept else last
            kept = wiring.calendar_sessions(calendar, low, high)
            if self.store is not None:
                self.store.save_sessions(calendar, kept)
        return [session for session in kept if first <= session.day <= last]

    def around(self, series: Series, calendar: str | None = None) -> list[Session] | None:
        """Return the sessions around a series, None where it follows no calendar."""
        name = series.calendar if calendar is None else calendar
        if not name or len(series) == 0:
            return None
        days = series.rows["open_ns"] // NS_PER_DAY
        return self(name, int(days.min()), int(days.max()))


def sessions_for(store: Any, names: Sequence[str], period: str | None, calendar: str | None) -> list[Session] | None:
    """Return the sessions that the bars follow: UTC days serve daily bars unless a calendar is asked for."""
    infos = [store.describe(name, period) for name in names]
    named = {info.calendar for info in infos if info.calendar and info.period[-1] in "smh"}
    if calendar is None and len(named) != 1:
        return None
    name = calendar if calendar is not None else named.pop()
    first = min(info.quality.first_ns for info in infos) // NS_PER_DAY
    last = max(info.quality.last_ns for info in infos) // NS_PER_DAY
    return SessionSource(store)(name, first, last) if name else None
