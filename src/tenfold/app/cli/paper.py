"""Trade on paper: on a simulated exchange, over real days, with the engine that trades money."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from tenfold.app.cli.live import declare_session, traded
from tenfold.app.cli.options import (
    add_market,
    add_params,
    add_rules,
    market_of,
    member_params,
    params_of,
    refuse_decided,
    rules_of,
    settings_of,
)
from tenfold.app.cli.output import note, write
from tenfold.app.cli.progress import compiling
from tenfold.app.stopping import UNBEGUN, telling
from tenfold.app.writing import check_place
from tenfold.domain.errors import SettingsError

if TYPE_CHECKING:
    from tenfold.app.live.paper import Shown

SUMMARY = "trade a strategy on the simulated exchange, and judge it against the backtest of the same days"
EXAMPLES = """\
examples:
  tenfold paper crossing SPY --start 2015-01-01
  tenfold paper ensemble.toml SPY QQQ --pace 5           five bars a second, to watch
  tenfold paper crossing,channel,pullback --sample us-large-caps --limits live --journal paper.db
  tenfold paper ensemble.toml SPY QQQ --follow --every 1d   on live data, on the account of the settings

The exchange speaks Alpaca's protocol on this machine, and orders go out through the client that trades money; every event and
command is journaled before it is sent, for `tenfold replay`.
"""


_SESSION = {"every": "every", "past": "past", "catalogue": "catalogue", "capture": "capture", "seconds": "for"}
_REPLAY = ("sample", "start", "end", "period", "calendar", "adjust", "pace", "report")


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "strategy", metavar="STRATEGY", help="a name, a file.py, several with commas; or an ensemble.toml"
    )
    add_market(parser)
    add_params(parser)
    add_rules(parser, venue=False)
    parser.add_argument(
        "--journal", metavar="FILE_OR_URL", help="where everything is recorded; journal.db of the home folder"
    )
    parser.add_argument(
        "--pace", type=float, metavar="BARS", help="bars a second at most; as fast as can be by default"
    )
    parser.add_argument("--name", default="", help="name of the run in the journal")
    parser.add_argument("--report", metavar="FILE", help="also write the HTML report")
    parser.add_argument(
        "--follow", action="store_true", help="follow the live market data of the account that is set, until Ctrl-C"
    )
    declare_session(parser, "with --follow")
    parser.set_defaults(run=run, venue=None)


def run(options: Namespace) -> int:
    """Trade, show how it goes, and write the judgement; 1 where paper and backtest, or we and the venue, do not agree."""
    if options.follow:
        return _followed(options)
    if given := [option for name, option in _SESSION.items() if getattr(options, name) is not None]:
        raise SettingsError(f"--{given[0]} is for a session on live data: give --follow too")
    if options.pace is not None and not options.pace > 0.0:
        raise SettingsError(
            f"--pace is {options.pace:g} bars a second, expected more than 0; leave it out for as fast as can be"
        )
    refuse_decided(options)
    if options.report is not None:
        check_place(Path(options.report))
    options.venue = "alpaca"
    strategies = options.strategy.split(",")
    with telling(lambda: UNBEGUN):
        from tenfold.app.ensemble import Ensemble
        from tenfold.app.facade import resolve
        from tenfold.app.live.facade import paper

        settings = settings_of(options)
        chosen = resolve(strategies[0]) if len(strategies) == 1 else strategies
        bars = market_of(options)
    ensemble = isinstance(chosen, Ensemble)
    options.venue = None  # an ensemble brings its rules, over which only what was given goes
    with compiling(), screen(options, f"tenfold paper · {options.strategy}", options.pace) as show:
        found = paper(
            chosen if ensemble or len(strategies) > 1 else strategies[0],
            bars,
            params=params_of(options.param) if len(strategies) == 1 else member_params(options.param, strategies),
            rules=rules_of(options, chosen.rules) if ensemble else settings.rules_in_force,
            journal=options.journal,
            name=options.name,
            show=show,
        )
    place, name = found.journal
    summary, warnings = found.result.summary(), found.result.warnings()
    told = {"run": name, "journal": place, **asdict(found.validation), "summary": summary, "warnings": warnings}
    write(options, told, [repr(summary), "", *found.validation.lines()])
    for text in warnings:
        note(f"warning: {text}")
    note(
        f"journal: run {name}; `tenfold replay {quote(place)} {name}`, `tenfold ladder {name} --journal {quote(place)}`"
    )
    if options.report:
        note(f"report: {found.result.report(options.report)}")
    return 0 if found.agrees else 1


def _followed(options: Namespace) -> int:
    """Trade on live data without money."""
    if given := [name for name in _REPLAY if getattr(options, name) is not None]:
        raise SettingsError(f"--{given[0]} is for bars that are replayed: leave it out with --follow")
    options.account, options.stage = None, "paper"
    options.name = options.name or "paper"
    return traded(options, f"tenfold paper · {options.strategy}")


@contextmanager
def screen(options: Namespace, title: str, pace: float | None) -> "Iterator[Callable[[Shown], Awaitable[None]]]":
    """Yield what is awaited after each bar: it shows the screen where there is a terminal, and keeps so many bars a second."""
    pause_s = 1.0 / pace if pace else 0.0
    if options.json or not sys.stdout.isatty():

        async def pass_on(_: "Shown") -> None:
            await asyncio.sleep(pause_s)

        yield pass_on
        return
    from rich.live import Live

    from tenfold.app.live.screen import Screen

    shown_on = Screen(title)
    with Live(auto_refresh=False) as live:

        async def show(shown: "Shown") -> None:
            live.update(shown_on.rendered(shown), refresh=True)
            await asyncio.sleep(pause_s)

        yield show
