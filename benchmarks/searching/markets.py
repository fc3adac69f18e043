"""List the markets on which searches are compared: planted edges, noise, and real data."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tenfold.app.data import sample_bars
from tenfold.domain.bars import Bars
from tenfold.market.strengths import SOLVED, market_of
from tenfold.market.synthetic import garch_market, random_walk

BARS = 5040
FRESH_SEEDS = 10_000_000
FIRST_SEED = 700_000  # apart from those of the calibration
NOISE = 12
REAL_SEEDS = 3
SIX = 6
REAL = ("us-large-caps", "us-indices", "wti", "factor-funds")


@dataclass(frozen=True)
class Market:
    """Hold one market: `unit` is what counts as one in a mean, `seed` that of the search and of the generator, if any."""

    group: str
    unit: str
    seed: int
    make: Callable[..., Bars]

    @property
    def key(self) -> str:
        return f"{self.group}, {self.unit}, {self.seed}"

    def bars(self) -> Bars:
        return self.make(seed=self.seed)

    def fresh(self) -> Bars | None:
        """Return 20 further years of the same generator; real data have none."""
        return None if self.group == "real" else self.make(seed=self.seed + FRESH_SEEDS)


def markets(each: int, first: int = 0) -> list[Market]:
    """Return `each` markets of every planted edge and Sharpe ratio from number `first` on, and noise and real data."""
    return sorted((*_planted(each, first), *_noise(first), *_real(first)), key=lambda one: one.seed % 100)


def _planted(each: int, first: int) -> Iterator[Market]:
    for number, known in enumerate(SOLVED):
        for seed in range(FIRST_SEED + 100 * number + first, FIRST_SEED + 100 * number + first + each):
            unit = f"{known.edge} {seed}"
            yield Market(f"planted {known.sharpe}", unit, seed, partial(market_of, known, BARS))


def _noise(first: int) -> Iterator[Market]:
    for number in range(NOISE):
        make = (
            partial(random_walk, BARS, (1, SIX)[number % 2], drift=0.0)
            if number < NOISE // 2
            else partial(garch_market, BARS, (1, SIX)[number % 2], drift=0.0, freedom=5.0)
        )
        seed = FIRST_SEED + 10_000 + 100 * number + first
        yield Market("noise", f"{number}, {seed}", seed, make)


def _real(first: int) -> Iterator[Market]:
    sets = [(name, partial(_sample, name, None)) for name in REAL]
    companies = sample_bars("sp500-20").symbols
    for start in range(0, len(companies) - SIX + 1, SIX):
        some = list(companies[start : start + SIX])
        sets.append((f"sp500-20 from {some[0]}", partial(_sample, "sp500-20", some)))
    for name, make in sets:
        for seed in range(first, first + REAL_SEEDS):
            yield Market("real", name, seed, make)


def _sample(name: str, symbols: list[str] | None, *, seed: int) -> Bars:
    """Return real bars: the seed is the search's alone."""
    del seed
    return sample_bars(name, symbols)
