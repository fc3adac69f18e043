"""Repeat what was recorded: events through an engine again, each command held against the recorded one, bit for bit."""

from collections import deque
from typing import Final, NamedTuple

from tenfold import codec
from tenfold.domain.events import Event
from tenfold.domain.order import Cancel, Command, Flatten, Replace, Submit
from tenfold.engine.engine import Engine
from tenfold.execution.blotter import Blotter

COMMANDS: Final = (Submit, Cancel, Replace, Flatten)


class Deviation(NamedTuple):
    """Hold a recorded command and the one that follows now, None where none does."""

    recorded: Command
    repeated: Command | None


class Repetition:
    """Take records one by one; `due` are the commands that are to come next."""

    def __init__(self, engine: Engine, blotter: Blotter) -> None:
        self.due: deque[Command] = deque()
        self._engine = engine
        self._blotter = blotter

    def take(self, record: Event | Command) -> Deviation | None:
        """Live through a record; return how a command differs from the one that follows from what came before it."""
        self._blotter.apply(record)
        if not isinstance(record, COMMANDS):
            self.due += self._engine.step(record)
            return None
        again = self.due.popleft() if self.due else None
        same = again is not None and codec.encode(again, "msgpack") == codec.encode(record, "msgpack")
        return None if same else Deviation(record, again)
