"""Write a journal on a disk that breaks at one call after another, and read what is left; `disk_faults.c` is preloaded.

    LD_PRELOAD=LIBRARY python disk_trials.py LIBRARY FOLDER STEP
    LD_PRELOAD=LIBRARY python disk_trials.py LIBRARY postgresql://... STEP     killed at every message to the server

Each trial is a process of its own, forked from this one, which has loaded everything. STEP 1 breaks at every call. The answer is one
line of JSON: trials by what broke, and what went wrong.
"""

import ctypes
import json
import os
import shutil
import sys
from pathlib import Path

from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.domain.errors import JournalError, TenfoldError, UnknownNameError
from tenfold.domain.events import Halt, Timer

KINDS = ("nothing", "full", "fails", "loses", "kill before", "kill after", "tears", "power", "power some")
"""In the order of the library: a full disk; one error; an error whose data are gone; SIGKILL before, after and within a call; a loss of power."""

BATCHES = 5
EACH = 3


def batch(number):
    """Return records of one moment, some longer than a page."""
    long = "x" * 3000 if number % 2 else "y"
    return [Timer(ts_ns=number), Halt(ts_ns=number, operator="ann", reason=long), Timer(ts_ns=-number)]


def write(target, run, told):
    """Write a run, and tell each step that is done."""
    journal = begin_run(target, run, b"a description")
    os.write(told, b"b")
    for number in range(BATCHES):
        journal.append(batch(number))
        journal.sync()
        os.write(told, b"s")
    journal.close()
    os.write(told, b".")


def read(target, run, told):
    """Open what a crash left, add to it, and close it."""
    journal = open_run(target, run)
    journal.append(batch(99))
    journal.sync()
    os.write(told, b"s")
    journal.close()


class Disk:
    """Break the disk under forked processes."""

    def __init__(self, library, folder, target=""):
        self.library = ctypes.CDLL(library)
        self.folder = folder
        self.target = target or str(folder / "j.db")
        self.counted = "socket:" if target else self.target
        self.name = "r"

    def run(self, work, kind, at, seed=1):
        """Return what a process told before it ended, how it ended, and the number of its calls."""
        out, told = os.pipe()
        process = os.fork()
        if process == 0:
            code = 4
            try:
                self.library.disk_arm(KINDS.index(kind), at, self.counted.encode(), seed)
                work(self.target, self.name, told)
                code = 0
            except TenfoldError as error:
                code = 3 if "\n" not in str(error) else 5
            except BaseException as error:
                os.write(2, f"{kind} at {at}: {error!r}\n".encode())
            finally:
                os.write(told, b"#" + str(self.library.disk_calls()).encode())
                os._exit(code)
        os.close(told)
        with os.fdopen(out, "rb") as file:
            said = file.read()
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        steps, _, calls = said.partition(b"#")
        return steps.decode(), status, int(calls or 0)

    def fresh(self):
        """Remove what the trial before has left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()

    def left(self, begun, synced):
        """Return what is wrong with what is there, "" where nothing is: every acknowledged moment, whole moments, in order."""
        try:
            journal = open_run(self.target, self.name)
        except UnknownNameError as error:
            return "" if not begun else f"a run that was begun is gone: {error}"
        except JournalError as error:
            return f"refused: {error}"
        kept = list(journal.records())
        journal.close()
        whole = [record for number in range(len(kept) // EACH) for record in batch(number)]
        if kept != whole:
            return f"{len(kept)} records are not those that were written"
        return "" if len(kept) >= synced * EACH else f"{len(kept)} records, and {synced * EACH} were acknowledged"


def broken_while_writing(disk, step):
    """Yield what broke, and what is wrong afterwards."""
    disk.fresh()
    _, _, calls = disk.run(write, "nothing", 0)
    for number, kind in enumerate(KINDS[1:]):
        for at in range(1 + number % step, calls + 1, step):
            disk.fresh()
            steps, status, _ = disk.run(write, kind, at, seed=at)
            wrong = f"it ended with {status}" if status not in {0, 3, -9} else ""
            yield kind, wrong or disk.left("b" in steps, steps.count("s")), at


def broken_while_recovering(disk, step):
    """Yield the same of recoveries that are killed, and of the recovery after them."""
    disk.fresh()
    _, _, calls = disk.run(write, "nothing", 0)
    image = disk.folder.with_name("image")
    for crash in range(calls // 2, calls, max(1, step)):
        disk.fresh()
        steps, _, _ = disk.run(write, "kill after", crash)
        if not steps.startswith("b"):
            continue
        shutil.rmtree(image, ignore_errors=True)
        shutil.copytree(disk.folder, image)
        _, _, more = disk.run(read, "nothing", 0)
        for kind in ("kill before", "kill after", "tears", "power"):
            for at in range(1, more + 1, max(1, step // 2)):
                disk.fresh()
                shutil.copytree(image, disk.folder, dirs_exist_ok=True)
                again, status, _ = disk.run(read, kind, at, seed=at + crash)
                wrong = f"it ended with {status}" if status not in {0, -9} else ""
                try:
                    wrong = wrong or recovered(disk, steps.count("s"), again.count("s"))
                except TenfoldError as error:
                    wrong = f"refused: {error}"
                yield f"recovery, {kind}", wrong, (crash, at)


def broken_while_sending(disk, step):
    """Yield the same of a journal in a server."""
    disk.name = "whole"
    _, _, calls = disk.run(write, "nothing", 0)
    for number, kind in enumerate(("kill before", "kill after", "tears")):
        for at in range(1 + number % step, calls + 1, step):
            disk.name = f"killed-{number}-{at}"
            steps, status, _ = disk.run(write, kind, at, seed=at)
            wrong = f"it ended with {status}" if status not in {0, -9} else ""
            yield f"sending, {kind}", wrong or disk.left("b" in steps, steps.count("s")), at


def recovered(disk, synced, added):
    """Return what is wrong with a journal that was recovered twice."""
    journal = open_run(disk.target, disk.name)
    kept = list(journal.records())
    head = journal.verify()
    journal.close()
    again = open_run(disk.target, disk.name)
    same = again.verify() == head
    again.close()
    tail = kept[-EACH:] == batch(99)
    own = kept[:-EACH] if tail else kept
    if own != [record for number in range(len(own) // EACH) for record in batch(number)]:
        return f"{len(kept)} records are not those that were written"
    if len(own) < synced * EACH or (added and not tail):
        return "what was acknowledged is gone"
    return "" if same else "a second recovery finds something else"


def main():
    """Run every trial and tell what was found."""
    library, place, step = sys.argv[1], sys.argv[2], int(sys.argv[3])
    trials, wrong = {}, []
    if "://" in place:
        disk, works = Disk(library, Path(), place), [broken_while_sending]
    else:
        disk, works = Disk(library, Path(place) / "disk"), [broken_while_writing, broken_while_recovering]
    for work in works:
        for kind, found, at in work(disk, step):
            trials[kind] = trials.get(kind, 0) + 1
            if found:
                wrong.append(f"{kind} at {at}: {found}")
    sys.stdout.write(json.dumps({"trials": trials, "wrong": wrong}) + "\n")


if __name__ == "__main__":
    main()
