"""Each strategy does what its docstring says, and no two say the same."""

import importlib
import itertools

import numpy as np
import polars as pl
import pytest

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.trial import run_plain
from tenfold.registry import STRATEGIES

NAMES = STRATEGIES.names()
TREND_FOLLOWING = {
    "accumulation", "balance", "channel", "convergence", "crossing", "directional", "regression_slope", "skip_month",
}  # fmt: skip


def market(close, volume=1e5, symbols=1):
    close = np.repeat(np.asarray(close, float)[:, None], symbols, axis=1)
    ts_ns = (12_000 + np.arange(len(close))) * NS_PER_DAY
    open_ = np.vstack([close[:1], close[:-1]])
    high, low = np.maximum(open_, close) * 1.001, np.minimum(open_, close) * 0.999
    names = [f"S{i}" for i in range(symbols)]
    return bars_from_arrays(names, ts_ns, open_, high, low, close, np.full(close.shape, volume), period_ns=NS_PER_DAY)


def scores_of(name, bars, params=None):
    fold = STRATEGIES.load(name)
    kernel = probe.probe_panel if fold.panel else probe.probe_symbols
    scores = np.full(bars.rows.shape, np.nan)
    compile_for(fold, kernel)(fold.states(len(bars.symbols)), bars.rows, fold.params(params), scores)
    return scores


def wave(count=700, seed=3, symbols=4):
    random = np.random.default_rng(seed)
    drift = 0.002 * np.sign(np.sin(np.arange(count) / 40.0))[:, None]
    scale = 0.012 * (1.0 + 0.8 * np.sin(np.arange(count) / 90.0))[:, None]
    close = 50.0 * np.exp(np.cumsum(drift + scale * random.normal(0.0, 1.0, (count, symbols)), axis=0))
    open_ = close * np.exp(random.normal(0.0, 0.004, close.shape))
    high = np.maximum(open_, close) * (1.0 + random.uniform(0.0, 0.01, close.shape))
    low = np.minimum(open_, close) * (1.0 - random.uniform(0.0, 0.01, close.shape))
    ts_ns = (12_000 + np.arange(count)) * NS_PER_DAY
    names = [f"S{i}" for i in range(symbols)]
    return bars_from_arrays(
        names, ts_ns, open_, high, low, close, random.uniform(1e4, 1e6, close.shape), period_ns=NS_PER_DAY
    )


@pytest.mark.parametrize("name", NAMES)
def test_documented_with_idea_and_source(name):
    doc = STRATEGIES.load(name).doc
    assert len(doc.splitlines()) >= 3
    assert any(year in doc for year in map(str, range(1920, 2026))), "no source with its year"


@pytest.mark.parametrize("name", NAMES)
def test_scores_are_in_range_and_compiled_equals_plain(name):
    bars = wave(420)
    scores = scores_of(name, bars)
    finite = scores[np.isfinite(scores)]
    assert finite.size
    assert (abs(finite) <= 1.0).all()
    np.testing.assert_array_equal(scores, run_plain(STRATEGIES.load(name), bars.rows, {}))


@pytest.mark.parametrize("name", sorted(TREND_FOLLOWING))
def test_trend_followers_follow(name):
    rising = 100.0 * 1.004 ** (np.arange(320) + np.arange(320) ** 1.3 / 100.0)
    assert scores_of(name, market(rising))[-1, 0] > 0.2
    assert scores_of(name, market(500.0 - rising))[-1, 0] < -0.2


def test_reversals_fade():
    flat = 100.0 + np.tile([0.0, 0.1], 130)
    for jump, expected in ((110.0, -1.0), (90.0, 1.0)):
        assert scores_of("band_reversal", market(np.r_[flat, jump]))[-1, 0] == expected
        assert scores_of("band_reversal", market(np.r_[flat, jump, 100.0 * np.ones(30)]))[-1, 0] == 0.0
    rising = 100.0 * 1.002 ** np.arange(260)
    dip = rising[-1] * np.cumprod(np.full(4, 0.99))
    assert scores_of("pullback", market(np.r_[rising, dip]))[-1, 0] > 0.5
    assert scores_of("pullback", market(1e4 / np.r_[rising, dip]))[-1, 0] < -0.5


def test_the_channel_is_left_by_its_shorter_opposite():
    rising = np.linspace(100.0, 160.0, 120)
    falling = np.linspace(158.0, 140.0, 12)
    scores = scores_of("channel", market(np.r_[rising, falling]))
    assert scores[119, 0] == 1.0
    assert scores[-1, 0] == 0.0
    falls_on = scores_of("channel", market(np.r_[rising, np.linspace(158.0, 60.0, 40)]))
    assert falls_on[-1, 0] == -1.0
    rises_again = scores_of("channel", market(1e4 / np.r_[rising, falling]))
    assert rises_again[-1, 0] == 0.0


def test_a_squeeze_is_followed_and_then_left():
    random = np.random.default_rng(1)
    wide = 100.0 * np.exp(np.cumsum(random.normal(0.0, 0.02, 60)))
    tight = wide[-1] * (1.0 + 0.0005 * random.normal(0.0, 1.0, 60))
    for direction in (1.0, -1.0):
        out = tight[-1] * np.cumprod(np.full(30, 1.0 + 0.02 * direction))
        scores = scores_of("squeeze", market(np.r_[wide, tight, out]))[120:, 0]
        assert direction in scores
        assert -direction not in scores
        assert scores[-1] == 0.0


def test_calm_is_long_in_calm_and_short_in_panic():
    random = np.random.default_rng(1)
    steps = np.r_[random.normal(0.0, 0.01, 300), random.normal(0.0, 0.002, 60), random.normal(0.0, 0.06, 40)]
    scores = scores_of("calm", market(100.0 * np.exp(np.cumsum(steps))))
    assert scores[355, 0] > 0.9
    assert scores[360:, 0].min() < -0.9


def test_relative_strength_ranks():
    count = 200
    growth = np.array([0.003, 0.002, 0.001, 0.0, -0.001])
    close = 100.0 * np.exp(np.arange(count)[:, None] * growth)
    close[-1, 2] = np.nan
    bars = bars_from_arrays(
        list("ABCDE"), (1 + np.arange(count)) * NS_PER_DAY, close, close, close, close, period_ns=NS_PER_DAY
    )
    scores = scores_of("relative_strength", bars)
    assert scores[-2].tolist() == [
        1.0,
        pytest.approx(0.5 + 0.5 * 0.05 / 0.3),
        0.0,
        pytest.approx(-0.5 - 0.5 * 0.05 / 0.3),
        -1.0,
    ]
    assert np.isnan(scores[-1, 2])
    assert scores[-1, 0] == 1.0
    assert np.isnan(scores[:126]).all()
    np.testing.assert_array_equal(run_plain(STRATEGIES.load("relative_strength"), bars.rows, {}), scores)
    pair = bars.select(["A", "B"])
    assert (scores_of("relative_strength", pair)[130:199] == 0.0).all()


def test_the_turn_of_the_month_is_bought():
    bars = market(np.linspace(100.0, 110.0, 60))
    scores = scores_of("turn_of_month", bars)[:, 0]
    day = bars.rows["day"][:, 0]
    assert ((scores == 1.0) == ((day >= 26) | (day <= 3))).all()


@pytest.mark.parametrize("name", NAMES)
def test_without_volume_a_strategy_abstains_or_does_not_need_it(name):
    bars = wave(420)
    rows = bars.rows.copy()
    rows["volume"] = np.nan
    silent = type(bars)(rows=rows, instruments=bars.instruments, period_ns=bars.period_ns)
    scores, usual = scores_of(name, silent), scores_of(name, bars)
    np.testing.assert_array_equal(run_plain(STRATEGIES.load(name), rows[:30], {}), scores[:30])
    if STRATEGIES.place(name).startswith("tenfold.strategy.volume"):
        assert (scores == 0.0).all()
    else:
        np.testing.assert_array_equal(scores, usual)


@pytest.mark.parametrize("name", NAMES)
def test_at_the_corners_of_its_space(name):
    bars, fold = wave(420), STRATEGIES.load(name)
    for corner in ("low", "high"):
        scores = scores_of(name, bars, {key: getattr(space, corner) for key, space in fold.parameters.items()})
        finite = scores[np.isfinite(scores)]
        assert finite.size
        assert (abs(finite) <= 1.0).all()


def test_a_market_without_risk_is_no_trend():
    flat = market(np.full(400, 100.0))
    for name in ("regression_slope", "skip_month", "balance"):
        scores = scores_of(name, flat)
        assert (np.nan_to_num(scores) == 0.0).all()
        np.testing.assert_array_equal(run_plain(STRATEGIES.load(name), flat.rows, {}), scores)


def correlations(bars):
    scores = {name: scores_of(name, bars).ravel() for name in NAMES}
    for one, two in itertools.combinations(NAMES, 2):
        both = np.isfinite(scores[one]) & np.isfinite(scores[two])
        yield one, two, np.corrcoef(scores[one][both], scores[two][both])[0, 1]


def assert_distinct(bars):
    alike = [(one, two, found) for one, two, found in correlations(bars) if abs(found) >= 0.95]
    assert not alike


def test_no_two_strategies_say_the_same_on_a_made_up_market():
    assert_distinct(wave(900))


def test_no_two_strategies_say_the_same_on_daily_stocks(reference_data):
    table = pl.read_parquet(reference_data / "equity_daily_djia_2006_2017.parquet")
    symbols = table["symbol"].unique().sort().to_list()[:8]
    ts = table["ts"].unique().sort()
    wide = {
        name: ts.to_frame()
        .join(table.pivot(on="symbol", index="ts", values=name), on="ts", how="left")
        .sort("ts")
        .select(symbols)
        .cast(pl.Float64)
        .to_numpy()
        for name in ("open", "high", "low", "close", "volume")
    }
    assert_distinct(bars_from_arrays(symbols, ts.cast(pl.Int64).to_numpy(), **wide, period_ns=NS_PER_DAY))


def test_every_strategy_of_the_package_is_registered():
    declared = set()
    for module in {place.partition(":")[0] for place in STRATEGIES.table.values()}:
        found = importlib.import_module(module)
        declared |= {
            value.name
            for value in vars(found).values()
            if type(value).__name__ == "Fold" and value.function.__module__ == module
        }
    assert declared == set(STRATEGIES.table)
