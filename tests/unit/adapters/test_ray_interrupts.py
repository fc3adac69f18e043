"""Ctrl-C waits until Ray has begun, since Ray aborts where it is interrupted then; whoever presses twice is obeyed at once."""

import os
import signal
import threading

import pytest

from tenfold.adapters.executors.ray import interrupts_later


@pytest.fixture(autouse=True)
def answered_by_python():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def press_within(times, steps):
    with interrupts_later():
        for number in range(times):
            press()
            steps.append(number)


def test_once_waits_for_the_end():
    steps = []
    with pytest.raises(KeyboardInterrupt):
        press_within(1, steps)
    assert steps == [0]


def test_twice_does_not():
    steps = []
    with pytest.raises(KeyboardInterrupt):
        press_within(3, steps)
    assert steps == [0]


def test_nothing_pressed_changes_nothing():
    with interrupts_later():
        pass


@pytest.mark.parametrize("where", ["another thread", "an ignored interrupt"])
def test_where_python_does_not_answer_it_stays_so(where):
    seen = []

    def look():
        with interrupts_later():
            seen.append(signal.getsignal(signal.SIGINT))

    if where == "another thread":
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert seen == [signal.default_int_handler]
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        look()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        assert seen == [signal.SIG_IGN]
