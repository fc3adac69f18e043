"""Run a fold as plain Python for a while: its mistakes show with their file and line before anything is compiled.

How it works. Compiled code checks no bounds: a length above the capacity of a window would write into its
neighbour's memory. Plain Python refuses it, so the fold runs once at the corners of its space, long enough for the
largest window to come round, before it is compiled for the first time.
"""

import contextlib
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars, bars_from_arrays
from tenfold.domain.errors import StrategyError
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels import probe
from tenfold.kernels.fold import Fold
from tenfold.kernels.layout import as_records
from tenfold.kernels.source import place

_BARS_MIN: Final = 120
_BARS_MAX: Final = 320
_LONGEST_MAX: Final = 2_000
SYMBOLS: Final = 3
SYMBOLS_MAX: Final = 10
"""Symbols of a trial: of a panel as many as it will rank, up to these, of which no index is to be beyond."""


class _ValueError(StrategyError):
    """Report a division by zero, or a value outside the domain of a function: compiled code goes on with NaN."""


def try_fold(fold: Fold, symbols: int = SYMBOLS) -> None:
    """Run a fold in plain Python on made-up bars of so many symbols at its low, default and high parameters.

    Raises `StrategyError` with file and line where it reads or writes past a window or the symbols, uses a field that is not there,
    or returns no number. Values are not judged here: that is `tenfold check`. A window of more than 2,000 values does
    not come round here.
    """
    longest = 3 + _capacity(fold)
    rows = _walk(max(_BARS_MIN, min(_BARS_MAX, longest)), symbols, fold).rows
    for values in _corners(fold):
        with np.errstate(all="ignore"), contextlib.suppress(_ValueError):
            run_plain(fold, rows, values)
    if longest > _BARS_MAX:
        highest = {name: parameter.high for name, parameter in fold.parameters.items()}
        with np.errstate(all="ignore"), contextlib.suppress(_ValueError):
            run_plain(fold, _walk(min(_LONGEST_MAX, longest), symbols if fold.panel else 1, fold).rows, highest)


def run_plain(fold: Fold, rows: NDArray[np.void], values: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return raw scores (T, S) from plain Python, or raise `StrategyError` with the file and line that failed."""
    scores = np.empty(rows.shape)
    kernel = probe.probe_panel if fold.panel else probe.probe_symbols
    plainly(fold, kernel)(fold.states(rows.shape[1]), rows, fold.params(values), scores)
    return scores


def plainly(fold: Fold, kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel as plain Python whose errors in `fold` become a `StrategyError` with file and line."""

    def run(*arguments: Any) -> Any:
        try:
            return kernel(*map(_readable, arguments))
        except (ArithmeticError, AttributeError, IndexError, NameError, TypeError, ValueError) as error:
            wrong_value = isinstance(error, ArithmeticError) or "math domain" in str(error)
            raise (_ValueError if wrong_value else StrategyError)(_line(error, fold)) from None

    return run


def _readable(argument: Any) -> Any:
    structured = isinstance(argument, np.ndarray) and argument.dtype.names is not None
    return as_records(argument) if structured else argument


def _line(error: Exception, fold: Fold) -> str:
    files = {function.__code__.co_filename for function in fold.functions}
    own = fold.function.__code__.co_filename
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in files]
    mine = [frame for frame in frames if frame.filename == own]
    if not mine:
        where = place(own, fold.function.__code__.co_firstlineno)
        if isinstance(error, (TypeError, ValueError)):
            return f"{where}: {fold.name} returns no number, expected one score in [-1, 1]"
        return f"{where}: {fold.name} fails: {error}"
    called = "" if frames[-1] is mine[-1] else frames[-1].name
    return f"{place(own, mine[-1].lineno or 1)}: {_reason(error, fold, called)}"


def _reason(error: Exception, fold: Fold, called: str) -> str:
    """Return what went wrong in a line of the fold; `called` is the building block that failed, if one did."""
    if called and "'record' object has no attribute" in str(error):
        return (
            f"{called}() is given a record of another building block ({error}); declare in State(...) the one "
            f"that the list of indicators names for {called}"
        )
    if isinstance(error, IndexError):
        return (
            f"{fold.name} reads or writes past the end of bars or of a window ({error}); a window needs the room "
            "of the largest length, e.g. State(slow=Mean(500)), and a panel has len(bars) symbols"
        )
    if isinstance(error, ZeroDivisionError) or "divide" in str(error):
        return f"{fold.name} divides by zero; test the divisor first"
    if isinstance(error, ArithmeticError) or "math domain" in str(error):
        return f"{fold.name} has no value here ({error}); test the argument first"
    return f"{fold.name} fails: {error}"


def _capacity(fold: Fold) -> int:
    """Return the length of the longest window in the state."""
    waiting, longest = [fold.state_dtype], 1
    while waiting:
        kind = waiting.pop()
        if kind.subdtype is not None:
            longest = max(longest, *kind.subdtype[1])
        elif kind.fields is not None:
            waiting += [field[0] for field in kind.fields.values()]
    return longest


def _corners(fold: Fold) -> Any:
    yield fold.defaults
    if fold.parameters:
        yield {name: parameter.high for name, parameter in fold.parameters.items()}
        yield {name: parameter.low for name, parameter in fold.parameters.items()}


def _walk(count: int, symbols: int, fold: Fold) -> Bars:
    random = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, (count, symbols)), axis=0))
    open_ = close * np.exp(random.normal(0.0, 0.005, close.shape))
    high = np.maximum(open_, close) * 1.004
    low = np.minimum(open_, close) * 0.996
    volume = random.uniform(1e5, 1e6, close.shape)
    ts_ns = (10_000 + np.arange(count, dtype=np.int64)) * NS_PER_DAY
    bars = bars_from_arrays(
        [chr(ord("A") + place) for place in range(symbols)],
        ts_ns,
        open_,
        high,
        low,
        close,
        volume,
        period_ns=NS_PER_DAY,
    )
    return bars.with_columns(**{name: random.normal(0.0, 1.0, close.shape) for name in fold.columns})
