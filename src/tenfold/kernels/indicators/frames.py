"""Fold bars into larger bars, so that a strategy of minutes also sees hours, days, weeks and months.

How it works. The record adds up the bars that it is shown, and hands the larger bar over when that has closed: it holds
nothing that has not been shown, so it cannot look ahead, and it is saved and restored with the rest of the state.

A larger bar of so many seconds ends at multiples of its length on the clock of UTC. It closes with the bar that is
stamped there or that ends the session; where that bar is missing, with the next one, which then opens the next larger
bar. Sessions, weeks and months of sessions close with the first bar of the next: which bar is their last is known only
then. At most one larger bar closes with a bar; where two would, the second waits for the next bar.
"""

from typing import Any, Final

from tenfold.kernels.layout import layout

MINUTE: Final = 60
HOUR: Final = 3_600
SESSION: Final = -1
WEEK: Final = -2
MONTH: Final = -3

NS_PER_SECOND: Final = 1_000_000_000

Frame: Final = layout(
    "Frame",
    bars=int,
    open=float,
    high=float,
    low=float,
    close=float,
    volume=float,
    open_ns=int,
    ts_ns=int,
    now_bucket=int,
    now_bars=int,
    now_ended=int,
    now_remaining_s=int,
    now_open=float,
    now_high=float,
    now_low=float,
    now_close=float,
    now_volume=float,
    now_open_ns=int,
    now_ts_ns=int,
)


def frame(state: Any, bar: Any, length_s: int) -> bool:
    """Add a bar to the larger bar of `length_s` seconds, or SESSION, WEEK or MONTH; return whether one closed with it.

    The last larger bar that closed stands in `state.open`, `high`, `low`, `close`, `volume`, `open_ns` and `ts_ns`,
    and `state.bars` counts those that closed: 0 until the first, when its prices are 0. Lengths that divide a day keep their
    place on the clock; a length is a constant or a parameter, and stays the same.
    """
    bucket = _bucket(bar, length_s)
    closed = state.now_bars > 0 and (state.now_ended != 0 or bucket != state.now_bucket)
    if closed:
        _close(state)
    if state.now_bars == 0:
        state.now_bucket = bucket
        state.now_open, state.now_high, state.now_low = bar.open, bar.high, bar.low
        state.now_open_ns = bar.open_ns
        state.now_volume = 0.0
    state.now_high = max(state.now_high, bar.high)
    state.now_low = min(state.now_low, bar.low)
    state.now_close = bar.close
    state.now_volume += bar.volume
    state.now_ts_ns = bar.ts_ns
    state.now_bars += 1
    if length_s > 0 and (
        bar.ts_ns % (length_s * NS_PER_SECOND) == 0 or (bar.remaining_s <= 0 and state.now_remaining_s > 0)
    ):
        state.now_ended = 1
        if not closed:
            _close(state)
            closed = True
    state.now_remaining_s = bar.remaining_s
    return closed


def _bucket(bar: Any, length_s: int) -> int:
    """Return the number of the larger bar that a bar belongs to: by its close, which ends the earlier one."""
    if length_s > 0:
        return (bar.ts_ns - 1) // (length_s * NS_PER_SECOND)
    if length_s == WEEK:
        return (bar.session + 3) // 7  # day 0 of the epoch is a Thursday, weeks begin on Monday
    if length_s == MONTH:
        return bar.year * 12 + bar.month
    return bar.session


def _close(state: Any) -> None:
    """Hand the larger bar over and begin with nothing."""
    state.open, state.high, state.low, state.close = state.now_open, state.now_high, state.now_low, state.now_close
    state.volume = state.now_volume
    state.open_ns, state.ts_ns = state.now_open_ns, state.now_ts_ns
    state.bars += 1
    state.now_bars = 0
    state.now_ended = 0
