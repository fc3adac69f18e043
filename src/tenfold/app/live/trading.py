"""Trade live in one call: on the simulated exchange, on Alpaca's paper account, or with money."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from tenfold.app import wiring
from tenfold.app.ensemble import Ensemble
from tenfold.app.facade import voters_of
from tenfold.app.journal_head import described, differences_of, engine_of, head_of, opened, traded_rules
from tenfold.app.ladder import closes_on, missing_for
from tenfold.app.live.alarms import Heard
from tenfold.app.live.bar_counts import market_of
from tenfold.app.live.binding import in_words
from tenfold.app.live.judging import FREE, Judging
from tenfold.app.live.keeping_up import told_of
from tenfold.app.live.kept_past import check_kept, kept_past
from tenfold.app.live.live_plan import LivePlan
from tenfold.app.live.live_report import LiveReport
from tenfold.app.live.paper import Shown, Voters, as_charged
from tenfold.app.live.session import LiveSession
from tenfold.app.live.sources import Source, check_timely, sources_of, variables_of
from tenfold.app.live.stall_watch import stalls_told
from tenfold.app.live.venue_account import VenueAccount, asked
from tenfold.app.live.venue_hours import check_lead
from tenfold.app.moments import live_length_ns
from tenfold.app.own_loop import run_alone
from tenfold.app.run_name import check_name
from tenfold.app.secrets import alpaca_keys
from tenfold.app.settings import Settings
from tenfold.app.stopping import Stop, asked_to_stop, obey, telling, until_stopped
from tenfold.app.symbol_names import check_restricted
from tenfold.backtesting.backtest import check_early
from tenfold.backtesting.scoring import Member
from tenfold.domain.errors import SettingsError, UnknownNameError, VenueError
from tenfold.domain.keys import Keys
from tenfold.domain.market import BarSet
from tenfold.domain.rules import Rules
from tenfold.domain.stages import RANK, Stage
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND, format_ns
from tenfold.execution.blotter import Blotter

if TYPE_CHECKING:
    from tenfold.adapters.journal.journal import SqlJournal

NAME: Final = "live"
NAME_MAX: Final = 20
CALENDAR: Final = "XNYS"
_PAST_DAYS: Final = {True: 500, False: 10}
"""Days that strategies are shown before they are asked: of daily bars, and of shorter ones."""
_SIGNS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_STAGES: Final[dict[str, tuple[Stage, ...]]] = {
    "simulated": ("paper", "shadow"),
    "paper": ("paper", "shadow"),
    "live": ("live", "canary", "shadow"),
}
"""Stages of the ladder by the account on which they are traded, the usual one first."""
_UNANSWERED: Final = "it was not connected yet: the venue had not answered, and nothing was traded"
_NOT_SHOWN: Final = (
    "the strategy has no on_past(bars): of what closed before this start it knows nothing but what it has seen trading"
)
_REHEARSAL: Final = "market data of the simulated exchange are none of a market: what is shown here opens no stage of the ladder, and closes none"
_CUT_SHORT: Final = (
    "orders and positions stay as they are; the same command goes on with the run, and looks for what was on its way"
)


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
    stage : of the ladder; by default paper, with money live. On stage canary it trades at a part of its size, on shadow no order leaves
    past_days : days that strategies are shown before they are asked
    catalogue : whether the catalogue shows what it has of them, and the venue the rest alone
    capture : folder that keeps raw market data
    seconds : stop so long after this process began to trade the run; by default never
    """

    strategy: Any
    symbols: Sequence[str]
    rules: Rules
    params: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None
    every: str = "1m"
    journal: str | None = None
    name: str = ""
    stage: Stage | None = None
    past_days: int | None = None
    catalogue: bool = False
    capture: Path | None = None
    seconds: float | None = None


def trade_live(
    wanted: Wanted,
    settings: Settings,
    *,
    say: Callable[[str], None],
    show: Callable[[Shown], Awaitable[None]],
) -> LiveReport:
    """Trade a strategy, or the vote of up to ten, on the account that the settings name, until SIGTERM or Ctrl-C.

    `say` and `show` are as for `trade_until`.

    Raises UserError in one line, VenueError or StorageError where the venue or the journal fails, and KeyboardInterrupt where it is
    stopped before the venue has answered.
    """

    async def run() -> tuple[LiveReport | None, Stop]:
        with asked_to_stop() as stop:
            return await trade_until(stop, wanted, settings, say, show), stop

    with telling(lambda: _CUT_SHORT):
        report, stop = run_alone(run, wiring.loop_factory())
    if report is None:
        obey(stop, _UNANSWERED)
        raise VenueError(_UNANSWERED)
    return report


async def trade_until(
    stop: asyncio.Event, wanted: Wanted, settings: Settings, say: Callable[[str], None], show: Callable[[Shown], Awaitable[None]]
) -> LiveReport | None:  # fmt: skip
    """Trade until a stop is asked for, and return how it went, None where the venue had not answered by then; errors as `trade_live`.

    `say` gets a line for what a person should know, `show` is awaited every second.
    """
    heard = Heard(say)
    say = heard.say
    stage = stage_of(wanted.stage, settings.alpaca.account)
    share = settings.live.canary_frac if stage == "canary" else 1.0
    simulated = stage == "shadow" and settings.alpaca.account == "simulated"
    names = tuple(dict.fromkeys(wanted.symbols))
    voters, strategy = voters_of(wanted.strategy, wanted.params)
    wanted = dataclasses.replace(wanted, strategy=strategy)  # an ensemble is held to its file, however it was named
    period_ns, rules = live_length_ns(wanted.every), wanted.rules
    _check(wanted, voters, names, period_ns)
    days = _PAST_DAYS[period_ns == NS_PER_DAY] if wanted.past_days is None else wanted.past_days
    keys = alpaca_keys(settings.alpaca, variables_of(settings.feeds))
    sources = sources_of(settings.feeds, settings.alpaca, keys)
    check_timely(sources)
    target = wiring.journal_target(wanted.journal)
    name = wanted.name or NAME
    kept = _there(target, name)  # before the venue is waited for
    if wanted.catalogue and kept is None:  # a run that goes on does so without what cannot be read any more
        check_kept(names, wanted.every, rules)
    try:
        begun = None if kept is None else head_of(kept.description)
        known = () if begun is None else begun.instruments
        venue = await until_stopped(asked(settings.alpaca, keys, names, days, say, known), stop)
        if venue is None:
            return None
        bare = begun is not None and not begun.length_ns
        early = rules.entry.decide_before_close_s is not None
        counted = market_of(venue.instruments, period_ns, closes=venue.sessions is not None, bare=bare, halves=early)

        def described_as(cash: float) -> bytes:
            held = replace(as_charged(rules), account=replace(rules.account, cash=cash))
            return described(
                strategy, voters, counted, held, resting=True, stage=stage, share=share, simulated=simulated
            )

        if isinstance(wanted.strategy, Ensemble):
            money = RANK[stage] > RANK["shadow"]
            for line in told_of(wanted.strategy, settings.live, counted.periods_per_year, names, money=money):
                say(line)
        kept = kept or _there(target, name)  # one that was started at the same time has begun it
        if kept is None:
            kept = _begun(target, name, venue.equity, described_as, stage)
        else:
            _check_same(kept, described_as, stage, target)
        plan = _plan(wanted, target, kept, venue, settings, keys, sources, days * NS_PER_DAY)
        for line in _told_first(plan, settings.alpaca.gateway, simulated=simulated):
            say(line)
        with stalls_told(say):
            report = await LiveSession(plan, kept, say, show).run(stop)
        text, _ = plan.judging.session_over()
        if text:
            say(f"ALARM {text}")
        return replace(report, alarms=tuple(heard.alarms))
    finally:
        if kept is not None:
            kept.close()


def _check(wanted: Wanted, voters: Voters, names: tuple[str, ...], period_ns: int) -> None:
    """Refuse what cannot be traded, before a venue is asked; SettingsError or ParameterError says why."""
    rules = wanted.rules
    check_name(wanted.name)
    if len(wanted.name) > NAME_MAX:
        raise SettingsError(
            f"--name {wanted.name} has {len(wanted.name)} characters, expected at most {NAME_MAX}: orders are named by it"
        )
    if not wanted.name.isascii():
        raise SettingsError(
            f"--name {wanted.name!a} has letters that are not ASCII, expected a to z, digits, points, dashes and underscores: "
            "orders are named by it"
        )
    check_early(voters, rules)
    check_lead(rules)
    check_restricted(rules.limits, names)
    if rules.entry.decide_before_close_s is not None and period_ns != NS_PER_DAY:
        raise SettingsError(
            f"decide_before_close_s is for days, and bars are of {wanted.every}: give --every 1d, or leave it out"
        )
    if NS_PER_DAY > period_ns > NS_PER_DAY // 3:
        raise SettingsError(
            f"bars of {wanted.every} close while the market is shut, when nothing is opened: give --every 1d, which waits for the open, or at most 8h"
        )
    if coins := [one for one in names if "/" in one]:
        raise SettingsError(
            f"{coins[0]} is a coin, expected shares: the venue counts coins in parts worth less than a millionth of a dollar, in which money is "
            "kept here; try it with `tenfold backtest`"
        )
    if isinstance(wanted.strategy, Ensemble):
        wanted.strategy.check_symbols(names)
    across = (
        [one.name for one in voters if isinstance(one, Member) and one.fold.panel]
        if isinstance(voters, Sequence)
        else []
    )
    if across and len(names) == 1:
        raise SettingsError(
            f"{', '.join(across)} compares symbols with each other, and {names[0]} is alone: give at least two"
        )


def _plan(
    wanted: Wanted, target: str, kept: "SqlJournal", venue: VenueAccount, settings: Settings, keys: Keys,
    sources: tuple[Source, ...], past_ns: int,
) -> LivePlan:  # fmt: skip
    now_ns = venue.clock.now_ns()
    head = head_of(kept.description)
    shadow = head.stage == "shadow"
    opening = opened(f"{kept.run}-{_tag()}", kept.description, now_ns, account="" if shadow else venue.number)
    names = [one.symbol for one in venue.instruments]

    def past(since_ns: int) -> Sequence[BarSet]:
        calendar = None if venue.sessions is None else CALENDAR
        return kept_past(names, wanted.every, since_ns, now_ns, calendar, wanted.rules) if wanted.catalogue else ()

    return LivePlan(
        opening=opening,
        engine=engine_of(kept.description, opening),
        rules=traded_rules(head),
        venue=venue,
        access=settings.alpaca,
        keys=keys,
        sources=sources,
        feeds=settings.feeds,
        period_ns=live_length_ns(wanted.every),
        past_ns=past_ns,
        past=past,
        judging=Judging(
            target, kept, wanted.strategy if isinstance(wanted.strategy, Ensemble) else None, settings.live
        ),
        capture=None if wanted.capture is None else (wanted.capture, settings.capture),
        shadow=shadow,
        repeats=all(seat.fold for seat in head.seats),
        seconds=wanted.seconds,
    )


def _told_first(plan: LivePlan, gateway: str, *, simulated: bool) -> Iterator[str]:
    """Yield what a person should know before the run is traded."""
    yield f"limits: {in_words(plan.engine.gate.limits)}"
    if simulated:
        yield _REHEARSAL
    if gateway and not plan.shadow:
        yield f"orders go through the gateway at {gateway}: while it is not there, none leaves and the account is not read"
    if first_ns := _first_decision_ns(plan):
        yield f"the next decision is at {format_ns(first_ns)} UTC: what was to be decided before is left out"
    if (own := plan.engine.trader) is not None and not own.learns:
        yield _NOT_SHOWN


def _first_decision_ns(plan: LivePlan) -> int:
    """Return when it is decided first where days are decided on before they close, else 0: a start after that moment leaves the day out."""
    seconds, now_ns = plan.rules.entry.decide_before_close_s, plan.venue.clock.now_ns()
    if seconds is None:
        return 0
    moments = (one.close_ns - round(seconds * NS_PER_SECOND) for one in plan.venue.sessions or ())
    return min((one for one in moments if one > now_ns), default=0)


def stage_of(asked_for: Stage | None, account: str) -> Stage:
    """Return the stage of a session; SettingsError where it is not traded on such an account."""
    stages = _STAGES[account]
    if asked_for is not None and asked_for not in stages:
        raise SettingsError(
            f"stage {asked_for} is not traded on the {account} account, expected `tenfold live` with --stage {' or '.join(stages)}"
        )
    return asked_for or stages[0]


def _approve(stage: Stage, description: bytes, target: str, run: str = "") -> None:
    """Ask the ladder; SettingsError with what is missing where a strategy may not trade on a stage."""
    if stage == FREE:
        return
    if missing := missing_for(stage, description, target, run):
        raise SettingsError(f"this strategy may not trade on stage {stage} yet: {'; '.join(missing)}")


def _there(target: str, name: str) -> "SqlJournal | None":
    """Return a run of a journal, None where it is yet to begin; SettingsError where there can be none."""
    try:
        return wiring.open_journal(target, name)
    except UnknownNameError:
        wiring.check_journal(target)
        return None


def _begun(target: str, name: str, equity: float, described_as: Callable[[float], bytes], stage: Stage) -> "SqlJournal":
    """Return a new run, or the one of its name that another process has begun between the look for it and here; SettingsError, VenueError."""
    if not equity > 0.0:
        raise VenueError(
            f"the account is worth {equity:,.2f} USD, of which nothing can be traded: pay in, and begin then"
        )
    _approve(stage, described_as(equity), target)
    try:
        return wiring.begin_journal(target, name, described_as(equity))
    except SettingsError:
        kept = _there(target, name)
        if kept is None:
            raise
    try:
        _check_same(kept, described_as, stage, target)
    except BaseException:
        kept.close()
        raise
    return kept


def _check_same(kept: "SqlJournal", described_as: Callable[[float], bytes], stage: Stage, target: str) -> None:
    """Refuse to go on with a run that was begun with another strategy, other symbols or rules, or that the ladder does not let trade; one that fell goes on until it is closed."""
    cash = head_of(kept.description).rules.account.cash
    if others := differences_of(described_as(cash), kept.description):
        raise SettingsError(
            f"run {kept.run} of {kept.place} was begun with {', '.join(others)}: give the same again, or "
            "another --name, which takes over the account as it stands"
        )
    try:
        _approve(stage, kept.description, target, kept.run)
    except SettingsError:
        if not (closes_on(target, kept.number, kept.description) and _is_open(kept)):
            raise


def _is_open(kept: "SqlJournal") -> bool:
    """Say whether a run holds something by its journal, or has orders that work: one that fell goes on, and its session halts it, until that is closed."""
    head = head_of(kept.description)
    blotter = Blotter(head.instruments, head.rules.account.cash)
    for record in kept.records():
        blotter.apply(record)
    return any(blotter.reconciliation.lots.values()) or any(not one.external for one in blotter.working())


def _tag() -> str:
    """Return what tells the orders of a new run from those of any other that the account ever had, under whatever name."""
    seconds = wiring.clock().now_ns() // NS_PER_SECOND
    return "".join(_SIGNS[seconds // len(_SIGNS) ** place % len(_SIGNS)] for place in range(5, -1, -1))
