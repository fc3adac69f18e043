"""Each further strategy does what its docstring says, on a market made for it."""

import numpy as np
import pytest

from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY
from tenfold.kernels.trial import run_plain
from tenfold.registry import STRATEGIES


def bars_of(close, open_=None, high=None, low=None, volume=None, start=12_000):
    close = np.asarray(close, float)
    close = close[:, None] if close.ndim == 1 else close
    column = lambda values, other: other if values is None else np.asarray(values, float).reshape(close.shape)  # noqa: E731
    open_ = column(open_, np.vstack([close[:1], close[:-1]]))
    high = column(high, np.fmax(open_, close) * 1.001)
    low = column(low, np.fmin(open_, close) * 0.999)
    volume = column(volume, np.full(close.shape, 1e5))
    ts_ns = (start + np.arange(len(close))) * NS_PER_DAY
    names = [f"S{i}" for i in range(close.shape[1])]
    return bars_from_arrays(names, ts_ns, open_, high, low, close, volume, period_ns=NS_PER_DAY)


def scores_of(name, bars, **values):
    with np.errstate(all="ignore"):
        return run_plain(STRATEGIES.load(name), bars.rows, values or STRATEGIES.load(name).defaults)


def zigzag(count, drift):
    return 100.0 * np.exp(drift * np.arange(count) + 0.04 * np.abs((np.arange(count) % 16) / 8.0 - 1.0))


def test_the_dip_of_days_is_bought_in_a_week_that_rises():
    rising = 100.0 * 1.004 ** np.arange(200)
    dip = rising[-1] * 0.985 ** np.arange(1, 5)
    assert scores_of("triple_screen", bars_of(np.r_[rising, dip]))[-1, 0] > 0.5
    assert scores_of("triple_screen", bars_of(1e4 / np.r_[rising, dip]))[-1, 0] < -0.5
    assert scores_of("triple_screen", bars_of(rising))[-1, 0] == 0.0


@pytest.mark.parametrize("name", ["parabolic", "band_rider", "cloud", "near_high", "swing_structure", "steady_climb"])
def test_trends_are_followed(name):
    for direction in (1.0, -1.0):
        drift = direction * (0.002 if name == "swing_structure" else 0.02)
        close = zigzag(320, drift) if name == "swing_structure" else 100.0 * np.exp(drift * np.arange(320))
        assert scores_of(name, bars_of(close, close))[-1, 0] * direction > 0.2


def test_swings_that_disagree_are_no_trend():
    count = np.arange(120)
    widening = 100.0 * np.exp(0.0008 * count * np.sin(count / 6.0))
    assert 0.0 in scores_of("swing_structure", bars_of(widening))[40:, 0]


def test_one_jump_is_no_climb():
    jump = np.r_[100.0 - 0.01 * np.arange(100), 130.0 - 0.01 * np.arange(60)]
    assert scores_of("steady_climb", bars_of(jump))[-1, 0] == 0.0


def test_what_springs_back_is_faded():
    random = np.random.default_rng(2)
    level = np.zeros(300)
    for i in range(1, 300):
        level[i] = 0.8 * level[i - 1] + random.normal(0.0, 0.01)
    level[-1] = 0.06
    assert scores_of("elastic", bars_of(100.0 * np.exp(level)))[-1, 0] < -0.5
    level[-1] = -0.06
    assert scores_of("elastic", bars_of(100.0 * np.exp(level)))[-1, 0] > 0.5
    assert scores_of("elastic", bars_of(100.0 * 1.01 ** np.arange(200)))[-1, 0] == 0.0


def test_the_regime_decides_whether_a_move_is_followed():
    trend = np.cumsum(np.repeat(np.random.default_rng(3).choice([-0.01, 0.01], 30), 10))
    followed = scores_of("regime", bars_of(100.0 * np.exp(trend)))[-1, 0]
    assert followed * (trend[-1] - trend[-6]) > 0.0
    back = 0.02 * np.tile([0.0, 1.0], 150)
    back[-1] = 0.05
    assert scores_of("regime", bars_of(100.0 * np.exp(back)))[-1, 0] < 0.0


def test_a_wide_bar_is_followed_for_a_while():
    calm = 100.0 + 0.1 * np.tile([0.0, 1.0], 20)
    for close, side in ((103.0, 1.0), (97.0, -1.0)):
        scores = scores_of(
            "range_expansion", bars_of(np.r_[calm, close, np.full(4, close)]), length=10, factor=1.0, hold=3
        )
        assert scores[40:, 0].tolist() == [side, side, side, 0.0, 0.0]


def test_a_gap_is_faded_until_it_is_filled():
    close = np.r_[np.full(20, 100.0), 104.0, 103.0, 99.0, 99.0]
    open_ = np.r_[np.full(20, 100.0), 105.0, 104.0, 103.0, 99.0]
    low = np.r_[np.full(20, 99.0), 103.0, 102.0, 98.0, 98.0]
    high = np.r_[np.full(20, 101.0), 106.0, 105.0, 103.5, 100.0]
    scores = scores_of("gap_fade", bars_of(close, open_, high, low), length=5, factor=0.5, hold=5)
    assert scores[20:, 0].tolist() == [-1.0, -1.0, 0.0, 0.0]
    mirrored = scores_of(
        "gap_fade", bars_of(200.0 - close, 200.0 - open_, 200.0 - low, 200.0 - high), length=5, factor=0.5
    )
    assert mirrored[20:, 0].tolist() == [1.0, 1.0, 0.0, 0.0]


def test_the_narrowest_bar_is_left_in_the_direction_of_its_break():
    close = np.r_[np.full(12, 100.0), 100.0, 102.0, 102.0]
    wide = np.r_[np.full(12, 1.0), 0.2, 1.0, 1.0]
    for side in (1.0, -1.0):
        line = 100.0 + side * (close - 100.0)
        scores = scores_of("narrow_range", bars_of(line, line, line + wide, line - wide), length=7, hold=2)
        assert scores[12:, 0].tolist() == [0.0, side, side]


def test_bullish_candles_are_bought_in_a_fall():
    close = np.r_[120.0 - np.arange(30), 94.0]
    open_ = np.r_[120.6 - np.arange(30), 90.0]
    bars = bars_of(close, open_, np.fmax(open_, close) + 0.1, np.fmin(open_, close) - 0.1)
    assert scores_of("candle_reversal", bars)[-1, 0] == 1.0
    mirror = bars_of(200.0 - close, 200.0 - open_, 200.1 - np.fmin(open_, close), 199.9 - np.fmax(open_, close))
    assert scores_of("candle_reversal", mirror)[-1, 0] == -1.0


def test_ranges_that_widened_and_narrow_again_end_the_trend():
    close = np.linspace(100.0, 130.0, 140)
    half = np.r_[np.full(80, 0.5), np.linspace(0.5, 4.0, 20), np.full(40, 0.5)]
    scores = scores_of("range_bulge", bars_of(close, close, close + half, close - half))[:, 0]
    assert (scores[:80][np.isfinite(scores[:80])] == 0.0).all()
    assert -1.0 in scores[90:]
    assert 1.0 not in scores


def test_heavy_volume_is_faded_and_quiet_days_are_followed():
    close, volume = np.r_[np.full(30, 100.0), 103.0, 103.0], np.r_[np.full(30, 1e5), 4e5, 1e5]
    assert scores_of("climax", bars_of(close, volume=volume))[-2:, 0].tolist() == [-1.0, -1.0]
    quiet = 100.0 * np.exp(np.cumsum(np.tile([0.01, -0.01], 200)))
    volume = np.tile([1e5, 2e5], 200)
    assert scores_of("quiet_money", bars_of(quiet, volume=volume))[-1, 0] == 1.0
    assert scores_of("quiet_money", bars_of(quiet, volume=volume[::-1].copy()))[-1, 0] == -1.0


def test_winter_is_held_and_good_months_are_bought():
    bars = bars_of(np.linspace(100.0, 130.0, 800))
    month = bars.rows["month"][:, 0]
    winter = scores_of("winter", bars)[:, 0]
    assert ((winter == 1.0) == ((month >= 11) | (month <= 4))).all()
    bars = bars_of(100.0 * np.exp(np.cumsum(np.where(month == 3, 0.004, 0.0))))
    found = scores_of("same_month", bars)[:, 0]
    late = np.isfinite(found)
    assert (found[late & (month == 3)] > 0.2).all()
    assert (found[late & (month != 3)] < 0.0).all()


def test_the_dearer_of_a_pair_is_sold():
    random = np.random.default_rng(4)
    base = np.cumsum(random.normal(0.0, 0.01, 200))
    apart = random.normal(0.0, 0.01, 200)
    apart[-3:] = 0.08
    close = 100.0 * np.exp(np.stack([base + apart, base, base], axis=1))
    bars = bars_of(close)
    assert scores_of("pairs", bars)[-1].tolist() == [-1.0, 1.0, 0.0]
    close[-1, 1] = np.nan
    kept = scores_of("pairs", bars_of(close))[-1]
    assert kept[0] == -1.0
    assert np.isnan(kept[1])
    apart[-3:] = -0.08
    close = 100.0 * np.exp(np.stack([base + apart, base, base], axis=1))
    assert scores_of("pairs", bars_of(close))[-1].tolist() == [1.0, -1.0, 0.0]


def test_the_panel_ranks_residuals_reversals_and_risk():
    random = np.random.default_rng(5)
    steps = random.normal(0.0, 0.01, (300, 4)) * np.array([0.2, 0.5, 1.0, 2.0])
    calm = scores_of("low_volatility", bars_of(100.0 * np.exp(np.cumsum(steps, axis=0))))[-1]
    assert calm[0] == 1.0
    assert calm[3] == -1.0
    drift = steps * 0.2 + np.array([0.002, 0.0005, -0.0005, -0.002])
    best = scores_of("residual_momentum", bars_of(100.0 * np.exp(np.cumsum(drift, axis=0))))[-1]
    assert best[0] > 0.5
    assert best[3] < -0.5
    steps[-5:] = np.array([0.02, 0.0, 0.0, -0.02])
    faded = scores_of("short_reversal", bars_of(100.0 * np.exp(np.cumsum(steps, axis=0))))[-1]
    assert faded[0] < -0.5
    assert faded[3] > 0.5


def test_few_symbols_have_no_market_to_compare_with():
    close = 100.0 * np.exp(np.cumsum(np.random.default_rng(6).normal(0.0, 0.01, (200, 3)), axis=0))
    for name in ("residual_momentum", "short_reversal"):
        assert np.isnan(scores_of(name, bars_of(close[:, :2]))).all()
        assert np.isfinite(scores_of(name, bars_of(close))[-1]).all()
        gone = close.copy()
        gone[-1, 0] = np.nan
        assert (scores_of(name, bars_of(gone))[-1, 1:] == 0.0).all()
        assert (np.nan_to_num(scores_of(name, bars_of(np.full((200, 3), 50.0)))) == 0.0).all()


def test_breadth_moves_all_symbols():
    rising = 100.0 * np.exp(0.003 * np.arange(150))[:, None] * np.ones(5)
    assert (scores_of("breadth", bars_of(rising))[-1] == 1.0).all()
    rising[:, 0] = rising[::-1, 0]
    assert scores_of("breadth", bars_of(rising))[-1] == pytest.approx(np.full(5, 0.6))
    assert scores_of("breadth", bars_of(1e4 / rising))[-1] == pytest.approx(np.full(5, -0.6))


def test_a_band_without_width_is_no_trend():
    still = np.full(40, 100.0)
    assert scores_of("band_rider", bars_of(still, still, still, still))[-1, 0] == 0.0
