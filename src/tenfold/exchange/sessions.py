"""Tell when the market is open, from the sessions of a calendar and the local time of its place."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from tenfold.domain.session import NEW_YORK, Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.events import Edge
from tenfold.exchange.wire import day_text

_PRE_MINUTE: Final = 4 * 60
_OPEN_MINUTE: Final = 9 * 60 + 30
_CLOSE_MINUTE: Final = 16 * 60
_POST_MINUTE: Final = 20 * 60
_AFTER_EARLY_CLOSE: Final = 4 * 60  # minutes from an early close to the end of the day
_SEARCH_DAYS: Final = 400
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def _offset_ns(zone: str, hour: int) -> int:
    """Return local time minus UTC in an hour since 1970; zones change at full hours of UTC alone."""
    moment = _EPOCH + timedelta(hours=hour)
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds()) * NS_PER_SECOND


@lru_cache(maxsize=32_768)
def _offset_of_day(zone: str, day: int) -> int | None:
    """Return local time minus UTC in all hours of a day, None where it changes: what most days need is looked up once."""
    start, stop = _offset_ns(zone, 24 * day), _offset_ns(zone, 24 * day + 24)
    return start if start == stop else None


def offset_ns(ts_ns: int, zone: str = NEW_YORK) -> int:
    """Return local time minus UTC."""
    found = _offset_of_day(zone, ts_ns // NS_PER_DAY)
    return _offset_ns(zone, ts_ns // NS_PER_HOUR) if found is None else found


def local_day(ts_ns: int, zone: str = NEW_YORK) -> int:
    """Return the local date as days since 1970-01-01."""
    return (ts_ns + offset_ns(ts_ns, zone)) // NS_PER_DAY


def local_moment(day: int, minute: int, zone: str = NEW_YORK) -> int:
    """Return UTC nanoseconds of a minute since local midnight by the clock on the wall."""
    wall = day * NS_PER_DAY + minute * NS_PER_MINUTE
    # The offset is that of the moment itself, which the one of the same hour in UTC may miss by the change of the clocks.
    return wall - offset_ns(wall - offset_ns(wall, zone), zone)


def _weekday(day: int, zone: str) -> Session:
    return Session(
        day=day, open_ns=local_moment(day, _OPEN_MINUTE, zone), close_ns=local_moment(day, _CLOSE_MINUTE, zone)
    )


class Sessions:
    """Know the sessions of one market.

    A session is open in [open, close); before it the market trades from 04:00 local time, after it until 20:00, or until four hours
    after an early close. Outside the days of the calendar that it was given every working day counts as a session from 09:30 to 16:00,
    so that there always is a next one.

    Attributes
    ----------
    zone : name of the local time
    """

    def __init__(self, sessions: Iterable[Session] = (), zone: str = NEW_YORK) -> None:
        self.zone = zone
        self._known = {session.day: session for session in sessions}
        self._first = min(self._known, default=0)
        self._last = max(self._known, default=-1)
        self._guessed: dict[int, Session] = {}

    def session(self, day: int) -> Session | None:
        """Return the session of a day since 1970-01-01, None where there is none."""
        if self._first <= day <= self._last:
            return self._known.get(day)
        if (day + 3) % 7 >= 5:
            return None
        if day not in self._guessed:
            self._guessed[day] = _weekday(day, self.zone)
        return self._guessed[day]

    def between(self, first_day: int, last_day: int) -> list[Session]:
        """Return the sessions of some days, both included."""
        found = (self.session(day) for day in range(first_day, last_day + 1))
        return [session for session in found if session is not None]

    def day_of(self, ts_ns: int) -> int:
        """Return the local date of a moment as days since 1970-01-01, whether or not it has a session."""
        return local_day(ts_ns, self.zone)

    def minute_of(self, ts_ns: int) -> int:
        """Return the full minutes since local midnight by the clock on the wall."""
        return (ts_ns + offset_ns(ts_ns, self.zone)) % NS_PER_DAY // NS_PER_MINUTE

    def moment(self, day: int, minute: int) -> int:
        """Return UTC nanoseconds of a minute since local midnight by the clock on the wall."""
        return local_moment(day, minute, self.zone)

    def current(self, ts_ns: int) -> Session | None:
        """Return the session of the local date of a moment."""
        return self.session(self.day_of(ts_ns))

    def is_open(self, ts_ns: int) -> bool:
        """Say whether the regular session is open."""
        return self.phase(ts_ns) == "open"

    def phase(self, ts_ns: int) -> Literal["closed", "pre", "open", "post"]:
        """Name the part of the trading day: "pre" and "post" are the extended hours."""
        session = self.current(ts_ns)
        if session is None:
            return "closed"
        if session.open_ns <= ts_ns < session.close_ns:
            return "open"
        pre_ns, post_ns = self.extended(session)
        if ts_ns < session.open_ns:
            return "pre" if ts_ns >= pre_ns else "closed"
        return "post" if ts_ns < post_ns else "closed"

    def extended(self, session: Session) -> tuple[int, int]:
        """Return when trading around a session begins and ends."""
        pre_ns = min(self.moment(session.day, _PRE_MINUTE), session.open_ns)
        early = session.close_ns < self.moment(session.day, _CLOSE_MINUTE)
        end_ns = session.close_ns + _AFTER_EARLY_CLOSE * NS_PER_MINUTE if early else session.close_ns
        return pre_ns, end_ns if early else max(self.moment(session.day, _POST_MINUTE), end_ns)

    def next_open(self, ts_ns: int) -> int:
        """Return the first opening after a moment."""
        return next(session.open_ns for session in self._after(ts_ns) if session.open_ns > ts_ns)

    def next_close(self, ts_ns: int) -> int:
        """Return the first close after a moment."""
        return next(session.close_ns for session in self._after(ts_ns) if session.close_ns > ts_ns)

    def next_pre(self, ts_ns: int) -> int:
        """Return the first beginning of extended hours before a session after a moment."""
        return next(pre_ns for session in self._after(ts_ns) if (pre_ns := self.extended(session)[0]) > ts_ns)

    def next_post(self, ts_ns: int) -> int:
        """Return the first end of extended hours after a moment."""
        return next(post_ns for session in self._after(ts_ns) if (post_ns := self.extended(session)[1]) > ts_ns)

    def next_session(self, day: int) -> Session:
        """Return the first session after a day."""
        return next(self._from(day + 1))

    def previous_session(self, day: int) -> Session:
        """Return the last session before a day."""
        days = range(day - 1, day - _SEARCH_DAYS, -1)
        return next(session for one in days if (session := self.session(one)) is not None)

    def edges(self, day: int) -> tuple[Edge, ...]:
        """Return where the parts of a trading day begin, in order of time; nothing on a day without a session."""
        session = self.session(day)
        if session is None:
            return ()
        pre_ns, post_ns = self.extended(session)
        return (
            Edge(ts_ns=pre_ns, kind="pre", day=day),
            Edge(ts_ns=session.open_ns, kind="open", day=day),
            Edge(ts_ns=session.close_ns, kind="close", day=day),
            Edge(ts_ns=post_ns, kind="post", day=day),
        )

    def rows(self, first_day: int, last_day: int) -> list[dict[str, str]]:
        """Return the calendar of some days, both included, as Alpaca writes it; trades settle on the next session."""
        return [self._row(session) for session in self.between(first_day, last_day)]

    def _row(self, session: Session) -> dict[str, str]:
        pre_ns, post_ns = self.extended(session)
        return {
            "date": day_text(session.day),
            "open": self._clock(session.open_ns, ":"),
            "close": self._clock(session.close_ns, ":"),
            "session_open": self._clock(pre_ns, ""),
            "session_close": self._clock(post_ns, ""),
            "settlement_date": day_text(self.next_session(session.day).day),
        }

    def _clock(self, ts_ns: int, between: str) -> str:
        hours, minutes = divmod(self.minute_of(ts_ns), 60)
        return f"{hours:02d}{between}{minutes:02d}"

    def _after(self, ts_ns: int) -> Iterator[Session]:
        return self._from(self.day_of(ts_ns))

    def _from(self, day: int) -> Iterator[Session]:
        for one in range(day, day + _SEARCH_DAYS):
            session = self.session(one)
            if session is not None:
                yield session
