import numpy as np
import pytest
from arch.bootstrap import SPA, RealityCheck, StepM

from tenfold.domain.errors import ParameterError
from tenfold.metrics.bootstrap import bootstrap_indices, optimal_block_of
from tenfold.research.superiority import mean_variances, resampled_means, superiority


def market(strategies, bars, seed=0, *, spread=0.0004, weight=0.2):
    """Return excess returns of strategies of different worth that share a factor."""
    rng = np.random.default_rng(seed)
    factor, shocks = rng.normal(0.0, 0.004, bars), rng.normal(0.0, 0.01, (strategies, bars))
    shocks[:, 1:] += weight * shocks[:, :-1]
    return shocks * rng.uniform(0.3, 2.0, (strategies, 1)) + factor + rng.normal(0.0, spread, (strategies, 1))


class Drawn:
    """Give arch the paths of our bootstrap."""

    def __init__(self, values, indices):
        self.values, self.indices = values, indices

    def bootstrap(self, reps):
        for row in self.indices[:reps]:
            yield (self.values[row],), {}


def of_arch(kind, excess, resamples, block, seed, **options):
    """Return an answer of arch on our paths; losses in, so returns change their sign."""
    rng = np.random.default_rng(1)
    benchmark = rng.normal(0.0003, 0.01, excess.shape[1])
    test = kind(-benchmark, -(excess.T + benchmark[:, None]), block_size=block, reps=resamples, **options)
    inner = test.spa if kind is StepM else test
    inner.bootstrap = Drawn(inner._loss_diff, bootstrap_indices(excess.shape[1], resamples, block, seed))
    test.compute()
    return test


@pytest.mark.parametrize("studentized", [False, True])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("strategies", "bars", "block"), [(1, 300, 5), (12, 400, 10), (40, 250, 3)])
def test_it_equals_arch_on_the_same_paths(seed, strategies, bars, block, studentized):
    excess = market(strategies, bars, seed, spread=(0.0, 0.0005, 0.002)[seed % 3])
    found = superiority(excess, resamples=200, block=block, seed=seed, size=0.1, studentized=studentized)
    if studentized:  # which arch can be brought to by what it is given
        excess = excess / np.sqrt(mean_variances(excess, block))[:, None]
    for kind in (SPA, RealityCheck):
        expected = of_arch(kind, excess, 200, block, seed).pvalues
        assert [found.lower, found.consistent, found.upper] == expected.tolist()
    assert list(found.superior) == of_arch(StepM, excess, 200, block, seed, size=0.1).superior_models
    assert found.lower <= found.consistent <= found.upper


def test_it_agrees_with_arch_on_its_own_paths():
    excess = market(10, 500, 3, spread=0.0006)
    found = superiority(excess, resamples=4000, block=8, seed=1, studentized=False)
    theirs = SPA(np.zeros(500), -excess.T, block_size=8, reps=4000, seed=2)
    theirs.compute()
    assert [found.lower, found.consistent, found.upper] == pytest.approx(theirs.pvalues.tolist(), abs=0.035)


@pytest.mark.parametrize("block", [1.0, 4.0, 31.5])
def test_variances_are_those_of_arch_and_of_the_paths(block):
    excess = market(6, 200, 5)
    theirs = SPA(np.zeros(200), -excess.T, block_size=block, reps=10)
    theirs._compute_variance()
    np.testing.assert_allclose(mean_variances(excess, block), theirs._loss_diff_var, rtol=1e-10)
    drawn = resampled_means(excess, 20_000, block, 1)
    np.testing.assert_allclose(drawn.var(axis=0) * 200, mean_variances(excess, block), rtol=0.06)


def test_resampled_means_are_those_of_the_paths_in_any_batch(monkeypatch):
    excess = market(3, 100)
    indices = bootstrap_indices(100, 25, 6.0, 4)
    whole = resampled_means(excess, 25, 6.0, 4)
    np.testing.assert_allclose(whole, excess[:, indices].mean(axis=2).T, atol=1e-15)
    monkeypatch.setattr("tenfold.research.superiority._BATCH", 300)
    np.testing.assert_allclose(resampled_means(excess, 25, 6.0, 4), whole, atol=1e-17)


def test_skill_is_found_and_noise_is_not():
    excess = market(30, 2000, 7, spread=0.0)
    excess -= excess.mean(axis=1, keepdims=True)
    noise = superiority(excess, resamples=300)
    assert noise.superior == ()
    assert noise.lower == noise.consistent == noise.upper > 0.5
    excess[4] += 0.004
    excess[9] += 0.002
    found = superiority(excess, resamples=300)
    assert found.superior == (4, 9)
    assert found.best == np.argmax(excess.mean(axis=1) / np.sqrt(mean_variances(excess, found.block)))
    assert superiority(excess, resamples=10, studentized=False).best == 4
    assert found.upper == 0.0
    assert found.block == max(np.median([optimal_block_of(row) for row in excess]), 1.0)


def test_step_down_finds_more_than_one_step():
    rng = np.random.default_rng(0)
    wild, calm = rng.normal(0.0, 0.03, (5, 1000)), rng.normal(0.0, 0.002, (5, 1000))
    excess = np.concatenate([wild, calm])
    excess -= excess.mean(axis=1, keepdims=True)
    excess[:5] += 0.01
    excess[5:] += 0.0007  # below what the wild ones show by luck, far beyond what the calm ones do
    assert superiority(excess, resamples=300, block=2.0, studentized=False).superior == tuple(range(10))


def test_studentized_strategies_count_alike():
    excess = market(15, 600, 2, spread=0.0005)
    scaled = excess / np.sqrt(mean_variances(excess, 5.0))[:, None]
    found, plain = superiority(excess, block=5.0), superiority(scaled, block=5.0, studentized=False)
    assert found == plain
    assert superiority(excess * np.exp2(np.arange(15))[:, None], block=5.0) == found


def test_a_strategy_that_is_the_benchmark_is_not_better():
    excess = np.zeros((2, 100))
    for studentized in (False, True):
        found = superiority(excess, resamples=50, studentized=studentized)
        assert found.superior == ()
        assert found.block == 1.0
    excess[1] = 1e-4
    assert superiority(excess, resamples=50, studentized=True).superior == ()  # no deviation, no claim


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"excess": np.zeros(100)}, "expected .strategies, bars."),
        ({"excess": np.zeros((3, 19))}, "of 20 bars"),
        ({"excess": np.zeros((0, 50))}, "expected .strategies, bars."),
        ({"excess": np.full((3, 50), np.inf)}, "no finite number"),
        ({"size": 1.0}, "expected a probability and at least one"),
        ({"resamples": 0}, "expected a probability and at least one"),
        ({"block": 0.2}, "expected at least 1"),
    ],
)
def test_what_cannot_be_tested_is_refused(arguments, text):
    with pytest.raises(ParameterError, match=text):
        superiority(**({"excess": market(3, 50)} | arguments))


def test_a_calm_strategy_is_not_hidden_by_wild_ones():
    rng = np.random.default_rng(4)
    excess = rng.standard_normal((20, 2520)) * rng.uniform(0.005, 0.02, (20, 1))
    excess -= excess.mean(axis=1, keepdims=True)
    excess[7] = 0.1 * excess[7] + 0.0001
    assert superiority(excess, resamples=300, block=5.0).superior == (7,)
    assert superiority(excess, resamples=300, block=5.0, studentized=False).superior == ()
