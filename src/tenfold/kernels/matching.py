"""Simulate the venue inside the portfolio kernel: the compiled twin of `simulation.broker`.

Borrow, interest, dividends, the working order, attached exits inside the bar, and the booking of each fill, through the same
scalar rules. The records are those of `kernels.records`; `out` is `Outputs`.
"""

import math
from typing import Any

from tenfold.kernels.accounting import average_price, exceeds, filled, unit_value
from tenfold.kernels.costs import fee_units, slipped, snapped
from tenfold.kernels.fills import (
    AT_CLOSE,
    AT_LIMIT,
    AT_OPEN,
    AT_STOP,
    NONE,
    STOP,
    TARGET,
    exit_level,
    fillable,
    is_idle,
    is_inside,
    limit_price,
    quote_shift,
    stop_price,
    tighter,
    triggered,
    waits,
)
from tenfold.kernels.records import NO_SESSION, OVERFLOW

REASON_STOP = 2  # positions in domain.order.REASONS
REASON_TARGET = 3
REASON_TRAIL = 7


def charge_days(account: Any, symbols: Any, rule: Any, days: int) -> None:
    """Charge borrow on short positions and interest on borrowed cash for the calendar days since the last session."""
    if rule.borrow > 0.0:
        for index in range(len(symbols)):
            lots = symbols[index].lots
            if lots < 0:
                charge = math.floor(float(-lots * symbols[index].mark) * rule.borrow * days / 365.0 + 0.5)
                account.cash -= charge
                account.borrow += charge
    if rule.margin > 0.0 and account.cash < 0:
        charge = math.floor(float(-account.cash) * rule.margin * days / 365.0 + 0.5)
        account.cash -= charge
        account.interest += charge


def match(account: Any, symbol: Any, rule: Any, term: Any, bar: Any, index: int, moment: int, out: Any) -> None:
    """Pay what is due before the open, fill the working order, check the attached exits, end what expires."""
    if bar.dividend != 0.0 and symbol.lots != 0:
        pay(account, symbol, term, bar.dividend)
    working = symbol.pending != 0 and bar.session > symbol.pending_after and bar.open_ns >= symbol.pending_from
    if working and symbol.pending_day:
        working = in_force(symbol, bar, rule.idle_flags)
    idle = is_idle(bar.flags, bar.volume, bar.high, bar.low, rule.idle_flags, rule.stale_waits)
    if not idle:
        used = 0
        entry = 0.0  # price of a position that this bar opened, or let grow at an unknown moment
        opened = False
        inside = False
        kind = symbol.pending_kind
        if working:
            before = symbol.lots
            used, price, inside = work(account, symbol, rule, term, bar, index, moment, out)
            opened = used > 0 and (before == 0 or (before > 0) != (symbol.lots > 0))
            if opened or (used > 0 and inside and abs(symbol.lots) > abs(before)):
                entry = price
        held = opened and waits(rule.entry_exits, int(kind != AT_OPEN))
        if symbol.lots != 0 and (symbol.stop > 0.0 or symbol.target > 0.0) and not held:
            watch(account, symbol, rule, term, bar, entry, inside and entry > 0.0, used, index, moment, out)
        if working and symbol.pending_kind == AT_CLOSE and symbol.pending != 0 and bar.remaining_s <= 0:
            close_out(account, symbol, rule, term, bar, index, moment, out)
    if working and symbol.pending != 0 and outlived(symbol, bar, idle):
        expire(symbol)


def pay(account: Any, symbol: Any, term: Any, cash: float) -> None:
    """Credit cash a share to a long position, and take it from a short one."""
    if exceeds(abs(symbol.lots), abs(cash), term.units_per_price):
        account.error = OVERFLOW
        return
    amount = symbol.lots * unit_value(cash, term.units_per_price)
    account.cash += amount
    account.dividends += amount


def in_force(symbol: Any, bar: Any, idle_flags: int) -> bool:
    """Say whether a day order still works in this session, and end one that does not.

    Its session is the first in which it could fill: one sent after the close, where nothing fills, is for the next.
    """
    if symbol.pending_session == NO_SESSION:
        if bar.flags & idle_flags:
            return True
        symbol.pending_session = bar.session
    if bar.session == symbol.pending_session:
        return True
    expire(symbol)
    return False


def outlived(symbol: Any, bar: Any, idle: bool) -> bool:
    """Say whether this bar ends the working order: its session's last, or the auction that it was for."""
    if bar.remaining_s <= 0 and symbol.pending_day and symbol.pending_session != NO_SESSION:
        return True
    if idle:
        return False
    return symbol.pending_after != NO_SESSION or (bar.remaining_s <= 0 and symbol.pending_kind == AT_CLOSE)


def expire(symbol: Any) -> None:
    """End the working order; what it was to change still stands, so the vote is looked at again."""
    symbol.pending = 0
    symbol.wanted = int(symbol.lots > 0) - int(symbol.lots < 0)


def work(
    account: Any, symbol: Any, rule: Any, term: Any, bar: Any, index: int, moment: int, out: Any
) -> tuple[int, float, bool]:
    """Fill the working order as far as the bar allows; return lots, price and whether it filled inside the bar."""
    side = 1 if symbol.pending > 0 else -1
    kind = symbol.pending_kind
    if kind == AT_CLOSE:
        return 0, 0.0, False
    shift = quote_shift(side, bar.open, bar.bid_open, bar.ask_open) if rule.quote_side else 0.0
    first = bar.open + shift
    reached = first
    if kind == AT_LIMIT:
        reached = limit_price(side, first, bar.high + shift, bar.low + shift, symbol.pending_level, rule.through,
                              rule.gap)  # fmt: skip
    elif kind == AT_STOP:
        reached = stop_price(side, first, bar.high + shift, bar.low + shift, symbol.pending_level, rule.gap)
    if reached <= 0.0:
        return 0, 0.0, False
    inside = is_inside(kind, side, first, symbol.pending_level, rule.through)
    if kind == AT_STOP:
        symbol.pending_kind = AT_OPEN  # triggered: what is left goes to the market
    size = fillable(side * symbol.pending, bar.volume, rule.participation, term.lot_size)
    if size == 0:
        return 0, 0.0, False
    paid = snapped(reached, term.tick) if kind == AT_LIMIT else paid_price(rule, term, bar, side, reached, size)
    symbol.pending -= side * size
    execute(account, symbol, rule, term, side * size, paid, reached, symbol.pending_reason, symbol.pending_order,
            kind == AT_LIMIT and inside, index, moment, bar.ts_ns, out)  # fmt: skip
    return size, paid, inside


def watch(
    account: Any, symbol: Any, rule: Any, term: Any, bar: Any, entry: float, inside: bool, used: int, index: int,
    moment: int, out: Any,
) -> None:  # fmt: skip
    """Check the attached exits inside the bar, and move the trailing stop with it.

    `entry` is the price of a position that this bar opened or let grow inside, else 0; `inside` says that it did so at no
    known time.
    """
    side = -1 if symbol.lots > 0 else 1
    shift = quote_shift(side, bar.open, bar.bid_open, bar.ask_open) if rule.quote_side else 0.0
    high = bar.high + shift
    low = bar.low + shift
    close = bar.close + shift
    first = entry if entry > 0.0 else bar.open + shift
    if rule.trail_after:
        trail(symbol, rule, term, high, low, close, inside)
    which, price = NONE, 0.0
    if not inside:
        which, price = triggered(symbol.lots, first, high, low, symbol.stop, symbol.target, rule.through, rule.gap)
    else:
        which, price = triggered(symbol.lots, first, high, low, symbol.stop, 0.0, rule.through, rule.gap)
        if not which:
            which, price = triggered(symbol.lots, first, close, close, 0.0, symbol.target, rule.through, rule.gap)
    if which:
        stood = which == TARGET and is_inside(AT_LIMIT, side, first, symbol.target, rule.through)
        leave(account, symbol, rule, term, bar, which, price, stood, used, index, moment, out)
    elif not rule.trail_after:
        trail(symbol, rule, term, high, low, close, inside)


def trail(symbol: Any, rule: Any, term: Any, high: float, low: float, close: float, inside: bool) -> None:
    """Move the trailing stop behind the best price of the bar; behind the close where the entry was inside the bar."""
    if symbol.trail_frac <= 0.0:
        return
    lots = symbol.lots
    best = close if inside else (high if lots > 0 else low)
    moved = tighter(lots, symbol.stop, level(lots, best, symbol.trail_frac, STOP, term.tick))
    if moved != symbol.stop:
        symbol.stop = moved
        symbol.trailed = 1


def close_out(account: Any, symbol: Any, rule: Any, term: Any, bar: Any, index: int, moment: int, out: Any) -> None:
    """Fill an order for the close at the close of the session's last bar."""
    side = 1 if symbol.pending > 0 else -1
    shift = quote_shift(side, bar.open, bar.bid_open, bar.ask_open) if rule.quote_side else 0.0
    size = fillable(side * symbol.pending, bar.volume, rule.participation, term.lot_size)
    if size == 0:
        return
    at = bar.close + shift
    symbol.pending -= side * size
    execute(account, symbol, rule, term, side * size, paid_price(rule, term, bar, side, at, size), at,
            symbol.pending_reason, symbol.pending_order, False, index, moment, bar.ts_ns, out)  # fmt: skip


def paid_price(rule: Any, term: Any, bar: Any, side: int, price: float, lots: int) -> float:
    """Return the price that a fill of `lots` pays: slipped, and on the tick."""
    moved = slipped(side, price, rule.slippage, rule.slippage_frac, rule.impact, float(lots) * term.lot_size, bar.volume,
                    bar.bid_open, bar.ask_open, (bar.high - bar.low) / bar.open)  # fmt: skip
    return snapped(moved, term.tick)


def leave(
    account: Any, symbol: Any, rule: Any, term: Any, bar: Any, which: int, price: float, maker: bool, used: int,
    index: int, moment: int, out: Any,
) -> None:  # fmt: skip
    """Fill a triggered stop or target as far as the bar allows; the rest goes to the market at the next open."""
    lots = symbol.lots
    side = -1 if lots > 0 else 1
    reason = REASON_TARGET if which == TARGET else (REASON_TRAIL if symbol.trailed else REASON_STOP)
    size = lots if lots > 0 else -lots
    filling = fillable(size + used, bar.volume, rule.participation, term.lot_size) - used
    if filling > 0:
        paid = snapped(price, term.tick) if which == TARGET else paid_price(rule, term, bar, side, price, filling)
        execute(account, symbol, rule, term, side * filling, paid, price, reason, symbol.entry_order, maker,
                index, moment, bar.ts_ns, out)  # fmt: skip
    symbol.pending = -symbol.lots
    symbol.pending_reason = reason
    symbol.pending_order = symbol.entry_order
    symbol.pending_after = NO_SESSION
    symbol.pending_from = NO_SESSION
    symbol.pending_kind = AT_OPEN
    symbol.pending_day = 0
    symbol.stop = 0.0
    symbol.target = 0.0
    symbol.stopped = 1


def execute(
    account: Any, symbol: Any, rule: Any, term: Any, qty: int, price: float, unslipped: float, reason: int, order: int,
    maker: bool, index: int, moment: int, ts_ns: int, out: Any,
) -> None:  # fmt: skip
    """Book a fill of signed lots: cash, position, fee, and new exit levels where the position grew."""
    size = qty if qty > 0 else -qty
    if exceeds(size, price, term.units_per_price) or exceeds(size, unslipped, term.units_per_price):
        account.error = OVERFLOW
        return
    unit = unit_value(price, term.units_per_price)
    fee_frac = rule.fee_maker_frac if maker else rule.fee_frac
    fee = fee_units(size, unit, fee_frac, term.fee_per_lot, rule.fee_minimum)
    lots, cost, realised = filled(symbol.lots, symbol.cost, qty, unit)
    if lots == 0 or (symbol.lots != 0 and (lots > 0) != (symbol.lots > 0)):
        account.trades += 1
    kept = symbol.stop if lots != 0 and (symbol.lots > 0) == (lots > 0) and symbol.lots != 0 else 0.0
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
        if rule.exits:
            attach(symbol, term, average_price(cost, lots, term.units_per_price), kept)
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


def attach(symbol: Any, term: Any, anchor: float, kept: float) -> None:
    """Set the exits of a position that opened or grew, from its average price, as the order that filled asked.

    A trailing stop never loosens: `kept` is the stop so far, 0 for a new position.
    """
    lots = symbol.lots
    loss = level(lots, anchor, symbol.pending_stop, STOP, term.tick)
    symbol.stop = loss
    symbol.target = level(lots, anchor, symbol.pending_target, TARGET, term.tick)
    symbol.trail_frac = symbol.pending_trail
    if symbol.trail_frac > 0.0:
        start = tighter(lots, loss, level(lots, anchor, symbol.trail_frac, STOP, term.tick))
        symbol.stop = tighter(lots, start, kept)
        symbol.trailed = int(symbol.stop != loss)


def level(lots: int, anchor: float, frac: float, which: int, tick: float) -> float:
    """Return an exit's level on the tick, or 0 where none is attached."""
    price = exit_level(lots, anchor, frac, which)
    return snapped(price, tick) if price > 0.0 else 0.0
