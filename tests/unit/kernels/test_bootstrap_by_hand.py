from math import log, nan

import numpy as np
import pytest

from tenfold.kernels.bootstrap import draw_blocks, draw_indices, lasting, measure_paths, philox, sharpe
from tenfold.kernels.jit import compiled

FULL = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((FULL,) * 4, (FULL, FULL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_words(counter, key, words):
    assert compiled(philox)(*counter, *key) == words
    assert philox(*counter, *key) == words


def test_blocks_of_the_path_are_what_the_words_say():
    seed, path, count, bars, rate = (7 << 32) + 5, (2 << 32) + 3, 50, 40, 1.0 / log(1.0 - 1.0 / 6.0)
    blocks = np.full((bars + 1, 2), -1, np.int64)
    number = compiled(draw_blocks)(seed, path, count, bars, rate, blocks)
    expected = []
    for counter in range(0, number, 2):
        a, b, c, d = philox(counter, 0, 3, 2, 5, 7)
        expected += [(a * count >> 32, lasting(b, rate)), (c * count >> 32, lasting(d, rate))]
    assert blocks[: number - 1].tolist() == [list(one) for one in expected[: number - 1]]
    assert blocks[:number, 1].sum() == bars
    assert blocks[number - 1, 0] == expected[number - 1][0]
    assert 0 < blocks[number - 1, 1] <= expected[number - 1][1]


def test_a_block_lasts_at_least_a_bar():
    rate = 1.0 / log(1.0 - 1.0 / 10.0)
    assert lasting(FULL, rate) == 1
    assert lasting(0, rate) == 1 + int(log(0.5 * 2.0**-32) * rate)
    assert lasting(0, 0.0) == 1
    assert lasting(0, -1e300) == 2_147_483_648  # of a length beyond any series


def test_indices_go_on_and_round_the_end():
    count, bars, rate = 5, 37, 1.0 / log(1.0 - 1.0 / 8.0)
    blocks, indices = np.zeros((bars + 1, 2), np.int64), np.zeros((3, bars), np.int64)
    compiled(draw_indices)(1, 0, count, rate, blocks, indices)
    for path in range(3):
        number = compiled(draw_blocks)(1, path, count, bars, rate, blocks)
        expected = [(place + step) % count for place, length in blocks[:number].tolist() for step in range(length)]
        assert indices[path].tolist() == expected


def test_paths_are_measured_as_their_returns_are():
    returns = np.random.default_rng(1).normal(0.001, 0.02, 23)
    bars, rate, mean = 31, 1.0 / log(1.0 - 1.0 / 5.0), float(returns.mean())
    blocks, indices, found = np.zeros((bars + 1, 2), np.int64), np.zeros((4, bars), np.int64), np.full((4, 3), nan)
    compiled(draw_indices)(9, 2, len(returns), rate, blocks, indices)
    compiled(measure_paths)(9, 2, bars, rate, np.log1p(returns), returns - mean, mean, blocks, found)
    for path in range(4):
        drawn = returns[indices[path]]
        wealth = np.cumprod(1.0 + drawn)
        fall = (wealth / np.maximum.accumulate(np.maximum(wealth, 1.0))).min()
        assert found[path].tolist() == pytest.approx([log(wealth[-1]), log(fall), drawn.mean() / drawn.std(ddof=1)])


def test_what_does_not_vary_has_a_sharpe_ratio_of_zero():
    assert sharpe(0.01, 0.0, 0.0, 100) == 0.0
    assert sharpe(0.0, 0.0, 0.0, 100) == 0.0
    assert sharpe(0.0, 0.02, 0.0004, 1) == 0.0
    assert sharpe(0.0, 0.0, 4.0, 5) == 0.0
    assert sharpe(0.5, 0.0, 4.0, 5) == 0.5
