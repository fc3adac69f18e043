"""Learn from a venue, before anything is traded there, what time it is, when it is open, what may be traded and how the account stands."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tenfold.app import wiring
from tenfold.app.live.feeding import SteadyClock
from tenfold.app.live.venue_hours import sessions_of
from tenfold.domain.errors import ParameterError, UnknownNameError, VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND, format_ns, money_scale
from tenfold.domain.venue_access import VenueAccess

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import VenueTime

PACE_S: Final = 0.25
"""Time over which the pace of the venue's clock is measured: an exchange that replays may run faster than ours."""
AT_ONCE_S: Final = 1.0
PATIENCE_S: Final = 8.0
PACE_MAX: Final = 1000
DAYS_AHEAD: Final = 366
DAYS_BACK: Final = 366
"""Days of which sessions are known at least: a run that stood still is shown what closed since."""


class VenueAccount(NamedTuple):
    """Hold what a venue told: `sessions` are None where it never closes, `equity` is in currency, `power_units` what may be opened.

    `rate` seconds of the clock, which is the venue's, pass in one. `order_names` are those of the newest orders, `number` is that of the
    account, "" where it is not told.
    """

    clock: SteadyClock
    instruments: tuple[Instrument, ...]
    sessions: list[Session] | None
    equity: float
    power_units: int
    order_names: tuple[str, ...]
    number: str


async def asked(
    access: VenueAccess, keys: Keys, symbols: Sequence[str], days_back: int, say: Callable[[str], None], known: Sequence[Instrument] = ()
) -> VenueAccount:  # fmt: skip
    """Return what a venue tells; sessions begin so many days back, or a year. `say` gets a line where it does not answer at once.

    `known` are the instruments of a run that goes on: it may hold what the venue trades no more, and goes on with the rest.

    Raises
    ------
    VenueError
        It does not answer, or the account may not trade.
    SettingsError
        It refuses the keys.
    UnknownNameError
        A symbol may not be traded there, and is not known.
    """
    coins = ["/" in symbol for symbol in symbols]
    if any(coins) != all(coins):
        raise ParameterError("shares and coins have other hours: trade them in two runs")
    machine = wiring.clock()
    steady = SteadyClock(machine, machine.now_ns())  # the other may be set meanwhile, as when a machine starts
    reference = wiring.alpaca_reference(access, keys, steady)
    opened = ": open one with `tenfold exchange`"
    hint = opened if access.account == "simulated" else ": look whether this machine reaches it, and try again"
    place = f"the {access.account} venue{f' at {access.trading_url}' if access.trading_url else ''}"
    waits = f"{place} does not answer yet, it is waited for{hint}"
    told = asyncio.get_running_loop().call_later(AT_ONCE_S, say, waits)
    try:
        try:
            first = await reference.time(PATIENCE_S)
        except VenueError as error:
            raise VenueError(f"{place} does not answer within {PATIENCE_S:g} s{hint} ({error})") from None
        finally:
            told.cancel()
        began_ns = steady.monotonic_ns()
        instruments = {one.symbol: one for one in await reference.instruments(symbols)}
        if missing := [symbol for symbol in symbols if symbol not in instruments]:
            text, kept = (
                f"the venue does not trade {', '.join(missing)}, or not now",
                {one.symbol: one for one in known},
            )
            if not kept.keys() >= set(missing):
                raise UnknownNameError(f"{text}: check the spelling, or leave it out")
            instruments |= {symbol: kept[symbol] for symbol in missing}
            say(f"ALARM {text}: what the run holds there stays as it is, and the rest is traded on")
        standing = await reference.standing()
        if standing.blocked:
            raise VenueError(f"nothing may be traded: {standing.blocked}")
        await asyncio.sleep(max(0.0, PACE_S - (steady.monotonic_ns() - began_ns) / NS_PER_SECOND))
        second = await reference.time()
        while _vague(first, second) and steady.monotonic_ns() - began_ns < PATIENCE_S * NS_PER_SECOND:
            await asyncio.sleep(PACE_S)
            second = await reference.time()
        rate = _rate(first, second)
        since_ns = steady.now_ns() - second.offset_ns - second.venue_ns
        clock = SteadyClock(machine, second.venue_ns + rate * since_ns, rate)
        sessions = None
        if not coins[0]:
            day = second.venue_ns // NS_PER_DAY
            dates = (format_ns(one * NS_PER_DAY)[:10] for one in (day - max(days_back, DAYS_BACK), day + DAYS_AHEAD))
            sessions = sessions_of(await reference.calendar(*dates))
        order_names = await reference.order_names()
    finally:
        reference.close()
    money = 10 ** money_scale("USD")
    return VenueAccount(
        clock,
        tuple(instruments[one] for one in symbols),
        sessions,
        standing.account.equity / money,
        standing.buying_power,
        order_names,
        standing.number,
    )


def _passed(first: "VenueTime", second: "VenueTime") -> tuple[int, int]:
    """Return what passed at the venue and here between two readings of its clock."""
    venue_ns = second.venue_ns - first.venue_ns
    return venue_ns, max(venue_ns + second.offset_ns - first.offset_ns, 1)


def _vague(first: "VenueTime", second: "VenueTime") -> bool:
    """Say whether how long the answers took leaves open how many seconds pass in one."""
    venue_ns, ours_ns = _passed(first, second)
    unsure_ns = first.uncertainty_ns + second.uncertainty_ns
    return venue_ns > 1.5 * ours_ns and venue_ns / max(ours_ns - unsure_ns, 1) - venue_ns / (ours_ns + unsure_ns) > 1.0


def _rate(first: "VenueTime", second: "VenueTime") -> int:
    """Return how many seconds pass at the venue in one of ours; VenueError where it plays at full speed."""
    venue_ns, ours_ns = _passed(first, second)
    rate = max(round(venue_ns / ours_ns), 1)
    if rate > PACE_MAX:
        raise VenueError(
            f"the exchange plays {rate:,} seconds in one, which nobody can follow: open it with --speed 60x, or use `tenfold paper`"
        )
    return rate
