"""Listen to a venue for a while: what its market data are worth, before anything is traded on them."""

import asyncio
import math
from collections.abc import Callable, Sequence
from typing import Final

from tenfold.app import wiring
from tenfold.app.feed_report import FeedReport, FeedTally
from tenfold.app.live.alarms import news_of
from tenfold.app.live.feeding import TICK_S, LiveFeed, SteadyClock
from tenfold.app.live.sources import Source, sources_of, variables_of
from tenfold.app.moments import live_length_ns
from tenfold.app.own_loop import run_alone
from tenfold.app.secrets import alpaca_keys
from tenfold.app.settings import Settings, load_settings
from tenfold.app.stopping import asked_to_stop, ended
from tenfold.app.symbol_names import symbol_names
from tenfold.domain.errors import ParameterError, UnknownNameError, VenueError
from tenfold.domain.events import Alerted, Fitness, Revised, Switched
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.domain.venue_access import VenueAccess
from tenfold.market.feeds import Feeds, Told
from tenfold.ports import Clock

_DAYS_BACK: Final = 10
_DAYS_AHEAD: Final = 366
"""As far as whoever trades knows them too: who listens for weeks still knows that silence in a session is none of the night."""
_LOOK_S: Final = 1.0
_PATIENCE_S: Final = 3.0
"""Time for the first answer: whether a venue is there is told soon."""


def listen(
    symbols: str | Sequence[str],
    *,
    every: str = "1m",
    seconds: float | None = None,
    calendar: str = "XNYS",
    show: Callable[[str], None] = lambda _: None,
    settings: Settings | None = None,
) -> FeedReport:
    """Hear the market data of the account that is set, and return what they are worth.

    Parameters
    ----------
    every : period of the bar sets, made of minutes
    seconds : for how long; until an interrupt by default
    calendar : exchange whose sessions are expected; coins trade around the clock
    show : gets a line for each bar set, change and alert

    Raises SettingsError for wrong keys, UnknownNameError for symbols that are not traded there, VenueError where the venue cannot be
    reached.
    """
    names = [name.upper() for name in symbol_names(symbols)]
    coins = ["/" in name for name in names]
    if any(coins) != all(coins):
        raise ParameterError("shares and coins have other hours: listen to them one after the other")
    if seconds is not None and not 0.0 < seconds < math.inf:
        raise ParameterError(f"the time to listen is {seconds:g} s, expected more than 0")
    period_ns, chosen = live_length_ns(every), settings or load_settings()
    keys = alpaca_keys(chosen.alpaca, variables_of(chosen.feeds))
    sources = sources_of(chosen.feeds, chosen.alpaca, keys)

    async def run() -> FeedReport:
        clock = await _venue_clock(names, chosen.alpaca, keys)
        sessions = None if coins[0] else sessions_around(calendar, clock.now_ns())
        feeds = Feeds(names, [one.terms for one in sources], sessions, period_ns=period_ns, settings=chosen.feeds)
        return await heard(feeds, names, sources, clock, seconds, show)

    return run_alone(run)


async def _venue_clock(symbols: Sequence[str], access: VenueAccess, keys: Keys) -> SteadyClock:
    """Return a clock that was set by the venue's, once it says that it trades the symbols."""
    steady = wiring.clock()
    reference = wiring.alpaca_reference(access, keys, steady)
    try:
        time = await reference.time(_PATIENCE_S)
        known = {one.symbol for one in await reference.instruments(symbols)}
    except VenueError as error:
        hint = "; `tenfold exchange` opens the simulated one" if access.account == "simulated" else ""
        raise VenueError(f"{error}{hint}") from None
    finally:
        reference.close()
    if unknown := [name for name in symbols if name not in known]:
        raise UnknownNameError(f"the {access.account} account does not trade {', '.join(unknown)}")
    return SteadyClock(steady, steady.now_ns() - time.offset_ns)


def sessions_around(calendar: str, now_ns: int) -> list[Session]:
    """Return the sessions of some days before a moment and of the year after it."""
    day = now_ns // NS_PER_DAY
    return wiring.calendar_sessions(calendar, day - _DAYS_BACK, day + _DAYS_AHEAD)


async def heard(
    feeds: Feeds,
    symbols: Sequence[str],
    sources: Sequence[Source],
    clock: Clock,
    seconds: float | None,
    show: Callable[[str], None],
    tick_s: float = TICK_S,
) -> FeedReport:
    """Run feeds over their sources for so many seconds, or until Ctrl-C or SIGTERM; return what was heard."""
    tally, over = FeedTally(feeds, symbols, clock.now_ns()), False

    def take(told: Sequence[Told]) -> None:
        if over:  # that we hang up is no fault of the venue's
            return
        tally.take(told)
        for one in told:
            if line := _line(one):
                show(line)

    feed = LiveFeed(feeds, symbols, sources, clock, take, tick_s=tick_s, say=show)
    with asked_to_stop() as stop:
        tasks = [asyncio.ensure_future(one) for one in (feed.run(), stop.wait(), _tell_troubles(feed, show))]
        try:
            await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                tasks[0].result()
            over = True
            return tally.report(clock.now_ns())
        finally:
            await ended(tasks)


async def _tell_troubles(feed: LiveFeed, show: Callable[[str], None]) -> None:
    """Say of each source that its stream does not stand, where it did not at the look before either, and that it does again."""
    before: dict[str, str] = {}
    told: set[str] = set()
    while True:
        await asyncio.sleep(_LOOK_S)
        now = feed.troubles()
        for name, trouble in now.items():
            if trouble and before.get(name) and name not in told:
                told.add(name)
                show(f"the stream of {name} does not stand: {trouble}")
            elif not trouble and name in told:
                told.remove(name)
                show(f"the stream of {name} stands again")
        before = now


def _line(told: Told) -> str:
    """Return what a person is shown of it."""
    text = ""
    match told:
        case BarSet():
            text = "  ".join(f"{bar.symbol} {bar.close:g} ({bar.volume:g})" for bar in told.bars)
            text += f"  missing: {', '.join(told.missing)}" if told.missing else ""
        case Revised():
            text = f"{told.bar.symbol} of {format_ns(told.bar.ts_ns)} changed: {told.cause.replace('_', ' ')}"
        case Fitness():
            text = f"{told.symbol} is fit" if told.fit else f"{told.symbol} may not be traded on: {told.reason}"
        case Switched():
            text = news_of(told)
        case Alerted():
            text = f"quality of {told.source} fell to {told.score:g}"
    return f"{format_ns(told.ts_ns)}  {text}" if text else ""
