"""What runs on a loop of its own does so beside a loop that runs already, as in a notebook, and ends where that is interrupted."""

import asyncio
import os
import signal
import threading

import pytest

from tenfold.app.data import sample_bars
from tenfold.app.live.facade import paper
from tenfold.app.own_loop import run_alone
from tenfold.domain.errors import VenueError


def beside_a_loop(call):
    async def cell():
        return call()

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(cell())
    finally:
        loop.close()


async def answered():
    await asyncio.sleep(0.0)
    return threading.current_thread() is threading.main_thread()


async def refused():
    raise VenueError("no")


def test_work_has_a_thread_of_its_own_only_where_a_loop_runs():
    assert run_alone(answered)
    assert not beside_a_loop(lambda: run_alone(answered))
    for call in (lambda: run_alone(refused), lambda: beside_a_loop(lambda: run_alone(refused))):
        with pytest.raises(VenueError, match="no"):
            call()


def test_an_interrupt_of_the_notebook_ends_the_work():
    begun, ended = threading.Event(), threading.Event()

    async def endless():
        begun.set()
        try:
            await asyncio.sleep(3600.0)
        finally:
            ended.set()

    def press():
        begun.wait(10.0)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a process begun in the background ignores it
    pressed = threading.Thread(target=press)
    pressed.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            beside_a_loop(lambda: run_alone(endless))
    finally:
        signal.signal(signal.SIGINT, before)
    pressed.join()
    assert ended.is_set()


def test_paper_trades_in_a_notebook(tmp_path):
    bars = sample_bars("us-large-caps", "AAPL", start="2012-12-01")
    found = beside_a_loop(lambda: paper("crossing", bars, params={"fast": 5, "slow": 20}, journal=tmp_path / "j.db"))
    assert found.agrees
