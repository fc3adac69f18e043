"""Whether an exit can fire in the bar of its entry, by hand, on both paths."""

import pytest

from scenes import bars_of, fills_of, rules, trade

AFTER = (91, 91, 91, 91)  # opens beyond every stop below


@pytest.mark.parametrize(
    ("order", "bar", "entry", "stop"),
    [
        ("market", (100, 101, 94, 96), 100.0, 95.0),
        ("limit", (100, 101, 93, 96), 98.0, 93.1),  # reached inside the bar, two percent below the close
        ("limit", (97, 97, 92, 96), 97.0, 92.15),  # the bar opens below the limit
        ("stop", (100, 103, 96, 97), 102.0, 96.9),
        ("stop", (104, 104, 98, 99), 104.0, 98.8),
    ],
)
@pytest.mark.parametrize("entry_bar", ["exits", "market", "next"])
def test_a_stop_fires_in_the_bar_of_entry_or_waits(engine, order, bar, entry, stop, entry_bar):
    chosen = rules(
        entry={"order": order, "offset_frac": 0.02 if order in {"limit", "stop"} else 0.0},
        exits={"stop_frac": 0.05}, matching={"entry_bar": entry_bar},
    )  # fmt: skip
    run = trade(engine, bars_of([100, bar, AFTER]), [1], chosen)
    fires = entry_bar == "exits" or (entry_bar == "market" and order == "market")
    left = (1, -100, stop, "stop") if fires else (2, -100, 91.0, "stop")
    assert fills_of(run) == [(1, 100, entry, "vote"), left]


@pytest.mark.parametrize(("entry_bar", "left"), [("exits", 108.0), ("market", 108.0), ("next", 90.0)])
def test_a_trailing_stop_does_not_follow_the_bar_of_entry_where_it_waits(engine, entry_bar, left):
    bars = bars_of([100, (100, 120, 99, 119), (119, 119, 80, 80)])
    chosen = rules(exits={"trail_frac": 0.1}, matching={"entry_bar": entry_bar})
    run = trade(engine, bars, [1], chosen)
    assert fills_of(run) == [(1, 100, 100.0, "vote"), (2, -100, left, "trail")]
