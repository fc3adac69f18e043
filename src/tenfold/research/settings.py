"""Say how a study searches and judges."""

from dataclasses import dataclass, field

from tenfold.domain.upkeep import Upkeep
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
    upkeep : how members are weighed: equally, or by the skill that each has shown on what a window may know
    resamples : of the bootstraps behind the band of PBO and the test against buy and hold; 0 leaves both out
    scenarios : of the dossier of robustness of what is chosen; 0 leaves it out unless a gate asks for it
    """

    budget: Budget = field(default_factory=Budget)
    windows: int = 6
    train_frac: float = 0.4
    rolling: bool = False
    purge: int = 21
    regimes: str = "trend_volatility"
    upkeep: Upkeep = field(default_factory=Upkeep)
    resamples: int = 1000
    scenarios: int = 0
