"""Repeat what was recorded: events through an engine again, each command held against the recorded one, bit for bit."""

from collections import deque
from typing import Final, NamedTuple

from tenfold import codec
from tenfold.domain.events import Event, Started
from tenfold.domain.order import Cancel, Command, Flatten, Replace, Submit
from tenfold.engine.engine import Engine
from tenfold.execution.blotter import Blotter

COMMANDS: Final = (Submit, Cancel, Replace, Flatten)


class Deviation(NamedTuple):
    """Hold a recorded command and the one that follows now, None where none does."""

    recorded: Command
    repeated: Command | None


class Repetition:
    """Take records one by one.

    How it works. A run may have been traded by several versions of the code, one after the other. Where one of them has decided otherwise than
    this one would, its commands are taken as they are, up to the start that inherits them. So are those of strategies that may not decide
    the same again, where that is asked for.

    Parameters
    ----------
    code : hash of the code at hand; "" takes no other's decisions
    repeats : whether all decides the same again, as folds do; an object may go by chance, a clock, or a file that was changed

    Attributes
    ----------
    due : the commands that are to come next
    count : records so far
    foreign : of these, what other code wrote; `taken` of its commands are taken as they are
    strayed : whether other code, or what does not repeat, has decided otherwise since the last start that inherits
    """

    def __init__(self, engine: Engine, blotter: Blotter, code: str = "", *, repeats: bool = True) -> None:
        self.due: deque[Command] = deque()
        self.count = self.foreign = self.taken = 0
        self.strayed = False
        self._engine = engine
        self._blotter = blotter
        self._code = code
        self._repeats = repeats
        self._other = False

    @property
    def inherits(self) -> int:
        """What a start by the code at hand inherits."""
        return self.count if self.strayed or (self._differs and self.due) else 0

    @property
    def _differs(self) -> bool:
        """Whether something else may have been decided than is now."""
        return self._other or not self._repeats

    def take(self, record: Event | Command) -> Deviation | None:
        """Live through a record; return how a command differs from the one that follows from what came before it, where both are of this code."""
        if isinstance(record, Started):
            self._start(record)
        self.count += 1
        self.foreign += self._other
        self._blotter.apply(record)
        if not isinstance(record, COMMANDS):
            decided = self._engine.step(record)
            if not self.strayed:
                self.due += decided
            return None
        again = self.due.popleft() if self.due and not self.strayed else None
        if again is not None and codec.encode(again, "msgpack") == codec.encode(record, "msgpack"):
            return None
        if not self._differs:
            return Deviation(record, again)
        self.strayed = True
        self.taken += 1
        self.due.clear()
        self._engine.witness(record)
        return None

    def _start(self, record: Started) -> None:
        if record.inherits:
            self._engine.inherit(self._blotter.register.unfinished())
            self.strayed = False
            self.due.clear()
        self._other = bool(self._code) and record.code_hash != self._code
