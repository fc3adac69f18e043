"""Trip, do what a trip asks for step by step, latch, and reset by policy.

How it works. A breaker looks at how much of its limit is used. Losses of the account use `bounds.breaker` and flatten at their limit; with
`cascade` they stop entries, cancel and reduce at fractions of it before. What the venue and the data show stops and cancels at the limit, and
goes further beyond it as `STEPS` says. A step, once taken, stays until the policy or a person resets it.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from tenfold.domain.account import Trip
from tenfold.domain.rules import Limits
from tenfold.kernels import bounds

_PAID_OUT: Final = -1
"""What ruin is called where cash that went out has taken all there was: what is traded by hand beside, on margin, is no loss."""

NAMES: Final = {
    _PAID_OUT: "paid_out",
    bounds.DAILY_LOSS: "daily_loss",
    bounds.DRAWDOWN: "drawdown",
    bounds.MAINTENANCE: "maintenance",
    bounds.RUIN: "ruin",
    bounds.HALT: "halt",
    bounds.LOSSES: "losses",
    bounds.SLIPPAGE: "slippage",
    bounds.REJECTS: "rejects",
    bounds.QUALITY: "quality",
    bounds.DIFFERENCES: "differences",
}

STAGES: Final = {bounds.STOPPED: "stop", bounds.CANCELED: "cancel", bounds.REDUCED: "reduce", bounds.FLAT: "flatten"}

STEPS: Final = (1.0, 1.0, 1.5, 2.0)
"""Multiples of the limit at which entries stop, orders are cancelled, positions halved and closed, losses of the account apart."""

FURTHEST: Final = {
    bounds.LOSSES: bounds.FLAT,
    bounds.SLIPPAGE: bounds.FLAT,
    bounds.REJECTS: bounds.CANCELED,
    bounds.QUALITY: bounds.CANCELED,
    bounds.DIFFERENCES: bounds.CANCELED,
}
"""How far each goes. Nothing is closed because orders are refused or data are bad: what closes would be refused, or go by them too."""

_BY_PERSON: Final = frozenset({bounds.RUIN, bounds.HALT})


def moved(before: float, units: int, equity: int) -> float:
    """Return earlier equity as it is measured against once so much came from outside, or went there, and `equity` is what there is now.

    The part of it that was lost since stays the same, whatever is left; where equity is not known (0) the amount does. Where there was nothing,
    nothing of what comes in was lost.
    """
    was = equity - units
    if equity > 0 and was == 0:
        return float(equity)
    return float(round(before * (equity / was))) if equity > 0 and was > 0 else before + units


class Reading(NamedTuple):
    """Hold what was measured against a limit; `used` is 1 at the limit."""

    which: int
    value: float
    limit: float
    used: float


class Breaker:
    """Watch the account's losses, and what the venue and the data show.

    Attributes
    ----------
    stage : the furthest step taken, of `kernels.bounds`
    tripped : 0, or the rule of `kernels.bounds` that flattened
    peak : highest equity since the last reset, money units
    day_start : equity at the close before this session, money units
    ahead : a session is under way of which no bar has opened it here yet: it is no session after what trips in it
    trips : every trip so far
    """

    def __init__(self, limits: Limits, maintenance: float, cash: int) -> None:
        self.maintenance = maintenance
        self.stage = bounds.OPEN
        self.tripped = bounds.NOTHING
        self.peak = float(cash)
        self.day_start = float(cash)
        self.ahead = False
        self.trips: list[Trip] = []
        self._sessions_left = 0
        self._paid_out = False  # nothing is there since more went out than was there
        self.change(limits)

    def change(self, limits: Limits) -> None:
        """Put other limits in force; what has tripped stays tripped."""
        self.daily_loss = limits.daily_loss_frac_max or 0.0
        self.drawdown = limits.drawdown_frac_max or 0.0
        self.reset_sessions = limits.reset_sessions or 0
        self._cascade = limits.cascade
        self._may_resume = frozenset(limits.resume_by)
        self._armed = self.daily_loss > 0.0 or self.drawdown > 0.0 or self.maintenance > 0.0

    def obeys(self, operator: str) -> bool:
        """Say whether an operator may reset what has tripped and change limits."""
        return not self._may_resume or operator in self._may_resume

    def open_session(self, ts_ns: int, before: float, equity: int) -> None:
        """Begin a session: `before` is equity at the last close, `equity` at this one, money units."""
        self.day_start, self.ahead = before, False
        if self.stage == bounds.OPEN or self.tripped in _BY_PERSON or self._sessions_left == 0:
            return
        self._sessions_left -= 1
        if self._sessions_left == 0:
            self.reset(ts_ns, equity)

    def move(self, units: int, equity: int | None = None) -> None:
        """Take that so much came from outside or went there, as `moved` has it, None where equity is not known: nothing was earned or lost by it."""
        self._paid_out |= equity is not None and equity <= 0 < equity - units
        self.peak = moved(self.peak, units, equity or 0)
        self.day_start = moved(self.day_start, units, equity or 0)

    def check(self, ts_ns: int, equity: int, gross: int) -> None:
        """Trip where a loss has reached its limit, or a part of it that the cascade names; where cash that went out took all, nothing is closed."""
        now = float(equity)
        self._paid_out &= equity <= 0
        if now > self.peak:
            self.peak = now
        if self.tripped or (equity > 0 and not self._armed):
            return
        which = bounds.breaker(
            now, self.day_start, self.peak, float(gross), self.daily_loss, self.drawdown, self.maintenance
        )
        if which == bounds.RUIN and self._paid_out:
            self._raise(ts_ns, _PAID_OUT, bounds.CANCELED, 0.0, 0.0)
        elif which:
            self._raise(ts_ns, which, bounds.FLAT, *self._measured(which, now, gross))
        elif self._cascade:
            stop, cancel, reduce = self._cascade
            for which, limit in ((bounds.DAILY_LOSS, self.daily_loss), (bounds.DRAWDOWN, self.drawdown)):
                if limit > 0.0:
                    value, _ = self._measured(which, now, gross)
                    self._raise(ts_ns, which, bounds.step_of(value / limit, stop, cancel, reduce, 1.0), value, limit)

    def judge(self, ts_ns: int, readings: Iterable[Reading]) -> None:
        """Trip where what the venue or the data show has reached its limit; what is no number stops and cancels."""
        for which, value, limit, used in readings:
            stage = min(bounds.step_of(used, *STEPS), FURTHEST[which])
            self._raise(ts_ns, which, stage, value, limit)

    def halt(self, ts_ns: int) -> None:
        """Trip on an operator's word; only `reset` ends it."""
        self.stage = bounds.FLAT
        self.tripped = bounds.HALT
        self._sessions_left = 0
        self.trips.append(Trip(ts_ns=ts_ns, rule=NAMES[bounds.HALT], value=0.0, limit=0.0))

    def reset(self, ts_ns: int, equity: int) -> None:
        """Allow entries again and measure drawdown from here."""
        self.stage = bounds.OPEN
        self.tripped = bounds.NOTHING
        self._sessions_left = 0
        self.peak = float(equity)
        self.trips = [replace(trip, reset_ns=ts_ns) if trip.reset_ns is None else trip for trip in self.trips]

    def _measured(self, which: int, equity: float, gross: int) -> tuple[float, float]:
        """Return the value and the limit of a loss."""
        if which == bounds.DAILY_LOSS:
            return bounds.loss_frac(equity, self.day_start), self.daily_loss
        if which == bounds.DRAWDOWN:
            return bounds.loss_frac(equity, self.peak), self.drawdown
        if which == bounds.MAINTENANCE:
            return equity / float(gross), self.maintenance
        return 0.0, 0.0

    def _raise(self, ts_ns: int, which: int, stage: int, value: float, limit: float) -> None:
        """Go a step further, and never back."""
        if stage <= self.stage:
            return
        self.stage = stage
        if stage == bounds.FLAT:
            self.tripped = which
        self._sessions_left = self.reset_sessions + 1 if self.reset_sessions and self.ahead else self.reset_sessions
        self.trips.append(Trip(ts_ns=ts_ns, rule=NAMES[which], value=value, limit=limit, stage=STAGES[stage]))
