"""Describe the parameters of a strategy and the space they may take."""

import math
import numbers
from typing import Any

import msgspec

from tenfold.domain.errors import ParameterError


class Integer(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="integer"):
    """Hold a whole number in [low, high]; the default is the geometric middle."""

    low: int
    high: int
    default: int | None = None
    log: bool = False

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ParameterError(f"Integer({self.low}, {self.high}): low is above high")
        if self.default is not None and not self.low <= self.default <= self.high:
            raise ParameterError(f"Integer({self.low}, {self.high}): default {self.default} is outside")

    @property
    def initial(self) -> int:
        """The default, or the middle of the space."""
        if self.default is not None:
            return self.default
        if self.low > 0:
            return round(math.sqrt(self.low * self.high))
        return (self.low + self.high) // 2

    def accept(self, name: str, value: Any) -> int:
        """Return the value as an int, or refuse it in one line."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not float(value).is_integer():
            raise ParameterError(f"parameter {name} is {value!r}, expected a whole number")
        number = int(float(value))
        if not self.low <= number <= self.high:
            raise ParameterError(f"parameter {name} is {number}, expected {self.low} to {self.high}")
        return number


class Real(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True, tag="real"):
    """Hold a real number in [low, high]; the default is the middle (geometric where `log`)."""

    low: float
    high: float
    default: float | None = None
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ParameterError(f"Real({self.low}, {self.high}): low is above high")
        if self.log and self.low <= 0:
            raise ParameterError(f"Real({self.low}, {self.high}, log=True): low must be positive")
        if self.default is not None and not self.low <= self.default <= self.high:
            raise ParameterError(f"Real({self.low}, {self.high}): default {self.default} is outside")

    @property
    def initial(self) -> float:
        """The default, or the middle of the space."""
        if self.default is not None:
            return self.default
        return math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2.0

    def accept(self, name: str, value: Any) -> float:
        """Return the value as a float, or refuse it in one line."""
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise ParameterError(f"parameter {name} is {value!r}, expected a number")
        number = float(value)
        if not self.low <= number <= self.high:
            raise ParameterError(f"parameter {name} is {number}, expected {self.low:g} to {self.high:g}")
        return number


Parameter = Integer | Real
