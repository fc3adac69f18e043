"""Examine how robust an ensemble is: the sample, the rule, its parameters, costs and lateness, and a thousand scenarios.

How it works
------------
Every question has its own stretch of numbered paths; each path has its own random numbers from (seed, question, number),
so that it can be made again alone, and is the same whichever thread makes it. Paths of prices are traded by the
same simulator as any backtest.
"""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold.backtesting.backtest import check_fit
from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member, check_columns, score_members
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, ParameterError
from tenfold.domain.rules import Rules
from tenfold.ensemble.vote import check_weights
from tenfold.market.resampling import Ratios, ratios_of, rebuilt, resampled
from tenfold.metrics.bootstrap import optimal_block
from tenfold.research import scenarios as drawn
from tenfold.research.dossier import Dossier, LatencyCurve, Neighbourhood, RandomEntry, ScenarioOutcomes, Spread
from tenfold.research.luck import bootstrap_spread, filtered_spread, shuffle_spread
from tenfold.research.neighbourhood import nearby
from tenfold.research.paths import Measured, measured, spread_of
from tenfold.research.plateaus import cells_of, plateaus_of
from tenfold.research.price_of_trading import cost_curve
from tenfold.research.random_entry import directed_returns, random_direction
from tenfold.research.regimes import index_returns, trend_volatility
from tenfold.research.rerun import in_threads, rerun, rerun_scores
from tenfold.research.robustness_score import checks_of, failures_of, score_of
from tenfold.research.switching import Switching

Values = NDArray[np.float64]
Progress = Callable[[int, int], None]

BARS_MIN: Final = 100
_SPAN: Final = 21.0
"""Bars that a regime lasts at least where regimes change places."""

BARS_LATE: Final = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)

_RESAMPLED: Final = "Had the market's bars come in other blocks, what would the rule have earned on them?"
_SWITCHING: Final = "Had the market's regimes followed each other differently, what would the rule have earned?"
_SCENARIOS: Final = "Under the stratified scenarios: what may go wrong together."


@dataclass(frozen=True)
class Counts:
    """Say how many paths each question gets."""

    bootstrap: int = 1000
    prices: int = 200
    neighbours: int = 64
    random: int = 499

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ParameterError(f"{value} paths for {name}, expected at least 1")


def dossier(
    members: Sequence[Member],
    bars: Bars,
    rules: Rules,
    *,
    seed: int,
    scenarios: int = 1000,
    counts: Counts | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Dossier:
    """Return the evidence for and against the vote of members on bars.

    Parameters
    ----------
    rules : that trade, costs and limits included
    scenarios : stratified scenarios; a multiple of 60 has every regime equally often in every stratum
    counts : paths of the other questions
    threads : None is one a core; the result is the same
    progress : called as progress(done, total)

    Raises
    ------
    DataError
        There are fewer than 100 bars.
    ParameterError
        No member, or no scenario, or a negative seed.
    """
    counts = counts or Counts()
    _check(members, bars, rules, seed, scenarios)
    examined = Examined(members, bars, rules, seed, threads or os.cpu_count() or 1)
    steps = scenarios + 2 * counts.prices + counts.neighbours + counts.random + cells_of(members)
    examined.announce(steps, progress)
    run = examined.run
    own = measured(run.returns[None, :], bars.periods_per_year)
    spread, table = examined.scenarios(scenarios)
    score = score_of(spread.sharpe, spread.scaled_drawdown)
    block = optimal_block(run.returns)
    random_entry = examined.random_entry(counts.random)
    return Dossier(
        names=tuple(member.name for member in members),
        symbols=bars.symbols,
        label=bars.label,
        seed=seed,
        ts_ns=bars.ts_ns,
        periods=bars.periods_per_year,
        returns=run.returns,
        sharpe=float(own.sharpe[0]),
        annual_return=float(own.annual_return[0]),
        drawdown=float(own.drawdown[0]),
        block=block,
        price_block=examined.price_block,
        bootstrap=bootstrap_spread(run.returns, bars.periods_per_year, block, counts.bootstrap, seed),
        shuffle=shuffle_spread(run, counts.bootstrap, seed),
        filtered=filtered_spread(run.returns, bars.periods_per_year, counts.bootstrap, seed),
        resampled=examined.resampled(counts.prices),
        switching=examined.switching(counts.prices),
        scenarios=table,
        scenario_fan=spread,
        neighbourhoods=examined.neighbourhoods(counts.neighbours),
        plateaus=plateaus_of(members, bars, rules, examined.threads, examined.tick),
        random_entry=random_entry,
        costs=cost_curve(examined.scores, members, bars, rules, examined.ratios),
        latency=examined.latency(),
        score=score,
        checks=checks_of(spread.sharpe, table.failed, score),
        notes=_notes(run, rules),
    )


def _check(members: Sequence[Member], bars: Bars, rules: Rules, seed: int, scenarios: int) -> None:
    if not members:
        raise ParameterError("there are no members to examine")
    if scenarios < 1 or seed < 0:
        raise ParameterError(
            f"{scenarios} scenarios with seed {seed}, expected at least 1 scenario and a seed of 0 or more"
        )
    if len(bars) < BARS_MIN:
        raise DataError(f"{len(bars)} bars, expected at least {BARS_MIN}: resampling fewer says nothing")
    check_weights([member.weight for member in members])
    check_fit(bars, rules)
    for member in members:
        check_columns(member.fold, bars)


class Examined:
    """Hold what all questions share: the run itself, its scores, and the bars taken apart."""

    def __init__(self, members: Sequence[Member], bars: Bars, rules: Rules, seed: int, threads: int) -> None:
        self.members, self.bars, self.rules = list(members), bars, rules
        self.seed, self.threads = seed, threads
        self.scores, failed = score_members(members, bars)
        self.run = rerun_scores(self.scores, members, bars, rules)
        self.run.failures.update(failed)
        self.ratios: Ratios = ratios_of(bars)
        self.price_block = optimal_block(index_returns(bars))
        self._done = 0
        self.tick: Callable[[], None] = lambda: None

    def announce(self, total: int, progress: Progress | None) -> None:
        """Say to `progress` how much of `total` is done, after each `tick`."""
        if progress is None:
            return

        def report() -> None:
            self._done += 1
            progress(min(self._done, total), total)

        self.tick = report

    def each(self, returns: Callable[[int], Values], count: int) -> list[Measured]:
        """Return what the returns (T,) of each path came to, in their order."""

        def work(number: int) -> Measured:
            return measured(returns(number)[None, :], self.bars.periods_per_year)

        return in_threads(work, count, self.threads, self.tick)

    def scenario_returns(self, scenario: drawn.Scenario) -> Values:
        """Return the net returns (T,) of the vote under one scenario."""
        bars = drawn.scenario_bars(scenario, self.ratios, self.price_block)
        rules = drawn.scenario_rules(scenario, self.rules)
        return rerun(self.members, bars, rules, drawn.bars_late(scenario)).returns

    def scenarios(self, count: int) -> tuple[Spread, ScenarioOutcomes]:
        """Return the stratified scenarios as a fan and as a table."""
        chosen = [drawn.draw(self.seed, index) for index in range(count)]
        parts = self.each(lambda number: self.scenario_returns(chosen[number]), count)
        spread = spread_of("scenarios", _SCENARIOS, parts, len(self.bars))
        columns = {
            name: np.array([getattr(one, name) for one in chosen], np.float64)
            for name in ("volatility", "slippage", "liquidity", "fee", "latency", "trend")
        }
        table = ScenarioOutcomes(
            strata=drawn.STRATA,
            regimes=tuple(regime.name for regime in drawn.REGIMES),
            stratum=np.array([one.stratum for one in chosen], np.int64),
            regime=np.array([one.regime for one in chosen], np.int64),
            shocks=np.array([drawn.shocks_of(one, self.bars).sum() for one in chosen], np.int64),
            sharpe=spread.sharpe,
            annual_return=spread.annual_return,
            drawdown=spread.drawdown,
            scaled_drawdown=spread.scaled_drawdown,
            failed=failures_of(spread.sharpe, spread.scaled_drawdown),
            **columns,
        )
        return spread, table

    def resampled(self, count: int) -> Spread:
        """Return the rule run again on blocks of bars."""

        def returns(number: int) -> Values:
            bars = resampled(self.ratios, self.price_block, self.seed, number)
            return rerun(self.members, bars, self.rules).returns

        return spread_of("resampled prices", _RESAMPLED, self.each(returns, count), len(self.bars))

    def switching(self, count: int) -> Spread:
        """Return the rule run again on regimes in another order."""
        switching = Switching(trend_volatility(index_returns(self.bars)).labels, _SPAN)

        def returns(number: int) -> Values:
            rows = switching.rows(np.random.default_rng([self.seed, 16, number]))
            return rerun(self.members, rebuilt(self.ratios, rows), self.rules).returns

        return spread_of("regime switching", _SWITCHING, self.each(returns, count), len(self.bars))

    def neighbourhoods(self, count: int) -> tuple[Neighbourhood, ...]:
        """Return what neighbouring parameters come to: of the vote, all members moved at once, and of each member."""
        periods = self.bars.periods_per_year
        alone = [member for member in self.members if member.fold.parameters]

        def sharpes(members: list[Member], scores: Values) -> list[float]:
            found = [rerun_scores(scores, members, self.bars, self.rules)]
            if len(members) > 1:
                for place, member in enumerate(members):
                    if member.fold.parameters:
                        part = scores[:, :, place : place + 1]
                        found.append(rerun_scores(part, [member], self.bars, self.rules))
            return [float(measured(run.returns[None, :], periods).sharpe[0]) for run in found]

        def work(number: int) -> list[float]:
            members = nearby(self.members, self.seed, number)
            return sharpes(members, score_members(members, self.bars)[0])

        if not alone:
            return ()
        own = sharpes(self.members, self.scores)
        table = np.array(in_threads(work, count, self.threads, self.tick))
        names = ["the vote", *(member.name for member in alone)] if len(self.members) > 1 else [alone[0].name]
        return tuple(
            Neighbourhood(
                member=name,
                own=own[place],
                sharpe=table[:, place],
                median=float(np.median(table[:, place])),
                low=float(np.quantile(table[:, place], 0.05)),
            )
            for place, name in enumerate(names)
        )

    def random_entry(self, count: int) -> RandomEntry | None:
        """Return what entering at random comes to; None where the vote never took a side."""
        direction = self.run.direction
        if not direction.any():
            return None
        bars, rules = self.bars, self.rules
        periods = bars.periods_per_year
        own = float(measured(directed_returns(direction, bars, rules)[None, :], periods).sharpe[0])
        parts = self.each(
            lambda number: directed_returns(random_direction(direction, bars, self.seed, number), bars, rules), count
        )
        sharpe = np.concatenate([part.sharpe for part in parts])
        return RandomEntry(own=own, sharpe=sharpe, p=(1 + int((sharpe >= own).sum())) / (count + 1))

    def latency(self) -> LatencyCurve:
        """Return what orders that arrive late come to."""
        parts = [
            measured(
                rerun_scores(self.scores, self.members, self.bars, self.rules, late).returns[None, :],
                self.bars.periods_per_year,
            )
            for late in BARS_LATE
        ]
        return LatencyCurve(
            bars_late=np.array(BARS_LATE),
            sharpe=np.concatenate([part.sharpe for part in parts]),
            annual_return=np.concatenate([part.annual_return for part in parts]),
        )


def _notes(run: Run, rules: Rules) -> tuple[str, ...]:
    notes = []
    costs = rules.costs
    if not len(run.fills):
        notes.append("The vote never traded: nothing here says anything about it.")
    if costs == replace(costs, fee_frac=0.0, fee_per_share=0.0, fee_minimum=0.0, schedules=(), slippage_bps=0.0) and (
        costs.slippage in {"fixed", "half_spread"}
    ):
        notes.append(
            f"The rules charge neither fee nor slippage: a multiple above 1 stands for {drawn.UNIT_BPS:g} bp of each for every "
            "1 above 1."
        )
    failed = {name: number for name, number in run.failures.items() if number}
    if failed:
        notes.append(
            f"Bars at which a member failed: {', '.join(f'{name} {number:,}' for name, number in failed.items())}."
        )
    if math.isclose(float(run.returns.std()), 0.0):
        notes.append("Equity never moved.")
    return tuple(notes)
