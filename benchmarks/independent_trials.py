"""Measure the error of the estimate of independent trials: a known number of strategies, each tried in variants.

    python benchmarks/independent_trials.py

Each strategy is a series of independent returns; its variants correlate with it as given. The trials are drawn, sampled and
counted as the log does it. Prints a table in Markdown: the estimate over the number of different strategies that were tried, mean
and deviation over the draws.
"""

import numpy as np

from tenfold.domain.trials import SAMPLE_MAX, SketchedTrials, TrialSample
from tenfold.metrics.clusters import effective_trials

DRAWS = 8
STRATEGIES = (1, 10, 100, 1000, 3000)
CASES = (
    # trials, correlation of a variant with its strategy, blocks
    (4_000, 0.99, 57),
    (4_000, 0.9, 57),
    (4_000, 0.85, 57),
    (4_000, 0.8, 57),
    (4_000, 0.7, 57),
    (4_000, 0.9, 40),
    (4_000, 0.9, 33),
    (100_000, 0.9, 57),
    (1_000_000, 0.9, 57),
)


def ratio_of(strategies: int, trials: int, correlation: float, blocks: int, rng: np.random.Generator) -> float:
    """Return the estimate over the truth for variants of so many independent strategies."""
    kept = min(trials, SAMPLE_MAX)
    which = rng.integers(0, strategies, trials)
    of = rng.normal(0, 1, (strategies, blocks))[which[:kept]]
    noise = rng.normal(0, 1, (kept, blocks))
    sketches = (correlation * of + np.sqrt(1 - correlation**2) * noise).astype(np.float32)
    hashes = np.sort(rng.integers(0, 2**63, kept, dtype=np.uint64))
    part = SketchedTrials(86_400, 0, hashes, np.zeros(kept, np.int64), np.zeros(kept, np.float32), sketches)
    sample = TrialSample(("one",), np.array([trials]), (part,))
    return effective_trials(sample).number / len(np.unique(which))


def main() -> None:
    """Print the table."""
    print(f"| trials | correlation | blocks | {' | '.join(f'{count:,}' for count in STRATEGIES)} |")
    print(f"|---|---|---|{'---|' * len(STRATEGIES)}")
    for trials, correlation, blocks in CASES:
        cells = []
        for strategies in STRATEGIES:
            draws = range(DRAWS)
            ratio = np.array(
                [ratio_of(strategies, trials, correlation, blocks, np.random.default_rng(one)) for one in draws]
            )
            cells.append(f"{ratio.mean():.2f} ± {ratio.std(ddof=1):.2f}")
        print(f"| {trials:,} | {correlation} | {blocks} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
