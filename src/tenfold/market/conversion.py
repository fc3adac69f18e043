"""Express bars of one currency in another by rates of exchange as of each bar.

How it works
------------
A rate is known from the close of the bar that it was seen on. What is priced at a bar's open (open, bid and ask at the open,
cash paid before it) takes the last rate known by the open, what is priced at its close the last one known by the close;
high and low take that of the close, and are widened to hold the open. No later rate is ever used. A bar without a rate, or
with one older than ten days, is marked as missing: nothing is traded on a guess.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from msgspec.structs import replace as restated
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import UNUSABLE, Flag
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.terms import default_tick

AGE_MAX_NS: Final = 10 * NS_PER_DAY
"""Age beyond which a rate counts as missing: longer than any holiday of the currency market."""

_AT_OPEN: Final = ("open", "bid_open", "ask_open", "dividend")
_AT_CLOSE: Final = ("close", "bid", "ask", "high", "low")


@dataclass(frozen=True, eq=False)
class Rates:
    """Hold rates of exchange in order of time.

    Attributes
    ----------
    source, target : currencies; one of the source is worth `rate` of the target
    known_ns, rate : (N,) moments from which each rate was known, and the rates
    """

    source: str
    target: str
    known_ns: NDArray[np.int64]
    rate: NDArray[np.float64]

    def at(self, ts_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the last rate known by each moment, of any shape; NaN where there is none or it is too old."""
        index = np.searchsorted(self.known_ns, ts_ns, side="right") - 1
        found = np.maximum(index, 0)
        if len(self.rate) == 0:
            return np.full(ts_ns.shape, np.nan)
        fresh = (index >= 0) & (ts_ns - self.known_ns[found] <= AGE_MAX_NS)
        return np.where(fresh, self.rate[found], np.nan)

    def inverse(self) -> "Rates":
        """Return the rates of the target in the source."""
        return Rates(self.target, self.source, self.known_ns, 1.0 / self.rate)


def rates_of(rows: NDArray[np.void], source: str, target: str) -> Rates:
    """Return the closes of usable bars (N,) of a pair as rates; bars in order of time."""
    kept = rows[((rows["flags"] & int(UNUSABLE)) == 0) & (rows["close"] > 0.0)]
    return Rates(source, target, kept["ts_ns"].copy(), kept["close"].copy())


def convert_rows(rows: NDArray[np.void], rates: Rates) -> NDArray[np.void]:
    """Return rows of any shape in the target's currency; those without a rate have `Flag.MISSING`."""
    made = rows.copy()
    at_open, at_close = rates.at(rows["open_ns"]), rates.at(rows["ts_ns"])
    for name in _AT_OPEN:
        made[name] = rows[name] * np.where(rows[name] == 0.0, 1.0, at_open)
    for name in _AT_CLOSE:
        made[name] = rows[name] * at_close
    made["high"] = np.fmax(made["high"], made["open"])
    made["low"] = np.fmin(made["low"], made["open"])
    absent = ~(np.isfinite(at_open) & np.isfinite(at_close))
    made["flags"] |= np.where(absent, int(Flag.MISSING), 0).astype(np.uint32)
    made["dividend"][absent] = 0.0
    return made


def convert_instrument(instrument: Instrument, rates: Rates) -> Instrument:
    """Return contract terms in the target's currency.

    Its prices have no ticks of their own in another currency: they are rounded to that currency's default. The least worth
    of an order is taken at the first rate there is.
    """
    least = instrument.min_notional * (float(rates.rate[0]) if len(rates.rate) else 1.0)
    return restated(instrument, currency=rates.target, tick_size=default_tick(rates.target), min_notional=least)


def converted(bars: Bars, fx: Bars | Rates, currency: str) -> Bars:
    """Return bars expressed in a currency, by rates as of each bar.

    Parameters
    ----------
    bars : of one other currency
    fx : rates, or bars of one pair whose instrument is quoted in `currency` (EURUSD for bars in EUR, to USD)

    Bars that are quoted in the currency already come back as they are. Volume and further columns are not touched.
    Raises DataError where the rates are of other currencies, or none is known by any bar.
    """
    if bars.currency == currency:
        return bars
    rates = fx if isinstance(fx, Rates) else _of_pair(fx, bars.currency, currency)
    if (rates.source, rates.target) != (bars.currency, currency):
        raise DataError(f"rates are {rates.source} in {rates.target}, expected {bars.currency} in {currency}")
    rows = convert_rows(bars.rows, rates)
    if not ((rows["flags"] & int(UNUSABLE)) == 0).any():
        raise DataError(
            f"no rate of {rates.source} in {currency} is known by any of the bars; they need rates of their dates"
        )
    told = {"currency": note(rates, rows, bars.rows)}
    return replace(
        bars,
        rows=rows,
        instruments=tuple(convert_instrument(one, rates) for one in bars.instruments),
        sources=bars.sources | told,
    )


def note(rates: Rates, made: NDArray[np.void], rows: NDArray[np.void]) -> str:
    """Return what a result states about a conversion."""
    lost = int((((made["flags"] & int(UNUSABLE)) != 0) & ((rows["flags"] & int(UNUSABLE)) == 0)).sum())
    return f"{rates.source} in {rates.target} at the last known rate" + (
        f"; {lost} bars without a rate" if lost else ""
    )


def find_pair(symbols: Iterable[str], source: str, target: str) -> tuple[str, bool] | None:
    """Return (symbol, whether it is the target's price in the source) of the pair of two currencies; None where it is not there."""
    have = set(symbols)
    for base, quote in ((source, target), (target, source)):
        for between in ("", "/", "-", "_"):
            if f"{base}{between}{quote}" in have:
                return f"{base}{between}{quote}", base == target
    return None


def _of_pair(fx: Bars, source: str, target: str) -> Rates:
    if len(fx.symbols) != 1:
        raise DataError(f"rates are bars of {', '.join(fx.symbols)}, expected one pair of {source} and {target}")
    found = find_pair(fx.symbols, source, target)
    if found is None:
        raise DataError(f"rates are bars of {fx.symbols[0]}, expected {source}{target} or {target}{source}")
    return rates_of(fx.rows[:, 0], target, source).inverse() if found[1] else rates_of(fx.rows[:, 0], source, target)
