"""Listen to a venue for a while: what its market data are worth, before anything is traded on them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from tenfold.app import wiring
from tenfold.app.feed_report import FeedReport, FeedTally
from tenfold.app.live.feeding import TICK_S, LiveFeed, SteadyClock
from tenfold.app.secrets import alpaca_keys
from tenfold.app.settings import load_settings
from tenfold.domain.errors import ParameterError
from tenfold.domain.events import Alerted, Fitness, Revised, Switched
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.domain.venue_access import VenueAccess
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds, Told
from tenfold.market.series import decode_period
from tenfold.ports import Clock

_DAYS_AROUND: Final = 10


def listen(
    symbols: str | Sequence[str],
    *,
    every: str = "1m",
    seconds: float | None = None,
    calendar: str = "XNYS",
    show: Callable[[str], None] = lambda _: None,
) -> FeedReport:
    """Hear the market data of the account that is set, and return what they are worth.

    Parameters
    ----------
    every : period of the bar sets, made of minutes
    seconds : for how long; until an interrupt by default
    calendar : exchange whose sessions are expected; coins trade around the clock
    show : gets a line for each bar set, change and alert

    Raises SettingsError for wrong keys, VenueError where the venue cannot be reached.
    """
    names = [name.strip() for name in symbols.split(",")] if isinstance(symbols, str) else list(symbols)
    coins = ["/" in name for name in names]
    if any(coins) != all(coins):
        raise ParameterError("shares and coins have other hours: listen to them one after the other")
    settings = load_settings()
    keys = alpaca_keys(settings.alpaca)

    async def run() -> FeedReport:
        clock = await venue_clock(settings.alpaca, keys)
        sessions = None if coins[0] else sessions_around(calendar, clock.now_ns())
        source = SourceTerms(name=settings.alpaca.account)
        feeds = Feeds(names, [source], sessions, period_ns=decode_period(every), settings=settings.feeds)
        return await heard(feeds, names, settings.alpaca, keys, clock, seconds, show)

    return asyncio.run(run())


async def venue_clock(access: VenueAccess, keys: Keys) -> SteadyClock:
    """Return a clock that was set by the venue's; errors as its REST."""
    steady = wiring.clock()
    reference = wiring.alpaca_reference(access, keys, steady)
    try:
        time = await reference.time()
    finally:
        reference.close()
    return SteadyClock(steady, steady.now_ns() - time.offset_ns)


def sessions_around(calendar: str, now_ns: int) -> list[Session]:
    """Return the sessions of some days before and after a moment."""
    day = now_ns // NS_PER_DAY
    return wiring.calendar_sessions(calendar, day - _DAYS_AROUND, day + _DAYS_AROUND)


async def heard(
    feeds: Feeds,
    symbols: Sequence[str],
    access: VenueAccess,
    keys: Keys,
    clock: Clock,
    seconds: float | None,
    show: Callable[[str], None],
    tick_s: float = TICK_S,
) -> FeedReport:
    """Run feeds over a venue for so many seconds, or until the task is cancelled; return what was heard."""
    tally = FeedTally(feeds, symbols, clock.now_ns())

    def take(told: Sequence[Told]) -> None:
        tally.take(told)
        for one in told:
            if line := _line(one):
                show(line)

    feed = LiveFeed(feeds, symbols, access, keys, clock, take, tick_s=tick_s)
    try:
        async with asyncio.timeout(seconds):
            await feed.run()
    except TimeoutError:
        pass
    return tally.report(clock.now_ns())


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
            text = f"{told.symbol} comes from {told.source}: {told.before} is {told.reason}"
        case Alerted():
            text = f"quality of {told.source} fell to {told.score:g}"
    return f"{format_ns(told.ts_ns)}  {text}" if text else ""
