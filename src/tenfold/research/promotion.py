"""Decide on which stage a strategy stands: gates, what opens them, and the fold of the records that say so.

How it works. A strategy under its rules begins at "research". A record that a person signed raises it by one stage, if the figures in
it pass the gate of that stage; a record that needs nobody lowers it, and what was shown before that opens nothing any more. Whether a
record counts is asked at each reading, not once at its writing: its signature, its place behind the record before it, and its figures.
So a record that was changed, moved, repeated, or made with other gates counts as none, and everything built on it neither.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from tenfold import codec
from tenfold.domain.account import Trip
from tenfold.domain.events import Demoted, Promoted
from tenfold.domain.stages import RANK, STAGES, Stage
from tenfold.research.gates import Check

PERIODS: Final = "periods"
"""Figure that says of how many bars a year the others are, which no gate asks about: on bars of another length it is another strategy."""
_LENGTHS_TOLERANCE: Final = 0.25
"""Part by which numbers of bars a year may differ that are counted over weeks; lengths that are nearer to each other, as 4 and 5 minutes, are not told apart by it."""

_PURPOSE: Final = b"tenfold promotion 1\n"
"""What is signed begins with it, so that no signature of anything else is one of a promotion."""

ROLLING_DAYS: Final = 20
"""Last sessions that a strategy which trades is judged on."""

TRADES_MIN: Final = 20
"""Trades below which no share of them and no cost demotes anybody: their bounds hold for many alone, and two that fill a bar late are four that differ."""

LOWERED: Final[Mapping[Stage, Stage]] = {"shadow": "paper", "canary": "shadow", "live": "shadow"}
"""Where a demotion leads: to the highest stage below that sends no order with money."""

_LOWEST: Final = min(RANK[stage] for stage in LOWERED.values())

LOWERING: Final = frozenset({"daily_loss", "drawdown", "maintenance", "ruin", "losses", "slippage"})
"""Breakers whose trip at their limit demotes; what an operator, the venue or the data cause does not."""


class Bound(NamedTuple):
    """Hold one test of a gate: a figure within [least, most].

    `proven` is the other end of the same confidence interval: once it lies outside too, the strategy is demoted; "" where the figure
    has none. `among` is the figure that says of how many trades it is, below `TRADES_MIN` of which it demotes nobody. `shown` is how the
    figure is written.
    """

    figure: str
    words: str
    least: float = -math.inf
    most: float = math.inf
    proven: str = ""
    among: str = ""
    shown: str = "{:,.0f}"


class Gate(NamedTuple):
    """Hold what opens a stage: days and trades at least, and every test."""

    days: int
    trades: int
    bounds: tuple[Bound, ...]


_AGREES: Final = Bound(
    "agreement_low",
    "trades that the backtest makes too (95 %)",
    least=0.90,
    proven="agreement_high",
    among="compared",
    shown="{:.1%}",
)
_SLIPS: Final = Bound(
    "slippage_high",
    "cost against the backtest (95 %)",
    most=5.0,
    proven="slippage_low",
    among="compared",
    shown="{:.2f} bps",
)
_FALLS: Final = Bound(
    "shortfall_high",
    "less than the backtest earns a day (95 %)",
    most=2.0,
    proven="shortfall_low",
    shown="{:.2f} bps",
)
_TRIPS: Final = Bound("trips", "breakers that tripped", most=0.0)
_DIFFERS: Final = Bound("differences", "differences from the venue", most=0.0)

GATES: Final[Mapping[Stage, Gate]] = {
    "walk_forward": Gate(
        504,
        100,
        (
            Bound("approved", "studies that approved it", least=1.0),
            Bound("deflated_sharpe", "deflated Sharpe ratio", least=0.90, shown="{:.3f}"),
        ),
    ),
    "monte_carlo": Gate(
        252, 50, (Bound("probabilistic_sharpe", "probabilistic Sharpe ratio", least=0.95, shown="{:.3f}"),)
    ),
    "paper": Gate(
        252,
        50,
        (
            Bound("loss_share", "resampled paths that lose", most=0.05, shown="{:.1%}"),
            Bound("drawdown", "drawdown within a year at 10 % volatility (95 %)", most=0.25, shown="{:.1%}"),
        ),
    ),
    "shadow": Gate(20, 20, (_AGREES, _SLIPS, _FALLS, _DIFFERS, _TRIPS)),
    "canary": Gate(20, 20, (_AGREES, _TRIPS)),
    "live": Gate(20, 20, (_AGREES, _SLIPS, _FALLS, _TRIPS)),
}
"""What opens each stage, from what was shown on the one before; the lowest is open to everything."""


class Standing(NamedTuple):
    """Hold where a strategy stands.

    Parameters
    ----------
    digest : of the last record that counts, "" where there is none
    fallen : number of the run after which it was last demoted; only later runs can raise it
    reason : of that demotion
    void : what was read and does not count, a line each
    periods : bars a year of what it was raised by, 0 where no record says
    """

    stage: Stage = STAGES[0]
    digest: str = ""
    fallen: int = 0
    reason: str = ""
    void: tuple[str, ...] = ()
    periods: float = 0.0


Proof = Callable[[bytes, str, str], str]
"""From content, name of the key and signature: "" where it holds, else why not."""


def next_stage(stage: Stage) -> Stage | None:
    """Return the stage above, None for the highest."""
    return STAGES[RANK[stage] + 1] if stage != STAGES[-1] else None


def stages_up_to(standing: Stage, stage: Stage) -> tuple[Stage, ...]:
    """Return the stages above one, up to another, lowest first."""
    return STAGES[RANK[standing] + 1 : RANK[stage] + 1]


def checks_of(stage: Stage, figures: Mapping[str, float]) -> tuple[Check, ...]:
    """Return what the gate of a stage asks for, each held against figures; a figure that is missing or no number passes nothing."""
    return tuple(_check(bound, figures.get(bound.figure, math.nan)) for bound in _needs(GATES[stage]))


def is_same_length(one: float, other: float) -> bool:
    """Say whether two numbers of bars a year are of bars of the same length; 0 is not known."""
    return not one or not other or math.isclose(one, other, rel_tol=_LENGTHS_TOLERANCE)


def is_fresh(standing: Standing, number: int) -> bool:
    """Say whether what a run shows may raise a strategy: it was begun after the last demotion. Below where those lead studies show it, which are no runs."""
    return number > standing.fallen or not standing.fallen or RANK[standing.stage] < _LOWEST


def asked_of(stage: Stage) -> tuple[str, ...]:
    """Return what the gate of a stage asks for, in words."""
    return tuple(f"{bound.words} {_wanted(bound)}" for bound in _needs(GATES[stage]))


def passed(checks: Iterable[Check]) -> bool:
    """Say whether all of it was met."""
    return all(check.passed for check in checks)


def signed_content(record: Promoted) -> bytes:
    """Return what the signature of a promotion covers: everything but itself."""
    return _PURPOSE + codec.encode(replace(record, signature=""), "msgpack")


def digest_of(before: str, record: Promoted | Demoted) -> str:
    """Return what names a record behind those before it."""
    return hashlib.sha256(before.encode() + codec.encode(record, "msgpack")).hexdigest()


def standing_of(records: Iterable[object], strategy: str, rules: str, proof: Proof) -> Standing:
    """Fold records into where a strategy under its rules stands; those of others do not touch it."""
    found = Standing()
    for record in records:
        if not isinstance(record, Promoted | Demoted) or (record.strategy, record.rules) != (strategy, rules):
            continue
        if isinstance(record, Promoted):
            found = _raised(found, record, proof)
            continue
        fallen = max(found.fallen, record.number)  # also where what raised it counts no more, as under another key
        found = found._replace(fallen=fallen)
        if RANK[record.stage] < RANK[found.stage]:
            digest = digest_of(found.digest, record)
            found = Standing(record.stage, digest, fallen, record.reason, found.void, found.periods)
    return found


def lapse_of(trips: Iterable[Trip]) -> str:
    """Return which breaker demotes, with what was measured, or "": one at its limit, or that closed everything; what is no number is not below it."""
    for trip in trips:
        if trip.rule in LOWERING and (trip.stage == "flatten" or not trip.value < trip.limit):
            return f"breaker {trip.rule} tripped at {trip.value:.4g} of {trip.limit:.4g}"
    return ""


def failing(stage: Stage, figures: Mapping[str, float]) -> str:
    """Return which test is shown to fail on a stage that trades, or "": the whole confidence interval lies outside its bound.

    Too few days or trades show nothing.
    """
    above = next_stage(stage) or stage
    for bound in GATES[above].bounds if stage in LOWERED else ():
        if figures.get(bound.among, math.inf) < TRADES_MIN:
            continue
        value = figures.get(bound.proven, math.nan)
        if value < bound.least or value > bound.most:
            return f"{words_of_proof(bound)}: {bound.shown.format(value)} at best, wanted {_wanted(bound)}"
    return ""


def words_of_proof(bound: Bound) -> str:
    """Return the words of a test where it demotes: by then its interval is a wider one."""
    return bound.words.replace("(95 %)", "(99.9 %)")


def _raised(before: Standing, record: Promoted, proof: Proof) -> Standing:
    """Return where a promotion leads: nowhere, if it does not count."""
    why = _void(before, record, proof)
    if why:
        line = f"a promotion from {record.origin} to {record.stage} by {record.operator} counts as none: {why}"
        return before._replace(void=(*before.void, line))
    periods = record.figures.get(PERIODS, before.periods)
    return before._replace(stage=record.stage, digest=digest_of(before.digest, record), reason="", periods=periods)


def _void(before: Standing, record: Promoted, proof: Proof) -> str:
    """Return why a promotion does not count, or ""."""
    if why := proof(signed_content(record), record.key, record.signature):
        return why
    if record.stage != next_stage(record.origin):
        return "it skips a stage"
    if record.origin != before.stage or record.after != before.digest:
        return "it does not follow on the record before it"
    if not is_fresh(before, record.number):
        return "what it shows is from before the demotion"
    if not is_same_length(record.figures.get(PERIODS, 0.0), before.periods):
        return "what it shows is of bars of another length"
    missed = [check.words for check in checks_of(record.stage, record.figures) if not check.passed]
    return f"its figures do not pass the gate ({missed[0]})" if missed else ""


def _needs(gate: Gate) -> tuple[Bound, ...]:
    """Return everything that a gate asks for: days, trades, and its tests."""
    days = Bound("days", "sessions", least=gate.days)
    return (days, Bound("trades", "round trips", least=gate.trades), *gate.bounds)


def _check(bound: Bound, value: float) -> Check:
    met = bound.least <= value <= bound.most
    told = "not measured" if math.isnan(value) else bound.shown.format(value)
    threshold = bound.least if math.isfinite(bound.least) else bound.most
    words = f"{bound.words}: {told}, wanted {_wanted(bound)}"
    return Check(gate=bound.figure, found=value, threshold=threshold, passed=met, words=words)


def _wanted(bound: Bound) -> str:
    if math.isfinite(bound.least):
        return f"at least {bound.shown.format(bound.least)}"
    return "none" if bound.most == 0.0 else f"at most {bound.shown.format(bound.most)}"
