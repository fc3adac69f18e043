from math import comb

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from tenfold.backtesting.combinatorial import assemble, best_paths, combinatorial, purged_folds
from tenfold.domain.errors import SettingsError


def test_folds_without_labels_leave_everything_else_to_the_train():
    plan = purged_folds(10, 5)
    assert [split.test.tolist() for split in plan.splits] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]
    assert plan.splits[2].train.tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert plan.paths.tolist() == [[0, 1, 2, 3, 4]]


def test_purge_and_embargo_by_hand():
    ends = np.arange(12) + 2  # known two bars later
    test_of_the_middle = purged_folds(12, 3, label_ends=ends, embargo=1).splits[1]
    assert test_of_the_middle.test.tolist() == [4, 5, 6, 7]
    # 2 and 3 end in the test, 8 and 9 begin before the labels of the test end, 10 is under the embargo
    assert test_of_the_middle.train.tolist() == [0, 1, 11]
    first, _, last = purged_folds(12, 3, label_ends=ends, embargo=1).splits
    assert first.train.tolist() == [7, 8, 9, 10, 11]
    assert last.train.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_long_label_is_purged_from_afar():
    ends = np.arange(20)
    ends[1], ends[5] = 17, 13  # a decision of bar 1 is open into the last group, one of bar 5 into the third
    splits = purged_folds(20, 4, label_ends=ends).splits
    assert 1 not in splits[1].train
    assert 1 not in splits[3].train
    assert 5 not in splits[2].train
    assert 5 in splits[3].train
    assert splits[0].train.tolist() == [18, 19]


def test_a_label_of_the_test_that_reaches_far_shuts_what_it_covers():
    ends = np.arange(20)
    ends[7] = 16
    split = purged_folds(20, 4, label_ends=ends, embargo=2).splits[1]
    assert split.train.tolist() == [0, 1, 2, 3, 4, 19]


def test_the_paths_of_six_groups_of_which_two_are_tested():
    plan = combinatorial(60, 6, 2)
    assert len(plan.splits) == 15
    assert plan.paths.shape == (5, 6)
    assert plan.splits[0].groups == (0, 1)
    assert plan.paths[0].tolist() == [0, 0, 1, 2, 3, 4]  # the table of the book
    assert plan.paths[4].tolist() == [4, 8, 11, 13, 14, 14]
    assert plan.splits[1].test.tolist() == [*range(10), *range(20, 30)]


@given(st.data())
def test_no_train_knows_of_its_test_and_every_group_is_in_every_path_once(data):
    groups = data.draw(st.integers(2, 8))
    tested = data.draw(st.integers(1, groups - 1))
    length = data.draw(st.integers(groups, 60))
    ends = np.arange(length) + np.array(data.draw(st.lists(st.integers(0, 6), min_size=length, max_size=length)))
    embargo = data.draw(st.integers(0, 4))
    try:
        plan = combinatorial(length, groups, tested, label_ends=ends, embargo=embargo)
    except SettingsError:  # nothing is left to choose on
        reject()
    assert len(plan.splits) == comb(groups, tested)
    assert plan.paths.shape == (tested * comb(groups, tested) // groups, groups)
    for split in plan.splits:
        late = split.train[:, None] > ends[split.test]
        early = ends[split.train][:, None] < split.test
        assert (early | late).all()
        for group in split.groups:
            last = ends[plan.edges[group] : plan.edges[group + 1]].max()
            assert not ((split.train > last) & (split.train <= last + embargo)).any()
    for group, column in enumerate(plan.paths.T):
        assert len(set(column.tolist())) == len(column)
        assert all(group in plan.splits[place].groups for place in column)
    assert np.bincount(plan.paths.ravel(), minlength=len(plan.splits)).tolist() == [tested] * len(plan.splits)


def test_paths_are_put_together_from_the_tests():
    plan = combinatorial(23, 5, 2, label_ends=np.arange(23) + 1)
    paths = assemble(plan, lambda split: 100 * plan.splits.index(split) + split.test)
    assert paths.shape == (4, 23)
    for path, row in enumerate(paths):
        for group in range(5):
            bars = np.arange(plan.edges[group], plan.edges[group + 1])
            assert (row[bars] == 100 * plan.paths[path, group] + bars).all()


def test_a_choice_on_each_train_is_judged_on_its_test():
    returns = np.random.default_rng(0).normal(0.0, 0.01, (4, 120))
    returns[2] += 0.01
    plan = combinatorial(120, 6, 2, embargo=3)
    paths = assemble(plan, lambda split: returns[returns[:, split.train].mean(axis=1).argmax()][split.test])
    np.testing.assert_array_equal(paths, np.broadcast_to(returns[2], (5, 120)))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"tested": 0}, "expected fewer tested than groups"),
        ({"tested": 10}, "expected fewer tested than groups"),
        ({"length": 9}, "a bar a group"),
        ({"embargo": -1}, "no negative embargo"),
        ({"length": 300, "groups": 30, "tested": 15}, "expected at most 5,000"),
        ({"label_ends": np.arange(99)}, "label_ends must be one bar number for each bar"),
        ({"label_ends": np.arange(100) - 1}, "that bar or a later one"),
        ({"label_ends": np.arange(100) * 1.0}, "label_ends must be"),
        ({"embargo": 100, "tested": 9}, "leave no train where groups"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, text):
    with pytest.raises(SettingsError, match=text):
        combinatorial(**({"length": 100} | arguments))


def test_an_outcome_of_another_length_is_refused():
    with pytest.raises(ValueError, match="one for each tested bar"):
        assemble(purged_folds(10, 2), lambda split: split.train[:3])


def test_the_best_of_each_train_makes_the_paths():
    returns = np.random.default_rng(3).normal(0.0, 0.01, (90, 7))
    returns[:, 6] = 0.0
    plan = combinatorial(90, 6, 2, label_ends=np.arange(90) + 2, embargo=1)

    def best(split):
        known = returns[split.train, :6]
        ratios = np.append(known.mean(axis=0) / known.std(axis=0, ddof=1), 0.0)
        return returns[split.test, ratios.argmax()]

    np.testing.assert_array_equal(best_paths(returns, plan), assemble(plan, best))
    assert best_paths(returns, plan).shape == (5, 90)


def test_choosing_among_noise_earns_nothing_on_the_paths():
    returns = np.random.default_rng(5).normal(0.0, 0.01, (2520, 100))
    plan = combinatorial(2520, 10, 2, embargo=5)
    paths = best_paths(returns, plan)
    ratios = paths.mean(axis=1) / paths.std(axis=1, ddof=1)
    in_sample = (returns.mean(axis=0) / returns.std(axis=0, ddof=1)).max()
    assert abs(ratios.mean()) < 0.4 * in_sample
