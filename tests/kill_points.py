"""Places at which a live engine can be killed or put to sleep: around each step of its journal, and wherever else it says so."""

import os
import signal
from collections import Counter

import sqlalchemy as sa

PLACES = (
    "before append", "after append", "before sync", "written", "before commit", "committed", "after sync",
    "before send", "after send", "answered", "told", "recovered",
)  # fmt: skip
"""Where an engine can be killed: around each write of the journal and each of its steps, each send, each thing that the venue says, and a recovery."""


class Points:
    """Count the places that a process passes, and kill it at one of them, or put it to sleep there."""

    def __init__(self, place="", at=0, how=signal.SIGKILL):
        self.place, self.at, self.how = place, at, how
        self.count = Counter()

    def __call__(self, place):
        self.count[place] += 1
        if place == self.place and self.count[place] == self.at:
            os.kill(os.getpid(), self.how)


class PointedJournal:
    """Hold a journal, and pass a point around each of its steps."""

    def __init__(self, inner, point):
        self.inner = inner
        self.records, self.follow, self.posted = inner.records, inner.follow, inner.posted
        self._point = point
        self._within = False
        on = sa.event.listens_for
        on(inner.engine, "after_cursor_execute")(lambda *_: self._step("written"))
        on(inner.engine, "commit")(lambda _: self._step("before commit"))
        on(inner.engine, "checkin")(lambda *_: self._step("committed"))

    def _step(self, place):
        if self._within:
            self._point(place)

    def append(self, records):
        self._point("before append")
        self.inner.append(records)
        self._point("after append")

    def sync(self):
        self._point("before sync")
        self._within = True
        self.inner.sync()
        self._within = False
        self._point("after sync")
