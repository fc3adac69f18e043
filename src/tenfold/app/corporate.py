"""Record what happened to companies: splits, dividends, renames, delistings."""

from datetime import date
from pathlib import Path

import msgspec

from tenfold.app import wiring
from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY, date_ns, format_ns


class CorporateReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what was recorded about which symbols."""

    symbols: tuple[str, ...]
    told: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the report as text."""
        return list(self.told)


def import_actions(
    path: Path | str, *, symbol: str | None = None, catalogue: Path | str | None = None
) -> CorporateReport:
    """Read splits and dividends from a file and add them to those of raw prices.

    Columns: date, split, dividend, known, symbol; or LEAN's factor files. Raises DataError or StorageError.
    """
    store = wiring.bar_store(catalogue)
    found = wiring.action_reader()(Path(path), symbol)
    store.save_actions(found)
    told = []
    for name, actions in found.items():
        splits = int((actions["split"] != 1.0).sum())
        told.append(f"{name}: {splits} splits and {int((actions['dividend'] != 0.0).sum())} dividends")
    return CorporateReport(symbols=tuple(found), told=tuple(told))


def rename_symbol(
    symbol: str, renamed_to: str, day: str | date, *, catalogue: Path | str | None = None
) -> CorporateReport:
    """Record that a symbol goes on under another name from a day on; reading the old name follows it."""
    return _record(symbol, day, renamed_to, "", catalogue)


def delist_symbol(
    symbol: str, day: str | date, *, reason: str = "", catalogue: Path | str | None = None
) -> CorporateReport:
    """Record that a symbol is traded no more from a day on; its bars end there."""
    return _record(symbol, day, "", reason, catalogue)


def _record(
    symbol: str, day: str | date, renamed_to: str, reason: str, catalogue: Path | str | None
) -> CorporateReport:
    store = wiring.bar_store(catalogue)
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day)
        except ValueError:
            raise ParameterError(f"date {day!r} is not understood, expected like 2022-06-09") from None
    number = date_ns(day) // NS_PER_DAY
    store.save_name(wiring.symbol_name(symbol, number, renamed_to, reason))
    shown = format_ns(number * NS_PER_DAY)
    told = f"{symbol} goes on as {renamed_to} from {shown}" if renamed_to else f"{symbol} ends on {shown}"
    return CorporateReport(symbols=(symbol,), told=(told,))
