"""Two processes that begin one run at the same moment: one trades it, the other stands by."""

import contextlib
import sqlite3
import time

from live_scenes import SPEED, Process
from official_client import serving
from tenfold.adapters.journal.journal import begin_run

QUIET_S = 2.0
"""Time without a further request after which both wait for the journal."""
PATIENCE_S = 90.0


def until_quiet(exchange):
    """Wait until nobody asks the exchange for anything any more."""
    before, asked = 0, exchange.status().requests
    while not before == asked > 0:
        time.sleep(QUIET_S)
        before, asked = asked, exchange.status().requests


def test_of_two_that_begin_a_run_at_once_the_second_stands_by(tmp_path):
    place = tmp_path / "journal.db"
    begin_run(str(place), "other", b"").close()
    with contextlib.ExitStack() as scene:
        exchange = scene.enter_context(serving(speed=SPEED, symbols=("AAPL",)))
        writer = scene.enter_context(contextlib.closing(sqlite3.connect(place, isolation_level=None)))
        writer.execute("BEGIN IMMEDIATE")  # neither can begin it before both have seen that it is not there
        pair = [scene.enter_context(Process(exchange, tmp_path)) for _ in range(2)]
        until_quiet(exchange)
        writer.execute("ROLLBACK")
        end = time.monotonic() + PATIENCE_S
        wanted = {"is traded from here", "standing by"}
        while not wanted <= {text for one in pair for text in wanted if any(text in line for line in one.said)}:
            assert all(one.process.poll() is None for one in pair), [one.said for one in pair]
            assert time.monotonic() < end, [one.said for one in pair]
            time.sleep(0.02)
