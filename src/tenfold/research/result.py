"""Hold the outcome of a study: the ensemble, if one was approved, with the evidence for and against it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.research.dossier import Dossier
from tenfold.research.gates import Check, Gates

Returns = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Hold one member, with the parts of its fitness when it was taken.

    `sharpe`, `consistency`, `penalty` and `fitness` on all data; `oos_sharpe` on the tests of the walk forward, of this very
    strategy; `regime_sharpe` (R,) annual, NaN where a regime has no bars; `returns` (T,) net; `source_hash` of its family.
    """

    family: str
    values: dict[str, int | float]
    source_hash: str
    weight: float
    sharpe: float
    consistency: float
    penalty: float
    fitness: float
    oos_sharpe: float
    regime_sharpe: Returns
    returns: Returns


@dataclass(frozen=True, eq=False)
class Step:
    """Hold one window of the walk forward: bars [start, stop) of train and test, and what was chosen on the train.

    `size` members voted in its test; `tau` is Kendall's rank correlation between train and test Sharpe ratios of all trials
    that the window knew.
    """

    train: tuple[int, int]
    test: tuple[int, int]
    families: tuple[str, ...]
    size: int
    train_sharpe: float
    test_sharpe: float
    tau: float


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Hold how much of the result may be luck.

    Parameters
    ----------
    trials : evaluations ever made on these instruments and this period; `here` those of this study alone
    effective : clusters of their returns
    luck_sharpe : annual Sharpe ratio that the best of so many worthless trials is expected to show
    dsr, psr : deflated on all data, and probabilistic out of sample
    track_record_min, backtest_length_min : years
    pbo, pbo_low, pbo_high : probability of backtest overfitting and its block-bootstrap band
    superiority_p : of Hansen's test, NaN where it was not run
    superior : families that Romano and Wolf's StepM finds better than buy and hold
    haircut_sharpe : annual, after Holm's correction
    path_sharpes : annual, of the paths of combinatorial cross-validation: always holding what was best in each train
    """

    trials: int
    here: int
    effective: int
    luck_sharpe: float
    dsr: float
    psr: float
    track_record_min: float
    backtest_length_min: float
    pbo: float
    pbo_low: float
    pbo_high: float
    superiority_p: float
    superior: tuple[str, ...]
    haircut_sharpe: float
    path_sharpes: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class StudyResult:
    """Hold a study.

    Attributes
    ----------
    approved : whether every gate was passed
    checks : each gate, in order
    members : the ensemble that passed, or would have been proposed
    candidates : all that were chosen greedily, at most ten, best first; the members are the first of them
    sizes : annual Sharpe ratio out of sample of the vote of the first 1, 2, ... candidates, (10,)
    funnel : (what, how many are left), from evaluations to members
    steps : the walk forward
    oos, excess : net returns (T,) of the vote on the tests, and beside the market's share; NaN before the first test
    whole : net returns (T,) of the final vote on all data
    benchmark : returns (T,) of buying and holding equal amounts of all symbols
    correlation : (K, K) of the candidates' net returns
    trades_share : share of bars at which the vote has a side; `votes_share` of each size, (10,)
    entries : bars at which round trips of the final vote on all data began
    train_sharpe, test_sharpe : (M,) annual, of a sample of trials, pooled over the windows
    families_tried : (family, evaluations, best Sharpe ratio on all data)
    regime_names, regime_labels : names (R,) and (T,) int64
    dossier : evidence of how robust the members are; None where it was not asked for
    """

    approved: bool
    gates: Gates
    checks: tuple[Check, ...]
    members: tuple[Chosen, ...]
    candidates: tuple[Chosen, ...]
    sizes: Returns
    funnel: tuple[tuple[str, int], ...]
    steps: tuple[Step, ...]
    odds: Odds
    ts_ns: NDArray[np.int64]
    periods: float
    oos: Returns
    excess: Returns
    whole: Returns
    benchmark: Returns
    correlation: Returns
    trades_share: float
    votes_share: Returns
    train_sharpe: Returns
    test_sharpe: Returns
    families_tried: tuple[tuple[str, int, float], ...]
    regime_names: tuple[str, ...]
    regime_labels: NDArray[np.int64]
    seed: int
    digest: str
    label: str
    symbols: tuple[str, ...]
    entries: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    dossier: Dossier | None = None
    notes: dict[str, Any] = field(default_factory=dict)
