"""Ask strategies for their scores, one bar set at a time."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec.structs import astuple
from numpy.typing import NDArray

from tenfold.domain.bars import bar_dtype, blank_bar, packed
from tenfold.domain.errors import StrategyError
from tenfold.domain.market import UNUSABLE, BarSet
from tenfold.engine.failures import count_error
from tenfold.kernels import screen
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import bound, viewed
from tenfold.ports import Strategy


class Voter(Protocol):
    """Give one score a symbol for each bar set."""

    name: str
    weight: float

    @property
    def failures(self) -> int:
        """Bars without a score after the first score."""

    def ask(self, rows: Any, bars: BarSet, number: int, scores: NDArray[np.float64], member: int) -> None:
        """Write `scores[0, :, member]`; NaN abstains. `rows` (1, S) are the bars, `number` counts bar sets from 0."""


class Window:
    """Hold the bars of one moment as records (1, S) that compiled folds read without copying."""

    def __init__(self, symbols: Sequence[str], columns: Sequence[str] = ()) -> None:
        record = bar_dtype(columns)
        self._pack_into = packed(len(columns)).pack_into
        self._further = bool(columns)
        self._column = {symbol: index * record.itemsize for index, symbol in enumerate(symbols)}
        self._symbols = tuple(symbols)
        self._buffer = bytearray(record.itemsize * len(symbols))
        writeable = np.frombuffer(self._buffer, record).reshape(1, len(symbols))
        self._writeable = writeable
        self._blank = blank_bar(columns)
        view = writeable.view()
        view.flags.writeable = False
        self.rows: Any = viewed(view)

    def put(self, bars: BarSet) -> None:
        """Take the bars of one moment; of a symbol without one only the moment is shown."""
        if len(bars.bars) != len(self._symbols):
            self._blank["ts_ns"], self._blank["session"] = bars.ts_ns, bars.session
            self._writeable[:] = self._blank
        for bar in bars.bars:
            *fields, symbol, further = astuple(bar)
            if self._further:
                fields += further
            self._pack_into(self._buffer, self._column[symbol], *fields)


class FoldVoter:
    """Ask a fold through its compiled step: the same machine code as every other path.

    One that raises, as of a table that is too short for what comes, abstains of all symbols; `errors` says how often each error was raised.
    """

    def __init__(self, fold: Fold, params: NDArray[np.void], name: str, weight: float, symbols: int) -> None:
        self.name = name
        self.weight = weight
        self.errors: dict[str, int] = {}
        self._raised = 0
        self.states = fold.states(symbols)
        self._health = np.zeros((symbols, 2), np.int64)
        self._row = np.empty(symbols)
        self._panel = fold.panel
        self._states = viewed(self.states)
        self._params = viewed(params)
        self._kernel: Any = screen.score_panel if fold.panel else screen.score_symbols
        self._first_step: Callable[..., None] = compile_for(fold, self._kernel, symbols)
        self._step: Callable[..., None] | None = None

    @property
    def failures(self) -> int:
        """Bars without a score after the first score."""
        return int(self._health[:, screen.FAILED].sum()) + self._raised

    def ask(self, rows: Any, bars: BarSet, number: int, scores: NDArray[np.float64], member: int) -> None:
        """Write the scores of all symbols; the first call compiles, and explains what it cannot."""
        scratch = (self._row,) if self._panel else ()
        arguments = (self._states, rows, self._params, self._health, *scratch, scores, member, number)
        try:
            self._run(arguments)
        except StrategyError:  # it is no fold
            raise
        except Exception as error:  # compiled code raises where an index or a range is none
            scores[0, :, member] = np.nan
            count_error(self.errors, f"{type(error).__name__}: {error}")
            self._raised += 1

    def _run(self, arguments: tuple[Any, ...]) -> None:
        if self._step is None:
            self._first_step(*arguments)
            self._step = bound(self._kernel, *arguments)
        else:
            self._step(*arguments)


class WindowVoter:
    """Ask an object with `on_bar(window)`, symbol by symbol, for a Signal or its score; one that raises abstains.

    `errors` says how often each error was raised. An attribute `window` of the object is the number of bars it sees.
    """

    def __init__(
        self, strategy: Strategy, name: str, weight: float, symbols: Sequence[str], columns: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.weight = weight
        self.failures = 0
        self.errors: dict[str, int] = {}
        self._strategy = strategy
        length = getattr(strategy, "window", 1)
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise StrategyError(f"the window of {name} is {length!r} bars, expected a whole number of at least 1")
        self._length = length
        self._past = np.zeros((len(symbols), self._length), bar_dtype(columns))
        self._seen = np.zeros(len(symbols), np.int64)

    def ask(self, rows: Any, bars: BarSet, number: int, scores: NDArray[np.float64], member: int) -> None:
        """Write the scores of all symbols."""
        scores[0, :, member] = np.nan
        for index in range(rows.shape[1]):
            if int(rows[0, index]["flags"]) & int(UNUSABLE):
                continue
            past = self._past[index]
            past[:-1] = past[1:]
            past[-1] = rows[0, index]
            self._seen[index] += 1
            if self._seen[index] >= self._length:
                scores[0, index, member] = self._score(past)

    def _score(self, past: NDArray[np.void]) -> float:
        try:
            found: Any = self._strategy.on_bar(past.copy())
            score = float(getattr(found, "score", found))
            if not -1.0 <= score <= 1.0:
                raise StrategyError(f"score {score} is outside -1 to 1")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of a library in Rust, such as polars, is no Exception
            count_error(self.errors, f"{type(error).__name__}: {error}")
            self.failures += 1
            return float("nan")
        return score


class UniverseVoter:
    """Let a voter see every symbol, and have no opinion (a score of 0) on those that are no members.

    `members` (T, S) says who is one at each bar.
    """

    def __init__(self, voter: Voter, members: NDArray[np.bool_]) -> None:
        self.name = voter.name
        self.weight = voter.weight
        self._voter = voter
        self._outside = ~members

    @property
    def failures(self) -> int:
        """Bars without a score after the first score."""
        return self._voter.failures

    def ask(self, rows: Any, bars: BarSet, number: int, scores: NDArray[np.float64], member: int) -> None:
        """Write the scores of all symbols; where there is none (NaN) it stays so."""
        self._voter.ask(rows, bars, number, scores, member)
        found = scores[0, :, member]
        found[self._outside[number] & ~np.isnan(found)] = 0.0


class GivenVoter:
    """Read scores that were computed elsewhere."""

    def __init__(self, given: NDArray[np.float64], name: str, weight: float) -> None:
        self.name = name
        self.weight = weight
        self.failures = 0
        self._given = given

    def ask(self, rows: Any, bars: BarSet, number: int, scores: NDArray[np.float64], member: int) -> None:
        """Write row `number` of what was given, where the symbol has a bar."""
        missing = (rows["flags"][0] & int(UNUSABLE)) != 0
        scores[0, :, member] = np.where(missing, np.nan, self._given[number])
