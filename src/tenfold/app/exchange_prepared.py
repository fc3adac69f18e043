"""Prepare an exchange without a server: to be driven by who holds it, or by what a log recorded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import structs

from tenfold.app.exchange_data import sessions_around, traded_data
from tenfold.domain.bars import Bars
from tenfold.domain.errors import SettingsError, StorageError, UnknownNameError
from tenfold.exchange.core import Exchange
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.opening import MarketData, open_market, replayed_span
from tenfold.exchange.repetition import repeat
from tenfold.exchange.settings import ExchangeSettings

_SYMBOL: Final = re.compile(r"[A-Z0-9]+([./][A-Z0-9]+)?", re.ASCII)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Hold an exchange that nothing drives yet: `handle` and `advance` are called by who holds it.

    Attributes
    ----------
    label : what it trades, in words
    span_ns : the span [start, end) that it replays
    """

    exchange: Exchange
    label: str
    span_ns: tuple[int, int]


def prepare_exchange(
    settings: ExchangeSettings,
    *,
    data: Path | str | Bars | None = None,
    sample: str | None = None,
    period: str | None = None,
    synthetic: bool = False,
    log: EventLog | None = None,
) -> Prepared:
    """Return an exchange without a server, at the beginning of its replay; the options are those of `exchange.open_exchange`."""
    if synthetic and (data is not None or sample is not None):
        raise SettingsError("a made-up market takes no data; leave one of the two out")
    found = None if synthetic else _found(settings.symbols, data, sample, period)
    if found is None and period is not None:
        raise SettingsError(f"a made-up market has no bars of {period}, expected data, or no period")
    if found is None:
        settings = structs.replace(settings, symbols=_made_up(settings.symbols))
    span = replayed_span(settings, found)
    exchange = open_market(settings, found, sessions_around(*span), EventLog() if log is None else log)
    return Prepared(exchange, f"a MADE-UP market, seed {settings.seed}" if found is None else found.label, span)


def _made_up(symbols: Sequence[str]) -> tuple[str, ...]:
    """Return symbols as a venue writes them, each once; UnknownNameError for what cannot be one."""
    names = tuple(dict.fromkeys(symbol.upper() for symbol in symbols))
    for name in names:
        if not _SYMBOL.fullmatch(name):
            raise UnknownNameError(
                f"{name!r} is no symbol; expected letters and digits, such as AAPL, BRK.B or BTC/USD"
            )
    return names


def repeat_log(
    path: Path | str,
    settings: ExchangeSettings,
    *,
    data: Path | str | Bars | None = None,
    sample: str | None = None,
    period: str | None = None,
    synthetic: bool = False,
) -> tuple[str, int]:
    """Return the hash of a run that takes in what a log recorded, and the number of its records; no server is needed.

    Settings and data have to be those of the run that was recorded: then its hash is the same.
    """
    try:
        file = Path(path).expanduser().open("rb")
    except OSError as error:
        raise StorageError(f"the log {path} cannot be read: {error.strerror}") from None
    with file:
        exchange = prepare_exchange(settings, data=data, sample=sample, period=period, synthetic=synthetic).exchange
        return repeat(exchange, file), exchange.log.count


def _found(
    symbols: Sequence[str], data: Path | str | Bars | None, sample: str | None, period: str | None
) -> MarketData | None:
    try:
        return traded_data(symbols, data=data, sample=sample, period=period)
    except UnknownNameError as error:
        if data is not None or sample is not None:
            raise
        raise UnknownNameError(f"{error}; --synthetic makes a market up for any name") from None
