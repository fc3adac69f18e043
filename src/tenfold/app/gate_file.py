"""Read a file of gates: thresholds in TOML, "off" for a gate that is left out."""

from pathlib import Path
from typing import Any, Final

import msgspec

from tenfold import codec
from tenfold.domain.errors import DecodeError, SettingsError
from tenfold.research.gates import Gates

OFF: Final = "off"
"""What stands for None in a file, since TOML has no word for it."""


def load_gates(path: Path) -> Gates:
    """Return the gates of a file; what it does not name is as shipped.

    Raises
    ------
    SettingsError
        The file cannot be read, or has a key or a value that is none; one line that names it.
    """
    try:
        return gates_of(codec.decode(dict[str, Any], path.read_bytes(), "toml"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    except (DecodeError, SettingsError) as error:
        raise SettingsError(f"{path}: {error}") from None


def gates_of(table: dict[str, Any]) -> Gates:
    """Return gates from a table of thresholds; DecodeError where one is unknown or out of range."""
    return codec.convert(Gates, {name: None if value == OFF else value for name, value in table.items()})


def gate_table(gates: Gates) -> dict[str, float | int | str]:
    """Return gates as a file holds them."""
    return {name: OFF if value is None else value for name, value in msgspec.to_builtins(gates).items()}
