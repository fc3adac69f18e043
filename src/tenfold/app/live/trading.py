"""Trade live in one call: on the simulated exchange, on Alpaca's paper account, or with money."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from tenfold import codec
from tenfold.app import wiring
from tenfold.app.facade import voters_of
from tenfold.app.journal_head import RunHead, RunMarket, described, engine_of, opened
from tenfold.app.live.live_report import LiveReport
from tenfold.app.live.paper import Shown, as_charged
from tenfold.app.live.session import LivePlan, LiveSession
from tenfold.app.live.venue_account import VenueAccount, asked
from tenfold.app.secrets import alpaca_keys
from tenfold.app.settings import Settings
from tenfold.domain.errors import SettingsError, UnknownNameError
from tenfold.domain.keys import Keys
from tenfold.domain.rules import Rules
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.market.series import decode_period

if TYPE_CHECKING:
    from tenfold.adapters.journal.journal import SqlJournal

NAME: Final = "live"
NAME_MAX: Final = 20
DAYS_A_YEAR: Final = 252.0
_PAST_DAYS: Final = {True: 500, False: 10}
"""Days that strategies are shown before they are asked: of daily bars, and of shorter ones."""
_SESSION_MINUTES: Final = 390.0
_SIGNS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MONEY: Final = frozenset({"live"})
"""Accounts on which nothing is traded that the ladder has not let there."""
_OWN: Final = 2
"""Signals to stop after which the process stops at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """Hold what is to be traded.

    Attributes
    ----------
    strategy, params : as for `backtest`
    rules : an ensemble brings its own; conventions and costs are the venue's
    every : period of the bar sets, made of minutes
    journal : a file, or an address of PostgreSQL; by default a file of the home folder
    name : of the run in the journal; one that is there goes on, if strategy, symbols and rules are the same
    past_days : days that strategies are shown before they are asked
    capture : folder that keeps raw market data
    """

    strategy: Any
    symbols: Sequence[str]
    rules: Rules
    params: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None
    every: str = "1m"
    journal: str | None = None
    name: str = ""
    past_days: int | None = None
    capture: Path | None = None


def trade_live(
    wanted: Wanted,
    settings: Settings,
    *,
    seconds: float | None = None,
    say: Callable[[str], None],
    show: Callable[[Shown], Awaitable[None]],
) -> LiveReport:
    """Trade a strategy, or the vote of up to ten, on the account that the settings name, until SIGTERM or Ctrl-C.

    Parameters
    ----------
    seconds : stop after this time
    say, show : as for `trade_until`

    Raises UserError in one line, and VenueError or StorageError where the venue or the journal fails.
    """

    async def run() -> LiveReport:
        with _asked_to_stop() as stop:
            if seconds is not None:
                asyncio.get_running_loop().call_later(seconds, stop.set)
            return await trade_until(stop, wanted, settings, say, show)

    with asyncio.Runner(loop_factory=wiring.loop_factory()) as runner:
        return runner.run(run())


async def trade_until(
    stop: asyncio.Event, wanted: Wanted, settings: Settings, say: Callable[[str], None], show: Callable[[Shown], Awaitable[None]]
) -> LiveReport:  # fmt: skip
    """Trade until a stop is asked for; errors as `trade_live`.

    `say` gets a line for what a person should know, `show` is awaited every second.
    """
    if len(wanted.name) > NAME_MAX:
        raise SettingsError(
            f"--name {wanted.name} has {len(wanted.name)} characters, expected at most {NAME_MAX}: orders are named by it"
        )
    if settings.alpaca.account in _MONEY:
        raise SettingsError(
            "the journal holds no promotion of this strategy to trading with money: try it with --account paper"
        )
    names = tuple(dict.fromkeys(wanted.symbols))
    voters, strategy = voters_of(wanted.strategy, wanted.params)
    period_ns, rules = decode_period(wanted.every), wanted.rules
    days = _PAST_DAYS[period_ns == NS_PER_DAY] if wanted.past_days is None else wanted.past_days
    keys = alpaca_keys(settings.alpaca)
    target = _target(wanted.journal)
    venue = await asked(settings.alpaca, keys, names, days)
    market = RunMarket(venue.instruments, _periods_a_year(period_ns, closes=venue.sessions is not None))

    def described_as(cash: float) -> bytes:
        held = replace(as_charged(rules), account=replace(rules.account, cash=cash))
        return described(strategy, voters, market, held, resting=True)

    kept = _opened(target, wanted.name or NAME, described_as, venue)
    try:
        plan = _plan(kept, venue, settings, keys, period_ns, days * NS_PER_DAY, wanted.capture)
        return await LiveSession(plan, kept, say, show).run(stop)
    finally:
        kept.close()


def _plan(
    kept: "SqlJournal", venue: VenueAccount, settings: Settings, keys: Keys, period_ns: int, past_ns: int, capture: Path | None
) -> LivePlan:  # fmt: skip
    opening = opened(f"{kept.run}-{_tag()}", kept.description, venue.clock.now_ns())
    head = codec.decode(RunHead, kept.description, "msgpack")
    return LivePlan(
        opening=opening,
        engine=engine_of(kept.description, opening),
        rules=head.rules,
        venue=venue,
        access=settings.alpaca,
        keys=keys,
        feeds=settings.feeds,
        period_ns=period_ns,
        past_ns=past_ns,
        capture=capture,
    )


def _opened(target: str, name: str, described_as: Callable[[float], bytes], venue: VenueAccount) -> "SqlJournal":
    """Return the run of a journal, begun with the account's equity where it is not there yet.

    Raises SettingsError where it is there with another strategy, other symbols or rules.
    """
    try:
        kept = wiring.open_journal(target, name)
    except UnknownNameError:
        return wiring.begin_journal(target, name, described_as(venue.equity))
    cash = codec.decode(RunHead, kept.description, "msgpack").rules.account.cash
    if described_as(cash) != kept.description:
        kept.close()
        raise SettingsError(
            f"run {name} of {kept.place} was begun with another strategy, other symbols or other rules: give these again, or "
            "another --name, which takes over the account as it stands"
        )
    return kept


def _tag() -> str:
    """Return what tells the orders of a new run from those of any other that the account ever had, under whatever name."""
    seconds = wiring.clock().now_ns() // NS_PER_SECOND
    return "".join(_SIGNS[seconds // len(_SIGNS) ** place % len(_SIGNS)] for place in range(5, -1, -1))


def _target(journal: str | None) -> str:
    """Return where the journal is, the folder of the usual one made."""
    if journal is not None:
        return journal if "://" in journal else str(Path(journal).expanduser())
    usual = wiring.journal_file()
    usual.parent.mkdir(parents=True, exist_ok=True)
    return str(usual)


def _periods_a_year(period_ns: int, *, closes: bool) -> float:
    if not closes:
        return 365.25 * NS_PER_DAY / period_ns
    return DAYS_A_YEAR if period_ns == NS_PER_DAY else DAYS_A_YEAR * _SESSION_MINUTES * NS_PER_MINUTE / period_ns


@contextmanager
def _asked_to_stop() -> Iterator[asyncio.Event]:
    """Yield what SIGTERM or Ctrl-C sets; a second one interrupts."""
    stop, loop, count = asyncio.Event(), asyncio.get_running_loop(), [0]

    def ask() -> None:
        count[0] += 1
        stop.set()
        if count[0] >= _OWN:
            raise KeyboardInterrupt

    signals = (signal.SIGTERM, signal.SIGINT) if threading.current_thread() is threading.main_thread() else ()
    for number in signals:
        loop.add_signal_handler(number, ask)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
