"""Describe the parameters of a strategy and the space they may take."""

import math
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
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
            raise ParameterError(f"parameter {name} is {value!r}, expected a whole number")
        if not self.low <= value <= self.high:
            raise ParameterError(f"parameter {name} is {value}, expected {self.low} to {self.high}")
        return int(value)


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
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ParameterError(f"parameter {name} is {value!r}, expected a number")
        if not self.low <= value <= self.high:
            raise ParameterError(f"parameter {name} is {value}, expected {self.low:g} to {self.high:g}")
        return float(value)


Parameter = Integer | Real
