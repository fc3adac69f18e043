"""Drive the engine: the only body of the loop, in backtest and live alike."""

from collections.abc import Sequence

from tenfold.domain.events import Event
from tenfold.domain.order import Command
from tenfold.engine.engine import Engine
from tenfold.ports import Journal


def advance(engine: Engine, events: Sequence[Event], journal: Journal) -> list[Command]:
    """Journal a batch of events, step the engine through it, journal the commands, and sync.

    Only what this returns may be sent: no byte of a command leaves before the sync that covers it and its causes.
    """
    journal.append(events)
    commands: list[Command] = []
    for event in events:
        commands += engine.step(event)
    journal.append(commands)
    journal.sync()
    return commands
