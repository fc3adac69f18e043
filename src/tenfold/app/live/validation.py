"""Judge a paper run: against the backtest of the same days, against the venue, and by the gate of the next stage."""

from collections import Counter
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.app.formatting import times
from tenfold.app.live.paper import Paper
from tenfold.backtesting.run import Run
from tenfold.domain.stages import Stage
from tenfold.domain.units import format_ns
from tenfold.research.evidence import trading_figures
from tenfold.research.gates import Check
from tenfold.research.promotion import checks_of, passed

NEXT: Final[Stage] = "shadow"
"""Stage that paper trading leads to."""
_EXAMPLES: Final = 3
_PLACES: Final = 9
"""Decimal places that the venue writes of a price."""


class Validation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what a paper run showed.

    Parameters
    ----------
    same, other : fills that the backtest has too, and those that only one of both has
    slippage_bps : mean cost of the trades against the backtest's prices, weighted by value; above 0 paper paid more, None where both made no trade alike
    equity, equity_backtest : at the end, in currency
    differences : what was not the same at the venue, by kind
    bindings : how often each limit cut or refused an order
    trips : breakers that tripped
    checks : what the gate of the next stage asks for
    refused : how many orders the venue refused, or could not be sent, by what was said of it
    bars, left_out : that were played, and that do not happen at the exchange
    """

    sessions: int
    orders: int
    same: int
    other: int
    slippage_bps: float | None
    equity: float
    equity_backtest: float
    differences: dict[str, int]
    bindings: dict[str, int]
    trips: tuple[str, ...]
    checks: tuple[Check, ...]
    examples: tuple[str, ...]
    refused: dict[str, int] = {}
    bars: int = 0
    left_out: int = 0

    @property
    def passed(self) -> bool:
        """Whether everything that the next stage asks for is there."""
        return passed(self.checks)

    def lines(self) -> list[str]:
        """Return the finding as text."""
        told = [
            *self._played(),
            f"fills        {self.same:,} as in the backtest of the same days, {self.other:,} otherwise",
            *(f"             {example}" for example in self.examples),
            *(f"refused      {count:,} orders: {text}" for text, count in self.refused.items()),
            f"slippage     {self._slippage()}",
            f"equity       {self.equity:,.2f}; the backtest has {self.equity_backtest:,.2f}",
            f"venue        {times(self.differences) or 'orders, positions and cash are the same as ours'}",
            f"limits       {times(self.bindings) or 'none was reached'}",
            f"breakers     {', '.join(self.trips) or 'none tripped'}",
        ]
        verdict = "open" if self.passed else "not open yet"
        asked = [f"  {'met' if check.passed else 'NOT'}  {check.words}" for check in self.checks]
        return [*told, f"ladder       the gate of {NEXT} is {verdict}", *asked]

    def _slippage(self) -> str:
        """Return what trades cost, where there are some to measure it by."""
        if self.slippage_bps is None:
            return "not measured: no trade is one of the backtest too"
        return f"{self.slippage_bps:+.2f} bps against the backtest's prices"

    def _played(self) -> list[str]:
        """Return how many of the bars were traded on, where that is not all of them."""
        if not self.left_out:
            return []
        others = f"{self.left_out:,} are outside the sessions of New York or without a price, and were left out"
        return [f"bars         {self.bars:,} were played; {others}"]


def validated(paper: Paper) -> Validation:
    """Return the judgement of a paper run."""
    run, twin = paper.run, paper.twin
    ours, theirs = _named(run.fills), _named(twin.fills)
    common = [name for name in ours if name in theirs and ours[name] == theirs[name]]
    alone = [f"{_told(name, row, run)} on paper alone" for name, row in ours.items() if theirs.get(name) != row]
    alone += [
        f"{_told(name, row, twin)} in the backtest alone" for name, row in theirs.items() if ours.get(name) != row
    ]
    differences = dict(Counter(one.kind for one in paper.differences))
    figures = trading_figures(run, twin, differences=len(paper.differences))
    return Validation(
        sessions=int(figures["days"]),
        orders=len({name[1] for name in ours}),
        same=len(common),
        other=len(alone),
        slippage_bps=figures.get("slippage"),
        equity=float(run.equity[-1]),
        equity_backtest=float(twin.equity[-1]),
        differences=differences,
        bindings={name: count for name, count in run.bindings.items() if count},
        trips=tuple(f"{trip.rule} on {format_ns(trip.ts_ns)}" for trip in run.trips),
        checks=checks_of(NEXT, figures),
        examples=tuple(alone[:_EXAMPLES]),
        refused=paper.refused,
        bars=len(run.bars),
        left_out=paper.left_out,
    )


Row = tuple[int, float, int]
"""Lots, price, fee."""
Name = tuple[int, int, int, int]
"""Bar, order, symbol, place among the fills of the order in that bar."""


def _named(fills: NDArray[np.void]) -> dict[Name, Row]:
    """Return fills by what they are, so that two runs can be laid over each other."""
    found: dict[Name, Row] = {}
    count: Counter[tuple[int, int, int]] = Counter()
    for fill in fills:
        key = (int(fill["bar"]), int(fill["order"]), int(fill["symbol"]))
        found[*key, count[key]] = (int(fill["lots"]), round(float(fill["price"]), _PLACES), int(fill["fee_units"]))
        count[key] += 1
    return found


def _told(name: Name, row: Row, run: Run) -> str:
    side, bars = "bought" if row[0] > 0 else "sold", run.bars
    when = format_ns(int(bars.ts_ns[name[0]]), bars.period_ns)
    return f"{side} {abs(row[0]):,} {bars.symbols[name[2]]} at {row[1]:,.10g} {bars.currency} in the bar of {when}"
