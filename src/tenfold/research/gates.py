"""Say what an ensemble must show to be approved, and whether it does."""

from typing import Annotated

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(ge=0, le=1)]


class Gates(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the thresholds of approval; None leaves a gate out.

    Parameters
    ----------
    oos_sharpe_min : annual Sharpe ratio of the vote, net, on the tests of the walk forward
    oos_psr_min : probability that the true Sharpe ratio there is above 0, in excess of the market's share
    dsr_min : deflated Sharpe ratio of the vote on all data, in excess of the market's share, given every trial
    pbo_max : probability of backtest overfitting
    excess_min : annual Sharpe ratio out of sample above that of buy and hold at the same volatility
    correlation_max : of the net returns of two members
    consistency_min : regime consistency of each member
    superiority_p_max : p-value of Hansen's test against buy and hold
    robustness_min : score of the dossier
    quality_min : score of the data, 0 to 100, of the worst symbol
    members_min : members below which nothing is approved
    """

    oos_sharpe_min: float | None = 0.5
    oos_psr_min: Share | None = 0.95
    dsr_min: Share | None = 0.9
    pbo_max: Share | None = 0.5
    excess_min: float | None = 0.0
    correlation_max: Share = 0.5
    consistency_min: Share = 0.5
    superiority_p_max: Share | None = None
    robustness_min: Share | None = None
    quality_min: Annotated[float, Meta(ge=0, le=100)] | None = 60.0
    members_min: Annotated[int, Meta(ge=1, le=10)] = 1


class Check(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold one gate: what was found, what it was held against, and the sentence that says so."""

    gate: str
    found: float
    threshold: float
    passed: bool
    words: str
