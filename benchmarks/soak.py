"""Let the exchange serve for thirty simulated days, and see that its memory stays flat.

    python benchmarks/soak.py                 30 days, about ten minutes
    python benchmarks/soak.py --days 3        a short one

A client in lockstep listens and trades at random; another one subscribes to everything every day and reads nothing; connections break without a
word, and frames and bodies that make no sense arrive. The exit status is 1 where memory grows, or the exchange ends.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

START = "2024-03-04"
GROWTH_MAX = 1.15
"""Memory at the end over that after a sixth of the days: what orders and executions take is kept, nothing else may be."""
SYMBOLS = ("AAPL", "MSFT", "SPY")
TRADER = {"name": "trader", "key": "PKTRADER", "secret": "trader"}
SLOW = {"name": "slow", "key": "PKSLOW", "secret": "slow"}


def main() -> int:
    """Run it and tell what was seen."""
    parser = argparse.ArgumentParser(description="Thirty days of the exchange.")
    parser.add_argument("--days", type=int, default=30, help="calendar days that are replayed")
    parser.add_argument("--orders", type=int, default=100, help="orders a day")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "exchange.yaml"
        settings.write_text(json.dumps({"trading": {"accounts": [TRADER, SLOW]}}))
        command = [sys.executable, "-m", "tenfold", "exchange", "--settings", str(settings), "--synthetic"]
        command += ["--symbols", ",".join(SYMBOLS), "--from", START, "--to", last_day(options.days)]
        command += ["--speed", "max", "--lockstep", "--port", "0", "--json"]
        return soak(command, options.orders)


def soak(command: list[str], orders_a_day: int) -> int:
    """Start the exchange, trade until its end and return the exit status."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline())
            seen = asyncio.run(Soak(told, process.pid, orders_a_day).run())
            alive = process.poll() is None
        finally:
            process.terminate()
    return report(seen, alive)


def last_day(days: int) -> str:
    """Return the last calendar day."""
    from datetime import date, timedelta

    return str(date.fromisoformat(START) + timedelta(days=days - 1))


def report(seen: list[dict], alive: bool) -> int:
    """Judge what was seen by day and return the exit status."""
    if not alive or len(seen) < 2:
        print("the exchange ended" if not alive else "too short to judge")
        return 1
    first, last = seen[max(len(seen) // 6, 1) - 1]["mb"], seen[-1]["mb"]
    flat = last <= first * GROWTH_MAX
    print(f"memory grew by {last / first - 1:.1%} from {first:.1f} to {last:.1f} MB: {'flat' if flat else 'NOT flat'}")
    return 0 if flat else 1


def resident_mb(pid: int) -> float:
    """Return the memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Soak:
    """Trade in lockstep, and be a nuisance."""

    def __init__(self, told: dict, pid: int, orders_a_day: int) -> None:
        self.told = told
        self.pid = pid
        self.headers = {"APCA-API-KEY-ID": told["key"], "APCA-API-SECRET-KEY": told["secret"]}
        self.chance = random.Random(1)  # noqa: S311 -- reproducible, not secret
        self.rate = orders_a_day / 390
        self.counts = {"market_data": 0, "trade_updates": 0}
        self.seen: list[dict] = []
        self.orders = 0
        self.began = time.monotonic()
        self.prices: dict[str, float] = {}
        self.minute = False
        self.sleeper: aiohttp.ClientWebSocketResponse | None = None
        self.changed = asyncio.Event()

    async def run(self) -> list[dict]:
        """Return what was seen at the end of every day."""
        base = self.told["rest"].replace("http", "ws")
        async with aiohttp.ClientSession() as session:
            data = await session.ws_connect(self.told["data_stream"], max_msg_size=0)
            updates = await session.ws_connect(self.told["trading_stream"], max_msg_size=0)
            login = {"action": "auth", "key": self.told["key"], "secret": self.told["secret"]}
            await data.receive()
            await data.send_json(login)
            await data.receive()
            await data.send_json({"action": "subscribe", "bars": ["*"], "trades": [SYMBOLS[0]]})
            await data.receive()
            await updates.send_json(
                {"action": "authenticate", "data": {"key_id": login["key"], "secret_key": login["secret"]}}
            )
            await updates.receive()
            await updates.send_json({"action": "listen", "data": {"streams": ["trade_updates"]}})
            await updates.receive()
            channel = await session.ws_connect(f"{base}/tenfold/lockstep")
            await channel.send_json(login)
            readers = [asyncio.ensure_future(one) for one in (self.read_data(data), self.read_updates(updates))]
            await self.steps(session, channel)
            for reader in readers:
                reader.cancel()
        return self.seen

    async def read_data(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Count messages of the market and remember prices."""
        async for frame in socket:
            for message in json.loads(frame.data):
                self.counts["market_data"] += 1
                if message["T"] == "b":
                    self.prices[message["S"]] = message["c"]
                    self.minute = True
            self.changed.set()

    async def read_updates(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Count trade updates."""
        async for _ in socket:
            self.counts["trade_updates"] += 1
            self.changed.set()

    async def steps(self, session: aiohttp.ClientSession, channel: aiohttp.ClientWebSocketResponse) -> None:
        """Acknowledge each step once everything before it has come and the orders to it are answered."""
        day = ""
        async for frame in channel:
            message = json.loads(frame.data)
            if message["T"] == "end":
                return
            if message["T"] != "step":
                continue
            if message["t"][:10] != day:
                if day:
                    self.note(day)
                    await self.disturb(session)
                day = message["t"][:10]
            while any(self.counts[name] < message[name] for name in self.counts):
                self.changed.clear()
                await self.changed.wait()
            if self.minute and self.chance.random() < self.rate:
                await self.order(session)
            self.minute = False
            await channel.send_json({"action": "ack", "seq": message["seq"]})

    async def order(self, session: aiohttp.ClientSession) -> None:
        """Send an order, or cancel everything."""
        symbol = self.chance.choice(list(self.prices))
        if self.chance.random() < 0.1:
            await self.ask(session, "DELETE", "/v2/orders")
            return
        price = self.prices[symbol] * self.chance.uniform(0.999, 1.001)
        body = {"symbol": symbol, "qty": str(self.chance.randint(1, 20)), "side": self.chance.choice(["buy", "sell"])}
        body |= {"type": "limit", "time_in_force": "day", "limit_price": f"{price:.2f}"}
        await self.ask(session, "POST", "/v2/orders", json.dumps(body))
        self.orders += 1

    async def ask(self, session: aiohttp.ClientSession, method: str, path: str, body: str | None = None) -> int:
        """Return the status of an answer; a connection that a fault broke is 0."""
        try:
            async with session.request(method, self.told["rest"] + path, data=body, headers=self.headers) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def disturb(self, session: aiohttp.ClientSession) -> None:
        """Send what makes no sense, and leave connections half open."""
        for body in ("{", "[" * 10_000, "x" * 2_000_000, '{"symbol": 5}'):
            await self.ask(session, "POST", "/v2/orders", body)
        await self.subscribe_and_sleep(session)
        for path in ("/stream", "/v2/iex", "/v2/nowhere"):
            try:
                socket = await session.ws_connect(self.told["rest"].replace("http", "ws") + path)
                await socket.send_str("}{")
                await socket.send_bytes(b"\xff" * 1000)
                socket._response.connection.transport.abort()
            except (aiohttp.ClientError, AttributeError):
                pass

    async def subscribe_and_sleep(self, session: aiohttp.ClientSession) -> None:
        """Ask for everything as the second account, and never read it; the one of the day before is given up."""
        if self.sleeper is not None:
            await self.sleeper.close()
        self.sleeper = await session.ws_connect(self.told["data_stream"], autoping=False)
        await self.sleeper.send_json({"action": "auth", "key": SLOW["key"], "secret": SLOW["secret"]})
        await self.sleeper.send_json({"action": "subscribe", "trades": ["*"], "quotes": ["*"], "bars": ["*"]})

    def note(self, day: str) -> None:
        """Keep and print what a day ended with."""
        mb, messages = resident_mb(self.pid), sum(self.counts.values())
        self.seen.append({"day": day, "mb": mb})
        seconds = time.monotonic() - self.began
        print(f"{day}  {mb:7.1f} MB  {messages:>9,} messages  {self.orders:>6,} orders  {seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
