"""Hold what a live session trades, and where."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tenfold.app.capture_settings import CaptureSettings
from tenfold.app.live.judging import Judging
from tenfold.app.live.sources import Source
from tenfold.app.live.venue_account import VenueAccount
from tenfold.domain.events import Started
from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.domain.rules import Rules
from tenfold.domain.venue_access import VenueAccess
from tenfold.engine.engine import Engine


@dataclass(frozen=True, eq=False)
class LivePlan:
    """Hold what is traded, and where.

    Attributes
    ----------
    opening : opens the run, under an epoch that is known once the lease is had
    venue : what it told of itself
    sources : of market data, the best first
    period_ns : of the bar sets
    past_ns : span that strategies are shown before they are asked
    past : returns what is known of it from a moment on; the venue is asked for the rest
    judging : says what the ladder makes of what happens
    capture : folder of raw market data and how much it keeps, None keeps none
    shadow : orders are simulated here, and none leaves
    repeats : whether its strategies decide the same each time that a journal is lived through: folds do, objects may not
    seconds : of this machine for which it is traded, from the moment at which this process trades the run; None until it is asked to stop
    """

    opening: Started
    engine: Engine
    rules: Rules
    venue: VenueAccount
    access: VenueAccess
    keys: Keys
    sources: tuple[Source, ...]
    feeds: FeedSettings
    period_ns: int
    past_ns: int
    past: Callable[[int], Sequence[BarSet]]
    judging: Judging
    capture: tuple[Path, CaptureSettings] | None = None
    shadow: bool = False
    repeats: bool = True
    seconds: float | None = None
