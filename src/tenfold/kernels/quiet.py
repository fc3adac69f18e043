"""Mark a stretch of bars in which nothing but the price moves.

How it works. With one symbol and one strategy, and no rule that could act on its own, nothing happens between two
changes of the vote. The stretch is then marked in passes that the compiler turns into vector instructions: equities
and returns, sums by lane, highest and lowest price. Every value is the one that `portfolio.measure` computes, and sums
are kept by lane, so both give the same bits.
"""

from typing import Any

from tenfold.kernels.records import MONEY_LIMIT


def quiet_bars(
    account: Any, symbol: Any, rule: Any, term: Any, line: Any, scores: Any, base: int, start: int, stop: int,
    scratch: Any,
) -> int:  # fmt: skip
    """Mark bars from `start` until the vote changes or `stop` is reached, and return how many.

    `line` (T,) are the marks of the one symbol, contiguous so that the passes vectorise; `scratch` (2, >= stop - start)
    float64 is overwritten. Returns 0 where the account could be ruined or leave the
    range of exact money: `portfolio.run` then looks at every bar.
    """
    lots = symbol.lots
    cash = account.cash
    size = lots if lots >= 0 else -lots
    if float(size) * term.mark_max + abs(float(cash)) >= MONEY_LIMIT:
        return 0
    if lots < 0 and float(cash) - float(size) * term.mark_max <= 0.0:
        return 0
    if lots > 0 and cash < 0:
        return 0
    count = unchanged(scores, base, start, stop, symbol.direction, rule.ballot)
    if count == 0:
        return 0
    symbol.mark = line[start + count - 1]
    account.bars += count
    if lots == 0:
        return count
    account.exposed += count
    prices = line[start : start + count]
    equities = scratch[0, :count]
    changes = scratch[1, :count]
    for i in range(len(prices)):
        equities[i] = float(cash + lots * prices[i])
    changes[0] = equities[0] / account.before - 1.0
    later = changes[1:]
    upper = equities[1:]
    lower = equities[: count - 1]
    for i in range(len(later)):
        later[i] = upper[i] / lower[i] - 1.0
    add_lanes(account, changes, count, start)
    note_extremes(account, prices, equities, cash, lots)
    account.before = equities[count - 1]
    account.net = lots * symbol.mark
    account.gross = account.net if account.net >= 0 else -account.net
    account.equity = cash + account.net
    return count


def unchanged(scores: Any, base: int, start: int, stop: int, facing: int, threshold: float) -> int:
    """Return how many bars from `start` cast the ballot `facing`."""
    end = start - base
    last = stop - base
    if facing > 0:
        while end < last and scores[end, 0, 0] >= threshold:
            end += 1
    elif facing < 0:
        while end < last and scores[end, 0, 0] <= -threshold:
            end += 1
    else:
        while end < last and not (scores[end, 0, 0] >= threshold or scores[end, 0, 0] <= -threshold):
            end += 1
    return end - (start - base)


def note_extremes(account: Any, prices: Any, equities: Any, cash: int, lots: int) -> None:
    """Take the highs and lows of a stretch into the drawdown: bar by bar only where there is a new high."""
    highest = prices[0]
    lowest = prices[0]
    for i in range(len(prices)):
        highest = max(highest, prices[i])
        lowest = min(lowest, prices[i])
    best = float(cash + lots * (highest if lots > 0 else lowest))
    worst = float(cash + lots * (lowest if lots > 0 else highest))
    if best <= account.high:
        account.low = min(account.low, worst)
        return
    high = account.high
    low = account.low
    deepest = account.max_drawdown
    for i in range(len(equities)):
        equity = equities[i]
        if equity > high:
            fall = (high - low) / high
            if fall > deepest:
                deepest = fall
            high = equity
            low = equity
        elif equity < low:
            low = equity
    account.high = high
    account.low = low
    account.max_drawdown = deepest
    if high > account.peak:
        account.peak = high


def add_lanes(account: Any, changes: Any, count: int, first: int) -> None:
    """Add returns to the lane of their bar, eight bars at a time."""
    sums = account.sum_r
    squares = account.sum_r2
    index = 0
    while index < count and (first + index) % 8 != 0:
        lane = (first + index) % 8
        sums[lane] += changes[index]
        squares[lane] += changes[index] * changes[index]
        index += 1
    if count - index >= 8:
        a0, a1, a2, a3 = sums[0], sums[1], sums[2], sums[3]
        a4, a5, a6, a7 = sums[4], sums[5], sums[6], sums[7]
        b0, b1, b2, b3 = squares[0], squares[1], squares[2], squares[3]
        b4, b5, b6, b7 = squares[4], squares[5], squares[6], squares[7]
        while count - index >= 8:
            part = changes[index : index + 8]
            a0 += part[0]
            a1 += part[1]
            a2 += part[2]
            a3 += part[3]
            a4 += part[4]
            a5 += part[5]
            a6 += part[6]
            a7 += part[7]
            b0 += part[0] * part[0]
            b1 += part[1] * part[1]
            b2 += part[2] * part[2]
            b3 += part[3] * part[3]
            b4 += part[4] * part[4]
            b5 += part[5] * part[5]
            b6 += part[6] * part[6]
            b7 += part[7] * part[7]
            index += 8
        sums[0], sums[1], sums[2], sums[3] = a0, a1, a2, a3
        sums[4], sums[5], sums[6], sums[7] = a4, a5, a6, a7
        squares[0], squares[1], squares[2], squares[3] = b0, b1, b2, b3
        squares[4], squares[5], squares[6], squares[7] = b4, b5, b6, b7
    while index < count:
        lane = (first + index) % 8
        sums[lane] += changes[index]
        squares[lane] += changes[index] * changes[index]
        index += 1
