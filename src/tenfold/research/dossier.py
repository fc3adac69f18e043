"""Hold what is known of how robust an ensemble is: plain arrays and numbers, for reports and gates."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.research.gates import Check

Values = NDArray[np.float64]

LEVELS: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of wealth that a fan shows."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Spread:
    """Hold what B paths of one kind came to.

    Attributes
    ----------
    name : what was varied, e.g. "stationary bootstrap"
    words : what it answers, in a sentence
    sharpe, annual_return : (B,), net, a year; a path that does not vary has a Sharpe ratio of 0
    drawdown, scaled_drawdown : (B,) deepest loss from a peak as a positive fraction; the second after scaling the returns to
        10 % volatility a year
    fan_at : (G,) bars since the start, the first 0
    fan : (5, G) quantiles (`LEVELS`) of wealth there, from a start of 1
    """

    name: str
    words: str
    sharpe: Values
    annual_return: Values
    drawdown: Values
    scaled_drawdown: Values
    fan_at: NDArray[np.int64]
    fan: Values


@dataclass(frozen=True, eq=False, kw_only=True)
class Neighbourhood:
    """Hold the annual Sharpe ratios (N,) of parameters near those of a member, or of all members at once ("the vote")."""

    member: str
    own: float
    sharpe: Values
    median: float
    low: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Plateau:
    """Hold the annual Sharpe ratio of one member over two parameters, `cells` (Y, X), the others as they are.

    `y` is empty and Y is 1 where there is one parameter; `own` is the place (x, y) of the member itself.
    """

    member: str
    x: str
    y: str
    xs: Values
    ys: Values
    cells: Values
    own: tuple[float, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomEntry:
    """Hold the annual Sharpe ratios (B,) of entering at random: as often, for as long, on the same sides.

    `p` is (1 + number at least as good as `own`) / (B + 1).
    """

    own: float
    sharpe: Values
    p: float


@dataclass(frozen=True, eq=False, kw_only=True)
class CostCurve:
    """Hold what multiples of all costs leave.

    `multiples`, `sharpe` and `annual_return` (M,); `paid_bps` is what was paid of what was traded, fees and slippage, a
    side; `break_even_bps` what could be paid before nothing is left: 0 where nothing was earned without costs, NaN where
    nothing was traded.
    """

    multiples: Values
    sharpe: Values
    annual_return: Values
    paid_bps: float
    break_even_bps: float


@dataclass(frozen=True, eq=False, kw_only=True)
class LatencyCurve:
    """Hold what orders that arrive `bars_late` (M,) bars late leave: annual Sharpe ratio and return, (M,)."""

    bars_late: Values
    sharpe: Values
    annual_return: Values


@dataclass(frozen=True, eq=False, kw_only=True)
class ScenarioOutcomes:
    """Hold the stratified scenarios, one value each, (N,), in the order of their index.

    Attributes
    ----------
    strata, regimes : names; `stratum` and `regime` are places in them
    volatility, slippage, liquidity, fee, latency : multipliers
    trend : drift added, log a year; `shocks` : how many there were
    sharpe, annual_return, drawdown, scaled_drawdown : as in `Spread`
    failed : whether it lost money, or fell by more than is borne
    """

    strata: tuple[str, ...]
    regimes: tuple[str, ...]
    stratum: NDArray[np.int64]
    regime: NDArray[np.int64]
    volatility: Values
    slippage: Values
    liquidity: Values
    fee: Values
    latency: Values
    trend: Values
    shocks: NDArray[np.int64]
    sharpe: Values
    annual_return: Values
    drawdown: Values
    scaled_drawdown: Values
    failed: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Score:
    """Hold the robustness score, in [0, 1], and its parts, each in [0, 1]: weights 0.35, 0.25, 0.25 and 0.15."""

    quartile: float
    steadiness: float
    drawdown: float
    sign: float
    total: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Dossier:
    """Hold the evidence for and against an ensemble.

    Attributes
    ----------
    names, symbols, label, seed : what was looked at, on what, with which seed
    ts_ns, returns : (T,) the run itself, net; `periods` bars a year
    sharpe, annual_return, drawdown : of the run itself, as in `Spread`
    block : bars of a block of the bootstrap of returns; `price_block` of the resampled prices
    bootstrap, shuffle, filtered : luck of the sample: returns resampled, trades in another order, volatility simulated
    resampled, switching : the rule run again on other prices: blocks of bars, and regimes in another order
    scenarios, scenario_fan : the stratified scenarios, and their fan
    neighbourhoods : of the vote first, then of each member; `plateaus` of the members that have parameters
    random_entry : None where the vote never took a side
    score, checks : of the scenarios; each threshold asked for, in words
    notes : what a reader must know, a sentence each
    """

    names: tuple[str, ...]
    symbols: tuple[str, ...]
    label: str
    seed: int
    ts_ns: NDArray[np.int64]
    periods: float
    returns: Values
    sharpe: float
    annual_return: float
    drawdown: float
    block: float
    price_block: float
    bootstrap: Spread
    shuffle: Spread
    filtered: Spread
    resampled: Spread
    switching: Spread
    scenarios: ScenarioOutcomes
    scenario_fan: Spread
    neighbourhoods: tuple[Neighbourhood, ...]
    plateaus: tuple[Plateau, ...]
    random_entry: RandomEntry | None
    costs: CostCurve
    latency: LatencyCurve
    score: Score
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def failure_rate(self) -> float:
        """Share of the scenarios that failed."""
        return float(self.scenarios.failed.mean())

    @property
    def spreads(self) -> tuple[Spread, ...]:
        """All kinds of paths, in the order in which they are told."""
        return (self.bootstrap, self.shuffle, self.filtered, self.resampled, self.switching, self.scenario_fan)
