"""Run one strategy over a grid of parameters."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.options import add_market, add_rules, grid_of, market_of, pair, settings_of
from tenfold.app.cli.output import note, table, write
from tenfold.app.cli.progress import compiling, progress

SUMMARY = "run a strategy over a grid of parameters, on all cores"
EXAMPLES = """\
examples:
  tenfold sweep crossing SPY -g fast=5:60:5 -g slow=20:250:10
  tenfold sweep crossing SPY -g fast=10,20,50 -g slow=100,200 --sort sharpe --top 5
  tenfold sweep crossing SPY -g fast=5:60:5 -g slow=20:250:10 --heatmap heat.html

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
    parser.add_argument("--top", type=int, default=10, metavar="N", help="rows to show; --json writes all")
    parser.add_argument("--heatmap", metavar="FILE", help="write the heat map of the first two parameters as HTML")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Sweep, rank and write."""
    from tenfold.app.facade import sweep
    from tenfold.domain.errors import ParameterError, did_you_mean

    if options.top < 0:
        raise ParameterError(f"--top is {options.top}, expected 0 or more rows")
    settings = settings_of(options)
    bars = market_of(options)
    grid = grid_of(options.grid)
    with compiling(), progress(f"sweeping {options.strategy}") as report:
        result = sweep(options.strategy, bars, grid=grid or None, rules=settings.rules_in_force, progress=report)
    frame = result.table
    if options.sort not in frame.columns:
        raise ParameterError(f"there is no column {options.sort}; {did_you_mean(options.sort, frame.columns)}")
    ranked = frame.sort(options.sort, descending=True, nulls_last=True)
    if options.heatmap:
        from tenfold.app.html import write_figure

        if len(grid) < 2:
            raise ParameterError("a heat map needs two parameters: give -g twice")
        first, second = list(grid)[:2]
        note(f"heat map: {write_figure(result.heatmap(first, second, options.sort), options.heatmap)}")
    shown = ranked.head(options.top)
    write(options, ranked.to_dicts(), [*table(shown.columns, shown.rows()), f"{len(frame):,} combinations"])
    return 0
