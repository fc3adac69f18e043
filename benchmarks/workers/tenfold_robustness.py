"""Examine a vote of ten under stratified scenarios, and in full."""

import os

import task

from tenfold.backtesting.scoring import Member
from tenfold.domain.rules import Costs, Rules
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.robustness import Counts, Examined, dossier

NAMES = (
    "crossing", "channel", "pullback", "calm", "accumulation", "squeeze", "balance", "band_reversal", "band_rider", "parabolic",
)  # fmt: skip


def main() -> None:
    job = task.read()
    bars = random_walk(job["bars"], job["symbols"], seed=1)
    rules = Rules(costs=Costs(fee_frac=0.0005, slippage_bps=1.0))
    members = [Member(STRATEGIES.load(name), {}, name) for name in NAMES]
    once = Counts(bootstrap=1, prices=1, neighbours=1, random=1)
    dossier(members, bars.slice(0, 120), rules, seed=1, scenarios=2, counts=once)  # compiles, or loads what is compiled
    if job["whole"]:
        times, found = task.timed(lambda: dossier(members, bars, rules, seed=1, scenarios=job["scenarios"]))
        task.answer(**times, paths=sum(len(spread.sharpe) for spread in found.spreads))
        return
    examined = Examined(members, bars, rules, 1, os.cpu_count() or 1)
    times, (spread, _) = task.timed(lambda: examined.scenarios(job["scenarios"]))
    task.answer(**times, paths=len(spread.sharpe))


main()
