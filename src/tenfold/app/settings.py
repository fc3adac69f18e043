"""Load the settings: one TOML file, overridden by the environment, overridden by the command line."""

import os
import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import platformdirs

from tenfold import codec
from tenfold.app.capture_settings import CaptureSettings
from tenfold.domain.errors import DecodeError, SettingsError, did_you_mean
from tenfold.domain.feed_settings import FeedSettings
from tenfold.domain.rules import Limits, Rules
from tenfold.domain.upkeep import Upkeep
from tenfold.domain.venue_access import VenueAccess
from tenfold.risk.limits import limits_of
from tenfold.simulation.profiles import PROFILES, profile_of

PREFIX: Final = "TENFOLD_"
FILE: Final = "tenfold.toml"
_SECRET: Final = re.compile(r"unknown key \S*(key|secret|token|password)", re.IGNORECASE)
_TABLE: Final = re.compile("expected `array`, got `object`")
_TABLES: Final = "The heading of each one of a list has two pairs of brackets, e.g. [[feeds.sources]]"
_VALUE: Final = re.compile("expected `object`")
_VALUES: Final = "What has settings of its own is a table, under a heading in brackets, e.g. [rules.limits]"
_NAME: Final = re.compile(r"^(\S*_variable) is .*")
_NAMES: Final = r"\1 is no name of a variable (it is not shown, since it may be a key), expected that of the one that holds the key, e.g. OTHER_KEY_ID"
_WORDS: Final = {"alpaca.gateway": "text, HOST:PORT or nothing"}
"""What a setting accepts where its type does not say it."""
_PORT_MAX: Final = 65535
_KEY: Final = re.compile(r"^alpaca[._].*(key|secret|token|password)")
_VARIABLES: Final = "set TENFOLD_ALPACA_KEY_ID and TENFOLD_ALPACA_SECRET_KEY"
_SECRETS: Final = f"Keys are never read from a file of settings: {_VARIABLES}"

ENVIRONMENT_ONLY: Final = {
    "TENFOLD_SETTINGS": "the settings file, in place of `tenfold.toml` here or in the user's configuration folder",
    "TENFOLD_CACHE": "folder of compiled strategies, in place of the user's cache folder",
    "TENFOLD_SIGNING_KEY": "key that signs ensembles, at least 32 characters, in place of the file `signing.key` in the home folder",
    "TENFOLD_OPERATOR_KEY": "key that signs promotions, at least 32 characters, in place of the file `operator.key` in the home folder",
    "TENFOLD_ALPACA_KEY_ID": "key of the account of Alpaca that trades, with the next one; `APCA_API_KEY_ID` serves too",
    "TENFOLD_ALPACA_SECRET_KEY": "secret that belongs to the key; `APCA_API_SECRET_KEY` serves too",
    "TENFOLD_TRACEBACK": "1 shows where an error came from, for a report of a bug",
    "TENFOLD_REFERENCE_DATA": "folder of reference market data; read by the tests alone",
    "TENFOLD_HYPOTHESIS": "`thorough` makes the property tests search longer; read by the tests alone",
}
"""Variables that are no settings, each with what it does."""

_NEEDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "rules.sizing.quantity": ("rules.sizing.method", ("quantity",)),
    "rules.sizing.fraction": ("rules.sizing.method", ("fraction",)),
    "rules.sizing.volatility_annual_frac": ("rules.sizing.method", ("volatility",)),
    "rules.sizing.kelly_frac": ("rules.sizing.method", ("kelly",)),
    "rules.sizing.cap_frac": ("rules.sizing.method", ("volatility", "kelly")),
    "rules.sizing.window": ("rules.sizing.method", ("volatility", "kelly")),
    "rules.costs.slippage_bps": ("rules.costs.slippage", ("fixed", "half_spread")),
    "rules.costs.impact": ("rules.costs.slippage", ("volume_share", "square_root")),
    "rules.entry.offset_frac": ("rules.entry.order", ("limit", "stop")),
}
"""Settings that act in company only: the other setting, and the values of it that they need."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold every setting.

    Parameters
    ----------
    home : folder of the data catalogue and the stored runs; "" is the user's data folder
    engine : "auto" takes the compiled path wherever it applies, "compiled" and "event" force one
    profile : limits of the account by name ("none", "research", "live"), in place of `rules.limits`
    venue : conventions and costs of a platform by name; what `rules` sets wins over them
    rules : costs, sizing, vote, limits, exits and account
    live : how an ensemble is kept up while it trades
    alpaca : which account of Alpaca trades, and where it is
    feeds : what is expected of live data, and how long they are waited for
    capture : how much of them is kept as it came
    """

    home: str = ""
    engine: Literal["auto", "compiled", "event"] = "auto"
    profile: Literal["none", "research", "live"] | None = None
    venue: Literal["generic", "alpaca", "lean", "backtesting.py", "vectorbt"] = "generic"
    rules: Rules = Rules()
    live: Upkeep = Upkeep()
    alpaca: VenueAccess = VenueAccess()
    feeds: FeedSettings = FeedSettings()
    capture: CaptureSettings = CaptureSettings()

    @property
    def folder(self) -> Path:
        """The home folder as a path; it need not exist yet."""
        return Path(self.home).expanduser() if self.home else Path(platformdirs.user_data_dir("tenfold"))

    @property
    def rules_in_force(self) -> Rules:
        """The rules with the limits of the profile, where one is chosen."""
        return (
            self.rules if self.profile is None else msgspec.structs.replace(self.rules, limits=limits_of(self.profile))
        )


def load_settings(options: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force.

    Parameters
    ----------
    options : text by dotted key, e.g. {"rules.costs.fee_frac": "0.001"}; these win
    environment : variables to read, those of the process by default

    Raises
    ------
    SettingsError
        A file, variable or option that is unknown or does not fit; the text names it.
    """
    variables = os.environ if environment is None else environment
    path = settings_path(variables)
    own = {} if path is None else _read(path)
    chosen = {
        name.removeprefix(PREFIX).lower().replace("__", "."): (name, text)
        for name, text in sorted(variables.items())
        if name.startswith(PREFIX) and name not in ENVIRONMENT_ONLY
    }
    settings = _settled(own, _venue(own, chosen, options or {}))
    if settings.profile is not None and settings.rules.limits != Limits():
        raise SettingsError(f"{path}: profile {settings.profile} takes the place of rules.limits; keep one of the two")
    settings = _overridden(settings, chosen)
    settings = _overridden(settings, {key: (f"option {key}", text) for key, text in (options or {}).items()})
    _refuse_idle(settings, options or {})
    _refuse_port(settings.alpaca.gateway)
    return settings


def rules_over(rules: Rules, options: Mapping[str, str]) -> Rules:
    """Return rules with options over them, `rules.*` and `profile` alone; errors as `load_settings`."""
    for key in options:
        if key == "venue":
            raise SettingsError(
                "a venue brings other rules than those that the ensemble was tested under; leave it out, or set single ones "
                "with --set rules.KEY=VALUE"
            )
    chosen = {key: text for key, text in options.items() if key == "profile" or key.startswith("rules.")}
    if "profile" in chosen:
        rules = msgspec.structs.replace(rules, limits=Limits())
    settings = _overridden(Settings(rules=rules), {key: (f"option {key}", text) for key, text in chosen.items()})
    _refuse_idle(settings, chosen)
    return settings.rules_in_force


def _overridden(settings: Settings, chosen: Mapping[str, tuple[str, str]]) -> Settings:
    """Return settings with the (source, text) of each key in place, or refuse limits that a profile would replace."""
    for key, (source, text) in chosen.items():
        settings = _override(settings, key, text, source)
    for key, (source, text) in chosen.items():
        if settings.profile is not None and key.startswith("rules.limits."):
            raise SettingsError(
                f"{source} is {text!r}, but profile {settings.profile} sets every limit; leave --limits out, or give --set profile=null"
            )
    return settings


def _refuse_idle(settings: Settings, options: Iterable[str]) -> None:
    """Refuse an option that has no effect beside the other settings."""
    for key in options:
        if key not in _NEEDS or _value(settings.rules, key) == _value(Rules(), key):
            continue
        other, values = _NEEDS[key]
        if _value(settings.rules, other) not in values:
            raise SettingsError(f"option {key} has no effect here; it needs --set {other}={' or '.join(values)}")


def _refuse_port(gateway: str) -> None:
    """Refuse a gateway at a port that cannot be, before anything is begun that would go through it."""
    if gateway and not 0 < int(gateway.rpartition(":")[2]) <= _PORT_MAX:
        raise SettingsError(f"alpaca.gateway is {gateway}, expected a port from 1 to {_PORT_MAX}")


def _value(rules: Rules, key: str) -> Any:
    """Return the value of a setting by its dotted name."""
    _, group, name = key.split(".")
    return getattr(getattr(rules, group), name)


def settings_path(variables: Mapping[str, str]) -> Path | None:
    """Return the file that holds the settings, None where there is none."""
    named = variables.get("TENFOLD_SETTINGS")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"TENFOLD_SETTINGS names {named}, which is no file")
        return Path(named)
    places = [Path(FILE)]
    with suppress(RuntimeError):  # a process without a home folder has no configuration there
        places.append(Path(platformdirs.user_config_dir("tenfold")) / FILE)
    for path in places:
        if path.is_file():
            return path
        if os.path.lexists(path):  # what stands there was meant to be read
            raise SettingsError(f"{path.absolute()} is no file, expected one with settings, or nothing of that name")
    return None


def keys() -> list[str]:
    """Return the dotted key of every setting."""
    return [key for key, _, _ in described()]


def described() -> Iterator[tuple[str, str, Any]]:
    """Yield the dotted key, the accepted values and the default of every setting."""
    yield from described_fields(Settings, Settings(), "")


def described_fields(type: Any, defaults: Any, prefix: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the same of any struct, its own structs by dotted keys behind a prefix."""
    for field in msgspec.structs.fields(type):
        value = getattr(defaults, field.name)
        if isinstance(value, msgspec.Struct):
            yield from described_fields(field.type, value, f"{prefix}{field.name}.")
        else:
            accepts = _WORDS.get(f"{prefix}{field.name}") or codec.accepted(msgspec.inspect.type_info(field.type))
            listed = isinstance(value, tuple)
            yield (
                f"{prefix}{field.name}",
                "a list, as JSON where it is no file" if listed else accepts,
                list(value) if listed else value,
            )


def _read(path: Path) -> dict[str, Any]:
    """Return what a file sets, and nothing else; checked as a whole."""
    try:
        raw = path.read_bytes().removeprefix(BOM_UTF8)
        codec.decode(Settings, raw, "toml")
        return tomllib.loads(raw.decode())
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (DecodeError, SettingsError) as error:
        text, key = _NAME.sub(_NAMES, str(error)), str(error).partition(" is ")[0]
        if key in _WORDS:
            text = f"{text.rpartition(', expected ')[0]}, expected {_WORDS[key]}"
        hints = ((_SECRET, _SECRETS), (_TABLE, _TABLES), (_VALUE, _VALUES))
        to_do = next((f". {hint}" for found, hint in hints if found.search(text)), "")
        raise SettingsError(f"{path}: {text}{to_do}") from None


def _venue(own: Mapping[str, Any], chosen: Mapping[str, tuple[str, str]], options: Mapping[str, str]) -> str:
    """Return the venue in force; a name that is none is refused where it is read."""
    named = options.get("venue") or chosen.get("venue", ("", ""))[1] or own.get("venue", "")
    return named if named in PROFILES else "generic"


def _settled(own: Mapping[str, Any], venue: str) -> Settings:
    """Return the settings of a file over the profile of a venue."""
    tree: dict[str, Any] = msgspec.to_builtins(Settings(rules=profile_of(venue)))
    for key, value in own.items():
        tree[key] = value if key != "rules" else tree["rules"]
    for section, values in own.get("rules", {}).items():
        tree["rules"][section] |= values
    return codec.convert(Settings, tree)


def _variable(key: str) -> str:
    """Return the variable that a setting is read from."""
    return f"{PREFIX}{key.upper().replace('.', '__')}"


def _override(settings: Settings, key: str, text: str, source: str) -> Settings:
    if key not in keys():
        known = [*map(_variable, keys()), *ENVIRONMENT_ONLY] if source == _variable(key) else keys()
        meant = _VARIABLES if _KEY.search(key) else did_you_mean(source if source == _variable(key) else key, known)
        raise SettingsError(f"{source} is no setting; {meant}")
    tree: dict[str, Any] = msgspec.to_builtins(settings)
    *path, last = key.split(".")
    branch = tree
    for step in path:
        branch = branch[step]
    listed = isinstance(reduce(getattr, [*path, last], settings), (list, tuple))
    value: Any = text
    try:
        if listed:
            value = codec.decode(list[Any], text.encode())
        branch[last] = value
        return codec.convert(Settings, tree)
    except DecodeError as error:
        if listed and value is not text:  # it is a list: what is wrong stands within
            raise SettingsError(f"{source}: {_NAME.sub(_NAMES, str(error))}") from None
        expected = next(accepts for name, accepts, _ in described() if name == key)
        raise SettingsError(f"{source} is {text!r}, expected {expected}") from None
    except SettingsError as error:
        raise SettingsError(f"{source} is {text!r}: {error}") from None
