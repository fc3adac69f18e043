"""Trade chunks of one family of strategies, each alone: what sweeps and searches run on every core."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.compiled import ballots
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
from tenfold.kernels.sharing import CALLS_MAX, Shared, shared

TILE: Final = 2048
CHUNK: Final = 64
"""Strategies that one thread takes at a time: their states and one tile of bars stay in the second-level cache."""

SHARED_TILE: Final = 1024
SHARED_CHUNK: Final = 512
STRETCH: Final = 4_000_000
"""Bars times symbols times strategies that a thread takes before it looks whether the sweep was given up."""


def job_for(fold: Fold, params: NDArray[np.void], bars: Bars, rules: Rules) -> "Job":
    """Return the work of a sweep: with shared calls where they save at least half of the calls."""
    apart = shared(fold)
    if apart is not None:
        distinct = sum(len(np.unique(call.params(params))) for call in apart.calls)
        if 2 * distinct <= len(params) * len(apart.calls):
            return SharedJob(fold, apart, bars, rules)
    return Job(fold, bars, rules)


class Marks:
    """Take the equity of K strategies after some bars, `equities` (K, E) in money units; `stops` (E,) are the bars behind them."""

    def __init__(self, count: int, stops: Sequence[int]) -> None:
        self.stops = list(stops)
        self.equities = np.zeros((count, len(self.stops)), np.int64)
        self._column = 0

    def note(self, stop: int, books: NDArray[np.void]) -> None:
        """Take the equity where it was asked for; called as the bars go on."""
        if self._column < len(self.stops) and self.stops[self._column] == stop:
            self.equities[:, self._column] = books["equity"]
            self._column += 1


def stretches(length: int, step: int, marks: Marks | None) -> list[tuple[int, int]]:
    """Return bars [start, stop) one behind the other, none longer than `step` and none across a mark."""
    edges = {*range(0, length, step), length, *(() if marks is None else marks.stops)}
    ordered = sorted(edge for edge in edges if edge <= length)
    return list(pairwise(ordered))


class _Room:
    """Hold what one thread needs for K strategies of S symbols, a tile of bars at a time."""

    def __init__(self, job: "Job", count: int, tile: int) -> None:
        symbols = len(job.bars.symbols)
        self.health = np.zeros((count, symbols, 2), np.int64)
        self.books = np.repeat(job.book, count)
        held = fresh_symbols(count * symbols).reshape(count, symbols)
        scores = np.empty((4, tile, symbols, 1))
        out = Outputs(
            series=np.zeros((0, 4), np.int64),
            lots=np.zeros((0, symbols), np.int64),
            direction=np.zeros((0, symbols), np.int8),
            agreement=np.zeros((0, symbols), np.float32),
            fills=viewed(np.zeros(0, FILL)),
            trips=viewed(np.zeros(0, TRIP)),
            returns=np.zeros((0, 0)),
        )
        self.account = (self.health, viewed(self.books), viewed(held), viewed(job.rules), viewed(job.terms), np.ones(1))
        self.market = (viewed(job.rows), job.marks, job.marks.reshape(-1))
        self.scratch = (scores, scores.reshape(4, -1), *ballots(tile), np.empty(tile + 1, np.int64), np.empty(tile))
        self.out = out

    def result(self) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Return the finished books and how often each strategy failed."""
        return self.books, self.health[:, :, screen.FAILED].sum(1)


class Job:
    """Hold what all chunks of a sweep have in common; `trade` is safe in several threads.

    Once `given_up`, chunks under way end within a stretch, and their books mean nothing.
    """

    given_up = False

    def __init__(self, fold: Fold, bars: Bars, rules: Rules) -> None:
        self.fold = fold
        self.bars = bars
        self.rows = panel_rows(bars) if fold.panel else bars.rows
        self.marks = pack_marks(bars)
        self.rules = pack_rules(rules, bars.currency, bars.periods_per_year)
        self.rules["quiet"] = is_quiet(rules, bars, 1)
        self.terms = pack_terms(bars.instruments, rules, self.marks)
        self.book = fresh_book(rules.account.cash, bars.currency)
        self.kernel = compile_for(fold, screen.screen_panel if fold.panel else screen.screen, len(bars.symbols))

    def chunk(self, count: int, workers: int) -> int:
        """Return how many strategies a thread takes at a time."""
        return CHUNK

    def trade(
        self, params: NDArray[np.void], length: int | None = None, marks: "Marks | None" = None
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Trade strategies over all bars, or the first `length`, and return their books and failures; `marks` are filled."""
        length = len(self.bars) if length is None else length
        count, symbols = len(params), len(self.bars.symbols)
        tile = min(TILE, len(self.bars))
        room = _Room(self, count, tile)
        states = self.fold.states(count * symbols).reshape(count, symbols)
        row = (np.empty(symbols),) if self.fold.panel else ()
        stretch = max(STRETCH // (max(count, 1) * symbols * tile), 1) * tile
        for start, stop in stretches(length, stretch, marks):
            if self.given_up:
                break
            self.kernel(viewed(states), viewed(params), *room.account, *room.market, *room.scratch, start, stop, tile,
                        room.out, *row)  # fmt: skip
            if marks is not None:
                marks.note(stop, room.books)
        return room.result()


class SharedJob(Job):
    """Compute what strategies share once a chunk, then trade each on the values."""

    def __init__(self, fold: Fold, apart: Shared, bars: Bars, rules: Rules) -> None:
        super().__init__(fold, bars, rules)
        self.apart = apart
        self.values_of = compiled(screen.fold_values)
        self.rest = compiled(screen.screen_rest)

    def chunk(self, count: int, workers: int) -> int:
        """Return larger chunks, since what is shared is computed once for each."""
        return min(SHARED_CHUNK, max(CHUNK, -(-count // workers)))

    def trade(
        self, params: NDArray[np.void], length: int | None = None, marks: "Marks | None" = None
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Trade strategies over all bars, or the first `length`, and return their books and failures; `marks` are filled."""
        length = len(self.bars) if length is None else length
        count, symbols = len(params), len(self.bars.symbols)
        tile = min(SHARED_TILE, len(self.bars))
        room = _Room(self, count, tile)
        calls, rows = self._calls(params)
        values = np.full((sum(len(given) for _, given in calls), tile * symbols), np.nan)
        places = np.cumsum([0, *(len(given) for _, given in calls)])
        states = np.zeros((count, symbols), self.apart.rest.state_dtype)
        rest = self.apart.rest.params(params)
        for start, stop in stretches(length, tile, marks):
            if self.given_up:
                break
            part = viewed(self.rows[start:stop])
            for (kept, given), place in zip(calls, places, strict=False):
                self.values_of(viewed(kept), part, viewed(given), values[place : place + len(given)])
            self.rest(viewed(states), viewed(rest), *room.account, *room.market, *room.scratch, start, stop, room.out,
                      values, rows, self.bars.complete)  # fmt: skip
            if marks is not None:
                marks.note(stop, room.books)
        return room.result()

    def _calls(
        self, params: NDArray[np.void]
    ) -> tuple[list[tuple[NDArray[np.void], NDArray[np.void]]], NDArray[np.int64]]:
        """Return states and distinct parameters of each shared call, and the row of each strategy's value, (K, 4)."""
        rows = np.zeros((len(params), CALLS_MAX), np.int64)
        calls = []
        place = 0
        for number, call in enumerate(self.apart.calls):
            distinct, which = np.unique(call.params(params), return_inverse=True)
            rows[:, number] = place + which.reshape(-1)
            calls.append((np.zeros((len(distinct), len(self.bars.symbols)), call.state_dtype), distinct))
            place += len(distinct)
        return calls, rows
