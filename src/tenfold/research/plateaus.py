"""Map the Sharpe ratio of each member over its first two parameters."""

from collections.abc import Sequence

import numpy as np

from tenfold.backtesting.scoring import Member
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules
from tenfold.research.dossier import Plateau
from tenfold.research.neighbourhood import at_shares, plateau_axes
from tenfold.research.paths import measured
from tenfold.research.rerun import in_threads, rerun


def plateaus_of(members: Sequence[Member], bars: Bars, rules: Rules, threads: int) -> tuple[Plateau, ...]:
    """Return the map of each member that has parameters, itself among the cells."""
    return tuple(plateau(member, bars, rules, threads) for member in members if member.fold.parameters)


def plateau(member: Member, bars: Bars, rules: Rules, threads: int) -> Plateau:
    """Return the annual Sharpe ratio of a member alone over its first two parameters."""
    axes = plateau_axes(member)
    (x, xs, x_shares), (y, ys, y_shares) = (*axes, ("", np.zeros(0), np.zeros(1)))[:2]

    def sharpe(cell: int) -> float:
        row, column = divmod(cell, len(x_shares))
        shares = {x: float(x_shares[column])} | ({y: float(y_shares[row])} if y else {})
        run = rerun([at_shares(member, shares)], bars, rules)
        return float(measured(run.returns[None, :], bars.periods_per_year).sharpe[0])

    cells = in_threads(sharpe, len(x_shares) * len(y_shares), threads, lambda: None)
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
