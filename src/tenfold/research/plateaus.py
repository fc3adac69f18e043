"""Map the Sharpe ratio of each member over its first two parameters."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules
from tenfold.research.dossier import Plateau
from tenfold.research.neighbourhood import at_shares, plateau_axes
from tenfold.research.paths import measured
from tenfold.research.rerun import in_threads, rerun


def plateaus_of(
    members: Sequence[Member], bars: Bars, rules: Rules, threads: int, report: Callable[[], None]
) -> tuple[Plateau, ...]:
    """Return the map of each member that has parameters, itself among the cells; `report()` is called after each cell."""
    return tuple(plateau(member, bars, rules, threads, report) for member in members if member.fold.parameters)


def cells_of(members: Sequence[Member]) -> int:
    """Return how many cells the maps of members have together."""
    sizes = [[len(shares) for _, _, shares in plateau_axes(member)] for member in members if member.fold.parameters]
    return sum(math.prod(size) for size in sizes)


def plateau(member: Member, bars: Bars, rules: Rules, threads: int, report: Callable[[], None]) -> Plateau:
    """Return the annual Sharpe ratio of a member alone over its first two parameters."""
    axes = plateau_axes(member)
    (x, xs, x_shares), (y, ys, y_shares) = (*axes, ("", np.zeros(0), np.zeros(1)))[:2]

    def sharpe(cell: int) -> float:
        row, column = divmod(cell, len(x_shares))
        shares = {x: float(x_shares[column])} | ({y: float(y_shares[row])} if y else {})
        run = rerun([at_shares(member, shares)], bars, rules)
        return float(measured(run.returns[None, :], bars.periods_per_year).sharpe[0])

    cells = in_threads(sharpe, len(x_shares) * len(y_shares), threads, report)
    values = member.fold.accept(member.values)
    return Plateau(
        member=member.name,
        x=x,
        y=y,
        xs=xs,
        ys=ys,
        cells=np.array(cells).reshape(len(y_shares), len(x_shares)),
        own=(float(values[x]), float(values[y]) if y else 0.0),
    )
