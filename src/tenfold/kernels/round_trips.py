"""Pair fills into round trips: from flat to flat, or through zero."""

import math
from typing import Any

from tenfold.kernels.accounting import allocated, filled, unit_value


def round_trips(
    fills: Any, units_per_price: Any, closes: Any, last_bar: int, last_ns: int, open_trip: Any, trips: Any
) -> int:
    """Write the round trips of fills in time order, and return how many there are.

    A fill that crosses zero closes one trip and opens the next; its fee is split by lots, rounded down for the new
    trip, so that the remainder stays with the one that closes. Trips come in the order of their last fill, those
    still open at the end by symbol; these are valued at the last close.

    Parameters
    ----------
    fills : (F,) records of `FILL`
    units_per_price : (S,) float64, money units of one lot for a price of 1
    closes : (S,) float64, last usable close; NaN where there never was one (valued at the entry price)
    last_bar, last_ns : the last bar of the run
    open_trip : (S,) records of `OPEN_TRIP`, zeros; overwritten
    trips : (F + S,) records of `TRADE`, written
    """
    count = 0
    for number in range(fills.shape[0]):
        fill = fills[number]
        held = open_trip[fill.symbol]
        upp = units_per_price[fill.symbol]
        unit = unit_value(fill.price, upp)
        before = held.lots
        size = fill.lots if fill.lots > 0 else -fill.lots
        if before == 0 or (before > 0) == (fill.lots > 0):
            enter(held, fill, fill.lots, size, unit, fill.fee_units)
            continue
        held_size = before if before > 0 else -before
        opened = size - held_size if size > held_size else 0
        fee_opened = allocated(fill.fee_units, size, opened)
        lots, cost, realised = filled(before, held.cost, fill.lots, unit)
        held.pnl_units += realised
        held.fee_units += fill.fee_units - fee_opened
        held.exited += size - opened
        held.exit_sum += (size - opened) * fill.price
        if lots != 0 and opened == 0:
            held.lots = lots
            held.cost = cost
            continue
        close(held, trips[count], fill.symbol, fill.bar, fill.ts_ns, held.exit_sum / held.exited, fill.reason, 0)
        count += 1
        if opened > 0:
            enter(held, fill, lots, opened, unit, fee_opened)
    for symbol in range(open_trip.shape[0]):
        held = open_trip[symbol]
        if held.lots != 0:
            price = closes[symbol]
            if math.isnan(price):
                price = held.entry_sum / held.entered
            held.pnl_units += held.lots * unit_value(price, units_per_price[symbol]) - held.cost
            close(held, trips[count], symbol, last_bar, last_ns, price, -1, 1)
            count += 1
    return count


def enter(held: Any, fill: Any, lots: int, size: int, unit: int, fee: int) -> None:
    """Add a fill to an open trip, or begin one; `lots` is signed, `size` is not."""
    if held.lots == 0:
        held.cost = 0
        held.pnl_units = 0
        held.fee_units = 0
        held.peak = 0
        held.entered = 0
        held.exited = 0
        held.entry_sum = 0.0
        held.exit_sum = 0.0
        held.entry_bar = fill.bar
        held.entry_ns = fill.ts_ns
    held.lots += lots
    held.cost += lots * unit
    held.fee_units += fee
    held.entered += size
    held.entry_sum += size * fill.price
    now = held.lots if held.lots > 0 else -held.lots
    if now > held.peak:
        held.peak = now


def close(held: Any, trip: Any, symbol: int, bar: int, ts_ns: int, price: float, reason: int, still_open: int) -> None:
    """Write an open trip as a round trip, and mark its record as flat."""
    trip.symbol = symbol
    trip.side = 1 if held.lots > 0 else -1
    trip.entry_bar = held.entry_bar
    trip.exit_bar = bar
    trip.entry_ns = held.entry_ns
    trip.exit_ns = ts_ns
    trip.lots = held.peak
    trip.entry_price = held.entry_sum / held.entered
    trip.exit_price = price
    trip.pnl_units = held.pnl_units
    trip.fee_units = held.fee_units
    trip.reason = reason
    trip.open = still_open
    held.lots = 0
    held.cost = 0
