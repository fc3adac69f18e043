"""Declare the commands: their groups, arguments and examples."""

import argparse
import sys
from typing import Any, Final, NoReturn

from tenfold import __version__
from tenfold.app.cli import (
    backtest,
    check,
    data,
    demo,
    doctor,
    exchange,
    gateway,
    halt,
    ladder,
    live,
    paper,
    promote,
    replay,
    report,
    research,
    resume,
    robustness,
    runs,
    strategies,
    sweep,
    trials,
)
from tenfold.domain.errors import SettingsError, did_you_mean

GROUPS: Final = {
    "Start here": (demo, doctor),
    "Market data": (data,),
    "Strategies": (strategies, check, backtest, sweep, research, robustness),
    "Trading": (exchange, paper, ladder, promote, live, gateway, halt, resume, replay),
    "Results": (report, runs, trials),
}

TEACHING: Final = """\
A first session:
  tenfold demo                                    ten strategies vote over real daily data
  tenfold data import prices.csv --symbol SPY     bring your own prices into the catalogue
  tenfold strategies                              see what there is
  tenfold backtest crossing SPY                   one strategy on one symbol
  tenfold backtest my_strategy.py SPY -p fast=20  your own file, with a parameter
  tenfold sweep crossing SPY -g fast=5:60:5 -g slow=20:250:10
  tenfold report                                  the last run as one HTML file
  tenfold research SPY                            what survives every test, or that nothing does
  tenfold exchange                                an exchange of your own, for Alpaca's client
  tenfold paper crossing SPY                      orders that go out to it, held against the backtest

Every command takes --json, and `tenfold COMMAND --help` shows examples.
Settings come from tenfold.toml, then TENFOLD_* variables, then --set KEY=VALUE.
"""


class Parser(argparse.ArgumentParser):
    """Refuse wrong arguments as an error of one line that says what was likely meant."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)
        self.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="write the result as JSON, errors too"
        )

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the process."""
        text = message
        if message.startswith("unrecognized arguments: "):
            name = message.removeprefix("unrecognized arguments: ").split()[0]
            options = [option for action in self._actions for option in action.option_strings]
            text = f"unknown argument {name}, {did_you_mean(name, options)}" if name[:1] == "-" else message
        raise SettingsError(f"{text}; see `{self.prog} --help`")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Take further names behind an option too, and refuse here, where the options are known, what is left."""
        found, extra = super().parse_known_args(args, namespace)
        names = next((action.dest for action in self._actions if action.nargs in {"*", "+"}), None)
        if names is not None and extra and not any(one.startswith("-") for one in extra):
            setattr(found, names, [*getattr(found, names), *extra])
            extra = []
        if extra:
            self.error(f"unrecognized arguments: {' '.join(extra)}")
        return found, extra

    def _get_values(self, action: argparse.Action, texts: Any) -> Any:
        """Refuse an option without a text, as a variable of a shell that is not set leaves it: it would be the usual place, or folder."""
        if action.option_strings and action.default != "" and "" in texts:
            raise SettingsError(
                f"{'/'.join(action.option_strings)} is empty, expected a value; see `{self.prog} --help`"
            )
        return super()._get_values(action, texts)

    def _get_value(self, action: argparse.Action, text: str) -> Any:
        try:
            return super()._get_value(action, text)
        except argparse.ArgumentError:
            if action.type not in {int, float}:
                raise
            wanted = "a whole number" if action.type is int else "a number"
            name = "/".join(action.option_strings) or str(action.metavar or action.dest)
            raise SettingsError(f"{name} is {text!r}, expected {wanted}; see `{self.prog} --help`") from None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            name = "/".join(action.option_strings) or str(action.metavar or action.dest).lower()
            known = did_you_mean(str(value), [str(choice) for choice in action.choices])
            raise SettingsError(f"there is no {name} {value}, {known}; see `{self.prog} --help`")


class _Program(Parser):
    """Show the commands in groups."""

    def format_help(self) -> str:
        lines = [f"usage: {self.prog} COMMAND ...", "", str(self.description), ""]
        for heading, modules in GROUPS.items():
            lines.append(f"{heading}:")
            lines += [f"  {_name(module):<12}{module.SUMMARY}" for module in modules]
            lines.append("")
        return "\n".join([*lines, TEACHING])


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    program = _Program(prog="tenfold", description="Ten strategies that survive honest tests, one vote, one engine.")
    program.add_argument("--version", action="version", version=f"tenfold {__version__}")
    commands = program.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    program.set_defaults(json=False, run=lambda options: _show(program))
    for modules in GROUPS.values():
        for module in modules:
            parser = commands.add_parser(
                _name(module), help=module.SUMMARY, description=module.SUMMARY, epilog=module.EXAMPLES
            )
            module.declare(parser)
    return program


def _name(module: Any) -> str:
    return str(module.__name__.rpartition(".")[2])


def _show(parser: argparse.ArgumentParser) -> int:
    sys.stdout.write(parser.format_help())
    return 0
