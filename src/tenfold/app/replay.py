"""Replay a journal: its events through a fresh engine, each command held against the recorded one, bit for bit."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tenfold import codec
from tenfold.app.journal_head import code_hash, engine_of, head_of
from tenfold.app.run_name import check_name
from tenfold.app.wiring import check_capture, journal_file, open_journal
from tenfold.domain.capture import CaptureCheck
from tenfold.domain.errors import JournalError, SettingsError
from tenfold.domain.events import Captured, Event, Started
from tenfold.domain.order import Command
from tenfold.engine.repetition import COMMANDS, Repetition
from tenfold.execution.blotter import Blotter


class Replayed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Tell what a replay found: `difference` says which command was the first to differ, "" where none did.

    `working` orders are without an end in the journal, and `orders` is the hash of all that is known of orders by it.

    `epochs` are the starts of the run; `foreign` of its records other code of Tenfold wrote, and `taken` of the commands there are taken
    as they are, since this code would have given others; `capture` is what became of the raw market data, where they were asked for.
    """

    journal: str
    run: str
    events: int
    commands: int
    digest: str
    working: int
    orders: str
    difference: str = ""
    epochs: int = 1
    foreign: int = 0
    taken: int = 0
    capture: CaptureCheck | None = None

    @property
    def same(self) -> bool:
        """Whether every command was reproduced, and no raw data were changed."""
        return not self.difference and (self.capture is None or not self.capture.difference)

    def lines(self) -> list[str]:
        """Return the finding as text."""
        starts = f", {self.epochs} starts" if self.epochs > 1 else ""
        head = f"run {self.run} of {self.journal}: {self.events:,} events, {self.commands:,} commands{starts}"
        found = (
            f"the first difference: {self.difference}"
            if self.difference
            else "every command was reproduced, bit for bit"
        )
        return [
            head,
            *self._others(),
            *self._raw(),
            f"{self.working} orders work at its end, state {self.orders[:16]}",
            found,
        ]

    def _others(self) -> list[str]:
        """Return what other code has to do with it."""
        if not self.foreign:
            return []
        same = (
            f"{self.taken:,} commands there are taken as they are" if self.taken else "this code decides the same there"
        )
        return [f"{self.foreign:,} records were written by other code of Tenfold: {same}"]

    def _raw(self) -> list[str]:
        """Return what became of the raw market data."""
        kept = self.capture
        if kept is None:
            return []
        if not (kept.held or kept.gone or kept.difference):
            return ["raw market data: the journal has no mark of any, so that nothing is held against it"]
        if kept.difference:
            return [f"raw market data: {kept.difference}"]
        gone = f", {kept.gone} marks are of segments that were removed" if kept.gone else ""
        return [f"raw market data: {kept.frames:,} frames, all {kept.held} marks of the journal hold{gone}"]


def located(journal: str, run: str) -> tuple[str, str]:
    """Return the place and the run that two words mean: one word that is no file, nor named as a journal is, is a run of the home folder's, none its newest."""
    home = journal_file()
    if not journal:
        return str(home), ""
    lone = not run and "://" not in journal and Path(journal).name == journal and not Path(journal).exists()
    suffix = Path(journal).suffix
    as_run = not suffix or (home.exists() and suffix != home.suffix)
    return (str(home), journal) if lone and as_run else (journal, run)


def replay(journal: str | Path, run: str = "", capture: str | Path | None = None) -> Replayed:
    """Feed the events of a recorded run through a fresh engine of the same configuration and compare its commands.

    `run` is the newest by default; a difference ends the replay. `capture` is the folder of its raw market data, to be held
    against the journal too.

    Raises
    ------
    SettingsError
        The name is none, or there are no raw market data in the folder.
    JournalError
        The journal was damaged, or code or strategy are not those that wrote it.
    """
    check_name(run)
    if capture is not None and not any(Path(capture).glob("*.capture")):
        raise SettingsError(
            f"{capture} holds no raw market data, expected the folder that `--capture` named when they were kept"
        )
    kept = open_journal(str(journal), run)
    try:
        records = kept.records()
        opening = next(records, None)
        if not isinstance(opening, Started):
            raise JournalError(f"run {kept.run} of the journal {kept.place} has not begun: there is nothing to replay")
        ours = code_hash()
        engine = engine_of(kept.description, _taken_up(opening, kept.records(), ours))
        alone = head_of(kept.description).stage == "shadow"  # there each order stood by itself
        blotter = Blotter(
            engine.ledger.instruments.values(), engine.rules.account.cash, amends=not alone, pairs=not alone
        )
        again = Repetition(engine, blotter, ours)
        again.take(opening)
        events, commands, epochs, difference = 1, 0, 1, ""
        marks: list[Captured] = []
        for n, record in enumerate(records, 2):
            if isinstance(record, Started):
                _hold_start(opening, record, n)
                epochs += 1
            elif isinstance(record, Captured):
                marks.append(record)
            decides = isinstance(record, COMMANDS)
            events, commands = events + (not decides), commands + decides
            found = again.take(record)
            if found is not None:
                difference = f"record {n} is {_told(found.recorded)}, the replay gives {_told(found.repeated)}"
                break
        if again.due and not difference and not again.inherits:
            difference = f"the replay gives {_told(again.due[0])}, which was not recorded"
        return Replayed(
            journal=kept.place,
            run=kept.run,
            events=events,
            commands=commands,
            digest=kept.verify()[1],
            working=sum(1 for _ in blotter.working()),
            orders=blotter.digest(),
            difference=difference,
            epochs=epochs,
            foreign=again.foreign,
            taken=again.taken,
            capture=None if capture is None else check_capture(Path(capture), marks),
        )
    finally:
        kept.close()


def _taken_up(opening: Started, records: Iterable[Event | Command], ours: str) -> Started:
    """Return the opening of a run as this code has it, where this code has traded a part of it at least."""
    if opening.code_hash != ours and any(isinstance(one, Started) and one.code_hash == ours for one in records):
        return replace(opening, code_hash=ours)
    return opening


def _hold_start(opening: Started, again: Started, n: int) -> None:
    """Refuse a run that went on with another configuration: one engine cannot repeat it."""
    if opening.config_hash != again.config_hash:
        raise JournalError(
            f"record {n} of run {again.run} starts epoch {again.epoch} with another configuration: it cannot be replayed as one"
        )


def _told(command: Command | None) -> str:
    return "no command" if command is None else codec.encode(command).decode()
