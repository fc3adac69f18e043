"""Say from which moment a venue takes an order, and until when: Alpaca takes those for the auctions of a day before it, or in the evening before."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from tenfold.domain.errors import SettingsError
from tenfold.domain.order import Order
from tenfold.domain.rules import Rules
from tenfold.domain.session import NEW_YORK, Session
from tenfold.domain.units import NS_PER_MINUTE, NS_PER_SECOND

_ZONE: Final = ZoneInfo(NEW_YORK)
EVENING: Final = time(19)
_OPEN_LEAD_NS: Final = 2 * NS_PER_MINUTE
_CLOSE_LEAD_NS: Final = 10 * NS_PER_MINUTE
_OPENING: Final = "opg"
_SECONDS_A_DAY: Final = 86_400
_SECONDS_A_MINUTE: Final = 60


class VenueHours:
    """Hold the sessions of a venue; without any, everything is taken at once.

    Source: Alpaca documentation, Orders at Alpaca: opg orders are taken outside 9:28 to 19:00, cls orders outside 15:50 to 19:00, New York time.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = sorted(sessions, key=lambda one: one.open_ns)
        self._opens = [one.open_ns - _OPEN_LEAD_NS for one in self._sessions]

    def taken_ns(self, order: Order, now_ns: int) -> int:
        """Return from when on the venue takes an order: now, or the evening of the session whose auction it is too late for."""
        auction = order.auction
        place = bisect_right(self._opens, now_ns) - 1
        if not auction or place < 0:
            return now_ns
        session = self._sessions[place]
        late_ns = session.open_ns - _OPEN_LEAD_NS if auction == _OPENING else session.close_ns - _CLOSE_LEAD_NS
        evening_ns = _evening_ns(session)
        return evening_ns if late_ns <= now_ns < evening_ns else now_ns


def check_lead(rules: Rules) -> None:
    """Refuse to decide when it is too late for an order on the close, and within a minute: what a live day is gathered from."""
    seconds = rules.entry.decide_before_close_s
    if seconds is not None and (seconds * NS_PER_SECOND <= _CLOSE_LEAD_NS or seconds % _SECONDS_A_MINUTE):
        least = (_CLOSE_LEAD_NS + NS_PER_MINUTE) // NS_PER_SECOND
        raise SettingsError(
            f"rules.entry.decide_before_close_s is {seconds:g}, expected {least} or more in steps of {_SECONDS_A_MINUTE}: the venue takes no "
            "orders on the close in the last 10 minutes before it, and live days are made of minutes"
        )


def sessions_of(days: Iterable[tuple[int, str, str]]) -> list[Session]:
    """Return sessions as a venue's calendar has them: days since 1970-01-01, opening and close as "HH:MM" in New York."""
    return [
        Session(day=day, open_ns=_moment_ns(day, opens), close_ns=_moment_ns(day, closes))
        for day, opens, closes in days
    ]


def _moment_ns(day: int, text: str) -> int:
    date = datetime.fromtimestamp(day * _SECONDS_A_DAY, UTC).date()
    return int(datetime.combine(date, time.fromisoformat(text), _ZONE).timestamp()) * NS_PER_SECOND


def _evening_ns(session: Session) -> int:
    day = datetime.fromtimestamp(session.open_ns // NS_PER_SECOND, UTC).astimezone(_ZONE).date()
    return int(datetime.combine(day, EVENING, _ZONE).timestamp()) * NS_PER_SECOND
