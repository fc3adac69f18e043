"""Let the exchange serve for thirty simulated days, and see that it bears its clients and that its memory stays flat.

    python benchmarks/soak.py                 30 days, about ten minutes; kept in `benchmarks/soak.json`
    python benchmarks/soak.py --days 2        a short one; nothing is kept, and memory is not judged

A client in lockstep listens and trades at random. Every day another account subscribes to everything and reads it too slowly,
a third reads nothing at all, connections break without a word, and frames and bodies that make no sense arrive. The exit status is 1
where something that must hold does not.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from machine import moment
from soaking.nuisance import NONSENSE, Nuisance, resident_mb
from soaking.trader import Told, Trader

HERE = Path(__file__).parent
KEPT = HERE / "soak.json"
START = "2024-03-04"
SYMBOLS = ("AAPL", "MSFT", "SPY")
ACCOUNTS = tuple({"name": name, "key": f"PK{name.upper()}", "secret": name} for name in ("trader", "slow", "asleep"))
BUFFER = 1_000
"""Messages that may wait for a client: a tenth of what is usual, so that a short soak has slow readers too."""
GROWTH_MAX = 1.15
"""Memory at the end over that after a sixth of the days: what orders and executions take is kept, nothing else may be."""
DAYS_JUDGED = 6
"""Days from which on memory is judged: before, it grows by what every exchange needs once."""
SESSION = 390
"""Messages that the trader has at least in a day with a session, a bar a minute; a Saturday in UTC has the end of Friday alone."""
CONNECTIONS_MAX = 40
"""Connections at the end of a day: those of half a minute, after which who is gone is noticed."""


def main() -> int:
    """Run it, tell and keep what was seen, and return the exit status."""
    parser = argparse.ArgumentParser(description="Thirty days of the exchange.")
    parser.add_argument("--days", type=int, default=30, help="calendar days that are replayed")
    parser.add_argument("--orders", type=int, default=100, help="orders a session")
    parser.add_argument("--keep", type=Path, help="where the record goes; thirty days are kept without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "exchange.yaml"
        server = {"trading_requests_per_minute": 0, "buffer_messages_max": BUFFER}
        settings.write_text(json.dumps({"trading": {"accounts": ACCOUNTS}, "server": server}))
        command = [sys.executable, "-m", "tenfold", "exchange", "--settings", str(settings), "--synthetic"]
        command += ["--symbols", ",".join(SYMBOLS), "--from", START]
        command += ["--to", str(date.fromisoformat(START) + timedelta(days=options.days - 1))]
        command += ["--speed", "max", "--lockstep", "--port", "0", "--json"]
        record = soaked(command, options.days, options.orders)
    kept = options.keep or (KEPT if options.days >= 30 else None)
    if kept is not None:
        kept.write_text(json.dumps(record, indent=1) + "\n")
    for what, holds in record["holds"].items():
        print(f"{'holds' if holds else 'FAILS':6} {what}")
    return 0 if all(record["holds"].values()) else 1


def soaked(command: list[str], days: int, orders_a_day: int) -> dict[str, Any]:
    """Start the exchange, trade until its end, stop it, and return the record."""
    record: dict[str, Any] = {**moment(), "days": days, "orders_a_day": orders_a_day}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            record |= asyncio.run(Soak(told, process.pid, orders_a_day).run())
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    record |= {"status": process.returncode, "said": said.strip().splitlines()[-1:]}
    record["holds"] = judged(record)
    return record


def judged(record: dict[str, Any]) -> dict[str, bool]:
    """Return what must hold, and whether it does."""
    by_day, seen = record["by_day"], Counter(record["seen"])
    traded = [day for day in by_day if day["messages"] >= SESSION]
    holds = {
        "everything was played, and the exchange stopped in order when asked": record["ended"]
        and record["status"] == 0,
        "every day with a market had orders and fills": bool(traded)
        and all(day["orders"] > 0 and day["fills"] > 0 for day in traded),
        "no request of the trader failed with a status of 500 or more": seen["failures"] == 0,
        "every order that is none was refused by a status of 4xx": record["disturbed"] * len(NONSENSE)
        == sum(count for name, count in seen.items() if name.startswith("nonsense answered 4")),
        "who read too slowly, or nothing, was cut off": cut_off(seen, "slow") > 0
        and cut_off(seen, "asleep") > 0
        and seen["asleep: still open"] <= 1,  # whose buffers were not full yet at the end
        "connections that are gone are given up": max(day["connections"] for day in by_day) <= CONNECTIONS_MAX,
    }
    if record["days"] >= DAYS_JUDGED:
        holds[f"memory grew by less than {GROWTH_MAX - 1:.0%} after a sixth of the days"] = growth(by_day) <= GROWTH_MAX
    return holds


def cut_off(seen: Counter[str], who: str) -> int:
    """Return how many were cut off; as at Alpaca, code 407 reaches who still reads something."""
    return sum(count for name, count in seen.items() if name.startswith(f"{who}: cut off"))


def growth(by_day: list[dict[str, Any]]) -> float:
    """Return memory at the end over that after a sixth of the days."""
    return float(by_day[-1]["mb"] / by_day[max(len(by_day) // 6, 1) - 1]["mb"])


class Soak:
    """Trade, be a nuisance, and note what each day ended with."""

    def __init__(self, told: Told, pid: int, orders_a_day: int) -> None:
        self._told = told
        self._pid = pid
        self._orders_a_day = orders_a_day
        self._by_day: list[dict[str, Any]] = []
        self._began = time.monotonic()

    async def run(self) -> dict[str, Any]:
        """Return what was seen."""
        async with aiohttp.ClientSession() as session:
            trader = Trader(self._told, session, self._orders_a_day)
            nuisance = Nuisance(self._told, *ACCOUNTS[1:])
            before: Counter[str] = Counter()

            async def day_over(day: str) -> None:
                now = trader.seen + Counter(messages=sum(trader.counts.values()))
                await self._note(day, now - before)
                before.clear()
                before.update(now)
                if not trader.ended:
                    await nuisance.disturb()

            await nuisance.disturb()
            await trader.trade(day_over)
            await nuisance.rest()
        seen = {**trader.seen, **nuisance.seen}
        return {
            "ended": trader.ended,
            "disturbed": nuisance.days,
            "by_day": self._by_day,
            "seen": dict(sorted(seen.items())),
        }

    async def _note(self, day: str, seen: Counter[str]) -> None:
        """Keep and print what a day ended with."""
        status = await asyncio.to_thread(self._status)
        noted = {
            "day": day,
            "mb": round(resident_mb(self._pid), 1),
            "messages": seen["messages"],
            "orders": seen["orders"],
            "fills": seen["fill"] + seen["partial_fill"],
            "connections": status["connections"],
        }
        self._by_day.append(noted)
        seconds = time.monotonic() - self._began
        print("  ".join(f"{name} {value}" for name, value in noted.items()), f" {seconds:.0f} s", flush=True)

    def _status(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self._told['rest']}/tenfold/admin/status", timeout=60) as answer:  # noqa: S310
            return dict(json.load(answer))


if __name__ == "__main__":
    sys.exit(main())
