"""Read which faults are switched on: from a YAML file, from JSON of the admin endpoint, or from NAME=RATE of a command."""

from pathlib import Path
from typing import Any, Literal

from tenfold import codec
from tenfold.domain.errors import DecodeError, SettingsError
from tenfold.exchange.faults import Switch, checked, known_fault


def load_faults(path: Path | str) -> dict[str, Switch]:
    """Return the faults of a YAML file, by name; SettingsError where it cannot be read or names something else.

    A line is `name: rate`, `name: true`, or `name: {rate: 0.1, after: 10, limit: 3, value: 2.5}`, where what is not given
    has its default.
    """
    try:
        raw = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise SettingsError(f"the faults in {path} cannot be read: {error.strerror}") from None
    try:
        return {name: switch for name, switch in decode_faults(raw, "yaml").items() if switch is not None}
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def decode_faults(raw: bytes, format: Literal["json", "yaml"] = "json") -> dict[str, Switch | None]:
    """Return the faults of a text, by name; None for those that are to be switched off."""
    try:
        written = codec.decode(dict[str, Any], raw, format) if raw.strip() else {}
    except DecodeError as error:
        raise SettingsError(f"{error}; expected lines such as `lost_event: 0.05`") from None
    return {known_fault(name): checked(name, _switch(name, value)) for name, value in written.items()}


def parse_fault(text: str) -> tuple[str, Switch]:
    """Return the fault that an option names: NAME, NAME=RATE, or NAME=RATE,value=2.5,after=10,limit=3."""
    name, says, rest = text.partition("=")
    known_fault(name)
    parts = rest.split(",") if says else []
    given = dict(part.partition("=")[::2] if "=" in part else ("rate", part) for part in parts)
    try:
        switch = codec.convert(Switch, given)
    except DecodeError as error:
        raise SettingsError(f"fault {text}: {error}; expected e.g. {name}=0.1 or {name}=0.1,value=2,limit=3") from None
    checked(name, switch)
    return name, switch


def _switch(name: str, written: Any) -> Switch | None:
    """Return what is written of a fault: a rate, a truth, or a table; None where that switches it off."""
    if written is None or isinstance(written, bool):
        return Switch() if written else None
    try:
        switch = codec.convert(Switch, written if isinstance(written, dict) else {"rate": written})
    except DecodeError as error:
        raise SettingsError(f"fault {name}: {error}; expected lines such as `{name}: 0.05`") from None
    return switch if isinstance(written, dict) or switch.rate else None
