"""Run the study on one market and keep the raw value of every gate, so that other thresholds can be tried afterwards."""

import math
from time import perf_counter, process_time
from typing import Any

import numpy as np
from calibration.markets import Market

from tenfold.adapters.clock import FixedClock
from tenfold.adapters.executors.threads import ThreadExecutor
from tenfold.adapters.trials.memory import MemoryTrialLog
from tenfold.backtesting.compiled import run_compiled
from tenfold.backtesting.scoring import Member, score_members
from tenfold.domain.bars import Bars
from tenfold.market.strengths import RULES
from tenfold.registry import STRATEGIES
from tenfold.research.gates import Gates
from tenfold.research.result import StudyResult
from tenfold.research.settings import StudySettings
from tenfold.research.study import run_study
from tenfold.research.walk import annual_sharpe

WARM_UP = 300


def judge(market: Market) -> dict[str, Any]:
    """Return what the study says of a market."""
    bars = market.bars()
    begun, begun_cpu = perf_counter(), process_time()
    with ThreadExecutor(1) as executor:
        result = run_study(
            bars,
            RULES,
            [STRATEGIES.load(name) for name in sorted(STRATEGIES.table)],
            gates=Gates(),
            settings=StudySettings(),
            executor=executor,
            log=MemoryTrialLog(),
            clock=FixedClock(0),
        )
    seconds, cpu_seconds = perf_counter() - begun, process_time() - begun_cpu
    told = {
        "market": market.key, "group": market.group, "kind": market.kind, "symbols": market.symbols, "seed": market.seed,
        "bars": len(bars), "seconds": round(seconds, 2), "cpu_seconds": round(cpu_seconds, 2),
        **raw_values(result),
    }  # fmt: skip
    if market.solved is not None:
        fresh = market.fresh()
        told["fresh"] = _sharpe_of(result, fresh)
        best = Member(STRATEGIES.load(market.solved.family), market.solved.values, "best")
        told["best_fresh"], told["best_here"] = (_vote([best], some) for some in (fresh, bars))
    return {name: _plain(value) for name, value in told.items()}


def raw_values(result: StudyResult) -> dict[str, Any]:
    """Return what the gates look at, and what explains it."""
    first = result.steps[0].test[0]
    odds, members = result.odds, result.members
    oos = annual_sharpe(result.oos[first:], result.periods)
    return {
        "approved": result.approved,
        "failed": [check.gate for check in result.checks if not check.passed],
        "oos_sharpe": oos,
        "oos_excess_sharpe": annual_sharpe(result.excess[first:], result.periods),
        "excess": oos - annual_sharpe(result.benchmark[first:], result.periods),
        "oos_psr": odds.psr,
        "dsr": odds.dsr,
        "pbo": odds.pbo,
        "pbo_high": odds.pbo_high,
        "superiority_p": odds.superiority_p,
        "haircut_sharpe": odds.haircut_sharpe,
        "whole_sharpe": annual_sharpe(result.whole, result.periods),
        "market_sharpe": annual_sharpe(result.benchmark, result.periods),
        "effective": odds.effective,
        "luck_sharpe": odds.luck_sharpe,
        "consistency": min((one.consistency for one in members), default=math.nan),
        "correlation": max((one.penalty for one in members), default=math.nan),
        "members": len(members),
        "candidates": len(result.candidates),
        "families": [one.family for one in members],
        "sizes": [step.size for step in result.steps],
        "tau": float(np.mean([step.tau for step in result.steps])),
        "trades_share": result.trades_share,
    }


def _sharpe_of(result: StudyResult, bars: Bars) -> float:
    """Return the annual Sharpe ratio of the proposed ensemble on other bars."""
    members = [
        Member(STRATEGIES.load(one.family), one.values, f"{number} {one.family}", one.weight)
        for number, one in enumerate(result.members)
    ]
    return _vote(members, bars) if members else 0.0


def _vote(members: list[Member], bars: Bars) -> float:
    scores, failures = score_members(members, bars)
    run = run_compiled(bars, RULES, [one.name for one in members], [one.weight for one in members], scores, failures)
    return annual_sharpe(run.returns[WARM_UP:], bars.periods_per_year)


def _plain(value: Any) -> Any:
    """Return a value that JSON holds: NaN and infinities become null."""
    if isinstance(value, float | np.floating):
        return round(float(value), 5) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
