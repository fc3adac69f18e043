"""Compute, once and when asked, what summary, frames, figures and report need beyond the run itself."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tenfold.app.odds import TrialOdds, odds_of
from tenfold.app.tick_market import BOOK
from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.backtesting.run import Run
from tenfold.metrics import performance
from tenfold.metrics.attribution import (
    MemberAttribution,
    SymbolAttribution,
    ballots,
    by_member,
    by_symbol,
    position_pnl,
)
from tenfold.metrics.capacity import Capacity, capacity
from tenfold.metrics.excursions import excursions
from tenfold.metrics.marks import buy_and_hold, carried_closes, units_per_price
from tenfold.metrics.round_trips import round_trips
from tenfold.metrics.trades import TradeStatistics, trade_statistics


class Analysis:
    """Hold a run, and compute each derived series at its first use."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @cached_property
    def periods(self) -> float:
        """Bars a year."""
        return self.run.bars.periods_per_year

    @cached_property
    def voted(self) -> bool:
        """Whether there was a vote: none where a strategy worked its own orders."""
        return self.run.scores is not None or bool(self.run.direction.any())

    @cached_property
    def returns(self) -> NDArray[np.float64]:
        """Simple return of equity over each bar, (T,)."""
        return self.run.returns

    @cached_property
    def odds(self) -> TrialOdds:
        """What the Sharpe ratio is worth, given every trial on this market."""
        r = self.returns
        per_bar = performance.sharpe_ratio(r, 1.0)
        return odds_of(self.run.bars, self.run.notes, per_bar, performance.skewness(r), performance.kurtosis(r))

    @cached_property
    def closes(self) -> NDArray[np.float64]:
        """Last usable close of each symbol at each bar, (T, S)."""
        return carried_closes(self.run.bars)

    @cached_property
    def benchmark(self) -> NDArray[np.float64]:
        """Return of each bar, (T,), of holding equal amounts of the symbols."""
        return buy_and_hold(self.closes, self.run.bars.rows["dividend"])

    @cached_property
    def trades(self) -> NDArray[np.void]:
        """Round trips, records of `TRADE`: those of the run, or paired from its fills."""
        run = self.run
        if len(run.trades) or not len(run.fills):
            return run.trades
        last = len(run.bars) - 1
        return round_trips(run.fills, units_per_price(run.bars), self.closes[-1], last, int(run.bars.ts_ns[-1]))

    @cached_property
    def trade_statistics(self) -> TradeStatistics:
        """Statistics of the round trips."""
        return trade_statistics(self.trades)

    @cached_property
    def by_symbol(self) -> SymbolAttribution:
        """P&L and costs of each symbol."""
        return by_symbol(self.run.fills, units_per_price(self.run.bars), self.closes[-1])

    @cached_property
    def by_member(self) -> tuple[MemberAttribution, ...]:
        """How each member stood to the positions that were held; empty where scores were not kept."""
        scores = self.run.scores
        if scores is None:
            return ()
        pnl = position_pnl(self.run.lots, self.closes, units_per_price(self.run.bars))
        return tuple(by_member(self.ballots(k), self.run.lots, pnl) for k in range(scores.shape[2]))

    @cached_property
    def alone(self) -> tuple[Run, ...]:
        """The run of each member trading alone under the same rules; empty where scores were not kept, or orders met ticks.

        A vote of one is its own ensemble, so then it is this run.
        """
        run = self.run
        if run.scores is None:
            return ()
        if len(run.members) == 1:
            return (run,)
        if BOOK in run.notes:  # its ticks are not at hand, and fills from bars are no measure of it
            return ()
        return tuple(
            run_backtest([Given(np.ascontiguousarray(run.scores[:, :, k]), member)], run.bars, run.rules)
            for k, member in enumerate(run.members)
        )

    @cached_property
    def excursions(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Largest adverse and favourable excursion of each round trip, fractions of the entry price."""
        bars = self.run.bars
        usable = bars.usable
        return excursions(
            self.trades, np.where(usable, bars.rows["high"], np.nan), np.where(usable, bars.rows["low"], np.nan)
        )

    @cached_property
    def capacity(self) -> Capacity:
        """Estimate of the account size that the market would let earn as much a share."""
        run, bars = self.run, self.run.bars
        return capacity(
            run.fills,
            self.closes,
            np.where(bars.usable, bars.rows["volume"], np.nan),
            bars.rows["session"][:, 0].astype(np.int64),
            np.array([instrument.lot_size for instrument in bars.instruments]),
            units_per_price(bars) / run.money,
            float(run.equity[-1]) - run.rules.account.cash,
        )

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """Value of each position over equity at each close, (T, S); 0 where equity is not positive."""
        run = self.run
        value = run.lots * np.nan_to_num(self.closes) * (units_per_price(run.bars) / run.money)
        equity = run.equity[:, None]
        return np.divide(value, equity, out=np.zeros(value.shape), where=equity > 0.0)

    def ballots(self, member: int) -> NDArray[np.int8]:
        """Return the ballots of one member, (T, S); the scores must have been kept."""
        scores = self.run.scores
        assert scores is not None, "ballots are asked for only where scores were kept"  # noqa: S101
        return ballots(scores[:, :, member], self.run.rules.vote.ballot)

    @property
    def synthetic(self) -> bool:
        """Whether a part of the market was simulated: the label of the bars, or of one of their sources, says so."""
        bars = self.run.bars
        labels = [
            bars.label,
            *(source.get("label", "") for source in bars.sources.values() if isinstance(source, dict)),
        ]
        return any("synthetic" in str(label).lower() for label in labels) or bool(bars.sources.get("synthetic"))
