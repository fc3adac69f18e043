"""Evaluate strategies for their returns: each alone, over the whole path, scores first and then the portfolio.

How it works. A sweep fuses scores and portfolio into one kernel a family, which is fast to run and slow to compile. A search
visits every family and few points of each, so here the score pass of the family, the one that a backtest uses, writes a
tile of scores for some strategies, and one kernel for all families trades them. The same functions see the same
numbers: a row equals the backtest of the same parameters, to the bit.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.compiled import ballots, money_overflow
from tenfold.backtesting.scoring import panel_rows
from tenfold.domain.bars import Bars
from tenfold.domain.records import FILL
from tenfold.domain.rules import Rules
from tenfold.kernels import screen
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import compiled, viewed
from tenfold.kernels.packing import fresh_book, fresh_symbols, is_quiet, pack_marks, pack_rules, pack_terms
from tenfold.kernels.records import TRIP, Outputs

_SCORES: Final = 131_072
"""Scores of all strategies of a chunk that are kept at a time: a megabyte, which stays in the cache."""


class StreamJob:
    """Hold what all evaluations on one market under one set of rules have in common; `streams` is safe in several threads."""

    def __init__(self, bars: Bars, rules: Rules) -> None:
        self.bars = bars
        self.marks = pack_marks(bars)
        self.rules = pack_rules(rules, bars.currency, bars.periods_per_year)
        self.rules["quiet"] = is_quiet(rules, bars, 1)
        self.terms = pack_terms(bars.instruments, rules, self.marks)
        self.book = fresh_book(rules.account.cash, bars.currency)
        self.panel = panel_rows(bars)
        self.trade = compiled(screen.trade_scores)

    def streams(
        self, fold: Fold, params: NDArray[np.void]
    ) -> tuple[NDArray[np.float64], NDArray[np.void], NDArray[np.int64]]:
        """Return the net return of each strategy and bar (K, T), the finished books and how often each strategy failed.

        Raises MoneyOverflowError where money leaves its exact range.
        """
        count, (length, symbols) = len(params), self.bars.rows.shape
        tile = min(max(_SCORES // max(count * symbols, 1), 64), length)
        scores = np.empty((count, tile, symbols, 1))
        health = np.zeros((count, symbols, 2), np.int64)
        books, held = np.repeat(self.book, count), fresh_symbols(count * symbols).reshape(count, symbols)
        score = self._scorer(fold, params, scores, health)
        out = Outputs(
            series=np.zeros((0, 4), np.int64),
            lots=np.zeros((0, symbols), np.int64),
            direction=np.zeros((0, symbols), np.int8),
            agreement=np.zeros((0, symbols), np.float32),
            fills=viewed(np.zeros(0, FILL)),
            trips=viewed(np.zeros(0, TRIP)),
            returns=np.zeros((count, length)),
        )
        account = (viewed(books), viewed(held), viewed(self.rules), viewed(self.terms), np.ones(1))
        market = (viewed(self.bars.rows), self.marks, self.marks.reshape(-1), scores, scores.reshape(count, -1))
        equities = np.empty(tile + 1, np.int64)
        for start in range(0, length, tile):
            stop = min(start + tile, length)
            score(start, stop)
            self.trade(*account, *market, *ballots(tile), start, stop, equities, out)
        if books["error"].any():
            raise money_overflow(self.bars, int(books["bars"][books["error"] > 0][0]))
        return out.returns, books, health[:, :, screen.FAILED].sum(1)

    def _scorer(
        self, fold: Fold, params: NDArray[np.void], scores: NDArray[np.float64], health: NDArray[np.int64]
    ) -> Callable[[int, int], None]:
        """Return what writes the scores of bars [start, stop) of every strategy."""
        count, symbols = len(params), len(self.bars.symbols)
        states = fold.states(count * symbols).reshape(count, symbols)
        each: list[Any] = [
            (viewed(states[one]), viewed(params[one : one + 1]), health[one], scores[one]) for one in range(count)
        ]
        if fold.panel:
            by_panel, row = compile_for(fold, screen.score_panel, symbols), np.empty(symbols)

            def score_panels(start: int, stop: int) -> None:
                part = viewed(self.panel[start:stop])
                for state, values, failed, into in each:
                    by_panel(state, part, values, failed, row, into, 0, start)

            return score_panels
        by_symbol = compile_for(fold, screen.score_symbols)

        def score(start: int, stop: int) -> None:
            part = viewed(self.bars.rows[start:stop])
            for state, values, failed, into in each:
                by_symbol(state, part, values, failed, into, 0, start)

        return score
