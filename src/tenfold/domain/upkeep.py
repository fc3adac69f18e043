"""Say how an ensemble is kept up while it trades."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Upkeep(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold what is done about members that gain or lose skill.

    Parameters
    ----------
    members_min : members below which an ensemble does not trade with money
    false_alarms_per_year : how often a member that keeps its promise is demoted by bad luck
    weights : "equal", or by the "skill" that each member has shown so far
    drifted : what becomes of a member that falls short of its record while it trades: "tell", or "suspend" it from the vote, but for the last one
    half_life : bars after which a return counts half for skill
    rate : how much weight a member gains a standard deviation of luck that it is ahead
    floor_frac : share of an equal weight that no member falls below
    canary_frac : part of its size at which a strategy first trades with money
    """

    members_min: Annotated[int, Meta(ge=1, le=10)] = 3
    false_alarms_per_year: Annotated[float, Meta(gt=0, le=12)] = 0.1
    weights: Literal["equal", "skill"] = "equal"
    drifted: Literal["tell", "suspend"] = "tell"
    half_life: Annotated[float, Meta(ge=5, le=10_000)] = 126.0
    rate: Annotated[float, Meta(ge=0, le=10)] = 0.5
    floor_frac: Annotated[float, Meta(gt=0, le=1)] = 0.25
    canary_frac: Annotated[float, Meta(gt=0, le=0.5)] = 0.1
