"""Live sessions over real sockets, against an exchange of this machine: a strategy that turns each minute, and what is seen of it."""

import asyncio
import contextlib
import os
import sys

from tenfold.adapters.journal.journal import open_run
from tenfold.app.live.trading import Wanted, trade_until
from tenfold.app.settings import load_settings
from tenfold.domain.rules import Rules, Sizing

SPEED = "30x"
MINUTE_S = 2.0

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
        chosen = {"symbols": ["AAPL"], "rules": RULES, "journal": str(folder / "journal.db"), "past_days": 1}
        self.wanted = Wanted(strategy=strategy_file(folder), **{**chosen, **more})
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

    async def until(self, wanted, seconds=40.0):
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
        return await asyncio.wait_for(self.task, 30)


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


def command(exchange, folder, *more):
    """Return the arguments and the environment of the command in a process of its own."""
    arguments = [
        sys.executable, "-m", "tenfold", "live", strategy_file(folder), "AAPL", "--journal", str(folder / "journal.db"),
        "--past", "1", "--limits", "none", "--set", "rules.sizing.method=fraction", "--set", "rules.sizing.fraction=0.05", *more,
    ]  # fmt: skip
    return arguments, {**os.environ, **variables(exchange)}


def records(folder, run="live"):
    """Return what the journal holds."""
    journal = open_run(str(folder / "journal.db"), run)
    try:
        return list(journal.records())
    finally:
        journal.close()
