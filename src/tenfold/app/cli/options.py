"""Read what several commands take alike: symbols, dates, parameters, settings."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tenfold.app.cli.output import note
from tenfold.app.settings import Settings, load_settings, rules_over
from tenfold.domain.errors import DataError, ParameterError, SettingsError, UnknownNameError
from tenfold.domain.units import NS_PER_SECOND
from tenfold.simulation.profiles import PROFILES

if TYPE_CHECKING:
    from tenfold.app.tick_market import TickMarket
    from tenfold.domain.bars import Bars
    from tenfold.domain.rules import Rules

POINTS_MAX = 1_000_000
_OF_THE_VENUE = ("venue", "rules.costs.", "rules.matching.")
SAMPLE = "us-large-caps"
"""What a command runs on where no symbol is given."""


def add_market(parser: ArgumentParser) -> None:
    """Declare which bars a command runs on."""
    parser.add_argument("symbols", nargs="*", default=[], metavar="SYMBOL", help="symbols of the catalogue")
    parser.add_argument("--sample", metavar="NAME", help="a set that ships with a package, in place of symbols")
    parser.add_argument("--start", metavar="DATE", help="first day, e.g. 2015-01-01")
    parser.add_argument("--end", metavar="DATE", help="last day, e.g. 2019-12-31")
    parser.add_argument("--period", help="needed where a symbol has several, e.g. 1d")
    parser.add_argument("--calendar", help="exchange whose sessions the bars follow, e.g. XNYS")
    parser.add_argument("--adjust", choices=["raw", "split", "total"], help="prices as traded, or adjusted (total)")


def add_rules(parser: ArgumentParser, *, venue: bool = True) -> None:
    """Declare what changes the rules of a run; without `venue` the conventions are those of the one that it is on."""
    parser.add_argument("--limits", choices=["none", "research", "live"], help="profile of limits")
    if venue:
        parser.add_argument("--venue", choices=list(PROFILES), help="conventions and costs of a platform")
    add_settings(parser, "rules.account.cash=50000" if venue else "rules.sizing.fraction=0.05")


def add_settings(parser: ArgumentParser, example: str = "alpaca.account=paper") -> None:
    """Declare what changes settings for one command."""
    parser.add_argument(
        "--set", action="append", default=[], type=pair, metavar="KEY=VALUE", help=f"any setting, e.g. {example}"
    )


def add_params(parser: ArgumentParser) -> None:
    """Declare parameters of a strategy."""
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        type=pair,
        metavar="NAME=VALUE",
        help="a parameter of the strategy",
    )


def seconds_of(text: str) -> float:
    """Return a time in seconds, given as their number or as 90s, 10m, 2h, 1d."""
    from tenfold.market.series import decode_period

    try:
        seconds = float(text) if text[-1:].isdigit() else decode_period(text) / NS_PER_SECOND
    except (ValueError, DataError):
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise ArgumentTypeError(f"{text!r}, expected seconds above 0, or a time such as 90s, 10m, 2h")
    return seconds


def pair(text: str) -> tuple[str, str]:
    """Split NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        raise ArgumentTypeError(f"{text!r}, expected NAME=VALUE")
    return name, value


def settings_of(options: Namespace) -> Settings:
    """Return the settings in force for a command, its own options last."""
    return load_settings(_chosen(options))


def rules_of(options: Namespace, tested: "Rules") -> "Rules":
    """Return the rules that an ensemble was tested under, with the options of a command over them."""
    return rules_over(tested, _chosen(options))


def refuse_decided(options: Namespace, *further: str) -> None:
    """Refuse options for what the venue decides where it trades, and for `further` keys that the account does; nothing is ignored."""
    for key, value in dict(options.set).items():
        if key == "engine" and value == "compiled":
            raise SettingsError(
                "option engine=compiled has no effect here, expected none: what meets a venue goes event by event"
            )
        if key.startswith(_OF_THE_VENUE):
            raise SettingsError(
                f"option {key} has no effect here, expected none: conventions and costs are the venue's"
            )
        if key in further:
            raise SettingsError(
                f"option {key} has no effect here, expected none: the account has what it has; rules.sizing and rules.limits say how much of it is traded"
            )


def _chosen(options: Namespace) -> dict[str, str]:
    """Return the settings that a command's options give, by dotted key."""
    chosen = dict(options.set)
    if "home" in chosen:
        raise SettingsError("home is not set for one command alone: give TENFOLD_HOME, or home in tenfold.toml")
    if options.limits is not None and chosen.get("profile", options.limits) != options.limits:
        raise SettingsError(
            f"--limits is {options.limits}, and --set profile={chosen['profile']} is given too: leave one of them out"
        )
    if options.limits is not None:
        chosen["profile"] = options.limits
    if options.venue is not None:
        chosen["venue"] = options.venue
    if getattr(options, "engine", None) is not None:
        chosen["engine"] = options.engine
    return chosen


def params_of(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Return parameters as numbers."""
    return {name: number(name, value) for name, value in pairs}


def member_params(pairs: Sequence[tuple[str, str]], strategies: Sequence[str]) -> list[dict[str, float]]:
    """Return the parameters of each strategy of a vote, given as `crossing.fast=10`."""
    found: list[dict[str, float]] = [{} for _ in strategies]
    for name, value in pairs:
        owner, _, parameter = name.rpartition(".")
        if owner not in strategies:
            raise ParameterError(
                f"parameter {name} is of no strategy of the vote; write e.g. {strategies[0]}.{parameter}"
            )
        for values, strategy in zip(found, strategies, strict=True):
            if strategy == owner:
                values[parameter] = number(name, value)
    return found


def grid_of(pairs: Sequence[tuple[str, str]]) -> dict[str, list[float]]:
    """Return the values of each parameter: `5,10,20` lists them, `5:60:5` counts from 5 to 60 in steps of 5."""
    grid: dict[str, list[float]] = {}
    for name, text in pairs:
        grid.setdefault(name, []).extend(_values(name, text))
    return grid


def number(name: str, text: str) -> float:
    """Return text as a number, a whole one as int."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"parameter {name} is {text!r}, expected a number") from None


def market_of(options: Namespace) -> "Bars":
    """Return the bars that a command was asked to run on, real ones of a sample where it names none."""
    from tenfold.app.data import load_bars, sample_bars

    if options.sample is None and not options.symbols:
        note(f"no symbol is given: taking the sample {SAMPLE}; `tenfold data list` shows what else there is")
        options.sample = SAMPLE
    chosen = {name: getattr(options, name) for name in ("start", "end", "calendar")}
    chosen["adjust"] = options.adjust or "total"
    if options.sample is None:
        try:
            return load_bars(options.symbols, period=options.period, **chosen)
        except UnknownNameError as error:
            raise UnknownNameError(f"{error}{_in_a_sample(options.symbols)}") from None
        except DataError as error:
            has_ticks = getattr(options, "ticks", None) is False and "tenfold data build" in str(error)
            raise DataError(f"{error}{'; or let orders work in their book: --ticks' if has_ticks else ''}") from None
    if options.period not in {None, "1d"}:
        raise DataError(f"sample {options.sample} has daily bars, not {options.period}")
    return sample_bars(options.sample, options.symbols or None, **chosen)


def ticks_of(options: Namespace) -> "TickMarket":
    """Return the ticks that a command was asked to run on."""
    from tenfold.app.tick_data import load_ticks

    if options.sample is not None:
        raise DataError(
            f"sample {options.sample} has daily bars, no ticks: leave out --sample, and name symbols that have some"
        )
    if not options.symbols:
        raise DataError("--ticks needs symbols with quotes, trades or L2; `tenfold data list` shows what there is")
    if options.adjust not in {None, "raw"}:
        raise DataError(f"ticks are prices as they were traded, not adjusted for {options.adjust}: leave out --adjust")
    chosen = {name: getattr(options, name) for name in ("start", "end", "calendar")}
    return load_ticks(options.symbols, period=options.period or "1m", **chosen)


def _in_a_sample(symbols: Sequence[str]) -> str:
    """Return where a first try finds what is not in the catalogue: the sample that has all the symbols, by its text."""
    from tenfold.app.data import list_samples

    for sample in list_samples():
        named = sample.label.partition(":")[0].replace(" and ", ", ").split(", ")
        if set(symbols) <= {*named, sample.symbol}:
            chosen = "" if list(symbols) == [sample.symbol] else f" {' '.join(symbols)}"
            return f"; or take it from a sample: --sample {sample.symbol}{chosen}"
    return ""


def _values(name: str, text: str) -> list[float]:
    if ":" not in text:
        return [number(name, part) for part in text.split(",")]
    parts = [number(name, part) for part in text.split(":")]
    if len(parts) not in {2, 3}:
        raise ParameterError(f"parameter {name} is {text!r}, expected LOW:HIGH or LOW:HIGH:STEP")
    low, high, step = (*parts, 1)[:3]
    if step <= 0 or high < low:
        raise ParameterError(f"parameter {name} counts from {low:g} to {high:g} in steps of {step:g}: nothing to try")
    count = int((high - low) / step + 1e-9) + 1
    if count > POINTS_MAX:
        raise ParameterError(f"parameter {name} has {count:,} values, expected at most {POINTS_MAX:,}")
    return [low + step * i for i in range(count)]
