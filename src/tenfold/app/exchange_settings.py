"""Put the settings of the exchange together: a file, then faults drawn, read and named, then single options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypedDict, Unpack

import msgspec

from tenfold import codec
from tenfold.app.moments import Moment, start_ns, stop_ns
from tenfold.domain.errors import DecodeError, SettingsError
from tenfold.exchange.chaos import draw_faults
from tenfold.exchange.fault_file import load_faults, parse_fault
from tenfold.exchange.faults import Switch, known_fault
from tenfold.exchange.settings import ExchangeSettings


class Options(TypedDict, total=False):
    """Name what may be given beside a file of settings."""

    file: Path | str | None
    faults_file: Path | str | None
    faults: Sequence[str] | Mapping[str, float | Switch]
    chaos: int | None
    symbols: Sequence[str]
    speed: str | None
    start: Moment
    end: Moment
    lockstep: bool
    host: str | None
    port: int | None
    cash: float | None
    seed: int | None
    wait: bool


def exchange_settings(**given: Unpack[Options]) -> ExchangeSettings:
    """Return the settings in force; what is not given stays as the file has it, or as it is by default.

    Parameters
    ----------
    file : TOML or YAML of `ExchangeSettings`
    faults_file, faults, chaos : a YAML file, options such as "halt=0.1" or rates by name, a seed that draws; the more exact wins
    symbols : what is traded, everything that there is where none is given
    speed : "1x" is real time, "60x" a minute a second, "max" as fast as can be
    start, end : a day (the end is included), a moment, or UTC nanoseconds
    lockstep : whether the clock waits for its clients
    host, port : where it listens; port 0 takes a free one
    cash : of the first account
    seed : of every id and every chance
    wait : at full speed, until somebody has subscribed to a stream

    Raises SettingsError, DataError in one line.
    """
    file = given.get("file")
    settings = ExchangeSettings() if file is None else _load(Path(file).expanduser())
    tree = msgspec.to_builtins(settings)
    tree["faults"] = msgspec.to_builtins(_faults(settings.faults, given))
    over = {name: given.get(name) for name in ("speed", "seed")}
    over |= {"start_ns": start_ns(given.get("start")), "end_ns": stop_ns(given.get("end"))}
    over |= {"lockstep": given.get("lockstep") or None, "symbols": list(given.get("symbols", ())) or None}
    tree |= {name: value for name, value in over.items() if value is not None}
    tree["server"] |= {name: value for name in ("host", "port") if (value := given.get(name)) is not None}
    if not given.get("wait", True):
        tree["server"]["wait_for_subscription"] = False
    if (cash := given.get("cash")) is not None:
        tree["trading"]["accounts"][0]["cash"] = cash
    try:
        return codec.convert(ExchangeSettings, tree)
    except DecodeError as error:
        raise SettingsError(f"the exchange cannot be opened: {error}") from None


def _faults(of_file: Mapping[str, Switch], given: Options) -> dict[str, Switch]:
    """Return the switches of every source, the more exact over the others."""
    chaos, file, named = given.get("chaos"), given.get("faults_file"), given.get("faults", ())
    switches = {} if chaos is None else draw_faults(chaos)
    switches.update(of_file)
    switches.update({} if file is None else load_faults(file))
    if isinstance(named, Mapping):
        rates = ((known_fault(name), value) for name, value in named.items())
        switches.update((name, one if isinstance(one, Switch) else Switch(rate=one)) for name, one in rates)
    else:
        switches.update(parse_fault(text) for text in named)
    return switches


_HINTS: Final = {
    "Expected `object`": "; expected settings, e.g. a line speed: 60x",
    "faults[": "; expected e.g. faults.lost_event = {rate = 0.05}, or a file of their own by --faults",
    "expected `array`": '; expected a list, e.g. symbols = ["AAPL"], and [[trading.accounts]] over each account',
}
"""What to write in place of what is of another kind, by what the decoder says."""


def _load(path: Path) -> ExchangeSettings:
    try:
        return codec.decode(ExchangeSettings, path.read_bytes(), "toml" if path.suffix == ".toml" else "yaml")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except DecodeError as error:
        hint = next((hint for part, hint in _HINTS.items() if part in str(error)), "")
        raise SettingsError(f"{path}: {error}{hint}") from None
