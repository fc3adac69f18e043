"""Lay the parameters of a family on a unit cube: points that fill it evenly, and neighbours of good ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.parameters import Integer, Parameter
from tenfold.kernels.fold import Fold

Points = NDArray[np.float64]


def even_points(fold: Fold, count: int, seed: int) -> Points:
    """Return `count` points (N, D) of a Sobol sequence over the unit cube, shifted by the seed around its faces."""
    from scipy.stats import qmc  # noqa: PLC0415 -- half a second that only a search needs

    dimensions = len(fold.parameters)
    if dimensions == 0 or count == 0:
        return np.zeros((min(count, 1), dimensions))
    points = qmc.Sobol(dimensions, scramble=False).random_base2(int(np.ceil(np.log2(count))))[:count]
    shift = np.random.default_rng([seed, dimensions]).random(dimensions)
    return np.asarray((points + shift) % 1.0, np.float64)


def neighbours(points: Points, reach: float, rng: np.random.Generator) -> Points:
    """Return one neighbour a point, normally distributed around it with deviation `reach`, reflected at the faces."""
    moved = points + reach * rng.standard_normal(points.shape)
    folded = np.abs(moved) % 2.0
    return np.where(folded > 1.0, 2.0 - folded, folded)


def params_at(fold: Fold, points: Points) -> NDArray[np.void]:
    """Return the parameter records at points of the unit cube, (N,)."""
    records = np.zeros(len(points), fold.params_dtype)
    for column, (name, parameter) in enumerate(fold.parameters.items()):
        records[name] = _values(parameter, points[:, column])
    return records


def _values(parameter: Parameter, share: NDArray[np.float64]) -> NDArray[Any]:
    low, high = float(parameter.low), float(parameter.high)
    if isinstance(parameter, Integer):
        if low > 0.0:  # by ratio: 5 to 10 matters as much as 50 to 100
            spread = np.exp(np.log(low) + share * (np.log(high + 1.0) - np.log(low)))
        else:
            spread = low + share * (high + 1.0 - low)
        return np.asarray(np.clip(np.floor(spread), low, high), np.int64)
    if parameter.log:
        return np.asarray(np.clip(np.exp(np.log(low) + share * (np.log(high) - np.log(low))), low, high))
    return np.asarray(low + share * (high - low))


def values_of(fold: Fold, record: Any) -> dict[str, int | float]:
    """Return the parameters of one record by name."""
    return {name: record[name].item() for name in fold.parameters}
