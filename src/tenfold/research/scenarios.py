"""Draw stratified scenarios, and make the bars and rules of each: what may go wrong together, from usual to extreme.

How it works
------------
Seven scenarios of ten are normal, two are stress, one is extreme, and the six regimes take turns; so the strata are exact,
and scenario `index` of a seed is the same whatever the number drawn. Each takes blocks of bars of the real market, scales their
volatility, adds drift and shocks, and puts one stretch into its regime. The rest happens in the rules that the simulator
reads: slippage, fees, volume to fill against, and latency. A multiplier of a cost that the rules do not charge stands for `UNIT_BPS` more
for each 1 above 1: at 1 every scenario trades under the rules as they are.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.rules import Costs, FeeSchedule, FeeTier, Rules
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.resampling import Ratios, rebuilt, stationary_rows

Values = NDArray[np.float64]

UNIT_BPS: Final = 1.0
"""What a multiplier above 1 adds where the rules charge nothing, of the price or the notional."""

LATENCY_UNIT: Final = 0.02
"""Part of a bar that orders are late for each 1 of the multiplier above 1."""

STRATA: Final = ("normal", "stress", "extreme")
_PATTERN: Final = (0, 0, 0, 1, 0, 0, 1, 0, 0, 2)  # of ten in a row

_SHOCK_MAX: Final = 0.7  # of a price, as a logarithm: half of it gone at once


@dataclass(frozen=True)
class Regime:
    """Hold one regime: drift a year of log prices, volatility as a multiple, and the share of the path it lasts."""

    name: str
    drift: float
    volatility: float
    share: float


REGIMES: Final = (
    Regime("bull quiet", 0.15, 0.7, 1 / 3),
    Regime("bull volatile", 0.15, 1.5, 1 / 3),
    Regime("bear quiet", -0.15, 0.7, 1 / 3),
    Regime("bear volatile", -0.25, 1.5, 1 / 3),
    Regime("ranging", 0.0, 0.8, 1 / 3),
    Regime("crisis", -0.60, 2.5, 1 / 10),
)

_RANGES: Final[tuple[dict[str, tuple[float, float]], ...]] = (
    {"volatility": (0.8, 1.25), "slippage": (0.7, 1.5), "liquidity": (0.8, 1.25), "fee": (0.9, 1.2),
     "latency": (0.5, 2.0), "trend": (-0.02, 0.02), "shocks_per_year": (0.0, 0.1), "shock_size": (2.0, 4.0)},
    {"volatility": (1.25, 2.0), "slippage": (1.5, 4.0), "liquidity": (0.3, 0.8), "fee": (1.2, 2.0),
     "latency": (2.0, 6.0), "trend": (-0.10, 0.02), "shocks_per_year": (0.1, 0.5), "shock_size": (3.0, 7.0)},
    {"volatility": (2.0, 3.5), "slippage": (4.0, 10.0), "liquidity": (0.05, 0.3), "fee": (2.0, 4.0),
     "latency": (6.0, 20.0), "trend": (-0.20, 0.0), "shocks_per_year": (0.3, 1.0), "shock_size": (5.0, 12.0)},
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """Hold one scenario.

    Parameters
    ----------
    index, seed : which one
    stratum, regime : places in `STRATA` and `REGIMES`; a regime of -1 is none
    volatility : multiple of the deviation of returns
    slippage, fee : multiples of what fills cost
    liquidity : multiple of the volume; prices that do not look at volume move by one over its root
    latency : multiple; see `LATENCY_UNIT`
    trend : log drift a year, added
    shocks_per_day : expected falls of all symbols at once; `shock_size` their depth, in daily volatilities of the real market
    """

    index: int = 0
    seed: int = 0
    stratum: int = 0
    regime: int = -1
    volatility: float = 1.0
    slippage: float = 1.0
    liquidity: float = 1.0
    fee: float = 1.0
    latency: float = 1.0
    trend: float = 0.0
    shocks_per_day: float = 0.0
    shock_size: float = 5.0


def draw(seed: int, index: int) -> Scenario:
    """Return scenario `index` of a seed."""
    stratum, regime = _PATTERN[index % len(_PATTERN)], index // len(_PATTERN) % len(REGIMES)
    shares = np.random.default_rng([seed, index, 0]).random(len(_RANGES[0])).tolist()
    drawn: dict[str, float] = {}
    for share, (name, (low, high)) in zip(shares, _RANGES[stratum].items(), strict=True):
        by_ratio = low > 0.0  # half and double are as far apart
        drawn[name] = low * (high / low) ** share if by_ratio else low + (high - low) * share
    yearly = drawn.pop("shocks_per_year")
    return Scenario(index=index, seed=seed, stratum=stratum, regime=regime, shocks_per_day=yearly / 252.0, **drawn)


def bars_per_day(bars: Bars) -> float:
    """Return bars a trading day: less than 1 for bars of weeks or months."""
    if bars.period_ns < NS_PER_DAY:
        return len(bars) / len(np.unique(bars.rows["session"][:, 0]))
    year = bars.periods_per_year
    return year / max(252.0, year)


def per_bar(per_day: float, bars_a_day: float) -> float:
    """Return the expected number a bar of what is expected `per_day` times a day: the sum over a day stays what it was."""
    return per_day / bars_a_day


def shocks_of(scenario: Scenario, bars: Bars) -> NDArray[np.int64]:
    """Return how many shocks each bar has, (T,): Poisson arrivals."""
    rate = per_bar(scenario.shocks_per_day, bars_per_day(bars))
    return np.random.default_rng([scenario.seed, scenario.index, 1]).poisson(rate, len(bars))


def scenario_bars(scenario: Scenario, ratios: Ratios, block: float) -> Bars:
    """Return the prices of a scenario: blocks of bars of `block` on average, then volatility, regime, trend and shocks."""
    rng = np.random.default_rng([scenario.seed, scenario.index, 2])
    rows = stationary_rows(ratios, block, rng)
    bars, length = ratios.bars, len(ratios)
    market = ratios.close.mean(axis=1)
    scale = np.full((length, 1), scenario.volatility)
    shift = np.full((length, 1), scenario.trend / bars.periods_per_year)
    if scenario.regime >= 0:
        deviations = market[rows] - ratios.mean.mean()
        _impose(
            REGIMES[scenario.regime], deviations, float(ratios.mean.mean()), bars.periods_per_year, scale, shift, rng
        )
    day = float(market.std()) * np.sqrt(bars_per_day(bars))
    depth = min(scenario.shock_size * day, _SHOCK_MAX)
    shift[:, 0] -= shocks_of(scenario, bars) * depth
    return rebuilt(ratios, rows, scale=scale, shift=shift, volume=scenario.liquidity, spread=_unseen_slippage(scenario))


def _impose(
    regime: Regime,
    deviations: Values,
    mean: float,
    periods: float,
    scale: Values,
    shift: Values,
    rng: np.random.Generator,
) -> None:
    """Put one stretch of a path into a regime: its volatility, and the regime's drift as the market's mean return.

    `deviations` (T,) are the market's log returns along the path less their `mean`; `scale` and `shift` (T, 1) are changed.
    """
    length = len(deviations)
    span = max(round(regime.share * length), 1)
    begin = int(rng.integers(length - span + 1))
    stretch = slice(begin, begin + span)
    scale[stretch] *= regime.volatility
    found = mean + float((scale[stretch, 0] * deviations[stretch]).mean())
    shift[stretch] += regime.drift / periods - found


def scenario_rules(scenario: Scenario, rules: Rules) -> Rules:
    """Return the rules of a scenario: costs, participation and latency."""
    costs = times_fees(rules.costs, scenario.fee)
    costs = times_slippage(costs, scenario.slippage, _unseen_slippage(scenario))
    latency_s = min(rules.matching.latency_s * scenario.latency, 86_400.0)
    return replace(rules, costs=costs, matching=replace(rules.matching, latency_s=latency_s))


def bars_late(scenario: Scenario) -> float:
    """Return how late orders arrive, in bars."""
    return LATENCY_UNIT * max(scenario.latency - 1.0, 0.0)


def _unseen_slippage(scenario: Scenario) -> float:
    """Return the multiple of slippage that does not look at volume: one over the root of liquidity, as impact has it."""
    return float(scenario.slippage / np.sqrt(scenario.liquidity))


def multiplied(value: float, multiple: float, unit: float) -> float:
    """Return a multiple of a cost; where nothing is charged, `unit` for each 1 above 1."""
    return value * multiple if value > 0.0 else unit * max(multiple - 1.0, 0.0)


def times_fees(costs: Costs, multiple: float) -> Costs:
    """Return costs with a multiple of every fee; rebates stay as they are."""
    if multiple == 1.0:
        return costs
    free = costs.fee_frac == 0.0 and costs.fee_per_share == 0.0 and costs.fee_minimum == 0.0 and not costs.schedules
    maker = costs.fee_maker_frac
    return replace(
        costs,
        fee_frac=min(multiplied(costs.fee_frac, multiple, UNIT_BPS * 1e-4 * free), 1.0),
        fee_per_share=costs.fee_per_share * multiple,
        fee_minimum=costs.fee_minimum * multiple,
        fee_maker_frac=maker if maker is None else _tier(maker, multiple),
        schedules=tuple(_schedule(one, multiple) for one in costs.schedules),
    )


def times_slippage(costs: Costs, multiple: float, unseen: float) -> Costs:
    """Return costs with a multiple of slippage; `unseen` is that of models which do not look at volume."""
    seen: dict[str, Any] = {"impact": multiplied(costs.impact, multiple, 0.01)} if multiple != 1.0 else {}
    if unseen != 1.0:
        seen["slippage_bps"] = min(multiplied(costs.slippage_bps, unseen, UNIT_BPS), 5000.0)
    return replace(costs, **seen)


def _schedule(schedule: FeeSchedule, multiple: float) -> FeeSchedule:
    tiers = tuple(
        FeeTier(
            volume_min=tier.volume_min,
            taker_frac=_tier(tier.taker_frac, multiple),
            maker_frac=_tier(tier.maker_frac, multiple),
        )
        for tier in schedule.tiers
    )
    return FeeSchedule(venue=schedule.venue, tiers=tiers)


def _tier(fee: float, multiple: float) -> float:
    return min(fee * multiple, 1.0) if fee > 0.0 else fee
