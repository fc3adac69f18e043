"""Pieces of work that executors run in the tests: importable by workers, which find the folder of tests on their path."""

import os
import signal
import threading
from pathlib import Path

from tenfold.domain.errors import DataError


def squared(number):
    return number * number


def failing(number):
    if number == 3:
        raise DataError("item 3 is bad")
    return number


class UnspeakableError(Exception):
    """Fail to pickle."""

    def __init__(self, one, two):
        super().__init__(one)


def unspeakable(number):
    raise UnspeakableError(number, 2)


def named(number):
    os.write(1, b"this goes to standard error\n")
    return os.getpid()


def slow(seconds):
    threading.Event().wait(seconds)
    return os.getpid()


class Shifted:
    """Add a shared array to each item."""

    def __init__(self, shared):
        self.shared = shared

    def __call__(self, number):
        return float(self.shared()["base"].sum() + number), id(self.shared())


class Fatal:
    """Kill the worker at one item, so many times."""

    def __init__(self, folder, item, times):
        self.folder, self.item, self.times = folder, item, times

    def __call__(self, number):
        if number == self.item:
            done = len(list(Path(self.folder).iterdir()))
            if done < self.times:
                (Path(self.folder) / str(done)).touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return number * number


def large(size):
    return b"x" * size


class Summed:
    """Add up a shared range after a while."""

    def __init__(self, shared):
        self.shared = shared

    def __call__(self, seconds):
        threading.Event().wait(seconds)
        return sum(self.shared()["base"])
