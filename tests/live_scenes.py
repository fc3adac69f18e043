"""Live sessions over real sockets, against an exchange of this machine: a strategy that turns each minute, and what is seen of it."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time

from loops import in_a_loop
from official_client import trading_client
from tenfold.adapters.journal.journal import open_run
from tenfold.app.live.trading import Wanted, trade_until
from tenfold.app.settings import load_settings
from tenfold.domain.rules import Rules, Sizing

SPEED = "30x"

STRATEGY = '''
"""Be long in one minute and flat in the next."""


class Turns:
    name = "turns"

    def __init__(self):
        self.count = 0

    def on_bar(self, window):
        self.count += 1
        return 1.0 if self.count % 2 else -1.0
'''

RULES = Rules(sizing=Sizing(method="fraction", fraction=0.05))


def strategy_file(folder):
    path = folder / "turns.py"
    path.write_text(STRATEGY)
    return f"{path}:Turns"


def variables(exchange):
    """Return the environment that points at an exchange."""
    return {
        "TENFOLD_ALPACA__TRADING_URL": exchange.url,
        "TENFOLD_ALPACA__DATA_URL": exchange.url,
        "TENFOLD_ALPACA__TRADING_STREAM_URL": exchange.trading_stream_url,
        "TENFOLD_ALPACA__DATA_STREAM_URL": exchange.data_stream_url,
    }


class Session:
    """Trade in this process, and keep what is said."""

    def __init__(self, exchange, folder, **more):
        chosen = {"strategy": strategy_file(folder), "symbols": ["AAPL"], "rules": RULES, "past_days": 1}
        self.wanted = Wanted(**{**chosen, "journal": str(folder / "journal.db"), **more})
        self.settings = load_settings(environment={**os.environ, **variables(exchange)})
        self.said, self.shown = [], []
        self.stop = asyncio.Event()
        self.task = None

    async def show(self, shown):
        self.shown.append(shown)

    def start(self):
        self.task = asyncio.ensure_future(
            trade_until(self.stop, self.wanted, self.settings, self.said.append, self.show)
        )

    async def until(self, wanted, seconds=90.0):
        """Wait until something is true of what was said, and return it."""
        end = asyncio.get_running_loop().time() + seconds
        while not (found := wanted()):
            if self.task.done():
                self.task.result()
                raise AssertionError(f"it ended: {self.said}")
            assert asyncio.get_running_loop().time() < end, self.said[-20:]
            await asyncio.sleep(0.02)
        return found

    def lines(self, text):
        return [line for line in self.said if text in line]

    async def ended(self):
        """Stop, and return the report."""
        self.stop.set()
        return await asyncio.wait_for(self.task, 90)


@contextlib.asynccontextmanager
async def session(exchange, folder, **more):
    """Open a session that has begun to trade; it is stopped at the end."""
    one = Session(exchange, folder, **more)
    one.start()
    try:
        yield one
    finally:
        one.stop.set()
        await asyncio.gather(one.task, return_exceptions=True)


def fails(exchange, folder, **more):
    """Trade for as long as it goes, and raise what it ends by."""

    async def scene():
        async with session(exchange, folder, **more) as one:
            await asyncio.wait_for(one.task, 90)

    in_a_loop(scene())


class Process:
    """Run the command in a process of its own, of the code in `source` if it is given, and read what it says."""

    def __init__(self, exchange, folder, *more, source=None, environment=()):
        arguments = [
            sys.executable, "-m", "tenfold", "live", strategy_file(folder), "AAPL", "--journal", str(folder / "journal.db"), "--json",
            "--past", "1", "--limits", "none", "--set", "rules.sizing.method=fraction", "--set", "rules.sizing.fraction=0.05", *more,
        ]  # fmt: skip
        self.said = []
        self.process = subprocess.Popen(
            arguments,
            env={
                **os.environ,
                **variables(exchange),
                **dict(environment),
                **({} if source is None else {"PYTHONPATH": str(source)}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip())

    def until(self, text, seconds=120.0):
        """Wait until it says something."""
        end = time.monotonic() + seconds
        while not any(text in line for line in self.said):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said[-20:]
            time.sleep(0.01)

    def until_flat(self, exchange, seconds=90.0):
        """Wait until the venue has neither orders nor positions."""
        end = time.monotonic() + seconds
        with trading_client(exchange) as client:
            while client.get_all_positions() or client.get_orders():
                assert time.monotonic() < end, self.said[-20:]
                time.sleep(0.1)

    def kill(self):
        self.process.kill()
        self.process.wait(60)

    def ended(self):
        """Stop it, and return its report."""
        self.process.terminate()
        report = json.loads(self.process.stdout.read())
        self.process.wait(60)
        return report

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        self.reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()


def records(folder, run="live"):
    """Return what the journal holds."""
    journal = open_run(str(folder / "journal.db"), run)
    try:
        return list(journal.records())
    finally:
        journal.close()
