"""The engine agrees with a simulator that shares no line with it.

Prices, fractions and the tick are powers of two, so that float64 and exact fractions have to agree to the last bit.
"""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import TICK, simulate

from scenes import bars_of, rules, trade


@st.composite
def scenes(draw):
    total = draw(st.integers(3, 40))
    cells, level = [], draw(st.integers(1000, 20000))
    for _ in range(total):
        moves = [draw(st.integers(-600, 600)) for _ in range(4)]
        first = max(level + moves[0] // 2, 100)
        close = max(first + moves[1], 100)
        high = max(first, close) + abs(moves[2]) // 2
        low = max(min(first, close) - abs(moves[3]) // 2, 50)
        cells.append(tuple(sixty_fourths * TICK for sixty_fourths in (first, high, low, close)))
        level = close
    wishes = draw(st.lists(st.sampled_from([1, 1, 0, -1, -1]), min_size=total, max_size=total))
    return cells, wishes


@pytest.mark.parametrize("engine", ["compiled", "event"])
@settings(max_examples=60)
@given(
    scene=scenes(),
    quantity=st.sampled_from([1, 7, 100]),
    fee=st.sampled_from(
        [
            (0, 0, 0),
            (Fraction(1, 1024), 0, 0),
            (0, Fraction(1, 128), 1),
            (Fraction(1, 2048), Fraction(1, 1024), Fraction(1, 2)),
        ]
    ),
    slip=st.sampled_from([Fraction(0), Fraction(1, 2048), Fraction(1, 128)]),
    stop=st.sampled_from([None, Fraction(1, 64), Fraction(1, 8)]),
    target=st.sampled_from([None, Fraction(1, 32), Fraction(1, 4)]),
)
def test_fills_and_equity(engine, scene, quantity, fee, slip, stop, target):
    cells, wishes = scene
    fills, equity = simulate(cells, wishes, 100_000, quantity, *map(Fraction, fee), slip, stop, target)
    chosen = rules(
        sizing={"quantity": float(quantity)},
        costs={
            "fee_frac": float(fee[0]),
            "fee_per_share": float(fee[1]),
            "fee_minimum": float(fee[2]),
            "slippage_bps": float(slip * 10_000),
        },
        exits={"stop_frac": stop and float(stop), "target_frac": target and float(target)},
    )
    run = trade(engine, bars_of([tuple(map(float, cell)) for cell in cells], tick=1 / 64), wishes, chosen)
    assert [
        (int(f["bar"]), int(f["lots"]), Fraction(f["price"]), Fraction(int(f["fee_units"]), 10**6)) for f in run.fills
    ] == fills
    assert [Fraction(int(units), 10**6) for units in run.equity_units] == equity
