"""Live engines in processes of their own, and an exchange that they trade on, each run on an account of its own."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from msgspec.structs import replace

from official_client import TradingClient, ask, enums, settings
from tenfold.adapters.journal.journal import begin_run
from tenfold.app.exchange import open_exchange
from tenfold.exchange.settings import AccountSettings, TradingSettings

SYMBOLS = ("AAPL", "MSFT")
PACE = {
    "answer_s": 3.0, "look_s": 0.05, "look_max_s": 0.5, "in_flight_s": 0.3, "place_within_s": 30.0, "stock_s": 5.0, "confirm_s": 0.2,
    "overlap_s": 3600.0,
}  # fmt: skip
PATIENCE_S = 120.0


@contextmanager
def exchange_of(accounts, **server):
    """Serve a made-up market at real time, with so many accounts."""
    listed = tuple(AccountSettings(name=f"a{n}", key=f"PKACCOUNT{n:05}", secret=f"secret{n}") for n in range(accounts))
    chosen = replace(settings(speed="1x", symbols=SYMBOLS, **server), trading=TradingSettings(accounts=listed))
    with open_exchange(settings=chosen, synthetic=True) as exchange:
        yield exchange


class Engines:
    """Start engines, hear what they tell, and end them."""

    def __init__(self, root, program=""):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        self.server = subprocess.Popen(
            [sys.executable, program or root / "tests" / "live_engine.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            env=environment,
        )  # fmt: skip
        self.said = defaultdict(list)  # process -> [(moment, text)]
        self.fresh = defaultdict(queue.Queue)  # run -> processes that wait for its lease
        self.known = set()
        self.asking = threading.Lock()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.server.stdout:
            process, _, text = line.strip().partition(" ")
            self.said[int(process)].append((time.monotonic(), text))
            word, _, run = text.partition(" ")
            if word == "waits":
                self.fresh[run].put(int(process))

    def start(self, job):
        """Start an engine and return its process, which has its journal open."""
        with self.asking:
            self.server.stdin.write(f"{json.dumps(job)}\n")
        process = self.fresh[job["run"]].get(timeout=PATIENCE_S)
        self.known.add(process)
        return process

    def told(self, process, word):
        """Return moment and rest of the first thing that an engine told with a word, None where there is none yet."""
        for at, text in list(self.said[process]):
            head, _, rest = text.partition(" ")
            if head == word:
                return at, rest
        return None

    def wait_for(self, process, *words, within_s=PATIENCE_S):
        """Return what `told` returns of the first word that comes; AssertionError where that takes too long."""
        end = time.monotonic() + within_s
        while (found := next(filter(None, (self.told(process, word) for word in words)), None)) is None:
            if time.monotonic() > end:
                raise AssertionError(self.state_of(process))
            time.sleep(0.005)
        return found

    def alive(self, process):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        return True

    def stands_still(self, process):
        """Return once a process that was told to stop does; False where it was about to end, and has."""
        while True:
            found = subprocess.run(
                ("ps", "-o", "state=", "-p", str(process)), capture_output=True, text=True, check=False
            )
            if not found.stdout.strip():
                return False
            if found.stdout.startswith("T"):
                return True

    def end_of(self, process, within_s=PATIENCE_S):
        """Wait until an engine is gone; return what it found, None where it was killed."""
        end = time.monotonic() + within_s
        while self.alive(process):
            if time.monotonic() > end:
                raise AssertionError(self.state_of(process))
            time.sleep(0.01)
        self.settle()
        assert self.told(process, "failed:") is None, list(self.said[process])
        found = self.told(process, "done")
        return None if found is None else json.loads(found[1])

    def state_of(self, process):
        """Return what an engine has told, what it does now last."""
        if self.alive(process):
            os.kill(process, signal.SIGUSR1)
            time.sleep(1.0)
        return list(self.said[process])[-4:]

    def settle(self):
        """Wait until everything was read that engines wrote before now."""
        with self.asking:
            server, end = self.said[self.server.pid], time.monotonic() + PATIENCE_S
            count = len(server)
            self.server.stdin.write("\n")
            while len(server) == count:
                assert time.monotonic() < end, "the server of engines does not answer"
                time.sleep(0.002)

    def close(self):
        for process in self.known:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.server.stdin.close()
        self.server.wait(PATIENCE_S)
        self.reader.join(5)
        self.server.stdout.close()


class Venue:
    """Hold an exchange, its accounts, and what an engine has to know of it."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.free = iter(exchange.exchange.settings.trading.accounts)
        self.prices = exchange.call(lambda: {symbol: exchange.exchange.latest.mark(symbol) / 1e9 for symbol in SYMBOLS})
        self.base_ns = exchange.call(lambda: exchange.exchange.now_ns) - time.monotonic_ns()

    def job(self, target, run, **more):
        """Return the job of an engine of a fresh account, its run begun."""
        account = next(self.free)
        begin_run(target, run, b"").close()
        asked = {
            "target": target, "run": run, "url": self.exchange.url, "stream": self.exchange.trading_stream_url, "key": account.key,
            "secret": account.secret, "prices": self.prices, "base_ns": self.base_ns, "seed": 1, "sets": 12, "every_s": 0.02, "pace": PACE,
        }  # fmt: skip
        return asked | more

    def agrees(self, job, found):
        """See that the official client reads the same account, orders and positions, to the cent; return its orders."""
        client = TradingClient(job["key"], job["secret"], url_override=self.exchange.url)
        try:
            account = client.get_account()
            positions = {one.symbol: int(float(one.qty)) for one in client.get_all_positions()}
            shown = all_orders(client)
        finally:
            client._session.close()
        assert round(float(account.cash) * 1e6) == found["cash_units"]
        assert positions == found["positions"]
        ours = {venue_id: filled for one in found["orders"].values() for venue_id, filled in one["parts"].items()}
        theirs = {str(one.id): int(float(one.filled_qty)) for one in shown}
        assert ours == theirs
        assert len({one.client_order_id for one in shown}) == len(shown)
        assert not [one for one in shown if one.status in LIVE]
        return shown


LIVE = {enums.OrderStatus.NEW, enums.OrderStatus.ACCEPTED, enums.OrderStatus.PARTIALLY_FILLED, enums.OrderStatus.HELD}


def all_orders(client):
    """Return every order of an account, page by page."""
    found, until = {}, None
    while True:
        page = client.get_orders(
            ask.GetOrdersRequest(status=enums.QueryOrderStatus.ALL, limit=500, nested=False, until=until)
        )
        fresh = [one for one in page if one.id not in found]
        found |= {one.id: one for one in fresh}
        if len(page) < 500 or not fresh:
            return list(found.values())
        until = min(one.submitted_at for one in page)


def targets(uri, name):
    """Return the address of a database of its own on a server."""
    engine = sa.create_engine(uri.replace("postgresql", "postgresql+psycopg", 1), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return uri.replace("/postgres?", f"/{name}?")


def journal_of(kind, request, folder: Path, name):
    """Return a journal of a kind that a test can have: a file, or a database of the session's PostgreSQL."""
    return str(folder / f"{name}.db") if kind == "sqlite" else targets(request.getfixturevalue("postgres"), name)


def note(text):
    """Tell a figure, which `pytest -s` shows."""
    print(text)  # noqa: T201
