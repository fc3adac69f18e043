"""Say whether two outcomes are the same, to the last bit of what happened."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.run import Run
from tenfold.domain.bars import Bars

_VALUES: Final = ("rules", "members", "weights", "trips", "bindings", "failures", "borrow_units", "interest_units",
           "dividend_units")  # fmt: skip
_ARRAYS: Final = ("equity_units", "cash_units", "gross_units", "net_units", "lots", "fills", "direction", "agreement")


def same_run(one: Run, other: Run) -> bool:
    """Say whether the same happened over the same bars under the same rules.

    The path that ran, the name and the notes do not count; scores do where both were kept.
    """
    if one is other:
        return True
    scored = one.scores is None or other.scores is None or same_arrays(one.scores, other.scores)
    return (
        scored
        and all(getattr(one, name) == getattr(other, name) for name in _VALUES)
        and all(same_arrays(getattr(one, name), getattr(other, name)) for name in _ARRAYS)
        and same_bars(one.bars, other.bars)
    )


def same_bars(one: Bars, other: Bars) -> bool:
    """Say whether two markets have the same instruments, times and prices; where they came from does not count."""
    return one is other or (
        one.instruments == other.instruments
        and one.period_ns == other.period_ns
        and one.adjustment == other.adjustment
        and same_arrays(one.rows, other.rows)
    )


def same_arrays(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Say whether arrays hold the same values, field by field of records; NaN is equal to itself."""
    if one.shape != other.shape or one.dtype.names != other.dtype.names:
        return False
    if one.dtype.names:
        return all(same_arrays(one[name], other[name]) for name in one.dtype.names)
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f" and other.dtype.kind == "f")
