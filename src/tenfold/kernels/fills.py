"""Decide how much fills, and at which price, from a bar alone.

A market order fills at the open of the first bar after the one that produced it. A stop fills at its level, or at the
open where the bar gaps through it; a limit and a target likewise on the other side. Where both lie inside one bar the stop
comes first, since the bar does not say which did. What platforms do differently is an argument: see
`domain.rules.Matching`.
"""

import math

NONE = 0
STOP = 1
TARGET = 2

AT_OPEN = 0  # how a working order fills; the kinds of `RULES.kind`
AT_LIMIT = 1
AT_STOP = 2
AT_CLOSE = 3

GAP_OPEN = 0  # what an order pays that a bar opens beyond; the kinds of `RULES.gap`
GAP_LEVEL = 1
GAP_WORSE = 2  # a limit its level, a stop the open

FROM_NEXT = 0  # whether exits can fire in the bar of their entry; the kinds of `RULES.entry_exits`
FROM_ENTRY = 1
FROM_MARKET = 2


def fillable(wanted: int, volume: float, participation: float, lot_size: float) -> int:
    """Return how many of `wanted` > 0 lots a bar can fill; `participation` 0 is no limit, NaN volume fills nothing."""
    if participation <= 0.0:
        return wanted
    available = volume * participation / lot_size
    if not available >= 1.0:
        return 0
    if available >= float(wanted):
        return wanted
    return math.floor(available)


def is_idle(flags: int, volume: float, high: float, low: float, idle_flags: int, stale_waits: int) -> bool:
    """Say whether nothing fills in a bar: it has one of the flags, or it carries an old price in which nothing traded."""
    return flags & idle_flags != 0 or (stale_waits != 0 and volume == 0.0 and high == low)


def limit_price(side: int, first: float, high: float, low: float, limit: float, through: int, gap: int) -> float:
    """Return the price at which a bar fills a limit order, or 0 where it does not reach it.

    `side` is +1 for a buy; `first` is the bar's open, or the price at which the order came to life in this bar. With
    `through` the market has to trade beyond the limit. `gap` says what a bar gives that opens beyond it: the open, or the
    level (`GAP_LEVEL`, `GAP_WORSE`).
    """
    away = side * (limit - first)
    if away > 0.0 or (away == 0.0 and not through):
        return limit if gap != GAP_OPEN else first
    reach = side * (limit - (low if side > 0 else high))
    return limit if reach > 0.0 or (reach == 0.0 and not through) else 0.0


def stop_price(side: int, first: float, high: float, low: float, stop: float, gap: int) -> float:
    """Return the price at which a bar triggers a stop order, or 0 where it does not; arguments as in `limit_price`."""
    if side * (first - stop) >= 0.0:
        return stop if gap == GAP_LEVEL else first
    return stop if side * ((high if side > 0 else low) - stop) >= 0.0 else 0.0


def is_inside(kind: int, side: int, first: float, level: float, through: int) -> bool:
    """Say whether an order that a bar reaches did not trade at the open already, so that its moment is not known."""
    if kind == AT_LIMIT:
        away = side * (level - first)
        return away < 0.0 or (away == 0.0 and through != 0)
    return kind == AT_STOP and side * (first - level) < 0.0


def waits(entry_exits: int, priced: int) -> bool:
    """Say whether the exits of a position wait for the bar after its entry; `priced` says that a limit or stop entered."""
    return entry_exits == FROM_NEXT or (entry_exits == FROM_MARKET and priced != 0)


def quote_shift(side: int, open_: float, bid_open: float, ask_open: float) -> float:
    """Return what to add to a bar's prices to stand on the side of the quote that an order trades against.

    0 where there is no quote, or a crossed one. The spread at the open stands for the whole bar.
    """
    if bid_open > 0.0 and ask_open >= bid_open:
        return (ask_open if side > 0 else bid_open) - open_
    return 0.0


def triggered(
    lots: int, first: float, high: float, low: float, stop: float, target: float, through: int, gap: int
) -> tuple[int, float]:
    """Return which exit of a position the bar reaches, and its price; a level of 0 is not set.

    `first` is the bar's open, or the entry price where the position was opened in this bar.
    """
    side = -1 if lots > 0 else 1
    if stop > 0.0:
        price = stop_price(side, first, high, low, stop, gap)
        if price > 0.0:
            return STOP, price
    if target > 0.0:
        price = limit_price(side, first, high, low, target, through, gap)
        if price > 0.0:
            return TARGET, price
    return NONE, 0.0


def exit_level(lots: int, price: float, frac: float, which: int) -> float:
    """Return the level of a stop or target at `frac` from a price; 0 where `frac` is 0."""
    if frac <= 0.0:
        return 0.0
    away = 1.0 if (lots > 0) == (which == TARGET) else -1.0
    return price * (1.0 + away * frac)


def tighter(lots: int, stop: float, level: float) -> float:
    """Return the stop that lets a position lose less; a level of 0 or less is not set."""
    if level <= 0.0:
        return stop
    if stop <= 0.0:
        return level
    if lots > 0:
        return level if level > stop else stop
    return level if level < stop else stop


def entry_level(side: int, close: float, offset: float, kind: int) -> float:
    """Return the level of a limit (better than the close) or a stop (worse) for an entry, `offset` as a fraction."""
    away = float(side) if kind == AT_STOP else -float(side)
    return close * (1.0 + away * offset)
