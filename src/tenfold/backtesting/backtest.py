"""Run one backtest: on the compiled path where it applies, else event by event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from msgspec import to_builtins
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold.backtesting.compiled import run_compiled
from tenfold.backtesting.compiles import IN_THE_BOOK, obstacles
from tenfold.backtesting.eventful import TickSources, run_events
from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member, check_columns, score_members
from tenfold.codec import convert
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, InvariantError, SettingsError, StrategyError, did_you_mean
from tenfold.domain.events import Event, Halt, LimitsChanged, Resume, Started
from tenfold.domain.rules import Limits, Rules
from tenfold.engine.voters import FoldVoter, GivenVoter, UniverseVoter, Voter, WindowVoter
from tenfold.ensemble.vote import check_weights
from tenfold.kernels.packing import pack_marks, pack_terms
from tenfold.market.before_close import asked, decided_on
from tenfold.ports import Journal, Trader

EngineName = Literal["auto", "compiled", "event"]


@dataclass(frozen=True)
class Opinion:
    """Hold a voter that is no fold: an object with `on_bar(window)`, a name and a weight."""

    strategy: Any
    name: str
    weight: float = 1.0


@dataclass(frozen=True)
class Given:
    """Hold scores (T, S) computed elsewhere, NaN where they abstain, with a name and a weight."""

    scores: NDArray[np.float64]
    name: str
    weight: float = 1.0


@dataclass(frozen=True)
class Own:
    """Hold a strategy that works its own orders, an object with `on_event(event, view)`, and its name."""

    trader: Trader
    name: str


Voting = Member | Opinion | Given


def run_backtest(
    voters: Sequence[Voting] | Own,
    bars: Bars,
    rules: Rules,
    *,
    engine: EngineName = "auto",
    journal: Journal | None = None,
    operator: Sequence[Event] = (),
    members: NDArray[np.bool_] | None = None,
    ticks: TickSources | None = None,
    started: Started | None = None,
) -> Run:
    """Trade bars and return what happened; a run whose breakers tripped carries the equity without them.

    `members` (T, S) says which symbols may be held: on any other every voter has no opinion, so that its position is closed.
    Orders of symbols that have `ticks` meet in an order book, event by event. `started` is the first event of the journal.

    Raises
    ------
    SettingsError
        The engine is forced to "compiled" where it does not apply, or rules do not fit the data.
    """
    if engine not in get_args(EngineName):
        raise SettingsError(f"there is no engine {engine}; {did_you_mean(str(engine), get_args(EngineName))}")
    bars = decided_on(bars, rules)
    _check_members(members, voters, bars)
    _check_ticks(ticks, bars, rules)
    if isinstance(voters, Own):
        return _traded(voters, bars, rules, engine, journal, operator, ticks, started)
    _check_voting(voters, bars, rules)
    reasons = obstacles(
        [
            voter.fold if isinstance(voter, Member) else voter.strategy
            for voter in voters
            if not isinstance(voter, Given)
        ],
        rules,
        bars,
        journaled=journal is not None,
        operated=bool(operator),
        ticked=bool(ticks),
    )
    if engine == "compiled" and reasons:
        raise SettingsError(f"the compiled path does not apply: {'; '.join(reasons)}; use engine=auto")
    if engine == "event" or reasons:
        pack_marks(bars)  # refuses prices beyond exact money, as the compiled path does
        event_voters = _event_voters(voters, bars, members, rules)
        run = run_events(bars, rules, event_voters, journal=journal, operator=operator, ticks=ticks, started=started)
    else:
        run = _compiled(voters, bars, rules, members)
    if run.trips:
        run.notes["without_breakers"] = _without_breakers(run, operator, ticks).equity
    if reasons:
        run.notes["event_path"] = reasons
    return run


def _traded(
    own: Own, bars: Bars, rules: Rules, engine: EngineName, journal: Journal | None, operator: Sequence[Event],
    ticks: TickSources | None, started: Started | None,
) -> Run:  # fmt: skip
    """Run a strategy that works its own orders: event by event, since no table of scores says what it does."""
    check_fit(bars, rules)
    check_early(own, rules)
    reasons = [f"{own.name} works its own orders", *([IN_THE_BOOK] if ticks else [])]
    if engine == "compiled":
        raise SettingsError(f"the compiled path does not apply: {'; '.join(reasons)}; use engine=auto")
    pack_marks(bars)  # refuses prices beyond exact money, as the compiled path does
    run = run_events(
        bars,
        rules,
        [],
        journal=journal,
        operator=operator,
        trader=own.trader,
        name=own.name,
        ticks=ticks,
        started=started,
    )
    run.notes["event_path"] = reasons
    return run


def check_early(voters: Sequence[Voting] | Own, rules: Rules) -> None:
    """Refuse to ask a strategy some time before the close that sees every bar."""
    if isinstance(voters, Own) and rules.entry.decide_before_close_s is not None:
        raise SettingsError(
            f"{voters.name} works its own orders, and sees every bar: leave out decide_before_close_s and send orders on the close"
        )


def _check_members(members: NDArray[np.bool_] | None, voters: Sequence[Voting] | Own, bars: Bars) -> None:
    """Refuse a universe of other bars, or of a strategy that chooses its symbols itself."""
    if members is None:
        return
    if members.shape != bars.rows.shape:
        raise DataError(f"the universe has shape {members.shape}, expected {bars.rows.shape}: one row a bar")
    if isinstance(voters, Own):
        raise SettingsError(
            f"{voters.name} works its own orders: it chooses its symbols itself, leave out the universe"
        )


def _check_ticks(ticks: TickSources | None, bars: Bars, rules: Rules) -> None:
    """Refuse ticks of what is not traded, and rules of which a book knows nothing."""
    if not ticks:
        return
    strangers = [symbol for symbol in ticks if symbol not in bars.symbols]
    if strangers:
        raise DataError(f"there are ticks of {strangers[0]}, but no bars: the bars say when to decide")
    if rules.costs.participation_frac_max is not None or rules.costs.slippage_bps or rules.costs.slippage != "fixed":
        raise SettingsError(
            "a book fills at what is displayed: leave out costs.participation_frac_max and slippage, or the ticks"
        )


def _check_voting(voters: Sequence[Voting], bars: Bars, rules: Rules) -> None:
    """Refuse weights, rules, scores and columns that do not fit the bars."""
    check_weights([voter.weight for voter in voters])
    check_fit(bars, rules)
    for voter in voters:
        if isinstance(voter, Given):
            check_scores(voter.scores, bars)
        elif isinstance(voter, Member):
            check_columns(voter.fold, bars)


def check_fit(bars: Bars, rules: Rules) -> None:
    """Refuse rules that are out of range or need what the data does not have, on whichever path."""
    convert(Rules, to_builtins(rules))  # Python checks nothing as it makes a struct
    pack_terms(bars.instruments, rules)
    needed = rules.costs.participation_frac_max is not None or rules.costs.slippage == "volume_share"
    if needed and bars.usable.any() and not np.isfinite(bars.rows["volume"][bars.usable]).any():
        raise SettingsError("a participation limit and volume slippage need volume, which these bars do not have")
    if bars.adjustment == "raw" and bars.sources.get("splits_in_range"):
        raise SettingsError(
            "raw prices with splits in the range show false jumps: load them with adjust='split' or 'total'"
        )


def check_scores(scores: NDArray[np.float64], bars: Bars) -> None:
    """Refuse scores that do not fit the bars."""
    if scores.shape != bars.rows.shape:
        raise DataError(
            f"scores have shape {scores.shape}, expected {bars.rows.shape}: one row a bar, one column a symbol"
        )
    size = np.abs(scores[~np.isnan(scores)])
    if (size > 1.0).any():
        raise DataError(f"scores reach {size.max():g}, expected -1 to 1; divide them first")


def _compiled(
    voters: Sequence[Member | Opinion | Given], bars: Bars, rules: Rules, members: NDArray[np.bool_] | None
) -> Run:
    names = [voter.name for voter in voters]
    weights = [voter.weight for voter in voters]
    folds = [voter for voter in voters if isinstance(voter, Member)]
    scores, failures = score_members(folds, bars) if folds else (np.empty((*bars.rows.shape, 0)), {})
    if len(folds) < len(voters):
        columns, found = [], iter(np.moveaxis(scores, 2, 0))
        for voter in voters:
            columns.append(_given(voter, bars) if isinstance(voter, Given) else next(found))
        scores = np.ascontiguousarray(np.stack(columns, axis=2))
        failures = dict.fromkeys(names, 0) | failures
    if members is not None:
        scores[~members[:, :, None] & ~np.isnan(scores)] = 0.0
    return run_compiled(bars, rules, names, weights, scores, failures)


def _given(voter: Given, bars: Bars) -> NDArray[np.float64]:
    return np.where(bars.usable & (np.abs(voter.scores) <= 1.0), voter.scores, np.nan)


def _event_voters(
    voters: Sequence[Member | Opinion | Given], bars: Bars, members: NDArray[np.bool_] | None, rules: Rules
) -> list[Voter]:
    found: list[Voter] = []
    for voter in voters:
        if isinstance(voter, Member):
            found.append(FoldVoter(voter.fold, voter.params, voter.name, voter.weight, len(bars.symbols)))
        elif isinstance(voter, Given):
            found.append(GivenVoter(asked(_given(voter, bars), rules), voter.name, voter.weight))
        elif callable(getattr(voter.strategy, "on_bar", None)):
            found.append(WindowVoter(voter.strategy, voter.name, voter.weight, bars.symbols, bars.columns))
        else:
            raise StrategyError(f"{voter.name} is neither a fold nor has it on_bar(window)")
    return found if members is None else [UniverseVoter(voter, asked(members, rules)) for voter in found]


def _without_breakers(run: Run, operator: Sequence[Event], ticks: TickSources | None = None) -> Run:
    """Return the run as it would have been had no breaker tripped, from the scores that were given then."""
    free = replace(
        run.rules,
        limits=_without_trips(run.rules.limits),
        account=replace(run.rules.account, maintenance_frac=0.0),
    )
    if run.scores is None:
        raise InvariantError("a run without scores cannot be repeated")
    if not obstacles([], free, run.bars, operated=bool(operator), ticked=bool(ticks)):
        return run_compiled(run.bars, free, run.members, run.weights, run.scores, run.failures)
    voters = [
        GivenVoter(asked(run.scores[:, :, index], run.rules), name, weight)
        for index, (name, weight) in enumerate(zip(run.members, run.weights, strict=True))
    ]
    spared = [
        replace(event, limits=_without_trips(event.limits)) if isinstance(event, LimitsChanged) else event
        for event in operator
        if not isinstance(event, Halt | Resume)
    ]
    return run_events(run.bars, free, voters, operator=spared, ticks=ticks)


def _without_trips(limits: Limits) -> Limits:
    free = replace(limits, daily_loss_frac_max=None, drawdown_frac_max=None, cascade=(), losses_max=None)
    return replace(free, slippage_bps_max=None, reject_frac_max=None, quality_min=None, differences_max=None)
