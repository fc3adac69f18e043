"""Trade live: the engine on a venue's market data and orders, until it is stopped."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tenfold.app.cli.live_screen import screen
from tenfold.app.cli.options import (
    add_params,
    add_rules,
    member_params,
    params_of,
    refuse_decided,
    rules_of,
    seconds_of,
    settings_of,
)
from tenfold.app.cli.output import note, write
from tenfold.app.cli.progress import compiling
from tenfold.app.symbol_names import symbol_names
from tenfold.domain.errors import SettingsError

if TYPE_CHECKING:
    from tenfold.domain.rules import Limits, Rules
    from tenfold.domain.venue_access import VenueAccess

PAST_DAYS_MAX = 36_500
SUMMARY = "trade a strategy or an ensemble on an account, on live market data, until Ctrl-C"
EXAMPLES = """\
examples:
  tenfold exchange --symbols AAPL,MSFT --speed 60x        in another terminal: a venue to try it on
  tenfold live crossing AAPL MSFT
  tenfold live ensemble.toml SPY QQQ --every 1d --account paper   Alpaca's paper account; keys in TENFOLD_ALPACA_KEY_ID and _SECRET_KEY
  tenfold live ensemble.toml SPY --every 1d --account live --journal postgresql://user@host/tenfold

With money a strategy trades once the ladder lets it (`tenfold ladder`); --stage canary trades at a part of its size.
The same command again goes on where the last one ended, whatever ended it; started twice, the second one stands by and takes over.
Ctrl-C or SIGTERM stops it and leaves orders and positions as they are; `tenfold halt` closes them.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "strategy", metavar="STRATEGY", help="a name, a file.py, several with commas; or an ensemble.toml"
    )
    parser.add_argument("symbols", nargs="+", metavar="SYMBOL", help="what is traded")
    declare_session(parser)
    parser.add_argument(
        "--account", choices=["simulated", "paper", "live"], help="in place of the setting alpaca.account"
    )
    parser.add_argument(
        "--journal", metavar="FILE_OR_URL", help="where everything is recorded; journal.db of the home folder"
    )
    parser.add_argument("--name", default="", help="name of the run in the journal (live)")
    parser.add_argument(
        "--stage", choices=["paper", "shadow", "canary", "live"], help="of the ladder: paper, with money live"
    )
    add_params(parser)
    add_rules(parser, venue=False)
    parser.set_defaults(run=run, venue=None)


def declare_session(command: ArgumentParser, title: str = "") -> None:
    """Declare what a session on live data takes, under a title if there is one."""
    parser = command.add_argument_group(title) if title else command
    parser.add_argument("--every", metavar="PERIOD", help="period of the bars, e.g. 1m (default), 15m, 1d")
    parser.add_argument(
        "--past", type=int, metavar="DAYS", help="days that strategies are shown first (10; daily bars 500)"
    )
    parser.add_argument(
        "--catalogue",
        action="store_true",
        default=None,
        help="show what the catalogue has of them, and ask the venue for the rest",
    )
    parser.add_argument("--capture", metavar="FOLDER", help="also keep raw market data there")
    parser.add_argument(
        "--for",
        dest="seconds",
        type=seconds_of,
        metavar="TIME",
        help="stop so long after this process began to trade the run, e.g. 10m, or 600 (seconds); until Ctrl-C by default",
    )


def run(options: Namespace) -> int:
    """Trade, show how it goes, and say how the account is left."""
    return traded(options, f"tenfold live · {options.strategy}")


def traded(options: Namespace, title: str) -> int:
    """Trade a session on live data; what cannot be is refused in one line."""
    from tenfold.app.ensemble import Ensemble
    from tenfold.app.facade import resolve
    from tenfold.app.live.trading import Wanted, stage_of, trade_live
    from tenfold.domain.stages import RANK

    if options.past is not None and not 0 < options.past <= PAST_DAYS_MAX:
        raise SettingsError(f"--past is {options.past} days, expected 1 to {PAST_DAYS_MAX}")
    refuse_decided(options, "rules.account.cash")
    options.venue = "alpaca"
    settings = settings_of(options)
    settings = replace(settings, alpaca=_account(options, settings.alpaca))
    strategies = options.strategy.split(",")
    chosen = resolve(strategies[0]) if len(strategies) == 1 else strategies
    ensemble = isinstance(chosen, Ensemble)
    options.venue = None
    rules = rules_of(options, chosen.rules) if isinstance(chosen, Ensemble) else settings.rules_in_force
    if isinstance(chosen, Ensemble):
        money = RANK[stage_of(options.stage, settings.alpaca.account)] > RANK["shadow"]
        if money and options.limits is None and rules.limits == type(rules.limits)():
            raise SettingsError(
                f"{chosen.path} was tested without limits, so that nothing would end a loss in an account with money; `tenfold research --limits live` "
                "tests under those of the profile live, and --limits none says that none are meant"
            )
        if options.limits is None and (lacking := _lacking(rules.limits)):
            note(
                f"the limits are those that {chosen.path} was tested under: of the profile live {lacking} do not hold. `tenfold research --limits live` "
                "tests under all of them"
            )
    elif settings.profile is None:
        rules = _limited(rules)
    symbols = symbol_names(",".join(options.symbols).upper())
    wanted = Wanted(
        strategy=chosen if ensemble or len(strategies) > 1 else strategies[0],
        symbols=symbols,
        rules=rules,
        params=params_of(options.param) if len(strategies) == 1 else member_params(options.param, strategies),
        every=options.every or "1m",
        journal=options.journal,
        name=options.name,
        stage=options.stage,
        past_days=options.past,
        catalogue=bool(options.catalogue),
        capture=None if options.capture is None else Path(options.capture).expanduser(),
        seconds=options.seconds,
    )
    with compiling(), screen(options, title) as (say, show):
        report = trade_live(wanted, settings, say=say, show=show)
    write(options, report, report.lines())
    note(
        f"journal: run {report.run}; `tenfold replay {quote(report.journal)} {report.run}`; the same command goes on with it"
    )
    sys.stdout.flush()
    return 0


def _limited(rules: "Rules") -> "Rules":
    """Return rules with the limits of the profile live where they have none; those that a few of their own leave out are named."""
    from tenfold.risk.limits import limits_of

    if rules.limits == type(rules.limits)():
        return replace(rules, limits=limits_of("live"))
    if lacking := _lacking(rules.limits):
        note(f"the limits that you gave are the only ones: of the profile live {lacking} do not hold")
    return rules


def _lacking(limits: "Limits") -> str:
    """Return the names of the limits of the profile live that some leave out."""
    from tenfold.risk.limits import limits_of

    usual, none = limits_of("live"), type(limits)()
    names = [one for one in usual.__struct_fields__ if getattr(usual, one) != getattr(none, one)]
    return ", ".join(one for one in names if getattr(limits, one) == getattr(none, one))


def _account(options: Namespace, access: "VenueAccess") -> "VenueAccess":
    return access if options.account is None else replace(access, account=options.account)
