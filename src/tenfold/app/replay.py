"""Replay a journal: its events through a fresh engine, each command held against the recorded one, bit for bit."""

from collections import deque
from pathlib import Path

import msgspec

from tenfold import codec
from tenfold.app.journal_head import engine_of
from tenfold.app.wiring import open_journal
from tenfold.domain.errors import JournalError
from tenfold.domain.events import Started
from tenfold.domain.order import Cancel, Command, Flatten, Replace, Submit


class Replayed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Tell what a replay found: `difference` says which command was the first to differ, "" where none did."""

    journal: str
    run: str
    events: int
    commands: int
    digest: str
    difference: str = ""

    @property
    def same(self) -> bool:
        """Whether every command was reproduced."""
        return not self.difference

    def lines(self) -> list[str]:
        """Return the finding as text."""
        head = f"run {self.run} of {self.journal}: {self.events:,} events, {self.commands:,} commands"
        if self.difference:
            return [head, f"the first difference: {self.difference}"]
        return [head, "every command was reproduced, bit for bit"]


def replay(journal: str | Path, run: str = "") -> Replayed:
    """Feed the events of a recorded run through a fresh engine of the same configuration and compare its commands.

    `run` is the newest by default; a difference ends the replay.

    Raises
    ------
    JournalError
        The journal was damaged, or code or strategy are not those that wrote it.
    """
    kept = open_journal(str(journal), run)
    try:
        records = kept.records()
        opening = next(records, None)
        if not isinstance(opening, Started):
            raise JournalError(f"run {kept.run} of the journal {kept.place} has not begun: there is nothing to replay")
        engine = engine_of(kept.description, opening)
        due: deque[Command] = deque(engine.step(opening))
        events, commands, difference = 1, 0, ""
        for n, record in enumerate(records, 2):
            if not isinstance(record, Submit | Cancel | Replace | Flatten):
                due += engine.step(record)
                events += 1
                continue
            commands += 1
            again = due.popleft() if due else None
            if again is None or codec.encode(again, "msgpack") != codec.encode(record, "msgpack"):
                difference = f"record {n} is {_told(record)}, the replay gives {_told(again)}"
                break
        if due and not difference:
            difference = f"the replay gives {_told(due[0])}, which was not recorded"
        return Replayed(
            journal=kept.place,
            run=kept.run,
            events=events,
            commands=commands,
            digest=kept.verify()[1],
            difference=difference,
        )
    finally:
        kept.close()


def _told(command: Command | None) -> str:
    return "no command" if command is None else codec.encode(command).decode()
