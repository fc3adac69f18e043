"""Follow the highest and lowest of the last values, one value at a time.

How it works. A monotone deque in a ring of `length` places keeps only the values that may still become the extreme:
a new value drops every smaller one behind it. Each value enters and leaves once, so a step is amortised O(1).
"""

import math
from typing import Any, Final

from tenfold.kernels.layout import Window, layout, window, window_int

_fields = {"count": int, "head": int, "size": int, "values": window, "places": window_int}
Highest: Final = layout("Highest", **_fields)
Lowest: Final = layout("Lowest", **_fields)
_Longer: Final = layout(
    "Longer", count=int, head=int, size=int, values=Window("f8", extra=1), places=Window("i8", extra=1)
)
Donchian: Final = layout("Donchian", high=Highest, low=Lowest)
Aroon: Final = layout("Aroon", high=_Longer, low=_Longer)


def highest(state: Any, x: float, length: int) -> float:
    """Return the highest of the last `length` values. Warm after length values."""
    count, head, size = state.count, state.head, state.size
    if size > 0 and state.places[head] <= count - length:
        size -= 1
        head = 0 if head + 1 == length else head + 1
    back = head + size
    while size > 0:
        last = back - 1 if back - 1 < length else back - 1 - length
        if state.values[last] > x:
            break
        size -= 1
        back -= 1
    if back >= length:
        back -= length
    state.values[back] = x
    state.places[back] = count
    state.head = head
    state.size = size + 1
    state.count = count + 1
    if count + 1 < length:
        return math.nan
    return state.values[head]


def lowest(state: Any, x: float, length: int) -> float:
    """Return the lowest of the last `length` values. Warm after length values."""
    return -highest(state, -x, length)


def donchian(state: Any, high: float, low: float, length: int) -> tuple[float, float, float]:
    """Return (upper, middle, lower): the channel of the highest high and lowest low, this bar included.

    Warm after length bars.
    """
    upper = highest(state.high, high, length)
    lower = lowest(state.low, low, length)
    return upper, 0.5 * (upper + lower), lower


def aroon(state: Any, high: float, low: float, length: int) -> tuple[float, float]:
    """Return (down, up): 100 where the lowest low (highest high) is this bar's, 0 where it is `length` bars old.

    T. Chande, A Time Price Oscillator, Stocks & Commodities 13:9 (1995). Warm after length + 1 bars.
    """
    up = highest(state.high, high, length + 1)
    down = lowest(state.low, low, length + 1)
    if math.isnan(up) or math.isnan(down):
        return math.nan, math.nan
    age_high = state.high.count - 1 - state.high.places[state.high.head]
    age_low = state.low.count - 1 - state.low.places[state.low.head]
    return 100.0 * (length - age_low) / length, 100.0 * (length - age_high) / length
