"""Hold the outcome of one run: what happened, bar by bar and fill by fill."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.account import Trip
from tenfold.domain.bars import Bars
from tenfold.domain.records import FILL, TRADE
from tenfold.domain.rules import Rules
from tenfold.domain.units import money_scale


@dataclass(frozen=True, eq=False)
class Run:
    """Hold a run of K strategies over T bars of S symbols.

    Attributes
    ----------
    equity_units, cash_units, gross_units, net_units : (T,) int64, money units at each bar's close
    lots : (T, S) int32 or int64, position after each bar's fills
    fills, trades : records of `FILL` and `TRADE`, in time order
    direction : (T, S) int8, the vote's direction
    agreement : (T, S) float32, share of all weight behind the leading side
    scores : (T, S, K) float64, NaN where a strategy abstained for want of data; None where not kept
    members, weights : names and weights of the K strategies
    trips : breaker trips in time order
    bindings : how often each limit cut or refused an order, by rule
    failures : bars at which a strategy failed (not finite after having been so), by member
    borrow_units, interest_units, dividend_units : totals paid, paid and received
    engine : "compiled" or "event"
    """

    bars: Bars
    rules: Rules
    members: tuple[str, ...]
    weights: tuple[float, ...]
    engine: str
    equity_units: NDArray[np.int64]
    cash_units: NDArray[np.int64]
    gross_units: NDArray[np.int64]
    net_units: NDArray[np.int64]
    lots: NDArray[Any]
    fills: NDArray[np.void]
    trades: NDArray[np.void]
    direction: NDArray[np.int8]
    agreement: NDArray[np.float32]
    scores: NDArray[np.float64] | None
    trips: tuple[Trip, ...]
    bindings: dict[str, int]
    failures: dict[str, int]
    borrow_units: int
    dividend_units: int
    interest_units: int = 0
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def money(self) -> float:
        """Money units in one unit of currency."""
        return float(10 ** money_scale(self.bars.currency))

    @property
    def equity(self) -> NDArray[np.float64]:
        """Equity at each bar's close, in currency, shape (T,)."""
        return self.equity_units / self.money

    @property
    def returns(self) -> NDArray[np.float64]:
        """Simple return of equity over each bar, shape (T,); the first is against the starting cash."""
        start = round(self.rules.account.cash * self.money)
        before = np.concatenate(([start], self.equity_units[:-1])).astype(np.float64)
        return np.divide(self.equity_units - before, before, out=np.zeros(len(before)), where=before > 0)


__all__ = ["FILL", "TRADE", "Run"]
