"""Build results of studies by hand, without a search: what a report, a command or a file is shown."""

from dataclasses import replace

import numpy as np

from tenfold.backtesting.splits import walk_forward
from tenfold.market.synthetic import random_walk
from tenfold.metrics.performance import sharpe_ratio
from tenfold.research.dossier import (
    CostCurve,
    Dossier,
    LatencyCurve,
    Neighbourhood,
    Plateau,
    RandomEntry,
    ScenarioOutcomes,
    Spread,
)
from tenfold.research.gates import Check, Gates
from tenfold.research.regimes import index_returns, trend_volatility
from tenfold.research.result import Chosen, Odds, Step, StudyResult
from tenfold.research.robustness_score import checks_of, failures_of, score_of

FAMILIES = ("crossing", "channel", "reversion", "momentum", "bands", "breakout")


def study_bars(length=1300, symbols=3, seed=4):
    """Return a market of several symbols, about five years of days."""
    return random_walk(length, symbols, seed=seed, drift=0.06, volatility=0.18)


def make_study(bars, *, approved=True, members=3, candidates=5, seed=1, **changes):
    """Return a study of `bars` whose strategies earn by a known drift; the first `members` of them vote."""
    random = np.random.default_rng(seed)
    benchmark, length = index_returns(bars), len(bars)
    regimes = trend_volatility(benchmark)
    drift = 0.0006 if approved else 0.0001
    returns = 0.3 * benchmark + random.normal(drift, 0.006, (candidates, length)) * (
        random.random((candidates, length)) < 0.6
    )
    chosen = tuple(
        _chosen(place, one, regimes, bars.periods_per_year, 1.0 / max(members, 1)) for place, one in enumerate(returns)
    )
    vote = returns[:members].mean(axis=0) if members else np.zeros(length)
    windows = walk_forward(length, tests=4, train_frac=0.4, purge=21)
    outside = np.arange(length) < windows[0].test[0]
    oos = np.where(outside, np.nan, vote)
    excess = np.where(outside, np.nan, vote - 0.3 * benchmark)
    train = random.normal(0.3, 0.7, 400)
    sizes = np.array(
        [sharpe_ratio(returns[:k].mean(axis=0), 252.0) if k <= candidates else np.nan for k in range(1, 11)]
    )
    result = StudyResult(
        approved=approved,
        gates=Gates(),
        checks=_checks(approved),
        members=chosen[:members],
        candidates=chosen,
        sizes=sizes,
        funnel=(("evaluated", 2000), ("traded", 1650), ("fit on all data", 700), ("chosen", candidates), ("dsr_min", members), ("pbo_max", members if approved else 0)),
        steps=tuple(_step(one, members, oos, random) for one in windows),
        odds=_odds(approved),
        ts_ns=bars.ts_ns,
        periods=bars.periods_per_year,
        oos=oos,
        excess=excess,
        whole=vote,
        benchmark=benchmark,
        correlation=np.atleast_2d(np.corrcoef(returns)) if candidates else np.zeros((0, 0)),
        trades_share=0.42,
        votes_share=np.linspace(0.8, 0.2, 10),
        train_sharpe=train,
        test_sharpe=0.3 * train + random.normal(0.0, 0.6, 400),
        families_tried=tuple((name, 300 + 7 * k, 1.2 - 0.2 * k) for k, name in enumerate(FAMILIES)),
        regime_names=regimes.names,
        regime_labels=regimes.labels,
        seed=seed,
        digest="5f0c" * 16,
        label=bars.label,
        symbols=bars.symbols,
        notes={"rules": {"costs": {"fee_frac": 0.0002}}, "families left out": "pairs: compares symbols"},
    )  # fmt: skip
    return replace(result, **changes)


def _chosen(place, returns, regimes, periods, weight):
    sharpe = sharpe_ratio(returns, periods)
    penalty, consistency = (0.0, 0.11, 0.23, 0.38, 0.45)[place % 5], (0.94, 0.81, 0.72, 0.66, 0.55)[place % 5]
    means = np.array([returns[regimes.labels == k].mean() if (regimes.labels == k).any() else np.nan for k in range(6)])
    return Chosen(
        family=FAMILIES[place % len(FAMILIES)],
        values={"fast": 5 + place, "slow": 50.0 + 10.5 * place},
        source_hash=f"{place:016x}",
        weight=weight,
        sharpe=sharpe,
        consistency=consistency,
        penalty=penalty,
        fitness=sharpe * (1.0 - penalty) * consistency,
        oos_sharpe=sharpe - 0.3,
        regime_sharpe=means / returns.std() * np.sqrt(periods),
        returns=returns,
    )


def _step(window, members, oos, random):
    return Step(
        train=window.train,
        test=window.test,
        families=FAMILIES[:members],
        size=members,
        train_sharpe=1.5 + random.random(),
        test_sharpe=sharpe_ratio(oos[slice(*window.test)], 252.0),
        tau=0.2 * random.random(),
    )


def _checks(approved):
    dsr, pbo = (0.97, 0.12) if approved else (0.41, 0.62)
    found = [
        ("quality_min", 100.0, 60.0, True, "the worst data score 100 of 100"),
        ("oos_sharpe_min", 0.91 if approved else 0.22, 0.5, approved, "the vote earned a Sharpe ratio out of sample"),
        ("dsr_min", dsr, 0.95, approved, f"given every trial, it is more than luck with probability {dsr}"),
        ("pbo_max", pbo, 0.5, approved, "the best in one half falls into the worse half of the other"),
        ("track_record", float(approved), 1.0, approved, "the record is as long as its claim needs" if approved else "too little data"),
    ]  # fmt: skip
    return tuple(Check(gate=g, found=f, threshold=t, passed=p, words=w) for g, f, t, p, w in found)


def _odds(approved):
    return Odds(
        trials=3200,
        here=2000,
        effective=310,
        luck_sharpe=0.74,
        dsr=0.97 if approved else 0.41,
        psr=0.98 if approved else 0.66,
        track_record_min=2.4 if approved else 14.2,
        backtest_length_min=3.1,
        pbo=0.12 if approved else 0.62,
        pbo_low=0.05,
        pbo_high=0.31,
        superiority_p=0.03 if approved else np.nan,
        superior=("crossing",) if approved else (),
        haircut_sharpe=0.55,
        path_sharpes=(0.31, 0.48, 0.62, 0.55, -0.07, 0.40, 0.71, 0.29, 0.52),
    )


def make_dossier(study, *, paths=300, seed=3, **changes):
    """Return the dossier of a study's vote, its paths drawn from its returns one by one."""
    random = np.random.default_rng(seed)
    whole, periods = study.whole, study.periods
    spreads = [
        _spread(name, random.choice(whole, (paths, len(whole))), periods)
        for name in ("stationary bootstrap", "trades in another order", "filtered", "prices resampled", "regimes switched", "scenarios")
    ]  # fmt: skip
    scenarios = _scenarios(spreads[-1], random)
    score = score_of(scenarios.sharpe, scenarios.scaled_drawdown)
    own = sharpe_ratio(whole, periods)
    result = Dossier(
        names=tuple(one.family for one in study.members),
        symbols=study.symbols,
        label=study.label,
        seed=seed,
        ts_ns=study.ts_ns,
        periods=periods,
        returns=whole,
        sharpe=own,
        annual_return=float(whole.mean()) * periods,
        drawdown=0.08,
        block=12.0,
        price_block=40.0,
        bootstrap=spreads[0],
        shuffle=spreads[1],
        filtered=spreads[2],
        resampled=spreads[3],
        switching=spreads[4],
        scenarios=scenarios,
        scenario_fan=spreads[5],
        neighbourhoods=(
            Neighbourhood(member="the vote", own=own, sharpe=np.linspace(0.2, own, 40), median=own / 2, low=0.25),
            Neighbourhood(member="1 crossing", own=1.1, sharpe=np.linspace(0.1, 1.1, 40), median=0.6, low=0.15),
        ),
        plateaus=(
            Plateau(member="1 crossing", x="fast", y="slow", xs=np.arange(5.0, 12.0), ys=np.arange(40.0, 90.0, 10.0),
                    cells=random.normal(0.6, 0.3, (5, 7)), own=(8.0, 60.0)),
            Plateau(member="2 channel", x="span", y="", xs=np.arange(10.0, 60.0, 5.0), ys=np.zeros(0),
                    cells=random.normal(0.4, 0.1, (1, 10)), own=(30.0, 0.0)),
        ),
        random_entry=RandomEntry(own=own, sharpe=random.normal(0.2, 0.4, 199), p=0.015),
        costs=CostCurve(multiples=np.array([0.0, 1.0, 2.0, 4.0]), sharpe=np.array([1.4, 1.2, 1.0, 0.6]),
                        annual_return=np.array([0.10, 0.09, 0.07, 0.04]), paid_bps=3.2, break_even_bps=11.5),
        latency=LatencyCurve(bars_late=np.arange(4.0), sharpe=np.linspace(1.2, 0.9, 4), annual_return=np.linspace(0.09, 0.07, 4)),
        score=score,
        checks=checks_of(scenarios.sharpe, scenarios.failed, score),
        notes=("The market was simulated.",),
    )  # fmt: skip
    return replace(result, **changes)


def _spread(name, returns, periods):
    sharpe = returns.mean(axis=1) / returns.std(axis=1) * np.sqrt(periods)
    wealth = np.cumprod(1.0 + returns, axis=1)
    drawdown = 1.0 - (wealth / np.maximum.accumulate(wealth, axis=1)).min(axis=1)
    at = np.linspace(0, returns.shape[1], 50).astype(np.int64)
    fan = np.quantile(
        np.concatenate([np.ones((len(wealth), 1)), wealth], axis=1)[:, at], [0.05, 0.25, 0.5, 0.75, 0.95], axis=0
    )
    words = "How much of it was luck of the sample."
    return Spread(name=name, words=words, sharpe=sharpe, annual_return=returns.mean(axis=1) * periods, drawdown=drawdown,
                  scaled_drawdown=drawdown * 0.9, fan_at=at, fan=fan)  # fmt: skip


def _scenarios(spread, random):
    count = len(spread.sharpe)
    multipliers = {
        name: random.uniform(0.5, 3.0, count) for name in ("volatility", "slippage", "liquidity", "fee", "latency")
    }
    return ScenarioOutcomes(
        strata=("normal", "stress", "extreme"),
        regimes=("bull quiet", "bull volatile", "bear quiet", "bear volatile", "ranging", "crisis"),
        stratum=random.integers(0, 3, count),
        regime=random.integers(0, 6, count),
        **multipliers,
        trend=random.normal(0.0, 0.1, count),
        shocks=random.integers(0, 3, count),
        sharpe=spread.sharpe,
        annual_return=spread.annual_return,
        drawdown=spread.drawdown,
        scaled_drawdown=spread.scaled_drawdown,
        failed=failures_of(spread.sharpe, spread.scaled_drawdown),
    )
