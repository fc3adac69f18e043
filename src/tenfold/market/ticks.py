"""Hold the ticks of one symbol as they came: quotes, trades or updates of a book."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import DataError

KINDS: Final = {"quotes": ("bid", "ask"), "trades": ("price", "size"), "depth": ("first_id", "last_id")}
"""Columns that ticks of a kind must have."""


@dataclass(frozen=True, eq=False)
class Ticks:
    """Hold N ticks in the order of their source.

    Attributes
    ----------
    kind : "quotes" (bid, ask, bid_size, ask_size), "trades" (price, size) or "depth" (first_id, last_id)
    ts_ns : (N,) time of the exchange
    columns : (N,) arrays by name; a side that is absent is NaN or 0. `suspicious` (0 or 1) is the source's
        own mark, `receipt_ns` the time of receipt
    """

    symbol: str
    kind: str
    ts_ns: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64] | NDArray[np.int64]]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DataError(f"ticks of {self.symbol} are {self.kind!r}, expected one of {', '.join(KINDS)}")
        absent = [name for name in KINDS[self.kind] if name not in self.columns]
        if absent or any(len(values) != len(self.ts_ns) for values in self.columns.values()):
            raise DataError(f"{self.kind} of {self.symbol} need columns of one length, missing: {', '.join(absent)}")

    def __len__(self) -> int:
        return len(self.ts_ns)
