"""Name the stages that a strategy climbs, one after the other, before it trades all the money that it may."""

from typing import Final, Literal, get_args

Stage = Literal["research", "walk_forward", "monte_carlo", "paper", "shadow", "canary", "live"]

STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
"""Every stage, lowest first."""

RANK: Final[dict[str, int]] = {stage: rank for rank, stage in enumerate(STAGES)}
"""Place of each stage, 0 for the lowest."""
