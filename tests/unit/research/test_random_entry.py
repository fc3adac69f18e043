"""Random entries keep count, holding times and sides; regimes keep their spells; parameters come back from the cube."""

import numpy as np
import pytest

from scenes import bars_of
from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.indicators import Integer, Real, State, fold
from tenfold.kernels.fold import Fold
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.neighbourhood import at_shares, nearby, plateau_axes, point_of
from tenfold.research.random_entry import placed, random_direction, stretches
from tenfold.research.regimes import index_returns, trend_volatility
from tenfold.research.space import params_at, values_of
from tenfold.research.switching import Switching


def test_stretches_are_found():
    direction = np.array([0, 1, 1, 0, -1, 1, 0, 0, -1], np.int8)
    assert stretches(direction).tolist() == [[1, 2, 1], [4, 1, -1], [5, 1, 1], [8, 1, -1]]
    assert len(stretches(np.zeros(5, np.int8))) == 0


def test_random_entries_hold_as_often_as_long_and_on_the_same_sides():
    bars = random_walk(400, 2, seed=1)
    rng = np.random.default_rng(2)
    direction = np.repeat(rng.integers(-1, 2, (80, 2)), 5, axis=0).astype(np.int8)
    direction[::7] = 0
    made = random_direction(direction, bars, 3, 4)
    for symbol in range(2):
        old, new = stretches(direction[:, symbol]), stretches(made[:, symbol])
        free = 400 - old[:, 1].sum()
        assert free >= len(old)
        assert sorted(map(tuple, old[:, 1:].tolist())) == sorted(map(tuple, new[:, 1:].tolist()))
    assert (made != direction).any()
    np.testing.assert_array_equal(random_direction(direction, bars, 3, 4), made)
    assert (random_direction(direction, bars, 3, 5) != made).any()


def test_what_is_always_in_the_market_stays_so():
    direction = np.repeat(np.array([1, -1], np.int8), 20)
    made = placed(stretches(direction), 0, 40, np.random.default_rng(1))
    assert (made != 0).all()
    assert np.count_nonzero(made > 0) == 20
    assert not placed(stretches(np.zeros(9, np.int8)), 0, 9, np.random.default_rng(1)).any()


def test_nothing_is_entered_before_the_first_bar():
    bars = bars_of([None] * 50 + [10.0] * 50, [None] * 100)
    direction = np.zeros((100, 2), np.int8)
    direction[60:70, 0] = 1
    starts = [int(random_direction(direction, bars, 1, index)[:, 0].argmax()) for index in range(60)]
    assert min(starts) >= 50
    assert max(starts) <= 90
    assert len(set(starts)) > 15


def test_regimes_follow_each_other_as_they_did():
    labels = np.repeat([0, 1, 0, 2, 1, 2, 0], [50, 60, 5, 70, 40, 30, 45])
    chain = Switching(labels, 20)
    assert [regime for _, _, regime in chain.spells] == [0, 1, 2, 1, 2, 0]
    assert chain.spells[1] == (50, 115, 1)
    rows = chain.rows(np.random.default_rng(1))
    assert len(rows) == len(labels)
    jumps = np.flatnonzero(np.diff(rows) != 1)
    begins = {spell[0] for spell in chain.spells}
    assert set(rows[jumps + 1].tolist()) <= begins
    seen = {(chain_regime(chain, a), chain_regime(chain, b)) for a, b in zip(rows[jumps], rows[jumps + 1], strict=True)}
    known = {(a[2], b[2]) for a, b in zip(chain.spells, chain.spells[1:], strict=False)}
    assert seen <= known
    single = Switching(np.zeros(30, np.int64), 5)
    assert (np.diff(single.rows(np.random.default_rng(0))) % 30 == 1).sum() >= 28
    assert sorted(set(single.rows(np.random.default_rng(0)).tolist())) == list(range(30))
    market = random_walk(900, 2, seed=5)
    real = Switching(trend_volatility(index_returns(market)).labels, 21.0)
    assert 1 < len(real.spells) < 50


def chain_regime(chain, row):
    return next(regime for start, stop, regime in chain.spells if start <= row < stop)


def test_a_last_regime_that_was_never_left_is_followed_by_any():
    chain = Switching(np.repeat([0, 1], [30, 10]), 5)
    rows = np.stack([chain.rows(np.random.default_rng(seed)) for seed in range(20)])
    assert rows.shape == (20, 40)


@pytest.mark.parametrize("name", sorted(STRATEGIES.table))
def test_parameters_come_back_from_their_place_on_the_cube(name):
    family = STRATEGIES.load(name)
    assert isinstance(family, Fold)
    rng = np.random.default_rng(1)
    for _ in range(5):
        values = values_of(family, params_at(family, rng.random((1, len(family.parameters))))[0])
        again = values_of(family, params_at(family, point_of(family, values))[0])
        assert again == pytest.approx(values)


def test_whole_numbers_from_zero_and_parameters_without_room_have_a_place():
    @fold(
        state=State(last=float),
        count=Integer(0, 5, default=2),
        only=Integer(3, 3),
        share=Real(0.0, 1.0, default=0.25),
        still=Real(2.0, 2.0),
    )
    def spaced(state, bar, params):
        """Use nothing of it."""
        return params.share + 0.0 * (params.count + params.only + params.still)

    point = point_of(spaced, spaced.defaults)
    assert point[0].tolist() == pytest.approx([2.5 / 6.0, 0.5, 0.25, 0.0], abs=0.1)
    assert values_of(spaced, params_at(spaced, point)[0]) == spaced.defaults
    still = Member(spaced, spaced.defaults, "spaced")
    assert nearby([still], 1, 1)[0].values["only"] == 3


def test_neighbours_are_near_and_known_by_seed_and_index():
    crossing = STRATEGIES.load("crossing")
    members = [Member(crossing, {"fast": 20, "slow": 100}, "a", 2.0), Member(crossing, {}, "b")]
    one = nearby(members, 3, 1)
    assert [(member.name, member.weight) for member in one] == [("a", 2.0), ("b", 1.0)]
    assert one[0].values == nearby(members, 3, 1)[0].values
    slows = [nearby(members, 3, index)[0].values["slow"] for index in range(40)]
    assert 70 < np.median(slows) < 140
    assert len(set(slows)) > 10


def test_a_plateau_spans_the_space_and_holds_the_member():
    member = Member(STRATEGIES.load("crossing"), {"fast": 7, "slow": 99}, "a")
    (fast, fasts, shares), (slow, slows, _) = plateau_axes(member)
    assert (fast, slow) == ("fast", "slow")
    assert 7.0 in fasts
    assert 99.0 in slows
    assert len(fasts) == len(shares) == len(np.unique(fasts))
    moved = at_shares(member, {"fast": float(shares[0])})
    assert moved.values["fast"] == fasts[0]
    assert moved.values["slow"] == 99


def test_a_resampled_market_is_no_longer_writable():
    bars = random_walk(50, 1, seed=1)
    assert isinstance(bars, Bars)
    assert not bars.rows.flags.writeable
