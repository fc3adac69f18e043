"""No two strategies say the same, whatever their parameters: at best-matched parameters scores stay apart."""

import itertools

import numpy as np
import pytest

from tenfold.app.data import sample_bars
from tenfold.domain.parameters import Integer
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.registry import STRATEGIES

ALIKE = 0.95
"""Two strategies whose scores correlate above this count as one."""

SAMPLES, CLOSEST, STEPS = 14, 8, 40


@pytest.fixture(scope="module")
def bars():
    """Bars of the demonstration, from when all its symbols but the youngest trade."""
    return sample_bars().slice(1_100)


def draw(random, fold, around=None, width=1.0):
    """Return parameters of a fold, anywhere or near others."""
    values = {}
    for name, space in fold.parameters.items():
        value = random.uniform(space.low, space.high)
        if around is not None:
            value = around[name] + width * random.normal() * (space.high - space.low)
            value = min(max(value, space.low), space.high)
        values[name] = round(value) if isinstance(space, Integer) else value
    return values


def scored(fold, bars, values):
    """Return the scores of a fold in one line."""
    scores = np.full(bars.rows.shape, np.nan)
    kernel = compile_for(fold, probe.probe_panel if fold.panel else probe.probe_symbols)
    kernel(fold.states(len(bars.symbols)), bars.rows, fold.params(values), scores)
    return scores.ravel()


def correlations(lines):
    """Return the correlation of every two lines where both have a value; 0 where one of them does not vary."""
    known = np.isfinite(lines).astype(float)
    filled = np.where(known > 0.0, lines, 0.0)
    count = np.maximum(known @ known.T, 1.0)
    mean = (filled @ known.T) / count
    spread = np.maximum((filled * filled) @ known.T / count - mean * mean, 0.0)
    scale = np.sqrt(spread * spread.T)
    return np.where(scale > 1e-12, (filled @ filled.T / count - mean * mean.T) / np.maximum(scale, 1e-12), 0.0)


def approached(random, bars, folds, values):
    """Return the closest correlation that is found from two sets of parameters by walking to closer ones."""
    best = abs(correlations(np.stack([scored(f, bars, v) for f, v in zip(folds, values, strict=True)]))[0, 1])
    for step in range(STEPS):
        width = 0.2 * 0.93**step
        tried = [draw(random, fold, near, width) for fold, near in zip(folds, values, strict=True)]
        found = abs(correlations(np.stack([scored(f, bars, v) for f, v in zip(folds, tried, strict=True)]))[0, 1])
        if found > best:
            best, values = found, tried
    return best, values


def test_no_two_strategies_say_the_same_at_best_matched_parameters(bars):
    random = np.random.default_rng(20)
    folds = [STRATEGIES.load(name) for name in STRATEGIES.table]
    tried = [[fold.defaults, *(draw(random, fold) for _ in range(SAMPLES - 1))] for fold in folds]
    lines = np.stack([scored(fold, bars, values) for fold, sets in zip(folds, tried, strict=True) for values in sets])
    every = abs(correlations(lines)).reshape(len(folds), SAMPLES, len(folds), SAMPLES)
    pairs = sorted(itertools.combinations(range(len(folds)), 2), key=lambda pair: -every[pair[0], :, pair[1]].max())
    for one, two in pairs[:CLOSEST]:
        at = np.unravel_index(every[one, :, two].argmax(), (SAMPLES, SAMPLES))
        start = [tried[one][at[0]], tried[two][at[1]]]
        closest, values = approached(random, bars, [folds[one], folds[two]], start)
        assert closest <= ALIKE, f"{folds[one].name} {values[0]} and {folds[two].name} {values[1]}: {closest:.3f}"
    assert every[pairs[0][0], :, pairs[0][1]].max() <= ALIKE


def test_a_copy_would_be_found(bars):
    fold = STRATEGIES.load("crossing")
    copy, other = fold.defaults, {"fast": 17, "slow": 73}
    random = np.random.default_rng(1)
    assert approached(random, bars, [fold, fold], [copy, other])[0] > ALIKE


def test_there_are_families_enough():
    modules = {STRATEGIES.place(name).partition(":")[0].rpartition(".")[2] for name in STRATEGIES.table}
    assert len(STRATEGIES.table) >= 24
    assert sum(STRATEGIES.load(name).panel for name in STRATEGIES.table) >= 4
    assert modules >= {
        "trend",
        "momentum",
        "mean_reversion",
        "breakout",
        "volatility",
        "volume",
        "calendar",
        "patterns",
    }
