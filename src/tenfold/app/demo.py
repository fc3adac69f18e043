"""Run the main job on real data: ten strategies vote, one account trades, costs and limits hold."""

from collections.abc import Callable
from typing import Final

from tenfold.app.data import sample_bars
from tenfold.app.facade import backtest
from tenfold.app.result import Result
from tenfold.domain.rules import Account, Costs, Rules, Sizing
from tenfold.risk.limits import limits_of

SAMPLE: Final = "us-large-caps"

MEMBERS: Final = (
    "crossing",
    "convergence",
    "directional",
    "regression_slope",
    "skip_month",
    "relative_strength",
    "channel",
    "squeeze",
    "pullback",
    "balance",
)

RULES: Final = Rules(
    account=Account(cash=1_000_000.0, leverage_max=1.0),
    costs=Costs(
        fee_per_share=0.005, fee_minimum=1.0, slippage_bps=2.0, participation_frac_max=0.05, borrow_annual_frac=0.01
    ),
    sizing=Sizing(method="volatility", volatility_annual_frac=0.10),
    limits=limits_of("research"),
)


def run_demo(say: Callable[[str], None]) -> Result:
    """Return the run; `say` is told what is done."""
    bars = sample_bars(SAMPLE)
    say(f"{len(bars):,} daily bars of {', '.join(bars.symbols)}; {len(MEMBERS)} strategies vote")
    return backtest(list(MEMBERS), bars, rules=RULES, name="demo")
