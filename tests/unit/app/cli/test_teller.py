"""Whoever reads may stand still, or be gone: nothing waits for them."""

import io
import sys
import threading
from argparse import Namespace
from contextlib import contextmanager

import pytest
from rich.errors import MarkupError

from stopwatch import Stopwatch
from tenfold.app.cli import teller
from tenfold.app.cli.live_screen import screen
from tenfold.app.cli.teller import Teller


class Terminal:
    """Keep what is written, once it takes something."""

    def __init__(self, *, takes=True):
        self.lines, self.drawn = [], []
        self.takes = threading.Event()
        self.asked = threading.Event()
        if takes:
            self.takes.set()
        self.fault = None

    @contextmanager
    def opened(self):
        yield self.say, self.drawn.append
        self.lines.append("left")

    def say(self, text):
        self.asked.set()
        self.takes.wait()
        if self.fault is not None:
            raise self.fault
        self.lines.append(text)


def test_lines_are_told_in_their_order_and_the_newest_screen_alone():
    terminal = Terminal(takes=False)
    one = Teller(terminal.opened)
    one.say("a")
    assert terminal.asked.wait(5)
    for number in range(3):
        one.say(f"{number}")
        one.draw(number)
    terminal.takes.set()
    one.close()
    assert terminal.lines == ["a", "0", "1", "2", "left"]
    assert terminal.drawn == [2]


def test_nobody_waits_for_a_terminal_that_takes_nothing(monkeypatch):
    monkeypatch.setattr(teller, "_PATIENCE_S", 0.1)
    terminal, watch = Terminal(takes=False), Stopwatch()
    one = Teller(terminal.opened)
    for number in range(5000):
        one.say(f"{number}")
        one.draw(number)
    one.close()
    assert watch.taken_s() < 2.0
    terminal.takes.set()
    one._thread.join(5)
    assert terminal.lines[-2:] == ["4999", "left"]
    assert len(terminal.lines) <= 1002


@pytest.mark.parametrize(
    "fault",
    [
        OSError(5, "Input/output error"),
        UnicodeEncodeError("ascii", "ü", 0, 1, "not in range"),
        ValueError("closed"),
        MarkupError("closing tag"),
    ],
)
def test_a_terminal_that_is_gone_ends_nothing(fault):
    terminal = Terminal()
    terminal.fault = fault
    one = Teller(terminal.opened)
    for number in range(3):
        one.say(f"{number}")
        one.draw(number)
    one.close()
    assert terminal.lines == ["left"]
    assert terminal.drawn[-1] == 2


def test_a_terminal_that_cannot_be_opened_ends_nothing():
    @contextmanager
    def opened():
        raise OSError(5, "Input/output error")
        yield

    one = Teller(opened)
    one.say("a")
    one.draw("b")
    one.close()


class Seen(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_told_each_line_before_the_screen_is_left(monkeypatch):
    seen = Seen()
    monkeypatch.setattr(sys, "stdout", seen)
    with screen(Namespace(json=False), "a run") as (say, _):
        for number in range(3):
            say(f"[line] {number}")
    told = [seen.getvalue().find(f"[line] {number}") for number in range(3)]
    assert -1 < told[0] < told[1] < told[2]
    assert sys.stdout is seen
