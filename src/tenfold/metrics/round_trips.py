"""Turn fills into round trips."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.records import FILL, TRADE
from tenfold.kernels import round_trips as kernel
from tenfold.kernels.jit import compiled, viewed

OPEN_TRIP: Final = np.dtype(
    [
        ("lots", "i8"),  # signed
        ("cost", "i8"),
        ("pnl_units", "i8"),
        ("fee_units", "i8"),
        ("peak", "i8"),
        ("entered", "i8"),
        ("exited", "i8"),
        ("entry_sum", "f8"),  # of lots times price
        ("exit_sum", "f8"),
        ("entry_ns", "i8"),
        ("entry_bar", "i8"),
    ],
    align=True,
)


def round_trips(
    fills: NDArray[np.void],
    units_per_price: NDArray[np.float64],
    closes: NDArray[np.float64],
    last_bar: int,
    last_ns: int,
) -> NDArray[np.void]:
    """Return the round trips of fills as records of `TRADE`, exact to the money unit.

    A trip runs from flat to flat; a fill that crosses zero ends one and begins the next. Closed trips come in the order
    of their exits, then those still open, by symbol, valued at the last close. The sum of `pnl_units` is the
    realised and unrealised P&L of the fills, the sum of `fee_units` is that of theirs.

    Parameters
    ----------
    fills : (F,) records of `FILL` in time order
    units_per_price : (S,) money units of one lot for a price of 1
    closes : (S,) last usable close; NaN where there is none
    last_bar, last_ns : position and time of the run's last bar
    """
    if fills.dtype != FILL:
        raise TypeError(f"fills have the record type {fills.dtype}, expected FILL")
    if len(fills) == 0:
        return np.zeros(0, TRADE)
    trips = np.zeros(len(fills) + len(closes), TRADE)
    count = compiled(kernel.round_trips)(
        viewed(np.ascontiguousarray(fills)),
        np.ascontiguousarray(units_per_price, np.float64),
        np.ascontiguousarray(closes, np.float64),
        last_bar,
        last_ns,
        viewed(np.zeros(len(closes), OPEN_TRIP)),
        viewed(trips),
    )
    return trips[:count].copy()
