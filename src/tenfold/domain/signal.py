"""Hold what strategies say, and what their vote decides."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tenfold.domain.instrument import Symbol

Fraction = Annotated[float, Meta(ge=0, le=1)]


class Signal(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the opinion of one strategy on one symbol: -1 short to +1 long."""

    ts_ns: int
    symbol: Symbol
    strategy: str
    score: Annotated[float, Meta(ge=-1, le=1)]
    confidence: Fraction


class Vote(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the decision of the ensemble on one symbol.

    `direction` is +1, 0 or -1; `agreement` is the share of all weight that backs it;
    `ballots` has one entry a member (+1 long, -1 short, 0 abstained).
    """

    ts_ns: int
    symbol: Symbol
    direction: Annotated[int, Meta(ge=-1, le=1)]
    agreement: Fraction
    confidence: Fraction
    ballots: tuple[int, ...]
    dissenters: tuple[str, ...]
