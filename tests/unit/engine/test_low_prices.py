"""Below a dollar a venue counts in parts of a cent: entries of the vote that have a price stand there, and not on whole cents."""

import numpy as np
import pytest

from scenes import bars_of, rules
from tenfold.engine.engine import Engine
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


@pytest.mark.parametrize(
    ("kind", "order", "price", "stands"),
    [
        (ExitingEngine, "limit", 0.3, 0.297),
        (ExitingEngine, "stop", 0.3, 0.303),
        (ExitingEngine, "limit", 0.008, 0.0079),
        (ExitingEngine, "limit", 2.03, 2.01),
        (Engine, "limit", 0.3, 0.3),  # a simulated venue knows the ticks of the data alone
    ],
)
def test_an_entry_below_a_dollar(kind, order, price, stands):
    bars = bars_of([price])
    voter = GivenVoter(np.ones((1, 1)), "given", 1.0)
    engine = kind(rules(order, entry={"order": order, "offset_frac": 0.01}), bars.instruments, [voter], 252.0)
    (entry,) = (one.order for one in engine.step(next(iter(BarFeed(bars).events()))))
    assert (entry.limit_price or entry.stop_price) == pytest.approx(stands, abs=1e-9)
