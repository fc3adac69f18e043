"""Read which symbols are meant, and write them."""

from collections.abc import Sequence
from typing import Final

from tenfold.domain.errors import ParameterError, SettingsError
from tenfold.domain.rules import Limits

LISTED: Final = 8
"""Symbols that a line names at most."""


def symbol_names(symbols: str | Sequence[str]) -> list[str]:
    """Return symbols that are given as a list, or as text with commas; ParameterError where there is none, or one twice."""
    if not isinstance(symbols, str | Sequence) or not all(isinstance(name, str) for name in symbols):
        raise ParameterError(f"symbols are {symbols!r}, expected texts such as 'AAPL' or ['AAPL', 'MSFT']")
    names = [name.strip() for name in symbols.split(",")] if isinstance(symbols, str) else list(symbols)
    names = [name for name in names if name]
    if not names:
        raise ParameterError("no symbol is given, expected at least one such as AAPL")
    if len(set(names)) != len(names):
        raise ParameterError(f"a symbol occurs twice among {', '.join(names)}")
    return names


def check_restricted(limits: Limits, symbols: Sequence[str]) -> None:
    """Refuse a restricted symbol that is written otherwise than one that is traded, which it would let through; SettingsError names both."""
    written = {_letters(symbol): symbol for symbol in symbols}
    for name in limits.restricted:
        traded = written.get(_letters(name), name)
        if traded != name and name not in symbols:
            raise SettingsError(f"rules.limits.restricted has {name!r}, and {traded} is traded: write it like that")


def _letters(symbol: str) -> str:
    """Return what ways to write a symbol have in common: BRK.B is BRK-B and BRK/B elsewhere."""
    return "".join(one for one in symbol.casefold() if one.isalnum()) or symbol


def listed(symbols: Sequence[str]) -> str:
    """Return symbols for a line of text, the first few of many."""
    more = len(symbols) - LISTED
    return f"{', '.join(symbols[:LISTED])}{f' and {more:,} more' if more > 0 else ''}"
