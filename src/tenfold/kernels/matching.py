"""Simulate the venue inside the portfolio kernel: the compiled twin of `simulation.broker`.

Borrow, dividends, working orders at the open, attached exits inside the bar, and the booking of each fill, through the
same scalar rules. The records are those of `kernels.records`; `out` is `Outputs`.
"""

import math
from typing import Any

from tenfold.kernels.accounting import average_price, exceeds, filled, unit_value
from tenfold.kernels.costs import fee_units, slipped, snapped
from tenfold.kernels.fills import STOP, TARGET, exit_level, exit_price, fillable, triggered
from tenfold.kernels.records import NO_SESSION, OVERFLOW

REASON_STOP = 2  # positions in domain.order.REASONS
REASON_TARGET = 3


def charge_borrow(account: Any, symbols: Any, annual: float, days: int) -> None:
    """Charge the borrow cost of short positions for the calendar days since the last session."""
    for index in range(len(symbols)):
        lots = symbols[index].lots
        if lots < 0:
            charge = math.floor(float(-lots * symbols[index].mark) * annual * days / 365.0 + 0.5)
            account.cash -= charge
            account.borrow += charge


def match(account: Any, symbol: Any, rule: Any, term: Any, bar: Any, index: int, moment: int, out: Any) -> None:
    """Pay the dividend, fill the working order at the open, then check the attached exits inside the bar."""
    if bar.dividend > 0.0 and symbol.lots != 0:
        if exceeds(abs(symbol.lots), bar.dividend, term.units_per_price):
            account.error = OVERFLOW
            return
        amount = symbol.lots * unit_value(bar.dividend, term.units_per_price)
        account.cash += amount
        account.dividends += amount
    used = 0
    first = bar.open
    if symbol.pending != 0 and bar.session > symbol.pending_after:
        side = 1 if symbol.pending > 0 else -1
        used = fillable(side * symbol.pending, bar.volume, rule.participation, term.lot_size)
        if used > 0:
            before = symbol.lots
            price = paid_price(rule, term, bar, side, bar.open, used)
            symbol.pending -= side * used
            execute(account, symbol, rule, term, side * used, price, bar.open, symbol.pending_reason,
                    symbol.pending_order, index, moment, bar.ts_ns, out)  # fmt: skip
            if before == 0 or (before > 0) != (symbol.lots > 0):
                first = price
    if symbol.lots == 0 or (symbol.stop == 0.0 and symbol.target == 0.0):
        return
    which = triggered(symbol.lots, first, bar.high, bar.low, symbol.stop, symbol.target)
    if which:
        leave(account, symbol, rule, term, bar, which, first, used, index, moment, out)


def paid_price(rule: Any, term: Any, bar: Any, side: int, price: float, lots: int) -> float:
    """Return the price that a fill of `lots` pays: slipped, and on the tick."""
    moved = slipped(side, price, rule.slippage, rule.slippage_frac, rule.impact, float(lots) * term.lot_size, bar.volume,
                    bar.bid_open, bar.ask_open)  # fmt: skip
    return snapped(moved, term.tick)


def leave(
    account: Any, symbol: Any, rule: Any, term: Any, bar: Any, which: int, first: float, used: int, index: int,
    moment: int, out: Any,
) -> None:  # fmt: skip
    """Fill a triggered stop or target as far as the bar allows; the rest goes to the market at the next open."""
    lots = symbol.lots
    side = -1 if lots > 0 else 1
    price = exit_price(lots, which, first, symbol.stop, symbol.target)
    reason = REASON_STOP if which == STOP else REASON_TARGET
    size = lots if lots > 0 else -lots
    filling = fillable(size + used, bar.volume, rule.participation, term.lot_size) - used
    if filling > 0:
        level_paid = snapped(price, term.tick)
        paid = level_paid if which == TARGET else paid_price(rule, term, bar, side, price, filling)
        execute(account, symbol, rule, term, side * filling, paid, price, reason, symbol.entry_order, index, moment,
                bar.ts_ns, out)  # fmt: skip
    symbol.pending = -symbol.lots
    symbol.pending_reason = reason
    symbol.pending_order = symbol.entry_order
    symbol.pending_after = NO_SESSION
    symbol.stop = 0.0
    symbol.target = 0.0
    symbol.stopped = 1


def execute(
    account: Any, symbol: Any, rule: Any, term: Any, qty: int, price: float, unslipped: float, reason: int, order: int,
    index: int, moment: int, ts_ns: int, out: Any,
) -> None:  # fmt: skip
    """Book a fill of signed lots: cash, position, fee, and new exit levels where the position grew."""
    size = qty if qty > 0 else -qty
    if exceeds(size, price, term.units_per_price) or exceeds(size, unslipped, term.units_per_price):
        account.error = OVERFLOW
        return
    unit = unit_value(price, term.units_per_price)
    fee = fee_units(size, unit, rule.fee_frac, term.fee_per_lot, rule.fee_minimum)
    lots, cost, realised = filled(symbol.lots, symbol.cost, qty, unit)
    if lots == 0 or (symbol.lots != 0 and (lots > 0) != (symbol.lots > 0)):
        account.trades += 1
    symbol.lots = lots
    symbol.cost = cost
    symbol.realised += realised
    symbol.fees += fee
    account.cash -= qty * unit + fee
    account.fees += fee
    if lots == 0:
        symbol.stop = 0.0
        symbol.target = 0.0
    elif (lots > 0) == (qty > 0):
        symbol.entry_order = order
        if rule.stop > 0.0 or rule.target > 0.0:
            anchor = average_price(cost, lots, term.units_per_price)
            symbol.stop = level(lots, anchor, rule.stop, STOP, term.tick)
            symbol.target = level(lots, anchor, rule.target, TARGET, term.tick)
    if account.fills < len(out.fills):
        row = out.fills[account.fills]
        row.ts_ns = ts_ns
        row.bar = moment
        row.symbol = index
        row.lots = qty
        row.price = price
        row.fee_units = fee
        row.slippage_units = qty * (unit - unit_value(unslipped, term.units_per_price))
        row.reason = reason
        row.order = order
    account.fills += 1


def level(lots: int, anchor: float, frac: float, which: int, tick: float) -> float:
    """Return an exit's level on the tick, or 0 where none is attached."""
    price = exit_level(lots, anchor, frac, which)
    return snapped(price, tick) if price > 0.0 else 0.0
