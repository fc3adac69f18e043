import numpy as np
import pytest

from tenfold.domain.trials import SketchedTrials, TrialSample
from tenfold.metrics.clusters import CHANCE_DEVIATIONS, clusters, effective_trials, representatives, threshold


def variants(strategies, each, correlation, blocks, seed=0):
    rng = np.random.default_rng(seed)
    of = np.repeat(rng.normal(0, 1, (strategies, blocks)), each, axis=0)
    noise = rng.normal(0, 1, of.shape)
    return (correlation * of + np.sqrt(1 - correlation**2) * noise).astype(np.float32)


def part_of(sketches, *, first=0, length=86_400, family=None, seed=0):
    hashes = np.sort(np.random.default_rng(seed).integers(0, 2**63, len(sketches), dtype=np.uint64))
    chosen = np.zeros(len(sketches), np.int64) if family is None else np.asarray(family)
    return SketchedTrials(length, first, hashes, chosen, np.arange(len(sketches), dtype=np.float32), sketches)


def sample_of(*parts, counts=None):
    families = 1 + max((int(part.family.max()) for part in parts), default=0)
    seen = sum((np.bincount(part.family, minlength=families) for part in parts), np.zeros(families, np.int64))
    names = tuple(f"family {number}" for number in range(families))
    return TrialSample(names, np.asarray(seen if counts is None else counts, np.int64), parts)


def naive(sketches, together):
    leaders = []
    for one, row in enumerate(sketches):
        if row.std() > 0 and all(np.corrcoef(row, sketches[leader])[0, 1] < together for leader in leaders):
            leaders.append(one)
    return leaders


@pytest.mark.parametrize("together", [0.3, 0.5, 0.9])
def test_leaders_are_those_of_the_plain_rule(together):
    sketches = np.concatenate(
        [variants(30, 4, 0.8, 20), np.ones((3, 20), np.float32), variants(10, 2, 0.9, 20, seed=1)]
    )
    assert representatives(sketches, together).tolist() == naive(sketches, together)


def test_leaders_of_more_than_one_block():
    sketches = variants(1500, 2, 0.95, 60)[np.random.default_rng(1).permutation(3000)]
    leaders, cluster = clusters(sketches, 0.6)
    assert 0.97 * 1500 < len(leaders) <= 1500
    assert (cluster >= 0).all()
    assert np.array_equal(cluster[leaders], np.arange(len(leaders)))
    assert np.bincount(cluster).sum() == 3000


def test_what_never_moves_belongs_to_no_cluster():
    leaders, cluster = clusters(np.zeros((4, 10)))
    assert len(leaders) == 0
    assert (cluster == -1).all()
    assert len(representatives(np.zeros((0, 10)))) == 0


def test_copies_are_one():
    row = np.random.default_rng(0).normal(0, 1, (1, 40))
    assert representatives(np.repeat(row, 5000, axis=0)).tolist() == [0]


def test_the_threshold_rises_where_blocks_are_few():
    assert threshold(64) == 0.5
    assert threshold(57) == pytest.approx(0.5, abs=0.01)
    assert threshold(33) == pytest.approx(np.tanh(CHANCE_DEVIATIONS / np.sqrt(30)))
    assert threshold(8) > 0.9
    assert threshold(7) > 1.0
    assert threshold(64, 0.7) == 0.7


@pytest.mark.parametrize(("strategies", "blocks"), [(1, 57), (10, 57), (100, 57), (500, 57), (100, 40)])
def test_a_known_number_of_strategies_is_found(strategies, blocks):
    sketches = variants(strategies, 8, 0.93, blocks)
    found = effective_trials(sample_of(part_of(sketches)))
    assert found.number == pytest.approx(strategies, rel=0.05)
    assert found.found == found.number == len(found.sharpes)


def test_trials_that_were_not_sampled_are_estimated():
    rng = np.random.default_rng(3)
    which = rng.integers(0, 2000, 4000)
    sketches = variants(2000, 1, 1.0, 60)[which] + 0.1 * rng.normal(0, 1, (4000, 60)).astype(np.float32)
    found = effective_trials(sample_of(part_of(sketches), counts=[200_000]))
    assert found.found < 1800
    assert found.number == pytest.approx(2000, rel=0.08)


def test_when_all_are_different_all_count():
    found = effective_trials(sample_of(part_of(variants(200, 1, 1.0, 64)), counts=[5_000]))
    assert found.number == pytest.approx(5_000, rel=0.25), "one pair joined by chance weighs much"
    alone = effective_trials(sample_of(part_of(variants(1, 1, 1.0, 64)), counts=[5_000]))
    assert alone.number <= 5_000


def test_a_sample_of_one_cluster_misses_none():
    found = effective_trials(sample_of(part_of(variants(1, 50, 0.99, 64)), counts=[5_000]))
    assert found.number == 1.0


def test_a_family_without_sketches_counts_whole():
    part = part_of(variants(1, 5, 0.99, 64))
    sample = TrialSample(("one", "two"), np.array([5, 30]), (part,))
    assert effective_trials(sample).number == 31.0
    assert effective_trials(TrialSample((), np.zeros(0, np.int64), ())).number == 0.0


def test_the_same_strategies_over_another_calendar_are_no_new_ones():
    whole = variants(20, 3, 0.97, 60)
    later = whole[:, 10:]
    found = effective_trials(sample_of(part_of(whole), part_of(later, first=10, seed=1)))
    assert found.number == 20.0
    fine = np.repeat(whole / 4, 4, axis=1)[:, 40:104]
    found = effective_trials(sample_of(part_of(whole), part_of(fine, first=40, length=21_600, seed=1)))
    assert found.number == pytest.approx(20.0, abs=3), "16 blocks in common decide less"


def test_calendars_apart_are_counted_apart():
    sketches = variants(5, 3, 0.97, 60)
    found = effective_trials(sample_of(part_of(sketches), part_of(sketches, first=500, seed=1)))
    assert found.number == 10.0


def test_members_from_another_calendar_keep_a_cluster_from_being_seen_once():
    whole = variants(20, 1, 1.0, 60)
    parts = (part_of(whole), part_of(whole[:, 5:], first=5, seed=1))
    assert effective_trials(sample_of(*parts, counts=[45])).number == 20.0
    assert effective_trials(sample_of(parts[0], counts=[45])).number == pytest.approx(45)


def test_a_calendar_on_which_nothing_moved_adds_nothing():
    still = part_of(np.zeros((4, 60), np.float32), seed=1)
    assert effective_trials(sample_of(still, part_of(variants(5, 3, 0.97, 60), first=3))).number == 5.0
