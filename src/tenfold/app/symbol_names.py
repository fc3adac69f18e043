"""Read which symbols are meant."""

from collections.abc import Sequence

from tenfold.domain.errors import DataError


def symbol_names(symbols: str | Sequence[str]) -> list[str]:
    """Return symbols that are given as a list, or as text with commas; DataError where there is none, or one twice."""
    if not isinstance(symbols, str | Sequence) or not all(isinstance(name, str) for name in symbols):
        raise DataError(f"symbols are {symbols!r}, expected texts such as 'AAPL' or ['AAPL', 'MSFT']")
    names = [name.strip() for name in symbols.split(",")] if isinstance(symbols, str) else list(symbols)
    names = [name for name in names if name]
    if not names:
        raise DataError("no symbol is given, expected at least one such as AAPL")
    if len(set(names)) != len(names):
        raise DataError(f"a symbol occurs twice among {', '.join(names)}")
    return names
