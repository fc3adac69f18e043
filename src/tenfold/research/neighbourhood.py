"""Look around a set of parameters: a good one has good neighbours."""

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.scoring import Member
from tenfold.domain.parameters import Integer, Parameter
from tenfold.kernels.fold import Fold
from tenfold.research.space import neighbours, params_at, values_of

Values = NDArray[np.float64]

REACH: Final = 0.05
"""Deviation of a neighbour from its origin, in parts of each parameter's space."""

SIDE: Final = 11
"""Values that a plateau shows of each of its parameters."""


def point_of(fold: Fold, values: dict[str, Any]) -> Values:
    """Return the place of parameters on the unit cube, (1, D): `space.params_at` leads back to them."""
    shares = [_share(parameter, float(values[name])) for name, parameter in fold.parameters.items()]
    return np.clip(np.array([shares], np.float64), 0.0, 1.0)


def _share(parameter: Parameter, value: float) -> float:
    low, high = float(parameter.low), float(parameter.high)
    if isinstance(parameter, Integer):
        value, high = value + 0.5, high + 1.0
    if high <= low:
        return 0.0
    if low > 0.0 and (isinstance(parameter, Integer) or parameter.log):
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return (value - low) / (high - low)


def moved(member: Member, rng: np.random.Generator) -> Member:
    """Return the member with parameters near its own."""
    if not member.fold.parameters:
        return member
    point = neighbours(point_of(member.fold, member.fold.accept(member.values)), REACH, rng)
    return _at(member, point)


def nearby(members: Sequence[Member], seed: int, index: int) -> list[Member]:
    """Return neighbour `index` of a seed of an ensemble: every member with parameters near its own."""
    rng = np.random.default_rng([seed, 15, index])
    return [moved(member, rng) for member in members]


def plateau_axes(member: Member) -> list[tuple[str, Values, Values]]:
    """Return the first two parameters of a member: name, values (N,) and their places on the unit cube, (N,).

    The values span the parameter's space and hold the member's own.
    """
    fold, axes = member.fold, []
    own = point_of(fold, fold.accept(member.values))[0]
    for column, name in enumerate(list(fold.parameters)[:2]):
        shares = np.sort(np.append(np.linspace(0.0, 1.0, SIDE), own[column]))
        points = np.repeat(own[None, :], len(shares), axis=0)
        points[:, column] = shares
        found, first = np.unique(params_at(fold, points)[name].astype(np.float64), return_index=True)
        axes.append((name, found, shares[first]))
    return axes


def at_shares(member: Member, shares: dict[str, float]) -> Member:
    """Return the member with some parameters at places of the unit cube, the others as they are."""
    fold = member.fold
    point = point_of(fold, fold.accept(member.values))
    for name, share in shares.items():
        point[0, list(fold.parameters).index(name)] = share
    return _at(member, point)


def _at(member: Member, point: Values) -> Member:
    values = values_of(member.fold, params_at(member.fold, point)[0])
    return Member(member.fold, values, member.name, member.weight)
