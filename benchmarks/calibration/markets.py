"""List the markets of the calibration, each made from its own seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from tenfold.app.data import sample_bars
from tenfold.domain.bars import Bars
from tenfold.market.resampling import block_shuffle
from tenfold.market.strengths import PLANS, SOLVED, Solved, market_of, solved
from tenfold.market.synthetic import garch_market, random_walk

BARS = 5040
SHARPES = (1.0, 1.5)
BLOCKS = (1, 300)
"""Bars of a block of real returns: no memory is kept, or that of every horizon (the longest is 300)."""

FRESH_SEEDS = 10_000_000
_SINGLE = (("us-indices", "SP500"), ("us-indices", "NASDAQ"), ("us-large-caps", "AAPL"), ("us-large-caps", "IBM"),
           ("us-large-caps", "MSFT"), ("wti", "WTI"))  # fmt: skip
_COMPANIES = "sp500-20"
_HEAVY = 5.0  # degrees of freedom of Student's t


@dataclass(frozen=True)
class Market:
    """Hold one market: `group` is noise, drift or planted with its Sharpe ratio, `kind` how it is made."""

    group: str
    kind: str
    symbols: int
    seed: int
    make: Callable[[int], Bars]
    solved: Solved | None = None

    @property
    def key(self) -> str:
        return f"{self.group}, {self.kind}, {self.symbols}, {self.seed}"

    def bars(self) -> Bars:
        """Return the market."""
        return self.make(self.seed)

    def fresh(self) -> Bars:
        """Return 20 further years of the same generator."""
        return self.make(self.seed + FRESH_SEEDS)


def markets(seeds: int = 0) -> list[Market]:
    """Return 500 markets, groups and kinds in turn, so that any first part is a fair sample; `seeds` is added to each seed."""
    groups = [list(_noise(seeds)), list(_drift(seeds)), *(list(_planted(sharpe, seeds)) for sharpe in SHARPES)]
    return [one for _, one in sorted(_in_turn(groups), key=lambda placed: placed[0])]


def _in_turn(groups: list[list[Market]]) -> Iterator[tuple[float, Market]]:
    for group in groups:
        kinds: dict[tuple[str, int], list[Market]] = {}
        for one in group:
            kinds.setdefault((one.kind, one.symbols), []).append(one)
        for part in kinds.values():
            yield from (((place + 0.5) / len(part), one) for place, one in enumerate(part))


def _noise(seeds: int) -> Iterator[Market]:
    """Yield 200 markets without drift."""
    plain, heavy = partial(_garch, sharpe=0.0), partial(_garch, sharpe=0.0, freedom=_HEAVY)
    made: list[tuple[str, int, int, Callable[[int], Bars]]] = [
        ("random walk", 1, 30, partial(_walk, symbols=1, sharpe=0.0)),
        ("random walk", 6, 20, partial(_walk, symbols=6, sharpe=0.0)),
        ("GARCH", 1, 15, partial(plain, symbols=1)),
        ("GARCH, heavy tails", 1, 15, partial(heavy, symbols=1)),
        ("GARCH, heavy tails", 6, 20, partial(heavy, symbols=6)),
        *((f"shuffled blocks of {block}", 1, 30, partial(_shuffled, block=block)) for block in BLOCKS),
        *((f"shuffled blocks of {block}", 6, 20, partial(_shuffled_six, block=block)) for block in BLOCKS),
    ]
    for number, (kind, symbols, count, make) in enumerate(made):
        yield from (Market("noise", kind, symbols, seeds + 1000 * number + one, make) for one in range(count))


def _drift(seeds: int) -> Iterator[Market]:
    """Yield 100 markets of which buying and holding has a Sharpe ratio between 0.3 and 0.8."""
    for number, (kind, symbols, count) in enumerate(
        (("random walk", 1, 30), ("random walk", 6, 20), ("GARCH, heavy tails", 1, 30), ("GARCH, heavy tails", 6, 20))
    ):
        make = (
            partial(_walk, symbols=symbols)
            if kind == "random walk"
            else partial(_garch, symbols=symbols, freedom=_HEAVY)
        )
        yield from (Market("drift", kind, symbols, seeds + 20_000 + 1000 * number + one, make) for one in range(count))


def _planted(sharpe: float, seeds: int) -> Iterator[Market]:
    """Yield 100 markets whose best strategy has this Sharpe ratio."""
    edges = list(dict.fromkeys(one.edge for one in SOLVED))
    for number, edge in enumerate(edges):
        known = solved(edge, sharpe)
        first = seeds + round(40_000 * sharpe) + 1000 * number
        for one in range(100 // len(edges) + (number < 100 % len(edges))):
            yield Market(
                f"planted {sharpe}", edge, PLANS[edge].symbols, first + one, partial(market_of, known, BARS), known
            )


def _terms(seed: int, symbols: int, sharpe: float | None) -> dict[str, float]:
    """Return volatility, drift and correlation; where no Sharpe ratio is given it is drawn from 0.3 to 0.8."""
    rng = np.random.default_rng([seed, 3])
    volatility, drawn = float(rng.uniform(0.1, 0.4)), float(rng.uniform(0.3, 0.8))
    correlation = 0.5
    together = np.sqrt(symbols / (1.0 + (symbols - 1.0) * correlation))  # by which the index is calmer than a symbol
    wanted = drawn if sharpe is None else sharpe
    return {"volatility": volatility, "drift": wanted * volatility / together, "correlation": correlation}


def _walk(seed: int, *, symbols: int, sharpe: float | None = None) -> Bars:
    return random_walk(BARS, symbols, seed=seed, **_terms(seed, symbols, sharpe))


def _garch(seed: int, *, symbols: int, sharpe: float | None = None, freedom: float | None = None) -> Bars:
    return garch_market(BARS, symbols, seed=seed, freedom=freedom, **_terms(seed, symbols, sharpe))


def _shuffled(seed: int, *, block: int) -> Bars:
    """Return a real market in another order, its mean log return taken out."""
    names = [*_SINGLE, *((_COMPANIES, name) for name in companies())]
    return block_shuffle(_sample(*names[seed % len(names)]), block, seed)


def _shuffled_six(seed: int, *, block: int) -> Bars:
    """Return six of twenty real companies in another order, together, the mean log return of each taken out."""
    rng = np.random.default_rng([seed, 4])
    names = companies()
    chosen = sorted(rng.choice(len(names), 6, replace=False).tolist())
    return block_shuffle(_sample(_COMPANIES, *(names[one] for one in chosen)), block, seed)


@cache
def companies() -> tuple[str, ...]:
    """Return the symbols of the sample that sets of six are drawn from."""
    return sample_bars(_COMPANIES).symbols


@cache
def _sample(name: str, *symbols: str) -> Bars:
    bars = sample_bars(name, list(symbols))
    return bars.slice(-BARS) if len(bars) > BARS else bars
