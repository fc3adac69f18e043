"""Examine a strategy."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tenfold.app.cli.options import add_market, add_params, market_of, params_of
from tenfold.app.cli.output import write
from tenfold.app.cli.progress import compiling

if TYPE_CHECKING:
    from tenfold.domain.bars import Bars

SYNTHETIC_BARS = 2520
SUMMARY = "tell whether a strategy looks ahead, how long it warms up and how fast it runs"
EXAMPLES = """\
examples:
  tenfold check my_strategy.py                  on a synthetic market
  tenfold check crossing SPY                    on bars of the catalogue
  tenfold check my_strategy.py -p length=20 --json

The exit code is 1 where a test fails.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("strategy", metavar="STRATEGY", help="a name, a file.py or file.py:name")
    add_market(parser)
    add_params(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Examine a strategy and write what was found."""
    from tenfold.app.facade import resolve
    from tenfold.app.wiring import clock
    from tenfold.backtesting.check import check_fold
    from tenfold.backtesting.scoring import check_columns
    from tenfold.domain.errors import ParameterError, StrategyError
    from tenfold.kernels.fold import Fold

    fold = resolve(options.strategy)
    if not isinstance(fold, Fold):
        raise StrategyError(
            f"{options.strategy} is a {type(fold).__name__}, expected a function declared by @fold: what an object does is seen "
            f"by running it, `tenfold backtest {options.strategy}`"
        )
    named = options.symbols or options.sample
    given = [name for name in ("start", "end", "period", "calendar", "adjust") if getattr(options, name) is not None]
    if given and not named:
        raise ParameterError(f"--{given[0]} needs a symbol or --sample NAME: without one the market is synthetic")
    bars = market_of(options) if named else _made(fold.columns)
    check_columns(fold, bars)
    with compiling():
        found = check_fold(fold, bars, params_of(options.param), timer_ns=clock().monotonic_ns)
    write(options, found, found.lines())
    return 0 if found.passed else 1


def _made(columns: Sequence[str]) -> "Bars":
    """Return a synthetic market, with noise in the further columns that a strategy reads."""
    import numpy as np

    from tenfold.market.synthetic import regime_market

    bars = regime_market(SYNTHETIC_BARS, 3, seed=1)
    random = np.random.default_rng(1)
    return (
        bars.with_columns(**{name: random.normal(0.0, 1.0, bars.rows.shape) for name in columns}) if columns else bars
    )
