"""Run one strategy, or the vote of several, over bars."""

from argparse import ArgumentParser, Namespace
from shlex import quote
from typing import Any

from tenfold.app.cli.options import (
    add_market,
    add_params,
    add_rules,
    market_of,
    member_params,
    params_of,
    rules_of,
    settings_of,
    ticks_of,
)
from tenfold.app.cli.output import note, write
from tenfold.app.cli.progress import compiling

SUMMARY = "run a strategy, or the vote of up to ten, over market data"
EXAMPLES = """\
examples:
  tenfold backtest crossing SPY
  tenfold backtest crossing SPY -p fast=20 -p slow=100 --start 2010-01-01
  tenfold backtest my_strategy.py SPY QQQ --limits research
  tenfold backtest crossing,channel,pullback,calm SPY    the four vote
  tenfold backtest crossing,calm SPY -p crossing.fast=10 with a parameter of one of them
  tenfold backtest crossing SPY --engine event           force the event path
  tenfold backtest crossing SPY --set rules.costs.fee_frac=0.0005 --json
  tenfold backtest crossing BTCUSDT --ticks --period 1s  orders work in the book of recorded quotes, trades or L2
  tenfold backtest crossing SPY --journal journal.db     every event and command, for `tenfold replay journal.db`
  tenfold backtest ensemble.toml SPY                     what `tenfold research` found, under the rules it was tested under
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "strategy",
        metavar="STRATEGY",
        help="a name, a file.py, file.py:name, or several with commas; or an ensemble.toml",
    )
    add_market(parser)
    parser.add_argument(
        "--ticks",
        action="store_true",
        help="let orders work in the order book of the symbol's quotes, trades or L2; it decides at bars of --period (1m)",
    )
    add_params(parser)
    add_rules(parser)
    parser.add_argument("--engine", choices=["auto", "compiled", "event"], help="auto compiles wherever that applies")
    parser.add_argument("--name", default="", help="name of the run, for reports")
    parser.add_argument(
        "--journal", metavar="FILE_OR_URL", help="write every event and command there, for `tenfold replay`; event path"
    )
    parser.add_argument("--report", metavar="FILE", help="also write the HTML report")
    parser.add_argument("--no-save", action="store_true", help="do not keep the run")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run, keep the run, and write its summary."""
    from tenfold.app.ensemble import Ensemble
    from tenfold.app.facade import backtest, resolve
    from tenfold.domain.errors import SettingsError

    if options.name and options.no_save and not (options.report or options.journal):
        raise SettingsError("--name names nothing: with --no-save and without --report nothing is kept")
    settings = settings_of(options)
    strategies = options.strategy.split(",")
    chosen: Any = resolve(strategies[0]) if len(strategies) == 1 else strategies
    ensemble = isinstance(chosen, Ensemble)
    bars = ticks_of(options) if options.ticks else market_of(options)
    with compiling():
        result = backtest(
            chosen if ensemble or options.journal is None or len(strategies) > 1 else strategies[0],
            bars,
            params=params_of(options.param) if len(strategies) == 1 else member_params(options.param, strategies),
            rules=rules_of(options, chosen.rules) if ensemble else settings.rules_in_force,
            engine=settings.engine,
            name=options.name,
            journal=options.journal,
        )
    for text in result.warnings():
        note(f"warning: {text}")
    summary = result.summary()
    write(options, summary, [repr(summary)])  # before anything is kept: a full disk costs no result
    if options.journal:
        kept = result.run.notes["journal"]
        note(
            f"journal: {kept['records']:,} records of run {kept['run']}; `tenfold replay {quote(kept['place'])} {kept['run']}`"
        )
    if not options.no_save:
        note(f"run {result.save(options.name)} is kept; `tenfold report` shows it")
    if options.report:
        note(f"report: {result.report(options.report)}")
    return 0
