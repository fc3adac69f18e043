"""Name the synthetic markets that research can be tried on: noise, and markets with an edge."""

from collections.abc import Callable, Sequence
from typing import Final

from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError, UnknownNameError, did_you_mean
from tenfold.market.planted import EDGES, planted_market
from tenfold.market.strengths import PLANS
from tenfold.market.synthetic import garch_market, random_walk, regime_market

BARS_MAX: Final = 100_000

STRENGTH: Final = 0.02
"""Share of the variance of a bar's return that a planted edge makes."""

NOISE: Final[dict[str, Callable[[int, Sequence[str], int], Bars]]] = {
    "noise": lambda bars, symbols, seed: random_walk(bars, symbols, seed=seed, drift=0.0),
    "drift": lambda bars, symbols, seed: random_walk(bars, symbols, seed=seed, drift=0.08),
    "garch": lambda bars, symbols, seed: garch_market(bars, symbols, seed=seed, drift=0.0),
    "regimes": lambda bars, symbols, seed: regime_market(bars, symbols, seed=seed),
}
"""Markets without an edge, of (bars, names of symbols, seed)."""

KINDS: Final = (*NOISE, *EDGES)


def synthetic_bars(kind: str, bars: int = 5040, symbols: int = 6, seed: int = 0) -> Bars:
    """Return a labelled synthetic market of daily bars by the name of its kind.

    Symbols are named after kind and seed, so that the log of trials takes no two markets for one.

    Raises
    ------
    UnknownNameError, ParameterError
        There is no such kind, or no market of such a size.
    """
    if kind not in KINDS:
        raise UnknownNameError(f"there is no synthetic market {kind}; {did_you_mean(kind, KINDS)}")
    if not (1 <= symbols <= 100 and 2 <= bars <= BARS_MAX):
        raise ParameterError(
            f"a market of {bars:,} bars and {symbols} symbols, expected 2 to {BARS_MAX:,} and 1 to 100"
        )
    names = [f"{kind.upper()}{seed}.{number}" for number in range(1, symbols + 1)]
    if kind in NOISE:
        return NOISE[kind](bars, names, seed)
    return planted_market(bars, names, seed=seed, edge=kind, strength=STRENGTH, span=PLANS[kind].span)
