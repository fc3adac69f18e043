"""Trip on losses, latch, and reset by policy."""

from typing import Final

from msgspec.structs import replace

from tenfold.domain.account import Trip
from tenfold.domain.rules import Limits
from tenfold.kernels import bounds

NAMES: Final = {
    bounds.DAILY_LOSS: "daily_loss",
    bounds.DRAWDOWN: "drawdown",
    bounds.MAINTENANCE: "maintenance",
    bounds.RUIN: "ruin",
    bounds.HALT: "halt",
}


class Breaker:
    """Watch the account's losses.

    Attributes
    ----------
    tripped : 0, or the rule of `kernels.bounds` that tripped
    peak : highest equity since the last reset, money units
    day_start : equity at the close before this session, money units
    trips : every trip so far
    """

    def __init__(self, limits: Limits, maintenance: float, cash: int) -> None:
        self.maintenance = maintenance
        self.tripped = bounds.NOTHING
        self.peak = float(cash)
        self.day_start = float(cash)
        self.trips: list[Trip] = []
        self._sessions_left = 0
        self.change(limits)

    def change(self, limits: Limits) -> None:
        """Put other limits in force; what has tripped stays tripped."""
        self.daily_loss = limits.daily_loss_frac_max or 0.0
        self.drawdown = limits.drawdown_frac_max or 0.0
        self.reset_sessions = limits.reset_sessions or 0
        self._armed = self.daily_loss > 0.0 or self.drawdown > 0.0 or self.maintenance > 0.0

    def open_session(self, ts_ns: int, before: float, equity: int) -> None:
        """Begin a session: `before` is equity at the last close, `equity` at this one, money units."""
        self.day_start = before
        if self.tripped in {bounds.NOTHING, bounds.RUIN, bounds.HALT} or self._sessions_left == 0:
            return
        self._sessions_left -= 1
        if self._sessions_left == 0:
            self.reset(ts_ns, equity)

    def check(self, ts_ns: int, equity: int, gross: int) -> None:
        """Trip where a loss has reached its limit."""
        now = float(equity)
        if now > self.peak:
            self.peak = now
        if self.tripped or (equity > 0 and not self._armed):
            return
        which = bounds.breaker(
            now, self.day_start, self.peak, float(gross), self.daily_loss, self.drawdown, self.maintenance
        )
        if which:
            self._trip(ts_ns, which, now, gross)

    def halt(self, ts_ns: int) -> None:
        """Trip on an operator's word; only `reset` ends it."""
        self.tripped = bounds.HALT
        self._sessions_left = 0
        self.trips.append(Trip(ts_ns=ts_ns, rule=NAMES[bounds.HALT], value=0.0, limit=0.0))

    def reset(self, ts_ns: int, equity: int) -> None:
        """Allow entries again and measure drawdown from here."""
        self.tripped = bounds.NOTHING
        self._sessions_left = 0
        self.peak = float(equity)
        self.trips = [replace(trip, reset_ns=ts_ns) if trip.reset_ns is None else trip for trip in self.trips]

    def _trip(self, ts_ns: int, which: int, equity: float, gross: int) -> None:
        self.tripped = which
        self._sessions_left = self.reset_sessions
        value, limit = 0.0, 0.0
        if which == bounds.DAILY_LOSS:
            value, limit = bounds.loss_frac(equity, self.day_start), self.daily_loss
        elif which == bounds.DRAWDOWN:
            value, limit = bounds.loss_frac(equity, self.peak), self.drawdown
        elif which == bounds.MAINTENANCE:
            value, limit = equity / float(gross), self.maintenance
        self.trips.append(Trip(ts_ns=ts_ns, rule=NAMES[which], value=value, limit=limit))
