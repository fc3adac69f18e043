"""Choose and change the contract terms of symbols: lots, ticks, currency."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.app import wiring
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.instrument import Instrument
from tenfold.market.series import Series
from tenfold.market.terms import (
    Terms,
    decimal,
    default_instrument,
    described,
    pair_of,
    refuse_impossible,
    remarks,
    restate,
    usable_prices,
)
from tenfold.market.ticks import Ticks


class TermsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell the terms that symbols are traded in from now on, and what to mind about them."""

    instruments: tuple[Instrument, ...]
    remarks: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the report as text."""
        return [f"{one.symbol}: {described(one)}" for one in self.instruments] + [
            f"note: {text}" for text in self.remarks
        ]


def set_terms(
    symbols: str | Sequence[str], *, catalogue: Path | str | None = None, **terms: Unpack[Terms]
) -> TermsReport:
    """Change terms of symbols of the catalogue, all or none; what is not stated stays.

    Raises UnknownNameError for a symbol that is not there, DataError where nothing is stated or a term is impossible.
    """
    store = wiring.bar_store(catalogue)
    if all(value is None for value in terms.values()):
        raise DataError("no term is stated, expected e.g. --lot-size 0.001 or --currency USDT")
    known: dict[str, list[str]] = {}
    for info in store.sets():
        known.setdefault(info.symbol, []).append(info.period)
    for report in store.ticks.reports():
        known.setdefault(report.symbol, [])
    instruments: list[Instrument] = []
    told: list[str] = []
    for symbol in dict.fromkeys([symbols] if isinstance(symbols, str) else symbols):
        if symbol not in known:
            raise UnknownNameError(f"symbol {symbol!r} is not in the catalogue; {did_you_mean(symbol, known)}")
        series = [store.load_series(symbol, period)[0] for period in known[symbol]]
        prices = np.concatenate([np.zeros(0), *(usable_prices(one.rows) for one in series)])
        chosen = _chosen(symbol, prices, store.instrument(symbol), terms)
        instruments.append(chosen)
        told += remarks(chosen, prices)
    store.save_instruments(instruments)
    return TermsReport(instruments=tuple(instruments), remarks=tuple(told))


def import_terms(
    store: Any, series: Sequence[Series], ticks: Sequence[Ticks], terms: Terms
) -> tuple[list[Instrument], list[str], list[str]]:
    """Return the terms of each symbol of a file, what was assumed about them, and what to mind.

    A symbol keeps the terms that the catalogue has, as far as none are stated anew.
    """
    instruments: list[Instrument] = []
    told: list[str] = []
    pairs: dict[str, list[str]] = {}
    priced = [(one.symbol, usable_prices(one.rows)) for one in series]
    for symbol, prices in (*priced, *((one.symbol, _tick_prices(one)) for one in ticks)):
        kept = store.instrument(symbol)
        chosen = _chosen(symbol, prices, kept, terms)
        instruments.append(chosen)
        told += remarks(chosen, prices)
        guessed = [
            f"{words} {text}"
            for name, words, text in (
                ("lot_size", "lots of", decimal(chosen.lot_size)),
                ("currency", "prices in", chosen.currency),
            )
            if terms.get(name) is None
        ]
        if kept is None and guessed and pair_of(symbol) is not None:
            pairs.setdefault(" and ".join(guessed), []).append(symbol)
    assumed = [
        f"{text} for {'the pair' if len(names) == 1 else 'the pairs'} {', '.join(names)}; "
        "say otherwise with --lot-size, --currency"
        for text, names in pairs.items()
    ]
    return instruments, assumed, told


def _chosen(symbol: str, prices: NDArray[np.float64], kept: Instrument | None, terms: Terms) -> Instrument:
    """Return the terms kept, or default ones, with those that are stated; refuse stated ones that cannot be."""
    stated = restate(Instrument(symbol=symbol) if kept is None else kept, terms)
    if kept is None:
        currency = terms.get("currency")
        stated = restate(default_instrument(symbol, prices, None if currency is None else stated.currency), terms)
    if any(value is not None for value in terms.values()):
        refuse_impossible(stated, prices)
    return stated


def _tick_prices(ticks: Ticks) -> NDArray[np.float64]:
    """Return the prices of trades, or the bids of quotes, that are there."""
    prices = np.asarray(ticks.columns.get("price", ticks.columns.get("bid", np.zeros(0))), np.float64)
    kept: NDArray[np.float64] = prices[np.isfinite(prices) & (prices > 0.0)]
    return kept
