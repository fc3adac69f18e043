"""Say how a study searches and judges."""

from dataclasses import dataclass, field

from tenfold.research.search import Budget


@dataclass(frozen=True, kw_only=True)
class StudySettings:
    """Say how a study searches and judges.

    Parameters
    ----------
    budget : how much is searched
    windows : steps of the walk forward
    train_frac : share of the data before the first test
    rolling : trains of one length, in place of trains that begin at the first bar
    purge : bars left out between train and test
    regimes : "trend_volatility", "hidden_markov" or "jump_model"
    resamples : of the bootstraps behind the band of PBO and the test against buy and hold; 0 leaves both out
    """

    budget: Budget = field(default_factory=Budget)
    windows: int = 6
    train_frac: float = 0.4
    rolling: bool = False
    purge: int = 21
    regimes: str = "trend_volatility"
    resamples: int = 1000
