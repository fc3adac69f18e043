"""The same seed and the same input give the same hash, in this process and in others."""

import asyncio
import io
import json
import os
import subprocess
import sys

import pytest

from exchange_scenes import trade_at_random
from lockstep_trader import LockstepTrader
from loops import in_a_loop
from tenfold.app.exchange import open_exchange
from tenfold.app.exchange_prepared import prepare_exchange, repeat_log
from tenfold.app.exchange_settings import exchange_settings
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.faults import Switch
from tenfold.exchange.repetition import repeat

SYMBOLS = ["AAPL", "MSFT"]
STEPS = 150

PROCESS = """
import sys
sys.path.insert(0, {tests!r})
from test_exchange_determinism import run

for chaos in (None, 3):
    print(run(seed=7, chaos=chaos)[0])
"""


def opened(seed, chaos, log):
    settings = exchange_settings(
        symbols=SYMBOLS, start="2024-03-04T14:00", end="2024-03-05", speed="max", seed=seed, chaos=chaos
    )
    return prepare_exchange(settings, synthetic=True, log=log).exchange


def run(seed=1, chaos=None):
    """Trade at random on a made-up market; return the hash and the recorded log."""
    file = io.BytesIO()
    exchange = opened(seed, chaos, EventLog(file.write))
    client = trade_at_random(exchange, seed, STEPS, SYMBOLS)
    client.wait(8 * 3600)
    return exchange.log.digest, file, client


def run_python(root, code, hash_seed):
    """Return what a program prints in a process of its own."""
    found = os.pathsep.join([str(root / "tests"), str(root / "src")])
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": found}
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_two_processes_agree(root):
    """On a quiet day, and on one of chaos."""
    code = PROCESS.format(tests=str(root / "tests" / "integration"))
    one, other = (run_python(root, code, hash_seed) for hash_seed in "12")
    assert one == other
    assert len(set(one.split())) == 2


def test_another_seed_is_another_day():
    first, _, client = run(seed=1)
    assert {"new", "fill", "canceled"} <= set(client.updates()), "the day had orders, fills and cancels"
    assert first != run(seed=2)[0]


@pytest.mark.parametrize("chaos", [None, 5])
def test_what_was_recorded_comes_to_the_same_hash(chaos):
    digest, file, _ = run(seed=4, chaos=chaos)
    file.seek(0)
    assert repeat(opened(4, chaos, EventLog()), file) == digest


def test_what_an_operator_and_others_did_is_repeated_too():
    file = io.BytesIO()
    exchange = opened(1, None, EventLog(file.write))
    client = trade_at_random(exchange, 1, 20, SYMBOLS)
    exchange.switch("async_reject", Switch(rate=0.5))
    exchange.send_foreign_order("tenfold")
    trade_at_random(exchange, 2, 40, SYMBOLS)
    exchange.switch("async_reject", None)
    client.wait(600)
    assert exchange.faults.fired["async_reject"]
    file.seek(0)
    assert repeat(opened(1, None, EventLog()), file) == exchange.log.digest


def test_how_time_is_cut_does_not_matter():
    """One long step and many short ones live through the same."""
    one, many = opened(1, None, EventLog()), opened(1, None, EventLog())
    start, stop = one.now_ns, one.now_ns + 2 * 3600 * 10**9
    one.advance(stop)
    for moment in range(start, stop + 1, 7 * 10**9):
        many.advance(moment)
    many.advance(stop)
    assert (one.log.digest, one.log.count) == (many.log.digest, many.log.count)


def live(path):
    """Let a client trade an hour in lockstep over real sockets; return the hash and the client."""
    options = {"symbols": SYMBOLS, "start": "2024-03-04T14:30", "end": "2024-03-04T15:30", "speed": "max"}
    with open_exchange(synthetic=True, lockstep=True, record=path, **options) as running:
        trader = LockstepTrader(running, 5, SYMBOLS)
        in_a_loop(asyncio.wait_for(trader.trade(), 300))
        assert running.status().ended
        return running.digest, trader


LIVE = """
import json
import sys
sys.path.insert(0, {tests!r})
from test_exchange_determinism import live

digest, trader = live({path!r})
print(json.dumps([digest, trader.events, trader.counts, trader.steps]))
"""


def test_in_lockstep_a_live_client_gives_the_same_in_every_process(root, tmp_path):
    first, trader = live(tmp_path / "one.log")
    code = LIVE.format(tests=str(root / "tests" / "integration"), path=str(tmp_path / "two.log"))
    found = json.loads(run_python(root, code, hash_seed="3"))
    assert found == [first, trader.events, trader.counts, trader.steps]
    assert {"new", "fill"} <= set(trader.events)
    assert (tmp_path / "one.log").read_bytes() == (tmp_path / "two.log").read_bytes()
    settings = exchange_settings(
        symbols=SYMBOLS, start="2024-03-04T14:30", end="2024-03-04T15:30", speed="max", lockstep=True
    )
    assert repeat_log(tmp_path / "one.log", settings, synthetic=True)[0] == first
