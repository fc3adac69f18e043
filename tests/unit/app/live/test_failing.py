"""What a strategy fails of while it trades is told, each kind once."""

import pytest

from scenes import bars_of, rules
from tenfold.app.live.alarms import Alarms
from tenfold.app.live.failing import FailureWatch
from tenfold.backtesting.eventful import run_events
from tenfold.backtesting.scoring import Member
from tenfold.domain.market import BarSet
from tenfold.engine.exiting import ExitingEngine
from tenfold.engine.voters import FoldVoter, WindowVoter
from tenfold.registry import STRATEGIES
from tenfold.simulation.feed import BarFeed


class Broken:
    """Fail of another thing from the third bar on."""

    def __init__(self):
        self.count = 0

    def fail(self):
        self.count += 1
        if self.count > 1:
            raise [KeyError("a"), RuntimeError("my\n model broke")][self.count > 3]

    def on_bar(self, window):
        self.fail()
        return 1.0

    def on_event(self, event, view):
        if isinstance(event, BarSet):
            self.fail()
        return []


def told(engine, bars):
    """Live through bars, and return what was said of failures after each."""
    said = []
    watch = FailureWatch(engine, Alarms(said.append))
    after = []
    for moment in BarFeed(bars).events():
        engine.step(moment)
        watch.look(moment.ts_ns)
        after.append(len(said))
    return [line.split("  ")[1] for line in said], after


@pytest.mark.parametrize("own", [False, True], ids=["votes", "works its own orders"])
def test_each_kind_of_error_is_told_once(own):
    bars = bars_of([50.0] * 8)
    voters = [] if own else [WindowVoter(Broken(), "broken", 1.0, bars.symbols)]
    engine = ExitingEngine(rules(), bars.instruments, voters, 252.0, Broken() if own else None)
    said, after = told(engine, bars)
    who = "the strategy" if own else "broken"
    stays, closed = (
        "decides nothing where it does, what is held stays",
        "abstains where it does: what too few others vote for then is closed",
    )
    failed = f"{who} failed and {stays if own else closed}"
    assert said == [f"{failed}: KeyError: 'a'", f"{failed}: RuntimeError: my model broke"]
    assert after == [0, 1, 1, 2, 2, 2, 2, 2]


def test_what_does_not_fail_is_not_spoken_of():
    bars = bars_of([50.0] * 4)
    fold = STRATEGIES.load("crossing")
    voter = FoldVoter(fold, Member(fold, fold.accept({}), "crossing").params, "crossing", 1.0, 1)
    engine = ExitingEngine(rules(), bars.instruments, [voter], 252.0)
    assert told(engine, bars) == ([], [0, 0, 0, 0])


def test_what_a_lone_strategy_holds_is_closed_where_it_fails_as_it_is_said():
    bars = bars_of([50.0] * 8)
    run = run_events(bars, rules(), [WindowVoter(Broken(), "broken", 1.0, bars.symbols)])
    assert [int(fill["lots"]) > 0 for fill in run.fills] == [True, False]
    assert not run.lots[-1].any()
