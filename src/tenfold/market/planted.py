"""Make markets with a known edge, so that what looks for edges can be held to what is there.

How it works
------------
An edge is a signal of variance 1 that moves prices beside the noise; `strength` is its share of the variance of a bar's
return. Nothing but past bars and the calendar is needed to trade it: each signal lasts, reverts, or follows the date.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.paths import Returns, bars_along, begin, correlated, per_bar, stamps

_SHOCK_SHARE: Final = 0.1  # of the bars: opening gaps, and bars of heavy volume
_HEAVY: Final = 3.0  # times the usual volume
_VOLATILITY_SPREAD: Final = 0.5  # deviation of the logarithm of the volatility
_MONTH_TURN: Final = (26, 3)
_WINTER: Final = (11, 4)


@dataclass(frozen=True, eq=False)
class _Signal:
    """Hold what an edge does, (T, S) each.

    `moves` of variance 1; `overnight` the part of them that has happened by the open; `activity` added to the logarithm of the
    volume; `scale` multiplies the volatility.
    """

    moves: Returns
    overnight: Returns | None = None
    activity: Returns | None = None
    scale: Returns | float = 1.0


@dataclass(frozen=True, eq=False)
class _Frame:
    """Hold the size of a market and its calendar; `day` and `month` (T,) are those of the bar before."""

    bars: int
    symbols: int
    keep: float
    day: NDArray[np.int64]
    month: NDArray[np.int64]

    def hidden(self, rng: np.random.Generator, width: int) -> Returns:
        """Return first-order autoregressions of variance 1 that forget over the span, (T, width)."""
        shocks = rng.standard_normal((self.bars, width))
        return self.forgetting(np.sqrt(1.0 - self.keep * self.keep) * shocks)

    def forgetting(self, shocks: Returns) -> Returns:
        """Return the sum of shocks of which each bar forgets its share; it begins at 0 with the first bar."""
        state = np.zeros(shocks.shape)
        for t in range(1, len(shocks)):
            state[t] = self.keep * state[t - 1] + shocks[t]
        return state


def planted_market(
    bars: int = 2520,
    symbols: int | Sequence[str] = 1,
    *,
    seed: int,
    edge: str = "trend",
    strength: float = 0.1,
    span: int = 20,
    volatility: float = 0.2,
    correlation: float = 0.0,
    period_ns: int = NS_PER_DAY,
) -> Bars:
    """Return markets with an edge that a strategy ought to find.

    Parameters
    ----------
    edge : one of `EDGES`
        "trend": a hidden drift that lasts about `span` bars (autoregressive); "reversion": a deviation from a random walk that
        decays with a mean life of `span` bars; "gap": the same, but it comes in one of ten nights; "climax": the same, but it
        comes on one of ten days, with heavy volume; "month_turn": a drift in the bars that follow the 26th to the 3rd;
        "winter": a drift from November to April; "calm": the drift is high while the volatility, which changes over `span`
        bars, is low; "relative": a drift against the other symbols that lasts about `span` bars; "pairs": the
        ratio of first and second, third and fourth symbol deviates and comes back within `span` bars
    strength : share of the variance of a bar's return that the edge makes, 0 (none) to below 1
    correlation : of the noise of all pairs of symbols

    No edge gives prices a drift on the whole, and a strength of 0 gives a random walk.
    """
    names, rng = begin(bars, symbols, seed, volatility)
    if edge not in EDGES:
        raise ParameterError(f"edge is {edge!r}, expected one of {', '.join(EDGES)}")
    if not 0.0 <= strength < 1.0:
        raise ParameterError(f"strength is {strength:g}, expected at least 0 and less than 1")
    if span < 1:
        raise ParameterError(f"span is {span}, expected at least 1 bar")
    signal_of, symbols_min = EDGES[edge]
    if len(names) < symbols_min:
        raise ParameterError(f"{len(names)} symbols, expected at least {symbols_min} for the edge {edge}")
    noise = correlated(rng, bars, len(names), correlation)
    signal = signal_of(rng, _frame(bars, len(names), span, period_ns))
    sigma = per_bar(volatility, period_ns) * signal.scale
    share = np.sqrt(strength) * sigma
    return bars_along(
        names,
        0.0,
        np.broadcast_to(np.sqrt(1.0 - strength) * sigma, noise.shape),
        noise,
        rng,
        period_ns,
        f"planted {edge} of strength {strength:g} over {span} bars, seed {seed}",
        extra=share * signal.moves,
        overnight=None if signal.overnight is None else share * signal.overnight,
        activity=signal.activity,
    )


def _frame(bars: int, symbols: int, span: int, period_ns: int) -> _Frame:
    before = stamps(bars, period_ns)[0] - period_ns
    if period_ns >= NS_PER_DAY:
        before = np.concatenate((before[:1], stamps(bars, period_ns)[0][:-1]))
    date = (before // NS_PER_DAY).astype("datetime64[D]")
    months = date.astype("datetime64[M]")
    day = (date - months).astype(np.int64) + 1
    return _Frame(bars, symbols, float(np.exp(-1.0 / span)), day, months.astype(np.int64) % 12 + 1)


def _trend(rng: np.random.Generator, frame: _Frame) -> _Signal:
    return _Signal(frame.hidden(rng, frame.symbols))


def _reversion(rng: np.random.Generator, frame: _Frame) -> _Signal:
    return _Signal(_changes(frame.hidden(rng, frame.symbols), frame.keep))


def _changes(deviation: Returns, keep: float) -> Returns:
    """Return the changes of deviations of variance 1, scaled to variance 1."""
    return np.asarray(np.diff(deviation, axis=0, prepend=deviation[:1]) / np.sqrt(2.0 * (1.0 - keep)))


def _gap(rng: np.random.Generator, frame: _Frame) -> _Signal:
    shocks, moves, _ = _shocks(rng, frame)
    return _Signal(moves, overnight=shocks)


def _climax(rng: np.random.Generator, frame: _Frame) -> _Signal:
    _, moves, struck = _shocks(rng, frame)
    return _Signal(moves, activity=np.log(_HEAVY) * struck)


def _shocks(rng: np.random.Generator, frame: _Frame) -> tuple[Returns, Returns, NDArray[np.bool_]]:
    """Return shocks to some bars, the moves that they and their decay make, of variance 1, and which bars were struck."""
    shape = (frame.bars, frame.symbols)
    struck = rng.random(shape) < _SHOCK_SHARE
    struck[0] = False
    shocks = rng.standard_normal(shape) * struck * np.sqrt((1.0 + frame.keep) / (2.0 * _SHOCK_SHARE))
    deviation = frame.forgetting(shocks)
    return shocks, np.diff(deviation, axis=0, prepend=deviation[:1]), struck


def _month_turn(_: np.random.Generator, frame: _Frame) -> _Signal:
    return _dated(frame, (frame.day >= _MONTH_TURN[0]) | (frame.day <= _MONTH_TURN[1]))


def _winter(_: np.random.Generator, frame: _Frame) -> _Signal:
    return _dated(frame, (frame.month >= _WINTER[0]) | (frame.month <= _WINTER[1]))


def _dated(frame: _Frame, within: NDArray[np.bool_]) -> _Signal:
    share = float(within.mean())
    spread = np.sqrt(share * (1.0 - share))
    moves = (within - share) / spread if spread > 0.0 else np.zeros(frame.bars)
    return _Signal(np.repeat(moves[:, None], frame.symbols, axis=1))


def _calm(rng: np.random.Generator, frame: _Frame) -> _Signal:
    level = frame.hidden(rng, 1).repeat(frame.symbols, axis=1)
    spread = _VOLATILITY_SPREAD
    # Centred so that the mean move is 0 where the volatility is a lognormal of this spread.
    return _Signal(spread - level, scale=np.exp(spread * level - spread * spread))


def _relative(rng: np.random.Generator, frame: _Frame) -> _Signal:
    hidden = frame.hidden(rng, frame.symbols)
    apart = hidden - hidden.mean(axis=1, keepdims=True)
    return _Signal(apart * np.sqrt(frame.symbols / (frame.symbols - 1.0)))


def _pairs(rng: np.random.Generator, frame: _Frame) -> _Signal:
    pairs = frame.symbols // 2
    moves = _changes(frame.hidden(rng, pairs), frame.keep)
    both = np.zeros((frame.bars, frame.symbols))
    both[:, 0 : 2 * pairs : 2], both[:, 1 : 2 * pairs : 2] = moves, -moves
    return _Signal(both)


EDGES: Final[dict[str, tuple[Callable[[np.random.Generator, _Frame], _Signal], int]]] = {
    "trend": (_trend, 1),
    "reversion": (_reversion, 1),
    "gap": (_gap, 1),
    "climax": (_climax, 1),
    "month_turn": (_month_turn, 1),
    "winter": (_winter, 1),
    "calm": (_calm, 1),
    "relative": (_relative, 3),
    "pairs": (_pairs, 2),
}
"""Every edge, and the symbols that it needs."""
