"""Turn strategies and bars into scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars, blank_bar
from tenfold.domain.errors import StrategyError
from tenfold.kernels import screen
from tenfold.kernels.compiling import compile_for
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import viewed


@dataclass(frozen=True)
class Member:
    """Hold one voter: a fold with its parameters, a name that is unique in the ensemble, and a weight."""

    fold: Fold
    values: Mapping[str, Any]
    name: str
    weight: float = 1.0

    @property
    def params(self) -> NDArray[np.void]:
        """The parameter record, shape (1,)."""
        return self.fold.params(self.values)


def check_columns(fold: Fold, bars: Bars) -> None:
    """Refuse bars that lack a column which the fold reads."""
    for name in fold.columns:
        if name not in bars.columns:
            have = ", ".join(bars.columns) or "none"
            raise StrategyError(
                f"{fold.name} reads the column {name}, which these bars do not have (further columns: {have}); add it with "
                "bars.with_columns(...) or import it with --columns"
            )


def panel_rows(bars: Bars) -> NDArray[np.void]:
    """Return the rows that a panel fold sees: of a symbol without a usable bar its moment alone, as `engine.voters` shows it."""
    usable = bars.usable
    if usable.all():
        return bars.rows
    rows = bars.rows.copy()
    empty = np.repeat(blank_bar(bars.columns), np.count_nonzero(~usable))
    for name in ("ts_ns", "session"):
        empty[name] = rows[name][~usable]
    rows[~usable] = empty
    return rows


def score_members(members: Sequence[Member], bars: Bars) -> tuple[NDArray[np.float64], dict[str, int]]:
    """Return scores (T, S, K), NaN where a member abstains, and how often each member failed."""
    total, count = bars.rows.shape
    scores = np.empty((total, count, len(members)))
    failed: dict[str, int] = {}
    rows = viewed(bars.rows)
    panel = viewed(panel_rows(bars)) if any(member.fold.panel for member in members) else rows
    for index, member in enumerate(members):
        states, health = member.fold.states(count), np.zeros((count, 2), np.int64)
        if member.fold.panel:
            compile_for(member.fold, screen.score_panel, count)(
                viewed(states), panel, viewed(member.params), health, np.empty(count), scores, index, 0
            )
        else:
            step = compile_for(member.fold, screen.score_symbols)
            step(viewed(states), rows, viewed(member.params), health, scores, index, 0)
        failed[member.name] = int(health[:, screen.FAILED].sum())
    return scores, failed
