"""Build results of studies by hand, without a search: what a report, a command or a file is shown."""

from dataclasses import replace

import numpy as np

from tenfold.backtesting.splits import walk_forward
from tenfold.market.synthetic import random_walk
from tenfold.metrics.performance import sharpe_ratio
from tenfold.research.gates import Check, Gates
from tenfold.research.regimes import index_returns, trend_volatility
from tenfold.research.result import Chosen, Odds, Step, StudyResult

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
    )
