"""Go on as the venue's clock does, and fit what is patient to one that plays faster than real time: seconds are those of this machine."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import asdict, replace

from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.units import NS_PER_SECOND
from tenfold.execution.errands import Pace

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import VenueTime
    from tenfold.app.live.feeding import SteadyClock

_SURE: Final = 4
"""A difference of readings counts from so many times what they leave open."""
_NEAR_NS: Final = NS_PER_SECOND // 2
"""By how much two clocks may be apart."""
_FAR_NS: Final = 30 * NS_PER_SECOND
"""Longest time for which time may stand, and from which on the venue alone is not believed: the clock of this machine has to say so too."""
_OVERLAP_S_MAX: Final = 43_200.0
"""Orders that ended are known for a day: what filled before that is not to be asked for again."""
_PATIENT: Final = ("settle_s", "grace_s", "hold_s", "lag_s", "retry_s")
_QUALITY: Final = ("silent_s", "stale_s", "crossed_s", "clock_s")


class Pacing:
    """Notice that a venue's clock runs at another pace than ours, or is away from it, and let ours follow.

    Two readings in a row have to say so, each beyond what the time of their answers leaves open.

    Attributes
    ----------
    offset_ns : our clock less the venue's by the last reading, less what its answer leaves open, and what ours has moved by to follow it
    """

    def __init__(self) -> None:
        self.offset_ns = 0
        self._last: VenueTime | None = None
        self._meant = 0
        self._apart_ns = 0  # by the last reading, 0 where it may be none

    def follow(self, time: "VenueTime", clock: "SteadyClock", machine_ns: int) -> str:
        """Take a reading, and let a clock go on as the venue's does; return what a person should know of it, "" where it went on so before.

        `machine_ns` is the time that this machine has.
        """
        before_ns = clock.now_ns()
        text = self._followed(time, clock, machine_ns)
        apart_ns = time.offset_ns + (clock.now_ns() - before_ns if text else 0)
        off_ns = max(abs(apart_ns) - time.uncertainty_ns, 0)
        self.offset_ns = off_ns if apart_ns > 0 else -off_ns
        return text

    def _followed(self, time: "VenueTime", clock: "SteadyClock", machine_ns: int) -> str:
        if rate := self.other(time, clock.rate):
            clock.follow(time.venue_ns, rate)
            return f"{rate} seconds pass at the venue in one by now: followed"
        before, unsure_ns = self._apart_ns, _SURE * time.uncertainty_ns + _NEAR_NS
        self._apart_ns = time.offset_ns if clock.rate == 1 and abs(time.offset_ns) > unsure_ns else 0
        if not (before and self._apart_ns) or abs(before - self._apart_ns) > unsure_ns:
            return ""
        behind_ns = -self._apart_ns
        if abs(behind_ns) > _FAR_NS and (behind_ns < 0 or abs(machine_ns - time.venue_ns) > _FAR_NS):
            return ""
        clock.follow(clock.now_ns() + behind_ns, clock.rate)
        self._last, self._apart_ns = None, 0
        where = "behind" if behind_ns > 0 else "ahead of"
        return f"our clock was {abs(behind_ns) / NS_PER_SECOND:.1f} s {where} the venue's, and follows it: did this machine sleep, or does nothing set its clock?"

    def other(self, time: "VenueTime", rate: int) -> int:
        """Take a reading by a clock at a rate; return the rate that the venue has by now, 0 where it is the same."""
        before, self._last = self._last, time
        if before is None:
            return 0
        venue_ns = time.venue_ns - before.venue_ns
        ours_ns = venue_ns + time.offset_ns - before.offset_ns
        unsure_ns = time.uncertainty_ns + before.uncertainty_ns
        found = max(round(rate * venue_ns / max(ours_ns, 1)), 1)
        if found == rate or abs(venue_ns - ours_ns) <= _SURE * unsure_ns:
            self._meant = 0
            return 0
        twice, self._meant = found == self._meant, found
        if not twice:
            return 0
        self._last = None
        return found


def paced_orders(rate: int) -> Pace:
    """Return how patient order management is where so many seconds pass in one."""
    pace = {name: value * rate if name.endswith("_s") else value for name, value in asdict(Pace()).items()}
    return Pace(**{**pace, "overlap_s": min(pace["overlap_s"], _OVERLAP_S_MAX)})


def paced_feeds(settings: FeedSettings, rate: int) -> FeedSettings:
    """Return how long data are waited for where so many seconds pass in one."""
    quality = replace(settings.quality, **{name: getattr(settings.quality, name) * rate for name in _QUALITY})
    return replace(settings, quality=quality, **{name: getattr(settings, name) * rate for name in _PATIENT})
