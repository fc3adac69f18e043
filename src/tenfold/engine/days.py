"""Keep from which close the loss of a day is measured."""

from collections.abc import Callable

from tenfold.domain.order import Fill
from tenfold.domain.units import NS_PER_DAY
from tenfold.risk.breaker import Breaker, moved


class Days:
    """Hold what the account was worth at the newest close, and at the last of the session before.

    Attributes
    ----------
    session : that of the newest bars that were decided on, None before the first
    before, worth : equity at the last close of the session before the newest that is known, and at the newest close, money units
    asleep : a process has begun, and what closed before may be still to be shown
    unread : a process has begun, and what left the account before may be still to be told
    """

    def __init__(self, cash: int) -> None:
        self.session: int | None = None
        self.before = self.worth = float(cash)
        self.asleep = self.unread = False
        self._told: list[Fill] = []  # since a process began, ahead of what closed before
        self._moved: list[tuple[int, int, int]] = []  # the same of cash: when, how much, and what there was by then
        self._newest: int | None = None
        self._day = 0  # of the latest conditions

    def wake(self) -> None:
        """Take that a process begins."""
        self.asleep = self.unread = True
        self._told, self._moved = [], []

    def fill(self, fill: Fill) -> None:
        """Take a fill: it may be told ahead of a close that came before it."""
        if self.asleep:
            self._told.append(fill)

    def missed(self, ts_ns: int, session: int, equity: int, gained: Callable[[Fill], int]) -> None:
        """Take a close that was missed, and what the account is worth at it by what is held now: what has filled since was not held yet, or still was."""
        since = [fill for fill in self._told if (fill.done_ns or fill.ts_ns) > ts_ns]
        paid = [(units, then) for done_ns, units, then in self._moved if done_ns > ts_ns]
        self.close(session, equity - sum(gained(fill) for fill in since) - sum(units for units, _ in paid))
        for units, then in paid:
            self.worth = moved(self.worth, units, then)

    def close(self, session: int, equity: int) -> None:
        """Take what the account is worth at a close."""
        if session != self._newest:
            self._newest, self.before = session, self.worth
        self.worth = float(equity)
        self.asleep = self.unread = False

    def move(self, units: int, equity: int, done_ns: int) -> None:
        """Take that so much came from outside or went there, as `moved` has it, and when, 0 where nobody says."""
        if self.asleep:
            self._moved.append((done_ns, units, equity))
        self.before, self.worth = moved(self.before, units, equity), moved(self.worth, units, equity)

    def look(self, ts_ns: int, breaker: Breaker) -> bool:
        """Measure the day's loss from the last close where no bar of the day has been decided on yet: those of days are when it is over.

        Say whether it can be: what is told first of a day comes ahead of the bar of the day before, whose loss is none of this one's; and of
        what closed while no process ran nothing is known before it is shown, and of what left meanwhile before the account is read.
        """
        day, before = ts_ns // NS_PER_DAY, self._day
        self._day = day
        if self.session is None or self._newest is None:
            return True
        if day <= self.session:
            return not self.unread
        breaker.ahead = True
        breaker.day_start = self.before if day <= self._newest else self.worth
        return not (self.asleep or self.session < before < day)
