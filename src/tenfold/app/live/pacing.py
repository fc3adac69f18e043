"""Fit what is patient to a venue that plays faster than real time: seconds are those of this machine."""

from typing import TYPE_CHECKING, Final

from msgspec.structs import asdict, replace

from tenfold.domain.feed_settings import FeedSettings
from tenfold.execution.errands import Pace

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import VenueTime

_SURE: Final = 4
"""A difference of readings counts from so many times what they leave open."""
_OVERLAP_S_MAX: Final = 43_200.0
"""Orders that ended are known for a day: what filled before that is not to be asked for again."""
_PATIENT: Final = ("settle_s", "grace_s", "hold_s", "lag_s", "retry_s")
_QUALITY: Final = ("silent_s", "stale_s", "crossed_s", "clock_s")


class Pacing:
    """Notice that a venue's clock runs at another pace than ours, which follows it.

    Two readings in a row have to say so, each beyond what the time of their answers leaves open.
    """

    def __init__(self) -> None:
        self._last: VenueTime | None = None
        self._meant = 0

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
