"""Lay out what happened as records: fills, and the round trips that they form."""

from typing import Final

import numpy as np

FILL: Final = np.dtype(
    [
        ("ts_ns", "i8"),  # close of the bar in which it filled
        ("bar", "i4"),  # its position on the time axis
        ("symbol", "i4"),  # column
        ("lots", "i8"),  # signed
        ("price", "f8"),
        ("fee_units", "i8"),
        ("slippage_units", "i8"),  # cost against the unslipped price, part of the price already
        ("reason", "i4"),  # position in domain.order.REASONS
        ("order", "i4"),  # number of the order, from 1
    ],
    align=True,
)

TRADE: Final = np.dtype(
    [
        ("symbol", "i4"),
        ("side", "i4"),  # +1 long, -1 short
        ("entry_bar", "i4"),
        ("exit_bar", "i4"),  # last bar of the run while `open`
        ("entry_ns", "i8"),
        ("exit_ns", "i8"),
        ("lots", "i8"),  # largest absolute size held
        ("entry_price", "f8"),  # average, in currency
        ("exit_price", "f8"),  # average, or the last close while `open`
        ("pnl_units", "i8"),  # gross of fees
        ("fee_units", "i8"),
        ("reason", "i4"),  # of the exit, position in domain.order.REASONS; -1 while `open`
        ("open", "i4"),
    ],
    align=True,
)
