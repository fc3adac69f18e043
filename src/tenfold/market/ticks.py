"""Hold what is no bar of one symbol as it came: quotes, trades, updates of a book, rates of funding, plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import DataError

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "quotes": ("bid", "ask"),
    "trades": ("price", "size"),
    "depth": ("first_id", "last_id"),
    "funding": ("funding_rate",),
    "values": (),
}
"""Columns that ticks of a kind must have."""

Column = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Ticks:
    """Hold N ticks in the order of their source.

    Attributes
    ----------
    kind : "quotes" (bid, ask, bid_size, ask_size), "trades" (price, size), "depth" (first_id, last_id, and where levels are
        kept: snapshot, side, price, qty), "funding" (funding_rate) or "values" (any numbers)
    ts_ns : (N,) time of the exchange
    columns : (N,) arrays by name; a side that is absent is NaN or 0. `suspicious` (0 or 1) is the source's
        own mark, `receipt_ns` the time of receipt, `exchange` and `conditions` are texts
    """

    symbol: str
    kind: str
    ts_ns: NDArray[np.int64]
    columns: dict[str, Column]
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DataError(f"ticks of {self.symbol} are {self.kind!r}, expected one of {', '.join(KINDS)}")
        absent = [name for name in KINDS[self.kind] if name not in self.columns]
        if absent or any(len(values) != len(self.ts_ns) for values in self.columns.values()):
            raise DataError(f"{self.kind} of {self.symbol} need columns of one length, missing: {', '.join(absent)}")

    def __len__(self) -> int:
        return len(self.ts_ns)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers, (N,)."""
        return np.asarray(self.columns[name], np.float64)

    def slice(self, start: int, stop: int) -> "Ticks":
        """Return ticks start (included) to stop (excluded), by position."""
        return Ticks(
            symbol=self.symbol,
            kind=self.kind,
            ts_ns=self.ts_ns[start:stop],
            columns={name: values[start:stop] for name, values in self.columns.items()},
            notes=self.notes,
        )


def joined(parts: Sequence[Ticks]) -> Ticks:
    """Return the ticks of consecutive parts of one set as one; columns that a part lacks are left out."""
    first = parts[0]
    names = [name for name in first.columns if all(name in part.columns for part in parts)]
    return Ticks(
        symbol=first.symbol,
        kind=first.kind,
        ts_ns=np.concatenate([part.ts_ns for part in parts]),
        columns={name: np.concatenate([part.columns[name] for part in parts]) for name in names},
        notes=first.notes,
    )
