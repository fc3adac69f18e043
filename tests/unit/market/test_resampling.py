"""Resampled markets: OHLC consistent, symbols together, one path by seed and index, the shuffle uses every bar once."""

import numpy as np
import pytest

from scenes import bars_of
from tenfold.domain.errors import ParameterError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.resampling import block_shuffle, ratios_of, rebuilt, resampled, stationary_rows
from tenfold.market.synthetic import garch_market, random_walk


def consistent(bars):
    rows = bars.rows[bars.usable]
    return (
        (rows["high"] >= np.maximum(rows["open"], rows["close"])).all()
        and (rows["low"] <= np.minimum(rows["open"], rows["close"])).all()
        and (rows["low"] > 0.0).all()
    )


def logs(bars, symbol=0):
    return np.diff(np.log(bars.rows["close"][:, symbol]))


def holed(bars):
    """Return bars whose second symbol begins late and lacks some bars."""
    rows = bars.rows.copy()
    for n in [*range(30), 100, 101, 200]:
        rows[n, 1]["flags"] = 1
        for name in ("open", "high", "low", "close"):
            rows[n, 1][name] = np.nan
    return type(bars)(rows=rows, instruments=bars.instruments, period_ns=bars.period_ns)


def test_the_old_order_gives_the_old_bars():
    bars = holed(random_walk(300, 3, seed=1))
    same = rebuilt(ratios_of(bars), np.arange(300))
    for name in bars.rows.dtype.names:
        np.testing.assert_allclose(same.rows[name], bars.rows[name], rtol=1e-12)
    assert same.symbols == bars.symbols
    assert same.label.startswith("resampled: ")


@pytest.mark.parametrize("period_ns", [NS_PER_DAY, NS_PER_HOUR])
@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0])
def test_every_path_is_consistent_whatever_is_done_to_it(period_ns, scale):
    ratios = ratios_of(holed(garch_market(400, 3, seed=2, period_ns=period_ns)))
    rng = np.random.default_rng(3)
    shift = rng.normal(0.0, 0.05, (400, 1))
    made = rebuilt(ratios, stationary_rows(ratios, 10, rng), scale=scale, shift=shift, volume=0.25, spread=3.0)
    assert consistent(made)
    assert (made.ts_ns == ratios.bars.ts_ns).all()
    assert (made.rows["session_bar"] == ratios.bars.rows["session_bar"]).all()


def test_a_path_is_known_by_seed_and_index_alone():
    ratios = ratios_of(random_walk(300, 2, seed=4))
    one = resampled(ratios, 20.0, 7, 3).rows.tobytes()
    assert resampled(ratios, 20.0, 7, 3).rows.tobytes() == one
    assert resampled(ratios, 20.0, 7, 4).rows.tobytes() != one
    assert resampled(ratios, 20.0, 8, 3).rows.tobytes() != one


def test_symbols_stay_together_and_blocks_have_their_length():
    bars = random_walk(5000, 2, seed=5, correlation=0.7)
    ratios = ratios_of(bars)
    made = resampled(ratios, 25.0, 1, 0)
    assert np.corrcoef(logs(made, 0), logs(made, 1))[0, 1] == pytest.approx(0.7, abs=0.04)
    rows = stationary_rows(ratios, 25.0, np.random.default_rng(0))
    breaks = np.count_nonzero(np.diff(rows) % 5000 != 1)
    assert 5000 / breaks == pytest.approx(25.0, rel=0.2)
    within = np.arange(1000, 1100)
    rows = stationary_rows(ratios, 25.0, np.random.default_rng(0), within)
    begins = rows[np.flatnonzero(np.diff(rows, prepend=-5) != 1)]
    assert np.isin(begins, within).all()


def test_blocks_keep_their_place_in_the_session():
    bars = random_walk(24 * 40, 1, seed=6, period_ns=NS_PER_HOUR)
    ratios = ratios_of(bars)
    rows = stationary_rows(ratios, 12.0, np.random.default_rng(1))
    places = bars.rows["session_bar"][:, 0]
    assert (places[rows] == places).all()
    lonely = stationary_rows(ratios, 12.0, np.random.default_rng(1), np.array([5, 6]))
    assert set(lonely[:1]) <= {5, 6}


def test_volatility_is_scaled_about_the_mean_and_a_shift_is_drift():
    bars = random_walk(2000, 1, seed=7, drift=0.3)
    ratios, rows = ratios_of(bars), np.arange(2000)
    wild = rebuilt(ratios, rows, scale=2.0)
    assert logs(wild).std() == pytest.approx(2.0 * logs(bars).std())
    assert np.log(wild.rows["close"][-1, 0]) == pytest.approx(np.log(bars.rows["close"][-1, 0]))
    moved = rebuilt(ratios, rows, shift=0.001)
    assert np.log(moved.rows["close"][-1, 0] / bars.rows["close"][-1, 0]) == pytest.approx(2.0)
    np.testing.assert_allclose(moved.rows["high"] / moved.rows["open"], bars.rows["high"] / bars.rows["open"])


def test_a_price_never_leaves_exact_money():
    ratios = ratios_of(random_walk(2000, 1, seed=8))
    for shift in (1.0, -1.0):
        made = rebuilt(ratios, np.arange(2000), shift=shift)
        assert consistent(made)
        assert -8.1 < np.log(made.rows["close"] / 100.0).min() <= np.log(made.rows["close"] / 100.0).max() < 14.1


def test_what_hangs_on_a_price_follows_it():
    bars = bars_of([10.0, 20.0, 20.0, 40.0], dividends={(2, 0): 1.0}, quotes={(2, 0): (19.0, 21.0)})
    made = rebuilt(ratios_of(bars), np.array([1, 2, 2, 0]), volume=0.5, spread=2.0).rows[:, 0]
    assert made["close"] == pytest.approx([20.0, 20.0, 20.0, 20.0])
    assert made["dividend"] == pytest.approx([0.0, 1.0, 1.0, 0.0])
    assert made["bid_open"][1:3] == pytest.approx([18.0, 18.0])
    assert made["ask_open"][1:3] == pytest.approx([22.0, 22.0])
    assert made["volume"] == pytest.approx([5e5] * 4)


def test_a_symbol_without_any_bar_stays_so():
    bars = bars_of([10.0, 11.0, 12.0], [None, None, None])
    made = rebuilt(ratios_of(bars), np.array([2, 1, 0]))
    assert not made.usable[:, 1].any()
    assert made.usable[:, 0].all()


@pytest.mark.parametrize("block", [1, 20, 63])
def test_the_shuffle_uses_every_bar_once_and_takes_the_mean(block):
    bars = garch_market(1000, 3, seed=9, drift=0.2)
    made = block_shuffle(bars, block, 5)
    assert consistent(made)
    for symbol in range(3):
        first, last = bars.rows["open"][0, symbol], made.rows["close"][-1, symbol]
        assert last == pytest.approx(first)
    ratios, again = ratios_of(bars), ratios_of(made)
    closes = np.vstack([bars.rows["open"][:1], made.rows["close"]])
    moves = np.diff(np.log(closes), axis=0) + ratios.mean
    np.testing.assert_allclose(np.sort(moves, axis=0), np.sort(ratios.close, axis=0), atol=1e-12)
    shape, old = again.high - again.open, ratios.high - ratios.open
    np.testing.assert_allclose(np.sort(shape, axis=0), np.sort(old, axis=0), atol=1e-12)
    assert block_shuffle(bars, block, 5).rows.tobytes() == made.rows.tobytes()
    assert block_shuffle(bars, block, 6).rows.tobytes() != made.rows.tobytes()


def test_the_shuffle_keeps_the_end_without_demeaning_and_keeps_sessions_whole():
    bars = random_walk(24 * 30, 1, seed=10, period_ns=NS_PER_HOUR)
    made = block_shuffle(bars, 30, 1, demean=False)
    assert made.rows["close"][-1, 0] == pytest.approx(bars.rows["close"][-1, 0])
    shape = ratios_of(bars).close.reshape(30, 24)
    again = ratios_of(made).close.reshape(30, 24)
    np.testing.assert_allclose(np.sort(shape.sum(1)), np.sort(again.sum(1)), atol=1e-12)


def test_a_block_of_no_bars_is_refused():
    with pytest.raises(ParameterError, match="at least 1"):
        block_shuffle(random_walk(100, seed=1), 0, 1)
