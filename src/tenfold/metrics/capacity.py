"""Estimate the account size at which the market's resistance eats the edge.

How it works. What is bought, or sold, of one symbol in one session is one order of Q shares. It costs, as a fraction of
its notional, sigma sqrt(Q / V), with sigma the deviation of a session's return and V its volume, both over the 20 sessions
before: the square-root law with a constant of 1 (Grinold, Kahn, "Active Portfolio Management", 1999; Toth et al.,
"Anomalous price impact", 2011). An account k times as large trades k times as much: its P&L before impact is k G, its
impact k^1.5 I. It earns most at k = (2G / 3I)^2 and nothing at k = (G / I)^2; half of G a share is left at (G / 2I)^2.

G is the P&L net of the costs that were charged, so a slippage that was charged for the same impact counts twice: the
estimate is cautious.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SESSIONS: Final = 20
"""Sessions before a fill over which volume and deviation are measured."""

PARTICIPATION_FRAC: Final = 0.05
"""Share of a session's volume that is taken for tradable without moving the market much."""


@dataclass(frozen=True)
class Capacity:
    """Hold the estimate; sizes are multiples of the account that was run.

    Attributes
    ----------
    edge : G, P&L net of all costs charged, in currency
    impact : I, estimated further cost at the size that was run, in currency
    participation_frac : share of the usual volume of a session that 95 % of the orders stay below
    orders, measured : orders in all, and those whose market had volume to be measured against
    """

    edge: float
    impact: float
    participation_frac: float
    orders: int
    measured: int

    @property
    def breakeven(self) -> float:
        """Size at which impact eats the whole edge; NaN without an edge or an impact."""
        return (self.edge / self.impact) ** 2 if self.edge > 0.0 and self.impact > 0.0 else math.nan

    @property
    def most(self) -> float:
        """Size that earns the most money."""
        return self.breakeven * 4.0 / 9.0

    @property
    def half(self) -> float:
        """Size at which impact eats half of the edge: the Sharpe ratio has roughly halved."""
        return self.breakeven / 4.0

    @property
    def liquid(self) -> float:
        """Size at which 95 % of the orders stay below `PARTICIPATION_FRAC` of the usual volume."""
        return PARTICIPATION_FRAC / self.participation_frac if self.participation_frac > 0.0 else math.nan

    def left(self, size: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share of the edge, (n,), that is left at multiples of the account; negative beyond `breakeven`."""
        return 1.0 - np.sqrt(np.asarray(size, np.float64) * (self.impact / self.edge) ** 2)


def capacity(
    fills: NDArray[np.void],
    closes: NDArray[np.float64],
    volume: NDArray[np.float64],
    session: NDArray[np.int64],
    shares_per_lot: NDArray[np.float64],
    value_per_lot: NDArray[np.float64],
    edge: float,
) -> Capacity:
    """Return the estimate for the fills of a run.

    Parameters
    ----------
    fills : (F,) records of `FILL`
    closes : (T, S) of `carried_closes`
    volume : (T, S) shares; NaN where it is not known
    session : (T,) number of each bar's session, never falling
    shares_per_lot : (S,)
    value_per_lot : (S,) currency of one lot for a price of 1
    edge : P&L net of all costs, in currency
    """
    starts = np.flatnonzero(np.concatenate(([True], session[1:] != session[:-1])))
    usual, sigma = _usual(closes, volume, starts)
    day = np.searchsorted(starts, fills["bar"], side="right") - 1
    column, sign = fills["symbol"].astype(np.int64), (fills["lots"] > 0).astype(np.int64)
    _, first, order = np.unique(np.stack([day, column, sign], axis=1), axis=0, return_index=True, return_inverse=True)
    order = order.reshape(-1)
    size = np.abs(fills["lots"]).astype(np.float64)
    lots = np.bincount(order, size, len(first))
    value = np.bincount(order, size * fills["price"] * value_per_lot[column], len(first))
    day, column = day[first], column[first]
    v, s = usual[day, column], sigma[day, column]
    known = (v > 0.0) & np.isfinite(s)
    share = lots[known] * shares_per_lot[column[known]] / v[known]
    return Capacity(
        edge=edge,
        impact=float(np.sum(value[known] * s[known] * np.sqrt(share))),
        participation_frac=float(np.quantile(share, 0.95)) if len(share) else math.nan,
        orders=len(first),
        measured=len(share),
    )


def _usual(
    closes: NDArray[np.float64], volume: NDArray[np.float64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean volume and deviation of returns over the sessions before each, (D, S); NaN where fewer than two."""
    traded = np.add.reduceat(np.nan_to_num(volume), starts, axis=0)
    heard = np.add.reduceat(np.isfinite(volume).astype(np.int64), starts, axis=0) > 0
    last = closes[np.append(starts[1:], len(closes)) - 1]
    moves = np.full(last.shape, np.nan)
    moves[1:] = np.log(last[1:] / last[:-1])
    usual, sigma = np.full(last.shape, np.nan), np.full(last.shape, np.nan)
    for day in range(2, len(starts)):
        window = slice(max(day - SESSIONS, 0), day)
        days = heard[window].sum(axis=0)
        usual[day] = np.divide(traded[window].sum(axis=0), days, out=np.full(len(days), np.nan), where=days > 0)
        sigma[day] = _deviation(moves[window])
    return usual, sigma


def _deviation(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sample deviation of each column without its NaN; NaN where fewer than two are left."""
    known = np.isfinite(moves)
    count = known.sum(axis=0)
    enough = count >= 2
    safe = np.where(enough, count, 2)
    values = np.where(known, moves, 0.0)
    centred = np.where(known, values - values.sum(axis=0) / safe, 0.0)
    spread = np.sqrt((centred * centred).sum(axis=0) / (safe - 1))
    return np.where(enough, spread, np.nan)
