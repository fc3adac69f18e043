"""Mark a stretch of bars in which nothing but the price moves.

How it works. With one symbol and one strategy, and no rule that could act on its own, nothing happens between two
changes of the vote. The stretch is then marked in passes that the compiler turns into vector instructions: equities,
returns, sums by lane, drawdown. Each value is computed as `portfolio.measure` computes it, so both give the same bits.
"""

from typing import Any

from tenfold.kernels.records import MONEY_LIMIT
from tenfold.kernels.voting import ballot


def quiet_bars(
    account: Any, symbol: Any, rule: Any, marks: Any, scores: Any, start: int, stop: int, offset: int, scratch: Any
) -> int:
    """Mark bars from `start` until the vote changes or `stop` is reached, and return how many.

    `scratch` (2, >= stop - start + 1) float64 is overwritten.
    """
    facing = symbol.direction
    end = start
    while end < stop and ballot(scores[end, 0, 0], rule.ballot) == facing:
        end += 1
    count = end - start
    if count == 0:
        return 0
    account.bars += count
    symbol.mark = marks[end - 1, 0]
    if symbol.lots == 0:
        return count
    account.exposed += count
    equities = scratch[0]
    changes = scratch[1]
    lots = symbol.lots
    cash = account.cash
    equities[0] = account.before
    prices = marks[start:end, 0]
    later = equities[1 : count + 1]
    for i in range(len(later)):
        later[i] = float(cash + lots * prices[i])
    earlier = equities[:count]
    for i in range(len(earlier)):
        changes[i] = later[i] / earlier[i] - 1.0
    add_lanes(account, changes, count, offset + start)
    high = account.high
    depth = account.max_drawdown
    for i in range(count):
        equity = later[i]
        if equity > high:
            high = equity
        elif high - equity > depth * high:
            depth = (high - equity) / high
    account.high = high
    account.peak = high if high > account.peak else account.peak
    account.max_drawdown = depth
    account.before = later[count - 1]
    account.net = lots * symbol.mark
    account.gross = account.net if account.net >= 0 else -account.net
    account.equity = cash + account.net
    return count


def add_lanes(account: Any, changes: Any, count: int, first: int) -> None:
    """Add returns to the lane of their bar, eight bars at a time."""
    index = 0
    while index < count and (first + index) % 8 != 0:
        account.sum_r[(first + index) % 8] += changes[index]
        account.sum_r2[(first + index) % 8] += changes[index] * changes[index]
        index += 1
    if count - index >= 8:
        a0, a1, a2, a3 = account.sum_r[0], account.sum_r[1], account.sum_r[2], account.sum_r[3]
        a4, a5, a6, a7 = account.sum_r[4], account.sum_r[5], account.sum_r[6], account.sum_r[7]
        b0, b1, b2, b3 = account.sum_r2[0], account.sum_r2[1], account.sum_r2[2], account.sum_r2[3]
        b4, b5, b6, b7 = account.sum_r2[4], account.sum_r2[5], account.sum_r2[6], account.sum_r2[7]
        while count - index >= 8:
            a0 += changes[index]
            a1 += changes[index + 1]
            a2 += changes[index + 2]
            a3 += changes[index + 3]
            a4 += changes[index + 4]
            a5 += changes[index + 5]
            a6 += changes[index + 6]
            a7 += changes[index + 7]
            b0 += changes[index] * changes[index]
            b1 += changes[index + 1] * changes[index + 1]
            b2 += changes[index + 2] * changes[index + 2]
            b3 += changes[index + 3] * changes[index + 3]
            b4 += changes[index + 4] * changes[index + 4]
            b5 += changes[index + 5] * changes[index + 5]
            b6 += changes[index + 6] * changes[index + 6]
            b7 += changes[index + 7] * changes[index + 7]
            index += 8
        account.sum_r[0], account.sum_r[1], account.sum_r[2], account.sum_r[3] = a0, a1, a2, a3
        account.sum_r[4], account.sum_r[5], account.sum_r[6], account.sum_r[7] = a4, a5, a6, a7
        account.sum_r2[0], account.sum_r2[1], account.sum_r2[2], account.sum_r2[3] = b0, b1, b2, b3
        account.sum_r2[4], account.sum_r2[5], account.sum_r2[6], account.sum_r2[7] = b4, b5, b6, b7
    while index < count:
        account.sum_r[(first + index) % 8] += changes[index]
        account.sum_r2[(first + index) % 8] += changes[index] * changes[index]
        index += 1
