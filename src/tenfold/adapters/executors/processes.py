"""Run pieces of work in processes of this machine, each of which may die without harm.

How it works. A worker is a fresh Python that reads pieces from its standard input and writes results to its standard
output; nothing of the script that is running here is imported there. It holds two pieces at most, one that it works on and the
next, so that it never waits for this process, and an unfinished piece of a worker that died goes to another. Workers are a
session of their own: Ctrl-C reaches this process alone, which ends them. Where this process ends without a word, their
standard input ends, and so do they.
"""

import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, BinaryIO, Final, TypeVar

from tenfold.adapters.executors.frames import READY, WORK, Frame, receive, send
from tenfold.adapters.executors.outcome import result_of
from tenfold.adapters.executors.sharing import load, save
from tenfold.adapters.executors.worker import serve
from tenfold.domain.errors import InvariantError, WorldError

A = TypeVar("A")
B = TypeVar("B")

DEPTH: Final = 2
"""Pieces that a worker holds at most."""

AHEAD: Final = 4
"""Items a worker that are taken before the first of their results is passed on."""

TRIES: Final = 3
"""Workers that a piece may end before it is given up."""

_START: Final = f"import sys; sys.path[:] = sys.argv[2:]; from {serve.__module__} import serve; serve(sys.argv[1])"
_PATIENCE_S: Final = 5.0

Heard = tuple["_Worker", Frame | None]


class _Worker:
    """Hold a process, and the pieces that it has not answered, in the order in which it works."""

    def __init__(self, folder: str, heard: "SimpleQueue[Heard]") -> None:
        self.process = subprocess.Popen(  # noqa: S603 -- this Python
            [sys.executable, "-c", _START, folder, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.round = -1
        self.ready = False
        self.pieces: deque[Frame] = deque()
        self._reader = threading.Thread(target=self._listen, args=(heard,), daemon=True)
        self._reader.start()

    def _listen(self, heard: "SimpleQueue[Heard]") -> None:
        frame: Frame | None = Frame(0, READY, b"")
        while frame is not None:
            try:
                frame = receive(_pipe(self.process.stdout))
            except (OSError, ValueError):  # closed while it was read
                frame = None
            heard.put((self, frame))

    def give(self, work: bytes, piece: Frame) -> None:
        """Send a piece; that the worker has died is heard elsewhere."""
        self.pieces.append(piece)
        with contextlib.suppress(OSError):
            if self.round != piece.round:
                self.round = piece.round
                send(_pipe(self.process.stdin), Frame(piece.round, WORK, work))
            send(_pipe(self.process.stdin), piece)

    def end(self) -> None:
        """End the process: at once where it works, else by the end of its input."""
        if self.pieces:
            self.process.kill()
        with contextlib.suppress(OSError):  # it has gone, with something of ours unread
            _pipe(self.process.stdin).close()
        try:
            self.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        _pipe(self.process.stdout).close()


@dataclass(eq=False)
class _Round:
    """Hold one call of `map`: pieces that have to run again, tries of each, and results that came before their turn."""

    number: int
    work: bytes
    asked: int = 0
    given: int = 0
    ended: bool = False
    again: list[Frame] = field(default_factory=list)
    tries: dict[int, int] = field(default_factory=dict)
    results: dict[int, bytes] = field(default_factory=dict)


class ProcessExecutor:
    """Run work in processes; implements `ports.Executor`. Work, items and results have to pickle."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._folder = Path(tempfile.mkdtemp(prefix="tenfold-shared-"))
        self._crew: list[_Worker] = []
        self._heard: SimpleQueue[Heard] = SimpleQueue()
        self._rounds: dict[int, _Round] = {}
        self._numbers, self._files = count(), count()
        self._stillborn = 0
        self._end = weakref.finalize(self, _dismiss, self._crew, str(self._folder))

    def __enter__(self) -> "ProcessExecutor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, those that work at once, and remove what was shared."""
        self._end()

    def share(self, value: A) -> Callable[[], A]:
        """Return what gives the value in every worker, which reads it once from a file."""
        path = self._folder / str(next(self._files))
        save(value, path)
        shared = _Shared(value, path)
        weakref.finalize(shared, path.unlink, missing_ok=True)
        return shared

    def describe(self) -> dict[str, Any]:
        """Return where the work runs."""
        return {"kind": "processes", "workers": self.workers}

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results in the order of the items, of which a few a worker are taken ahead.

        Raises
        ------
        WorldError
            A piece has ended its worker three times, or workers end before they are ready.
        """
        this = _Round(next(self._numbers), pickle.dumps(work, protocol=5))
        self._rounds[this.number] = this
        waiting = iter(items)
        try:
            while True:
                self._deal(this, waiting)
                while this.given not in this.results:
                    if this.ended and this.given == this.asked:
                        return
                    self._hear()
                    self._deal(this, waiting)
                content = this.results.pop(this.given)
                this.given += 1
                yield result_of(content)
        finally:
            del self._rounds[this.number]

    def _deal(self, this: _Round, waiting: Iterator[Any]) -> None:
        """Hand pieces to workers that have room, first to those that have none."""
        while (worker := self._free()) is not None:
            if this.again:
                piece = this.again.pop(0)
            elif this.asked - this.given < self.workers * AHEAD:
                try:
                    item = next(waiting)
                except StopIteration:
                    this.ended = True
                    return
                piece = Frame(this.number, this.asked, pickle.dumps(item, protocol=5))
                this.asked += 1
            else:
                return
            if worker.pieces and len(self._crew) < self.workers:
                worker = self._hired()
            worker.give(this.work, piece)

    def _free(self) -> _Worker | None:
        """Return the worker with most room, None where all are full."""
        if not self._crew:
            return self._hired()
        worker = min(self._crew, key=lambda one: len(one.pieces))
        return worker if len(worker.pieces) < DEPTH or len(self._crew) < self.workers else None

    def _hired(self) -> _Worker:
        if not self._end.alive:
            raise InvariantError("work was given to an executor that is closed")
        self._crew.append(_Worker(str(self._folder), self._heard))
        return self._crew[-1]

    def _hear(self) -> None:
        """Wait for a worker, and keep what it says for the round that it belongs to."""
        worker, frame = self._heard.get()
        if frame is None:
            self._replace(worker)
        elif frame.number == READY:
            worker.ready, self._stillborn = True, 0
        else:
            worker.pieces.popleft()
            if frame.round in self._rounds:
                self._rounds[frame.round].results[frame.number] = frame.content

    def _replace(self, worker: _Worker) -> None:
        """Take the pieces of a worker that ended back, to be run again; the first of them may have ended it."""
        self._crew.remove(worker)
        pieces = list(worker.pieces)
        worker.end()
        status = _status(worker.process.returncode)
        self._stillborn += not worker.ready
        if self._stillborn == TRIES:
            raise WorldError(f"workers end before they are ready ({status}); what they wrote stands above")
        for place, piece in enumerate(pieces):
            this = self._rounds.get(piece.round)
            if this is None:
                continue
            this.again.append(piece)
            this.again.sort(key=lambda one: one.number)
            if place == 0 and worker.ready:
                this.tries[piece.number] = this.tries.get(piece.number, 0) + 1
                if this.tries[piece.number] == TRIES:
                    raise WorldError(
                        f"piece {piece.number + 1} of the work ended {TRIES} workers ({status}); "
                        "where memory is short, take fewer workers or fewer bars"
                    )


class _Shared:
    """Give a shared value: here it is at hand, in a worker it comes from the file."""

    def __init__(self, value: Any, path: Path) -> None:
        self._value, self._path = value, path

    def __call__(self) -> Any:
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        return partial, (load, str(self._path))


def _dismiss(crew: list[_Worker], folder: str) -> None:
    for worker in crew:
        worker.end()
    crew.clear()
    shutil.rmtree(folder, ignore_errors=True)


def _pipe(pipe: Any) -> BinaryIO:
    """Return a pipe of a process that was started with it."""
    return pipe  # type: ignore[no-any-return]


def _status(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
