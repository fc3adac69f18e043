"""The engine keeps the rejections of one bar set, not of a lifetime."""

import numpy as np

from scenes import bars_of
from tenfold.domain.rules import Limits, Rules, Sizing
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed


def test_rejections_do_not_pile_up():
    bars = bars_of([10.0, 11.0, 12.0, 13.0])
    rules = Rules(sizing=Sizing(method="quantity", quantity=1000), limits=Limits(position_frac_max=1e-9))
    engine = Engine(rules, bars.instruments, [GivenVoter(np.ones((4, 1)), "given", 1.0)], 252.0)
    for moment in BarFeed(bars).events():
        engine.step(moment)
        assert [cut.ts_ns for cut in engine.gate.rejections] == [moment.ts_ns]
    assert engine.gate.bindings["position"] == 4
