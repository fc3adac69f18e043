"""A search evaluates each strategy once, the same ones whoever works, and no window knows what came later."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tenfold.backtesting.splits import walk_forward
from tenfold.domain.parameters import Integer, Real
from tenfold.domain.rules import Rules
from tenfold.indicators import Mean, State, fold, mean, sign
from tenfold.market.synthetic import random_walk
from tenfold.metrics.performance import sharpe_ratio
from tenfold.registry import STRATEGIES
from tenfold.research.regimes import regimes_of
from tenfold.research.search import PARENTS_PER_FAMILY, Budget, parents, search
from tenfold.research.selection import Streams
from tenfold.research.space import even_points, neighbours, params_at, values_of
from tenfold.research.testbed import Testbed

NAMES = ("crossing", "elastic", "winter")


class Here:
    """Run work one piece after the other."""

    def map(self, work, items):
        return map(work, items)

    def share(self, value):
        return lambda: value


class Threads(Here):
    """Run work in three threads."""

    def map(self, work, items):
        with ThreadPoolExecutor(3) as pool:
            yield from pool.map(work, items)


@pytest.fixture(scope="module")
def testbed():
    bars = random_walk(900, 2, seed=7)
    families = tuple(STRATEGIES.load(name) for name in NAMES)
    windows = walk_forward(900, tests=2, train_frac=0.5, purge=10)
    return Testbed(bars, Rules(), families, regimes_of("trend_volatility", bars), windows)


@pytest.fixture(scope="module")
def pool(testbed):
    return search(testbed, Budget(trials=200, seed=3), Here())


@fold()
def still(state, bar, params):
    """Never hold anything."""
    return 0.0


@fold(length=Integer(-2, 5), pace=Real(0.1, 10.0, log=True), level=Real(-1.0, 1.0), state=State(average=Mean))
def spaces(state, bar, params):
    """Have parameters of every kind."""
    return sign(mean(state.average, bar.close, 5) - bar.close * params.pace - params.level - params.length)


def test_every_strategy_is_evaluated_once(testbed, pool):
    assert 150 < len(pool) <= 200
    rows = [
        (int(f), params_at(testbed.families[f], p[None, :])[0].tobytes())
        for f, p in zip(pool.family, pool.points, strict=True)
    ]
    assert len(set(rows)) == len(rows)


def test_the_result_does_not_depend_on_who_works(testbed, pool):
    other = search(testbed, Budget(trials=200, seed=3), Threads())
    assert np.array_equal(pool.points, other.points)
    for name in pool.found.__dataclass_fields__:
        assert np.array_equal(getattr(pool.found, name), getattr(other.found, name)), name


def test_another_seed_searches_elsewhere(testbed, pool):
    other = search(testbed, Budget(trials=200, seed=4), Here())
    assert not np.array_equal(pool.points[:20], other.points[:20])


def test_progress_reaches_the_number_of_evaluations(testbed):
    told = []
    found = search(testbed, Budget(trials=60), Here(), lambda done, total: told.append((done, total)))
    assert told[-1][0] == len(found)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_window_knows_nothing_that_was_bred_later(pool):
    assert set(np.unique(pool.born)) == {0, 1, 2}
    for window in range(3):
        known = pool.known(window)
        assert known.sum() == (pool.born <= window).sum()
        assert np.isinf(pool.fitness(window)[~known]).all()
        assert (pool.born[parents(pool, window)] <= window).all()


def test_what_a_window_chooses_does_not_change_with_its_future(testbed, pool):
    """Replace all prices after the first train: what is known to the first window stays, to the bit."""
    train = testbed.windows[0].train[1]
    rows = testbed.bars.rows.copy()
    later = random_walk(900, 2, seed=99).rows
    for name in ("open", "high", "low", "close", "volume"):
        rows[name][train:] = later[name][train:]
    bars = testbed.bars.__class__(
        **{
            **{f: getattr(testbed.bars, f) for f in ("instruments", "period_ns", "label", "adjustment", "sources")},
            "rows": rows,
        }
    )
    changed = Testbed(bars, Rules(), testbed.families, regimes_of("trend_volatility", bars), testbed.windows)
    other = search(changed, Budget(trials=200, seed=3), Here())
    mine, its = (pool.born == 0), (other.born == 0)
    assert np.array_equal(pool.points[mine], other.points[its])
    assert np.array_equal(pool.found.sharpe[mine, 0], other.found.sharpe[its, 0])
    assert np.array_equal(pool.found.consistency[mine, 0], other.found.consistency[its, 0])
    assert not np.array_equal(pool.found.test[mine, 0], other.found.test[its, 0])


def test_evaluations_are_the_sharpe_ratios_of_the_streams(testbed, pool):
    some = np.arange(0, len(pool), 17)
    streams = Streams(testbed, pool).of(some)
    for row, one in enumerate(some.tolist()):
        returns = streams[row]
        periods = testbed.bars.periods_per_year
        for number, window in enumerate(testbed.windows):
            for found, stretch in ((pool.found.sharpe, window.train), (pool.found.test, window.test)):
                expected = np.nan_to_num(sharpe_ratio(returns[slice(*stretch)], periods))
                assert found[one, number] == pytest.approx(expected, rel=1e-5, abs=1e-6)
        assert pool.found.whole[one] == pytest.approx(
            np.nan_to_num(sharpe_ratio(returns, periods)), rel=1e-9, abs=1e-12
        )
        assert pool.found.sketch[one].sum() == pytest.approx(returns.sum(), rel=1e-4, abs=1e-6)


def test_few_returns_are_held_and_all_are_right(testbed, pool, monkeypatch):
    some = np.arange(0, len(pool), 9)
    expected = Streams(testbed, pool).of(some)
    monkeypatch.setattr("tenfold.research.testbed._HELD_RETURNS", 0)
    monkeypatch.setattr("tenfold.research.testbed._CHUNK_RETURNS", 0)
    streams = Streams(testbed, pool)
    assert (streams.most, testbed.chunk) == (20, 4)
    for start in range(0, len(some), 5):
        part = some[start : start + 5]
        assert np.array_equal(streams.of(part), expected[start : start + 5])
        assert len(streams._kept) <= 20


def test_few_parents_of_a_family(pool):
    chosen = parents(pool, 2)
    assert len(chosen) > 0
    assert np.bincount(pool.family[chosen]).max() <= PARENTS_PER_FAMILY
    assert (pool.fitness(2)[chosen] > 0.0).all()


def test_a_family_that_never_trades_breeds_nothing():
    bars = random_walk(600, 1, seed=1)
    windows = walk_forward(600, tests=1, train_frac=0.5)
    testbed = Testbed(bars, Rules(), (still,), regimes_of("trend_volatility", bars), windows)
    pool = search(testbed, Budget(trials=50), Here())
    assert len(pool) == 1  # without parameters there is one of it
    assert len(parents(pool, 1)) == 0
    assert pool.found.whole[0] == 0.0


def test_points_fill_the_space_and_stay_inside():
    points = even_points(spaces, 512, seed=5)
    assert points.shape == (512, 3)
    assert np.abs(points.mean(0) - 0.5).max() < 0.01
    params = params_at(spaces, points)
    assert set(params["length"].tolist()) == set(range(-2, 6))
    assert (params["pace"] >= 0.1).all()
    assert (params["pace"] <= 10.0).all()
    assert np.median(params["pace"]) == pytest.approx(1.0, rel=0.05)
    assert values_of(spaces, params[0]) == spaces.accept(values_of(spaces, params[0]))
    assert len(even_points(still, 9, seed=0)) == 1
    assert len(even_points(spaces, 0, seed=0)) == 0


def test_neighbours_stay_near_and_inside():
    rng = np.random.default_rng(1)
    points = rng.random((500, 4))
    moved = neighbours(points, 0.1, rng)
    assert (moved >= 0.0).all()
    assert (moved <= 1.0).all()
    assert 0.05 < np.abs(moved - points).mean() < 0.1
    far = neighbours(points, 3.0, rng)
    assert (far >= 0.0).all()
    assert (far <= 1.0).all()
