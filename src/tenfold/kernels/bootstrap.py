"""Draw stationary bootstrap paths and measure them, without a matrix of paths.

How it works. Lots come from a counter, not from a state: block number b of path p under a seed is a function of these
three alone (Philox 4x32 with ten rounds), so any path can be made again by itself, by any number of threads. A block begins at a
bar drawn evenly and lasts a geometric number of bars (Politis, Romano 1994); bars follow each other round the end. All
arithmetic is on whole numbers below 2^64 whose high bits are masked away before they matter, so that CPython and compiled
code agree. Source of the generator and its constants: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As
Easy as 1, 2, 3" (2011).
"""

import math
from typing import Any

_WORD = 0xFFFFFFFF
_ROUNDS = 10
_FIRST_FACTOR = 0xD2511F53
_SECOND_FACTOR = 0xCD9E8D57
_FIRST_WEYL = 0x9E3779B9
_SECOND_WEYL = 0xBB67AE85
_UNIT = 2.0**-32
_LENGTH_MAX = 2147483647.0

STILL = 1e-12
"""Share of the squares that the variance must exceed, else returns do not vary."""


def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Return four words of 32 random bits for a counter of four words and a key of two."""
    for _ in range(_ROUNDS):
        first = _FIRST_FACTOR * c0
        second = _SECOND_FACTOR * c2
        c0 = ((second >> 32) & _WORD) ^ c1 ^ k0
        c1 = second & _WORD
        c2 = ((first >> 32) & _WORD) ^ c3 ^ k1
        c3 = first & _WORD
        k0 = (k0 + _FIRST_WEYL) & _WORD
        k1 = (k1 + _SECOND_WEYL) & _WORD
    return c0, c1, c2, c3


def draw_blocks(seed: int, path: int, count: int, bars: int, rate: float, blocks: Any) -> int:
    """Write first bar and length of the blocks of a path, until it is full, and return how many; the last is cut to fit.

    `count` is the number of bars to draw from, below 2^31; `rate` is 1 / ln(1 - 1 / L) for a mean length of L bars, 0 for
    blocks of one bar; `seed` and `path` are at least 0; `blocks` has the shape (bars + 1, 2). Two blocks take one draw.
    """
    done = 0
    number = 0
    while done < bars:
        words = philox(number & _WORD, number >> 32, path & _WORD, path >> 32, seed & _WORD, seed >> 32)
        blocks[number, 0] = (words[0] * count) >> 32
        blocks[number, 1] = min(lasting(words[1], rate), bars - done)
        done += blocks[number, 1]
        blocks[number + 1, 0] = (words[2] * count) >> 32
        blocks[number + 1, 1] = min(lasting(words[3], rate), bars - done)
        done += blocks[number + 1, 1]
        number += 2
    return number if blocks[number - 1, 1] > 0 else number - 1


def lasting(word: int, rate: float) -> int:
    """Return the geometric length that 32 random bits stand for, at least 1."""
    return 1 + int(min(math.log((float(word) + 0.5) * _UNIT) * rate, _LENGTH_MAX))


def draw_indices(seed: int, first: int, count: int, rate: float, blocks: Any, indices: Any) -> None:
    """Write which bar each bar of a path is drawn from; row i of `indices` (P, T) is path first + i, `blocks` is scratch."""
    for row in range(indices.shape[0]):
        done = 0
        for number in range(draw_blocks(seed, first + row, count, indices.shape[1], rate, blocks)):
            place = blocks[number, 0]
            for _ in range(blocks[number, 1]):
                indices[row, done] = place
                done += 1
                place = place + 1 if place + 1 < count else 0


def measure_paths(
    seed: int, first: int, bars: int, rate: float, logs: Any, deviations: Any, mean: float, blocks: Any, found: Any
) -> None:
    """Write log growth, deepest fall of log wealth and Sharpe ratio of each path; row i of `found` (P, 3) is path first + i.

    `logs` (T,) are ln(1 + r), -inf where all is lost; `deviations` (T,) are r less their mean, `mean`; `blocks` is scratch.
    The start is a peak.
    """
    count = len(logs)
    for row in range(found.shape[0]):
        growth, peak, fall = 0.0, 0.0, 0.0
        total, squares = 0.0, 0.0
        for number in range(draw_blocks(seed, first + row, count, bars, rate, blocks)):
            place = blocks[number, 0]
            left = blocks[number, 1]
            while left > 0:
                run = min(left, count - place)
                for bar in range(place, place + run):
                    growth += logs[bar]
                    peak = max(peak, growth)
                    fall = min(fall, growth - peak)
                    total += deviations[bar]
                    squares += deviations[bar] * deviations[bar]
                left -= run
                place = 0
        found[row, 0] = growth
        found[row, 1] = fall
        found[row, 2] = sharpe(mean, total, squares, bars)


def sharpe(mean: float, total: float, squares: float, bars: int) -> float:
    """Return the Sharpe ratio per period from sums of deviations from `mean`; 0 where returns do not vary."""
    offset = total / bars
    spread = squares - total * offset
    level = mean + offset
    if bars < 2 or not spread > STILL * (squares + bars * level * level):
        return 0.0
    return level / math.sqrt(spread / (bars - 1))
