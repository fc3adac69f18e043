"""Say where the P&L came from: which symbols, which costs, which members of the vote."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class SymbolAttribution:
    """Hold what each of S symbols did, all (S,) int64.

    `pnl_units` is realised and unrealised, gross of fees (slippage is part of the prices, so it is net of that);
    `notional_units` is everything bought plus everything sold; `lots` is what is still held.
    """

    pnl_units: NDArray[np.int64]
    fee_units: NDArray[np.int64]
    slippage_units: NDArray[np.int64]
    notional_units: NDArray[np.int64]
    fills: NDArray[np.int64]
    lots: NDArray[np.int64]


def by_symbol(
    fills: NDArray[np.void], units_per_price: NDArray[np.float64], closes: NDArray[np.float64]
) -> SymbolAttribution:
    """Return the P&L and costs of each symbol, exact to the money unit.

    Parameters
    ----------
    fills : (F,) records of `FILL`
    units_per_price : (S,) money units of one lot for a price of 1
    closes : (S,) last usable close; a symbol without one (NaN) counts as worth its last fill
    """
    count = len(units_per_price)
    column = fills["symbol"]
    value = unit_values(fills["price"], units_per_price[column]) * fills["lots"]
    lots = _sums(fills["lots"], column, count)
    marks = np.array(closes, np.float64)
    for symbol in np.flatnonzero(np.isnan(marks) & (lots != 0)):
        marks[symbol] = fills["price"][column == symbol][-1]
    held = lots * unit_values(np.nan_to_num(marks), units_per_price)
    return SymbolAttribution(
        pnl_units=held - _sums(value, column, count),
        fee_units=_sums(fills["fee_units"], column, count),
        slippage_units=_sums(fills["slippage_units"], column, count),
        notional_units=_sums(np.abs(value), column, count),
        fills=np.bincount(column, minlength=count).astype(np.int64),
        lots=lots,
    )


def unit_values(prices: NDArray[np.float64], units_per_price: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the value of one lot at each price, in money units, rounded as `kernels.accounting.unit_value`."""
    return np.floor(prices * units_per_price + 0.5).astype(np.int64)


def _sums(values: NDArray[np.int64], column: NDArray[np.int32], count: int) -> NDArray[np.int64]:
    """Return the sums of integers by column, exactly."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, column, values)
    return sums


@dataclass(frozen=True)
class MemberAttribution:
    """Hold how one member stood to the positions that were held.

    P&L is from close to close of the position held into a bar, in money units; ballots are those of the bar before,
    on which the position stood.

    Attributes
    ----------
    with_units, against_units, abstained_units : P&L while its ballot was for, against, neither
    with_frac, against_frac : share of the bars with a position
    voting_frac : share of all bars and symbols on which it cast a ballot
    """

    with_units: float
    against_units: float
    abstained_units: float
    with_frac: float
    against_frac: float
    voting_frac: float


def position_pnl(
    lots: NDArray[np.int64], closes: NDArray[np.float64], units_per_price: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the P&L from close to close of the lots held into each bar, (T, S) money units; the first bar is 0.

    `closes` (T, S) carries the last usable close forward; NaN before a symbol's first.
    """
    pnl = np.zeros(lots.shape)
    pnl[1:] = lots[:-1] * np.nan_to_num(np.diff(closes, axis=0)) * units_per_price
    return pnl


def ballots(scores: NDArray[np.float64], threshold: float) -> NDArray[np.int8]:
    """Return +1 where a score is at least `threshold`, -1 where at most its negative, else 0; NaN abstains."""
    return (scores >= threshold).astype(np.int8) - (scores <= -threshold).astype(np.int8)


def by_member(member: NDArray[np.int8], lots: NDArray[np.int64], pnl: NDArray[np.float64]) -> MemberAttribution:
    """Return how a member with ballots (T, S) stood to the positions (T, S) and their P&L of `position_pnl`."""
    side = np.sign(lots[:-1]).astype(np.int8)
    stood = side * member[:-1]
    earned = pnl[1:]
    with_it, against = stood > 0, stood < 0
    held = int(np.count_nonzero(side))
    return MemberAttribution(
        with_units=float(earned[with_it].sum()),
        against_units=float(earned[against].sum()),
        abstained_units=float(earned[stood == 0].sum()),
        with_frac=int(np.count_nonzero(with_it)) / held if held else math.nan,
        against_frac=int(np.count_nonzero(against)) / held if held else math.nan,
        voting_frac=int(np.count_nonzero(member)) / member.size if member.size else math.nan,
    )
