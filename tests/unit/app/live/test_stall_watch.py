"""A strategy that does not return holds up all else: a thread of its own says so."""

import asyncio
import time

import numpy as np

from tenfold.app.live.stall_watch import stalls_told
from tenfold.domain.bars import bar_dtype
from tenfold.domain.market import BarSet
from tenfold.engine.voters import WindowVoter

NOTHING = BarSet(ts_ns=1, session=0, bars=())


class Thinks:
    def on_bar(self, _):
        time.sleep(0.6)
        return 1.0


def said_while(work):
    said = []

    async def scene():
        with stalls_told(said.append, 0.2):
            await asyncio.sleep(0.05)
            work()
            await asyncio.sleep(0.1)

    asyncio.run(scene())
    return said


def asks(strategy):
    voter = WindowVoter(strategy, "thinks", 1.0, ["AAPL"])
    scores = np.zeros((1, 1, 1))
    return lambda: voter.ask(np.zeros((1, 1), bar_dtype(())), NOTHING, 0, scores, 0)


def test_a_strategy_that_does_not_return_is_named_once_and_so_is_that_it_has_returned():
    alarm, after = said_while(asks(Thinks()))
    assert alarm.startswith("ALARM a strategy does not return, for 0 s now (")
    assert "test_stall_watch.py, line" in alarm
    assert after == "the strategy has returned, trading goes on"


def test_what_else_takes_long_is_no_strategy():
    assert said_while(lambda: time.sleep(0.6)) == []
