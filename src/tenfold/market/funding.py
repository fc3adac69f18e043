"""Turn the funding rates of a perpetual into cash a coin on its bars."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import UNUSABLE
from tenfold.domain.units import NS_PER_MINUTE

_ROUNDING_NS: Final = NS_PER_MINUTE


def funding_cash(rows: NDArray[np.void], funding: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the cash that a holder of one coin receives before each bar opens, (N,): -rate * price.

    Parameters
    ----------
    rows : (N,) records of `BAR` in order of time, flagged
    funding : records of `series.FUNDING` in order of time

    A payment belongs to the first usable bar that opens at or after its moment, so that it is paid by the position that was
    held then. Venues record moments some milliseconds late: they are taken at their whole minute. The price is the
    last close at or before the moment, the next open where there is none. Payments before the first bar
    or after the last are nobody's.
    """
    cash = np.zeros(len(rows))
    usable = np.flatnonzero((rows["flags"] & int(UNUSABLE)) == 0)
    if len(usable) == 0 or len(funding) == 0:
        return cash
    moment = funding["ts_ns"] // _ROUNDING_NS * _ROUNDING_NS
    payer = np.searchsorted(rows["open_ns"][usable], moment)
    inside = (payer < len(usable)) & (moment >= rows["open_ns"][usable[0]]) & np.isfinite(funding["rate"])
    payer, moment, rate = payer[inside], moment[inside], funding["rate"][inside]
    before = np.searchsorted(rows["ts_ns"][usable], moment, side="right") - 1
    price = np.where(before >= 0, rows["close"][usable[np.maximum(before, 0)]], rows["open"][usable[payer]])
    np.add.at(cash, usable[payer], -rate * price)
    return cash
