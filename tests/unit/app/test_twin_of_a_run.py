"""What the backtest beside a run is told, and when: it decides as a bar closes, and the run a little later."""


import pytest
from msgspec.structs import replace

from ladder_scenes import on_stage
from tenfold.app.facade import rules_of
from tenfold.domain.conditions import Conditions
from tenfold.domain.events import Fitness, Halt, Resume, Weighed
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_SECOND
from tenfold.market.synthetic import random_walk
from twin_scenes import lived, names, read


@pytest.mark.parametrize("later_s", [2, 14_400])
def test_what_is_said_between_a_close_and_its_decision_is_known_to_the_twin_by_then(tmp_path, later_s):
    bars = random_walk(60, ["AAA", "BBB", "CCC"], seed=5)
    closes = bars.ts_ns.tolist()
    said = [
        Halt(ts_ns=closes[15] - 9, operator="ann", reason="a look at it"),
        Resume(ts_ns=closes[20], operator="ann"),
        Fitness(ts_ns=closes[30], symbol="BBB", fit=False),
        Fitness(ts_ns=closes[34], symbol="BBB", fit=True),
        Weighed(ts_ns=closes[40], weights=(2.0,), reason="skill"),
    ]
    was, _ = lived(tmp_path, bars, rules_of("none", "alpaca"), said)
    assert {16, 21, 35} <= {int(fill["bar"]) for fill in was.fills}

    def afterwards(records):
        later = {one.ts_ns: one.ts_ns + later_s * NS_PER_SECOND for one in said if one.ts_ns in closes}
        moved = [replace(one, ts_ns=later.get(one.ts_ns, 0)) if one in said[1:] else one for one in records]
        known = [Conditions(ts_ns=one.ts_ns + later_s * NS_PER_SECOND + 1) for one in moved if isinstance(one, BarSet)]
        for at, one in zip(
            [at for at, one in enumerate(moved) if isinstance(one, BarSet)][::-1], known[::-1], strict=True
        ):
            moved.insert(at, one)
        return moved

    on_stage(tmp_path / "journal.db", "lived", "evening", "live", change=afterwards)
    found = read(tmp_path / "journal.db", "evening")
    assert names(found.twin) == names(found.run) == names(was)
