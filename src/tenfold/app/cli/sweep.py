"""Run one strategy over a grid of parameters."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tenfold.app.cli.options import add_market, add_rules, grid_of, market_of, pair, settings_of
from tenfold.app.cli.output import note, table, write
from tenfold.app.cli.progress import compiling, progress

if TYPE_CHECKING:
    from tenfold.app.settings import Settings

ROWS = 10
SUMMARY = "run a strategy over a grid of parameters, on all cores"
EXAMPLES = """\
examples:
  tenfold sweep crossing SPY -g fast=5:60:5 -g slow=20:250:10
  tenfold sweep crossing SPY -g fast=10,20,50 -g slow=100,200 --sort sharpe --top 5
  tenfold sweep crossing SPY -g fast=5:60:5 -g slow=20:250:10 --heatmap heat.html
  tenfold sweep crossing SPY -g fast=5:60:5 -g slow=20:250:10 --report sweep.html

The best of many tries looks better than it is: the more combinations, the more luck there is in the first row.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("strategy", metavar="STRATEGY", help="a name, a file.py or file.py:name")
    add_market(parser)
    parser.add_argument(
        "-g", "--grid", action="append", default=[], type=pair, metavar="NAME=VALUES", help="5,10,20 or LOW:HIGH:STEP"
    )
    add_rules(parser)
    parser.add_argument("--sort", default="sharpe", metavar="COLUMN", help="column to rank by, the highest first")
    parser.add_argument("--top", type=int, metavar="N", help="rows to show: 10 by default, all with --json")
    parser.add_argument("--heatmap", metavar="FILE", help="write the heat map of the first two parameters as HTML")
    parser.add_argument("--report", metavar="FILE", help="write ranking, maps and surfaces as one HTML file")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Sweep, rank and write."""
    from tenfold.app.facade import resolve, sweep

    settings = settings_of(options)
    grid = grid_of(options.grid)
    fold = resolve(options.strategy)
    _refuse(options, settings, grid, fold)
    bars = market_of(options)
    with compiling(), progress(f"sweeping {options.strategy}") as report:
        result = sweep(fold, bars, grid=grid or None, rules=settings.rules_in_force, progress=report)
    for text in result.warnings():
        note(f"warning: {text}")
    ranked = result.table.sort(options.sort, descending=True, nulls_last=True)
    if options.heatmap:
        from tenfold.app.html import write_figure

        first, second = list(grid)[:2]
        note(f"heat map: {write_figure(result.heatmap(first, second, options.sort), options.heatmap)}")
    if options.report:
        note(f"report: {result.report(options.report)}")
    shown = ranked.head(ROWS if options.top is None else options.top)
    rows = ranked if options.top is None else shown
    write(options, rows.to_dicts(), [*table(shown.columns, shown.rows()), f"{len(ranked):,} combinations"])
    return 0


def _refuse(options: Namespace, settings: "Settings", grid: Mapping[str, list[float]], fold: Any) -> None:
    """Refuse, before the work begins, what a sweep cannot do."""
    from tenfold.app.sweep_result import STATISTICS, column
    from tenfold.domain.errors import ParameterError, SettingsError, did_you_mean

    if settings.engine == "event":
        raise SettingsError(
            "engine is event, but a sweep is always compiled, with equal results: give --set engine=auto"
        )
    if options.top is not None and options.top < 0:
        raise ParameterError(f"--top is {options.top}, expected 0 or more rows")
    columns = [*map(column, getattr(fold, "parameters", ())), *STATISTICS]
    if options.sort not in columns:
        raise ParameterError(f"there is no column {options.sort}; {did_you_mean(options.sort, columns)}")
    if not options.heatmap:
        return
    if len(grid) < 2:
        raise ParameterError("a heat map needs two parameters: give -g twice")
    if options.sort not in STATISTICS:
        raise ParameterError(f"a heat map shows a statistic, found --sort {options.sort}: leave it out, or name one")
