"""The engine keeps the rejections of one bar set, not of a lifetime."""

import numpy as np
import pytest

from scenes import bars_of
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.order import Fill, Side
from tenfold.domain.rules import Limits, Rules, Sizing
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.feed import BarFeed

BARS = bars_of([100.0, 100.0, 100.0])


def test_rejections_do_not_pile_up():
    bars = bars_of([10.0, 11.0, 12.0, 13.0])
    rules = Rules(sizing=Sizing(method="quantity", quantity=1000), limits=Limits(position_frac_max=1e-9))
    engine = Engine(rules, bars.instruments, [GivenVoter(np.ones((4, 1)), "given", 1.0)], 252.0)
    for moment in BarFeed(bars).events():
        engine.step(moment)
        assert [cut.ts_ns for cut in engine.gate.rejections] == [moment.ts_ns]
    assert engine.gate.bindings["position"] == 4


@pytest.mark.parametrize("restricted", [(), ("A",)])
def test_a_vote_that_is_refused_closes_and_opens_nothing(restricted):
    chosen = Rules(sizing=Sizing(method="quantity", quantity=10), limits=Limits(restricted=restricted))
    engine = Engine(chosen, BARS.instruments, [GivenVoter(np.full(BARS.rows.shape, -1.0), "v", 1.0)], 252.0)
    long = Fill(ts_ns=1, fill_id="f", order_id="o", symbol="A", side=Side.BUY, qty=7, price=100.0, fee_units=0)
    engine.step(long)
    (command,) = engine.step(next(iter(BarFeed(BARS).events())))
    assert (command.order.side, command.order.qty) == (Side.SELL, 7 if restricted else 17)
    assert [rejection.rule for rejection in engine.gate.rejections] == (["restricted"] if restricted else [])
    assert engine.symbols["A"].wanted == (0 if restricted else -1)


def test_conditions_are_taken_from_the_event():
    chosen = Rules(sizing=Sizing(method="quantity", quantity=10))
    engine = Engine(chosen, BARS.instruments, [GivenVoter(np.full(BARS.rows.shape, 1.0), "v", 1.0)], 252.0)
    first, second, *_ = list(BarFeed(BARS).events())
    assert engine.step(Conditions(ts_ns=1, symbols=(SymbolCondition(symbol="A", halted=True),))) == []
    assert engine.step(first) == []
    assert engine.gate.bindings["halted"] == 1
    engine.step(Conditions(ts_ns=2, symbols=(SymbolCondition(symbol="A"),)))
    assert len(engine.step(second)) == 1
