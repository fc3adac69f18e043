"""Fit what is patient to a venue that plays faster than real time: seconds are those of this machine."""

from typing import Final

from msgspec.structs import asdict, replace

from tenfold.domain.feed_settings import FeedSettings
from tenfold.execution.errands import Pace

_PATIENT: Final = ("settle_s", "grace_s", "hold_s", "lag_s", "retry_s")
_QUALITY: Final = ("silent_s", "stale_s", "crossed_s", "clock_s")


def paced_orders(rate: int) -> Pace:
    """Return how patient order management is where so many seconds pass in one."""
    pace = asdict(Pace())
    return Pace(**{name: value * rate if name.endswith("_s") else value for name, value in pace.items()})


def paced_feeds(settings: FeedSettings, rate: int) -> FeedSettings:
    """Return how long data are waited for where so many seconds pass in one."""
    quality = replace(settings.quality, **{name: getattr(settings.quality, name) * rate for name in _QUALITY})
    return replace(settings, quality=quality, **{name: getattr(settings, name) * rate for name in _PATIENT})
