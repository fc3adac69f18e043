"""A position is judged beside all others: net, count, concentration, margin and correlation, on both paths alike."""

import numpy as np
import pytest

from scenes import bars_of
from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Limits, Rules, Sizing
from tenfold.kernels import bounds, correlation
from tenfold.kernels.jit import compiled, viewed
from tenfold.risk.correlations import Correlations
from tenfold.risk.gate import Estimate, Gate, Wish

UNIT = 100_000_000  # one lot at 100 USD
EQUITY = 100_000_000_000  # 100,000 USD


def lots(limits, wish, **terms):
    gate = Gate(
        Rules(sizing=Sizing(fraction=0.5), limits=Limits(**limits)),
        tuple(Instrument(symbol=s, **terms) for s in "ABC"),
        252.0,
    )
    others = sum(abs(lots * mark) for _, lots, mark in wish.others)
    found = gate.lots(1, "A", UNIT, EQUITY, EQUITY, others, Estimate(), wish)
    return found, [rejection.rule for rejection in gate.rejections]


LONG = ("B", 300, UNIT)
SHORT = ("C", -200, UNIT)


@pytest.mark.parametrize(
    ("limits", "wish", "expected"),
    [
        ({"net_frac_max": 0.4}, Wish(1, 0, 0, [LONG]), (100, ["net"])),
        ({"net_frac_max": 0.4}, Wish(-1, 0, 0, [LONG]), (500, [])),
        ({"net_frac_max": 0.4}, Wish(1, 0, 0, [SHORT]), (500, [])),
        ({"net_frac_max": 0.4}, Wish(-1, 0, 0, [SHORT]), (200, ["net"])),
        ({"net_frac_max": 0.1}, Wish(1, 0, 0, [LONG]), (0, ["net"])),
        ({"positions_max": 2}, Wish(1, 0, 0, [LONG]), (500, [])),
        ({"positions_max": 2}, Wish(1, 0, 0, [LONG, SHORT]), (0, ["positions"])),
        ({"positions_max": 2}, Wish(1, 70, 0, [LONG, SHORT]), (70, ["positions"])),  # what is held stays
        ({"positions_max": 2}, Wish(1, 70, -70, [LONG, SHORT]), (0, ["positions"])),  # unless it is on its way out
        ({"positions_max": 2}, Wish(1, -70, 0, [LONG, SHORT]), (0, ["positions"])),
        ({"concentration_max": 0.25}, Wish(1, 0, 0, [LONG]), (400, ["concentration"])),
        ({"concentration_max": 0.09}, Wish(1, 0, 0, [LONG]), (0, ["concentration"])),
        ({"margin_frac_min": 1.0}, Wish(1, 0, 0, [("B", 600, UNIT)]), (400, ["leverage"])),
        ({"margin_frac_min": 1.0}, Wish(1, 0, 0, [LONG, SHORT]), (500, [])),
        ({"order_qty_max": 120.0}, Wish(1, 0, 0), (120, ["order"])),
        ({"order_qty_max": 120.0}, Wish(1, 100, 0), (220, ["order"])),
        ({"order_qty_max": 120.0}, Wish(1, -100, 0), (20, ["order"])),
        ({"order_qty_max": 120.0}, Wish(1, -130, 0), (0, ["order"])),  # what closes goes whole
        ({"order_qty_max": 0.5}, Wish(1, 0, 0), (0, ["order"])),
        ({"order_notional_max": 5_050.0}, Wish(1, 0, 0), (50, ["order"])),
        ({"order_notional_max": 5_050.0, "order_qty_max": 7.0}, Wish(1, 0, 0), (7, ["order"])),
        ({"order_notional_max": 1e300}, Wish(1, 0, 0), (500, [])),
        ({"correlation_max": 0.7}, Wish(1, 0, 0), (500, [])),
        ({"correlation_max": 0.7}, Wish(1, 0, 0, [LONG]), (0, ["correlation"])),  # not known yet: as one
        ({"correlation_max": 0.7}, Wish(1, 9, 0, [LONG]), (9, ["correlation"])),
    ],
)
def test_limits(limits, wish, expected):
    assert lots(limits, wish) == expected


def test_what_is_no_number_is_not_allowed():
    nan = float("nan")
    assert bounds.bounded_beside(5.0, 1, 2.0, 10.0, 0.0, 0.0, 0.0, 1, nan, 0.0, 0.0, 0.0, 0, 0.7) == (
        2.0,
        bounds.CORRELATION,
    )
    assert bounds.bounded_beside(5.0, 1, 0.0, -1.0, 0.0, 0.0, 0.0, 0, 0.0, 0.0, 0.0, 0.5, 0, 0.0) == (
        0.0,
        bounds.CONCENTRATION,
    )


def walk(seed, missing=0.0):
    """Return three symbols: B moves as A does, C the other way."""
    random = np.random.default_rng(seed)
    steps = random.normal(0.0, 0.01, (40, 3))
    steps[:, 1] = steps[:, 0] + steps[:, 1] / 3
    steps[:, 2] = -steps[:, 0]
    prices = 100.0 * np.exp(np.cumsum(steps, axis=0))
    gone = random.random(prices.shape) < missing
    cells = [[None if gone[t, s] else (prices[t, s],) * 4 + (1e6,) for t in range(40)] for s in range(3)]
    return bars_of(*cells)


@pytest.mark.parametrize("window", [2, 10, 39, 60])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_sums_that_go_on_equal_sums_taken_anew(window, missing):
    bars = walk(3, missing)
    running, rows = Correlations(bars.symbols, window), viewed(bars.rows)
    for moment, row in enumerate(bars.rows):
        usable = bars.usable[moment]
        running.observe([_Close(symbol, row["close"][n]) for n, symbol in enumerate(bars.symbols) if usable[n]])
        if moment:
            for sides, lots in ((1, 5), (-1, -5)):
                assert running.mean("A", 1, [("B", lots, 1)]) == compiled(correlation.pair)(
                    rows, moment, window, 0, 1, sides
                )


class _Close:
    def __init__(self, symbol, close):
        self.symbol, self.close = symbol, float(close)


def test_sides_count():
    bars = walk(5)
    found = Correlations(bars.symbols, 30)
    for row in bars.rows:
        found.observe([_Close(symbol, row["close"][n]) for n, symbol in enumerate(bars.symbols)])
    assert found.mean("A", 1, [("B", 1, 1)]) == pytest.approx(0.95, abs=0.05)
    assert found.mean("A", 1, [("B", -1, 1)]) == -found.mean("A", 1, [("B", 1, 1)])
    assert found.mean("A", 1, [("C", -1, 1)]) == pytest.approx(1.0, abs=0.01)
    assert found.mean("A", 1, [("B", 1, 1), ("B", -1, 1)]) == 0.0
    returns = np.diff(bars.rows["close"], axis=0)[-30:] / bars.rows["close"][-31:-1]
    a, b = returns[:, 0], returns[:, 1]
    assert found.mean("A", 1, [("B", 1, 1)]) == pytest.approx((a @ b) / np.sqrt((a @ a) * (b @ b)), abs=1e-5)


def test_no_further_position_that_moves_as_the_first_does():
    bars = walk(7)
    scores = np.full(bars.rows.shape, np.nan)
    scores[20:, 0] = 1.0
    scores[25:, 1] = 1.0  # moves as A does
    scores[30:, 2] = -1.0  # moves against it, and faces the other way
    rules = Rules(sizing=Sizing(fraction=0.1), limits=Limits(correlation_max=0.7, correlation_window=15))
    runs = [run_backtest([Given(scores, "v")], bars, rules, engine=engine) for engine in ("compiled", "event")]
    for run in runs:
        assert sorted({int(fill["symbol"]) for fill in run.fills}) == [0]
        assert run.bindings["correlation"] == 15 + 10  # both ask again at every bar
    np.testing.assert_array_equal(runs[0].fills, runs[1].fills)


def test_limits_in_force_can_begin_and_end():
    gate = Gate(Rules(), (Instrument(symbol="A"), Instrument(symbol="B")), 252.0)
    wish = Wish(1, 0, 0, [("B", 100, UNIT)])
    assert gate.lots(1, "A", UNIT, EQUITY, EQUITY, 0, Estimate(), wish) == 500
    gate.change(Limits(correlation_max=0.5))
    assert gate.lots(1, "A", UNIT, EQUITY, EQUITY, 0, Estimate(), wish) == 0
    gate.change(Limits())
    assert gate.lots(1, "A", UNIT, EQUITY, EQUITY, 0, Estimate(), wish) == 500
