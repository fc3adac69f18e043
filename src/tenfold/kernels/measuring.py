"""Take a stretch of equities into the running statistics.

How it works. `portfolio.run` notes the equity of every bar and measures the whole stretch at its end, in passes that the
compiler turns into vector instructions. Sums are kept in eight lanes by bar number, so that any cutting of the bars
into stretches adds in the same order and gives the same bits.
"""

from typing import Any

LANES = 8  # as in kernels.records


def measure(account: Any, equities: Any, changes: Any, count: int, first: int) -> None:
    """Take `count` bars from bar number `first` into the sums of returns and the drawdown.

    `equities[0]` is the equity before the stretch, `equities[i + 1]` after its bar i, in money units; `changes` takes
    the return of each, and is left as it is where equity does not move. A return from an equity that is not positive counts as 0.
    """
    account.bars += count
    later = equities[1 : count + 1]
    earlier = equities[:count]
    highest = equities[0]
    lowest = equities[0]
    for i in range(len(later)):
        highest = max(highest, later[i])
        lowest = min(lowest, later[i])
    if highest == lowest:
        return
    returns = changes[:count]
    if lowest > 0:
        for i in range(len(returns)):
            returns[i] = float(later[i]) / float(earlier[i]) - 1.0
    else:
        for i in range(len(returns)):
            returns[i] = float(later[i]) / float(earlier[i]) - 1.0 if earlier[i] > 0 else 0.0
    add_lanes(account, returns, first)
    if highest <= account.high:
        account.low = min(account.low, lowest)
    else:
        note_highs(account, later)


def note_highs(account: Any, equities: Any) -> None:
    """Follow high and low bar by bar: a fall is taken into the deepest when the next high ends it."""
    high = account.high
    low = account.low
    deepest = account.max_drawdown
    for i in range(len(equities)):
        equity = equities[i]
        if equity > high:
            fall = float(high - low) / float(high)
            if fall > deepest:
                deepest = fall
            high = equity
            low = equity
        elif equity < low:
            low = equity
    account.high = high
    account.low = low
    account.max_drawdown = deepest


def add_lanes(account: Any, changes: Any, first: int) -> None:
    """Add returns and their squares to the lane of their bar, eight bars at a time."""
    sums = account.sum_r
    squares = account.sum_r2
    count = len(changes)
    index = 0
    while index < count and (first + index) % LANES != 0:
        lane = (first + index) % LANES
        sums[lane] += changes[index]
        squares[lane] += changes[index] * changes[index]
        index += 1
    if count - index >= LANES:
        a0, a1, a2, a3 = sums[0], sums[1], sums[2], sums[3]
        a4, a5, a6, a7 = sums[4], sums[5], sums[6], sums[7]
        b0, b1, b2, b3 = squares[0], squares[1], squares[2], squares[3]
        b4, b5, b6, b7 = squares[4], squares[5], squares[6], squares[7]
        while count - index >= LANES:
            part = changes[index : index + LANES]
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
            index += LANES
        sums[0], sums[1], sums[2], sums[3] = a0, a1, a2, a3
        sums[4], sums[5], sums[6], sums[7] = a4, a5, a6, a7
        squares[0], squares[1], squares[2], squares[3] = b0, b1, b2, b3
        squares[4], squares[5], squares[6], squares[7] = b4, b5, b6, b7
    while index < count:
        lane = (first + index) % LANES
        sums[lane] += changes[index]
        squares[lane] += changes[index] * changes[index]
        index += 1
