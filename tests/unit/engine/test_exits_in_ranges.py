"""Exits in average true ranges: known before the entry, on the side that loses or gains, alike on both paths."""

import numpy as np
import pytest

from scenes import bars_of, fills_of
from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.errors import SettingsError
from tenfold.domain.order import Submit
from tenfold.domain.rules import Account, Exits, Matching, Rules, Sizing
from tenfold.kernels.sizing import exit_fraction, true_range
from tenfold.simulation.journal import MemoryJournal

CALM = [(100, 101, 99, 100)] * 4  # a range of 2: an average of 2 % of the close


def run(score, *after, engine="compiled", journal=None, **exits):
    bars = bars_of([*CALM, *after])
    rules = Rules(
        account=Account(leverage_max=5.0),
        sizing=Sizing(method="quantity", quantity=10),
        exits=Exits(**({"atr_window": 3} | exits)),
    )
    scores = np.full(bars.rows.shape, float(score))
    return run_backtest([Given(scores, "v")], bars, rules, engine=engine, journal=journal)


@pytest.mark.parametrize("engine", ["compiled", "event"])
@pytest.mark.parametrize(
    ("score", "bar", "exits", "left"),
    [
        (1, (100, 100, 90, 95), {"stop_atr": 2.0}, (5, -10, 96.0, "stop")),
        (1, (100, 100, 96.01, 97), {"stop_atr": 2.0}, None),
        (-1, (100, 110, 100, 105), {"stop_atr": 2.0}, (5, 10, 104.0, "stop")),
        (-1, (100, 103.99, 100, 101), {"stop_atr": 2.0}, None),
        (1, (100, 110, 100, 105), {"target_atr": 3.0}, (5, -10, 106.0, "target")),
        (-1, (100, 100, 90, 95), {"target_atr": 3.0}, (5, 10, 94.0, "target")),
        (
            -1,
            (100, 101, 97, 100),
            {"trail_atr": 1.0, "target_atr": 50.0},
            (4, 10, 100.98, "trail"),
        ),  # the low of 99 and 2 %
    ],
)
def test_levels(engine, score, bar, exits, left):
    found = fills_of(run(score, (100, 101, 99, 100), bar, engine=engine, **exits))
    assert found[0] == (3, 10 * score, 100.0, "vote")  # the third bar closes the window
    assert found[1:] == ([left] if left else [])


@pytest.mark.parametrize("engine", ["compiled", "event"])
def test_a_trailing_stop_follows_from_the_best_price(engine):
    found = fills_of(run(1, (100, 120, 100, 119), (119, 119, 110, 112), engine=engine, trail_atr=2.0))
    assert found[1] == (5, -10, pytest.approx(115.2), "trail")  # 120 less 2 * 2 %


@pytest.mark.parametrize("engine", ["compiled", "event"])
def test_nothing_is_entered_before_ranges_are_known(engine):
    assert len(run(1, engine=engine, stop_atr=2.0, atr_window=5).fills) == 0


def test_an_order_carries_its_distance():
    journal = MemoryJournal()
    run(1, (100, 101, 99, 100), engine="event", journal=journal, stop_atr=2.0, target_atr=3.0)
    (order,) = [record.order for record in journal.records() if isinstance(record, Submit)]
    assert (order.stop_frac, order.target_frac, order.trailing_frac) == (0.04, 0.06, None)


def test_one_unit_each():
    with pytest.raises(SettingsError, match="stop_frac and stop_atr are both set, expected one of them"):
        Exits(stop_frac=0.1, stop_atr=2.0)
    assert Exits(target_atr=2.0, atr_window=9).ranges == 9
    assert Exits(stop_frac=0.1).ranges == 0


def test_ranges_reach_to_the_close_before():
    assert true_range(11.0, 9.0, 0.0) == 2.0
    assert true_range(11.0, 9.0, 10.0) == 2.0
    assert true_range(11.0, 9.0, 14.0) == 5.0
    assert true_range(11.0, 9.0, 5.0) == 6.0
    assert exit_fraction(0.03, 0.0, 2.0, 100.0) == 0.03
    assert exit_fraction(0.0, 2.0, 2.0, 0.0) == 0.0


@pytest.mark.parametrize("engine", ["compiled", "event"])
@pytest.mark.parametrize(("crosses", "fills"), [(True, [(1, 10), (3, -20)]), (False, [(1, 10), (3, -10), (4, -10)])])
def test_a_venue_that_takes_nothing_through_zero(engine, crosses, fills):
    bars = bars_of([100.0] * 6)
    rules = Rules(
        account=Account(leverage_max=5.0),
        sizing=Sizing(method="quantity", quantity=10),
        matching=Matching(crosses_zero=crosses),
    )
    scores = np.array([[1.0], [1.0], [-1.0], [-1.0], [-1.0], [-1.0]])
    found = fills_of(run_backtest([Given(scores, "v")], bars, rules, engine=engine))
    assert [fill[:2] for fill in found] == fills
