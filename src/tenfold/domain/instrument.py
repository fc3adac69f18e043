"""Describe what is traded, and how its prices and quantities are quantised."""

import math
from typing import Annotated

import msgspec
from msgspec import Meta

from tenfold.domain.units import money_scale

Positive = Annotated[float, Meta(gt=0)]
NonNegative = Annotated[float, Meta(ge=0)]
Symbol = Annotated[str, Meta(min_length=1, max_length=32)]


class Instrument(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the contract terms of one symbol.

    `lot_size` is in shares or coins, `tick_size` and `min_notional` in `currency`.
    """

    symbol: Symbol
    venue: str = "generic"
    currency: str = "USD"
    tick_size: Positive = 1e-6
    lot_size: Positive = 1.0
    multiplier: Positive = 1.0
    min_notional: NonNegative = 0.0

    def __post_init__(self) -> None:
        for name in ("tick_size", "lot_size", "multiplier", "min_notional"):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0.0 or (value == 0.0 and name != "min_notional"):
                raise ValueError(f"{name} of {self.symbol} is {value}, expected a finite number above zero")

    @property
    def units_per_price(self) -> float:
        """Money units of one lot for a price of 1."""
        return self.lot_size * self.multiplier * float(10 ** money_scale(self.currency))
