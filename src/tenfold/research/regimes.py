"""Say in which regime the market is, from what was known one bar before.

How it works. A model turns the returns of an index, or of a benchmark, into a label for every bar. The label of bar t is made of
returns up to t - 1 and of nothing fitted, ranked or scaled with later ones, so that replacing all data after t - 1 changes no
label up to t. Bars keep their place on the contiguous path: a label says in which sum a bar's return is counted, and no frame
is cut. Windows count bars, whatever their period: strategies over minutes live in regimes of minutes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError, ParameterError, UnknownNameError, did_you_mean
from tenfold.kernels.expanding_rank import expanding_ranks
from tenfold.kernels.jit import compiled
from tenfold.metrics.marks import carried_closes
from tenfold.research.hidden_markov import hidden_markov_states
from tenfold.research.jump_model import jump_states
from tenfold.research.refits import FIRST_BARS, REFIT_BARS

BARS_MIN: Final = 126
"""Bars below which a regime is merged into its neighbour."""

LEVELS: Final = 3
"""Levels of volatility at most: regimes stand trend by trend, and within a trend from calm to wild."""

NAMES: Final = ("down, calm", "down, normal", "down, wild", "up, calm", "up, normal", "up, wild")

_UNKNOWN: Final = NAMES.index("down, normal")
_CALM_TO_WILD: Final = {2: ("calm", "wild"), 3: ("calm", "normal", "wild")}
_BULL_TO_BEAR: Final = {2: ("bull", "bear"), 3: ("bull", "neutral", "bear")}

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Regimes:
    """Hold the regime of every bar: `labels` (T,) int64, positions in `names`; that of bar t is known at t - 1.

    Three names belong to one trend, from the calmest to the wildest.
    """

    names: tuple[str, ...]
    labels: NDArray[np.int64]


def index_returns(bars: Bars) -> Array:
    """Return the mean simple return, dividends included, over the symbols with a usable bar, (T,); 0 where there is none.

    Point in time: a symbol counts from its second usable bar on, and where it has been away its return since it was last seen
    counts when it is back.
    """
    closes = carried_closes(bars)
    before = closes[:-1]
    there = bars.usable[1:] & ~np.isnan(before)
    after = np.where(there, closes[1:] + bars.rows["dividend"][1:], 0.0)
    changes = np.divide(after, before, out=np.ones(before.shape), where=there) - 1.0
    returns = np.zeros(len(bars))
    returns[1:] = changes.sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return returns


def trend_volatility(
    returns: Array, *, trend_bars: int = 63, volatility_bars: int = 21, first_bars: int = 252
) -> Regimes:
    """Return the default regimes: sign of the trend in units of its volatility times tercile of volatility.

    Parameters
    ----------
    returns : of the index, simple, (T,)
    trend_bars : the trend is the sum of so many log returns over the root of the sum of their squares; up above 0
    volatility_bars : the volatility is the root mean square of so many log returns; its tercile is its rank among all values so
        far, equal ones in the middle
    first_bars : values of volatility before which it counts as normal

    Raises ParameterError where a window is empty.
    """
    if min(trend_bars, volatility_bars, first_bars) < 1:
        raise ParameterError(
            f"windows of {trend_bars} and {volatility_bars} bars, the first rank after {first_bars}, expected at least 1 each"
        )
    logs = _log_returns(returns)
    squares = logs * logs
    scale = np.sqrt(_window_sums(squares, trend_bars))
    trend = np.divide(_window_sums(logs, trend_bars), scale, out=np.zeros(len(logs)), where=scale > 0.0)
    tercile = np.ones(len(logs), np.int64)
    variance = _window_sums(squares, volatility_bars)[volatility_bars - 1 :]
    ranks, count = _expanding_ranks(variance), np.arange(1, len(variance) + 1)
    known = count >= first_bars
    tercile[volatility_bars - 1 :][known] = (LEVELS * ranks // (2 * count))[known]
    return Regimes(NAMES, _known_before(np.where(trend > 0.0, LEVELS, 0) + tercile, _UNKNOWN))


def hidden_markov(
    returns: Array, *, states: int = 2, first_bars: int = FIRST_BARS, refit_bars: int = REFIT_BARS, seed: int = 0
) -> Regimes:
    """Return the states of a hidden Markov model with normal returns, sorted by variance: forward filter, expanding refits.

    `returns` (T,) of the index, `states` 2 or 3. Until the first fit all is calm.
    """
    names = _names_of(_CALM_TO_WILD, states)
    return Regimes(names, hidden_markov_states(_log_returns(returns), states, first_bars, refit_bars, seed))


def jump_model(
    returns: Array,
    *,
    states: int = 2,
    penalty: float = 10.0,
    first_bars: int = FIRST_BARS,
    refit_bars: int = REFIT_BARS,
    seed: int = 0,
) -> Regimes:
    """Return the states of a statistical jump model, sorted by downside deviation: online, expanding refits.

    `returns` (T,) of the index, `states` 2 or 3, `penalty` of a change of state: 10 makes about one change a year in twenty years
    of the Nasdaq composite. Until the first fit all is bull.
    """
    names = _names_of(_BULL_TO_BEAR, states)
    if not penalty >= 0.0:
        raise ParameterError(f"the penalty of a jump is {penalty:g}, expected at least 0")
    return Regimes(names, jump_states(_log_returns(returns), states, penalty, first_bars, refit_bars, seed))


REGIMES: Final[Mapping[str, Callable[[Array], Regimes]]] = MappingProxyType(
    {"trend_volatility": trend_volatility, "hidden_markov": hidden_markov, "jump_model": jump_model}
)
"""Every model of regimes, by name, with its defaults."""


def regimes_of(name: str, bars: Bars, benchmark: str | None = None) -> Regimes:
    """Return the regimes of a market by the name of their model.

    They are those of the equal-weight index of the bars' symbols, or of the symbol `benchmark` among them: pass all bars that
    are there, and trade a selection of them.

    Raises UnknownNameError where there is no such model or symbol.
    """
    if name not in REGIMES:
        raise UnknownNameError(f"there is no model of regimes {name}; {did_you_mean(name, REGIMES)}")
    return REGIMES[name](index_returns(bars if benchmark is None else bars.select(benchmark)))


def merged(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each regime the one that stands for it, (R,): the smallest with too few bars goes to its neighbour, and so on.

    The neighbour is the nearest in volatility of the same trend, or else of the other trend; of two the calmer. `counts` (R,)
    bars of each regime; those without bars stay what they are.
    """
    target = np.arange(len(counts))
    sizes = counts.astype(np.int64)
    while True:
        alive = np.flatnonzero(sizes > 0)
        small = alive[sizes[alive] < BARS_MIN]
        if len(small) == 0 or len(alive) == 1:
            return target
        one = small[np.argmin(sizes[small])]
        others = alive[alive != one]
        apart = len(counts) * (others // LEVELS != one // LEVELS) + np.abs(others % LEVELS - one % LEVELS)
        neighbour = others[np.argmin(apart)]
        sizes[neighbour] += sizes[one]
        sizes[one] = 0
        target[target == one] = neighbour


def _log_returns(returns: Array) -> Array:
    """Return log returns of simple ones; a loss of everything counts as one of nearly everything."""
    strange = np.flatnonzero(~np.isfinite(returns))
    if strange.size:
        raise DataError(
            f"the return of the index at bar {strange[0]} is {returns[strange[0]]}, expected a finite number"
        )
    return np.log1p(np.maximum(returns, -0.999999))


def _known_before(states: NDArray[np.int64], unknown: int) -> NDArray[np.int64]:
    """Return what was known one bar before of a state told at the close of each bar."""
    return np.concatenate(([unknown], states[:-1]))


def _names_of(table: Mapping[int, tuple[str, ...]], states: int) -> tuple[str, ...]:
    if states not in table:
        raise ParameterError(f"{states} states, expected 2 or 3")
    return table[states]


def _window_sums(values: Array, window: int) -> Array:
    """Return the sums of the last `window` values, of fewer at the start, (T,).

    Each is the tail of one block and the head of the next, never a difference of long sums: zeros add up to zero.
    """
    blocks = np.pad(values, (0, -len(values) % window)).reshape(-1, window)
    sums: Array = blocks.cumsum(axis=1).ravel()[: len(values)]
    tails = blocks[:, ::-1].cumsum(axis=1)[:, ::-1].ravel()
    inside = np.flatnonzero((np.arange(len(values)) >= window) & (np.arange(len(values)) % window != window - 1))
    sums[inside] += tails[inside - window + 1]
    return sums


def _expanding_ranks(values: Array) -> NDArray[np.int64]:
    """Return twice the middle rank of each value among the values so far, (T,)."""
    distinct, places = np.unique(values, return_inverse=True)
    ranks = np.empty(len(values), np.int64)
    compiled(expanding_ranks)(places.astype(np.int64), np.zeros(len(distinct) + 1, np.int64), ranks)
    return ranks
