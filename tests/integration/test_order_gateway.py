"""Through the gateway only the newest epoch reaches the venue, whatever an older one still has open."""

import asyncio
import contextlib
import re
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import asynccontextmanager

import msgspec
import pytest

from alpaca_scenes import INSTRUMENTS, place, resting, trading_of
from loops import in_a_loop
from official_client import ask as official
from official_client import enums, serving, trading_client
from scripted_venue import answer, nameless, scripted
from tenfold.adapters import gateway as gateway_module
from tenfold.adapters.clock import SystemClock
from tenfold.adapters.gateway import Gateway
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.adapters.journal.tenures import SqlTenures
from tenfold.app.cli.program import main
from tenfold.app.wiring import alpaca_trading
from tenfold.domain.errors import JournalError, SettingsError
from tenfold.domain.fence import Fence, Pass
from tenfold.domain.keys import Keys
from tenfold.domain.venue_access import VenueAccess
from tenfold.execution.reports import Outcome, Place

ORDER = {
    "id": "v1", "client_order_id": "one", "symbol": "AAPL", "side": "buy", "qty": "1", "filled_qty": "0", "status": "new",
    "type": "limit", "time_in_force": "gtc", "limit_price": "5", "submitted_at": "2026-11-20T14:30:00Z",
}  # fmt: skip


class Epochs(dict):
    """Tell epochs as a journal does."""

    def __call__(self, run):
        if run == "damaged":
            raise JournalError("the journal was damaged")
        return self.get(run, 0)


@asynccontextmanager
async def gate_of(epochs, *allowed):
    """Open a gateway; `port` is where it listens."""
    gate = Gateway(epochs, {("127.0.0.1", port) for port in allowed})
    gate.port = await gate.open("127.0.0.1", 0)
    gate.clients = []
    try:
        yield gate
    finally:
        for writer in gate.clients:
            writer.transport.abort()
        await gate.close()
        await asyncio.sleep(0.01)


class Sink:
    """Take connections, and remember what comes over each."""

    def __init__(self):
        self.got = []

    async def serve(self, reader, writer):
        place = len(self.got)
        self.got.append(b"")
        try:
            while data := await reader.read(100):
                self.got[place] += data
                writer.write(data.upper())
        except ConnectionError:
            pass
        writer.close()


@asynccontextmanager
async def sink():
    made = Sink()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


async def greeted(gate, epoch, port, run="r"):
    """Return a connection, and what the gateway said to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    gate.clients.append(writer)
    writer.write(msgspec.json.encode(Pass(run=run, epoch=epoch, host="127.0.0.1", port=port)) + b"\n")
    return reader, writer, (await reader.readline()).decode().strip()


def play(scene):
    """Play a scene between a gateway and a place that takes what comes."""

    async def played():
        epochs = Epochs(r=1)
        async with sink() as far, gate_of(epochs, far.port) as gate:
            await scene(epochs, far, gate)

    in_a_loop(asyncio.wait_for(played(), 60))


def test_bytes_go_both_ways_and_an_end_is_passed_on():
    async def scene(epochs, far, gate):
        reader, writer, said = await greeted(gate, 1, far.port)
        assert said == "ok"
        writer.write(b"abc" * 50_000)
        assert await reader.readexactly(150_000) == b"ABC" * 50_000
        writer.write_eof()
        assert await reader.read() == b""
        assert far.got == [b"abc" * 50_000]
        writer.close()
        assert gate.passed == 1

    play(scene)


def test_once_a_newer_epoch_has_its_answer_no_byte_of_an_older_one_leaves():
    async def scene(epochs, far, gate):
        old_reader, old, _ = await greeted(gate, 1, far.port)
        old.write(b"one")
        assert await old_reader.readexactly(3) == b"ONE"
        epochs["r"] = 2
        old.write(b"late")  # on its way while the other is let in
        new_reader, new, said = await greeted(gate, 2, far.port)
        assert said == "ok"
        old.write(b"stray")
        new.write(b"two")
        assert await new_reader.readexactly(3) == b"TWO"
        await asyncio.sleep(0.05)
        assert far.got[0] in {b"one", b"onelate"}
        assert far.got[1:] == [b"two"]
        with contextlib.suppress(ConnectionError):
            assert await old_reader.read() in {b"", b"LATE"}
        _, _, said = await greeted(gate, 1, far.port)
        assert said == "no: the journal has epoch 2 of run r, and this is 1"
        assert (gate.passed, gate.refused, gate.ended) == (2, 1, 1)
        old.close()
        new.close()

    play(scene)


def test_connections_of_one_epoch_and_of_other_runs_live_beside_each_other():
    async def scene(epochs, far, gate):
        epochs["s"] = 4
        lines = [
            await greeted(gate, 1, far.port),
            await greeted(gate, 1, far.port),
            await greeted(gate, 4, far.port, "s"),
        ]
        for reader, writer, said in lines:
            assert said == "ok"
            writer.write(b"x")
            assert await reader.readexactly(1) == b"X"
            writer.close()
        assert gate.ended == 0

    play(scene)


def test_what_is_not_let_through_is_told_why(monkeypatch):
    monkeypatch.setattr(gateway_module, "GREETING_S", 0.2)

    async def scene(epochs, far, gate):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nobody = closed.getsockname()[1]
        for epoch, port, run, why in (
            (2, far.port, "r", "no: the journal has epoch 1 of run r, and this is 2"),
            (0, far.port, "unknown", "no: the journal has epoch 0 of run unknown, and this is 0"),
            (1, nobody, "r", f"no: this gateway does not lead to 127.0.0.1:{nobody}"),
            (1, far.port, "damaged", "no: the journal was damaged"),
        ):
            _, writer, said = await greeted(gate, epoch, port, run)
            assert said == why
            writer.close()
        gate._allowed = frozenset({("127.0.0.1", nobody)})
        assert (await greeted(gate, 1, nobody))[2].startswith("no: no connection: ")
        for raw, why in (
            (b"GET / HTTP/1.1\r\n", "no: expected one line of JSON"),
            (b'{"run":"r\\u0000","epoch":1,"host":"127.0.0.1","port":1}\n', "no: expected one line of JSON"),
            (
                b'{"run":"r","epoch":99999999999999999999,"host":"127.0.0.1","port":1}\n',
                "no: expected one line of JSON",
            ),
            (b"", "no: no connection: it took too long"),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
            gate.clients.append(writer)
            writer.write(raw)
            assert (await reader.readline()).decode().startswith(why)
            writer.close()
        assert gate.passed == 0
        assert far.got == []

    play(scene)


def test_our_client_trades_through_it_and_an_engine_of_an_older_epoch_no_more():
    with serving() as exchange:

        async def scene():
            epochs = Epochs(r=1)
            async with gate_of(epochs, exchange.port) as gate:
                fences = [Fence("127.0.0.1", gate.port, "r", lambda epoch=epoch: epoch) for epoch in (1, 2)]
                async with trading_of(exchange, fence=fences[0]) as old, trading_of(exchange, fence=fences[1]) as new:
                    told = [await old.ask(place("r-1-1")), await old.ask(place("r-1-2")), await new.ask(place("r-2-3"))]
                    epochs["r"] = 2
                    told += [await new.ask(Place(order=resting("r-2-4"))), await old.ask(place("r-1-5"))]
                    return told, gate.passed

        told, passed = in_a_loop(asyncio.wait_for(scene(), 60))
        assert [one.outcome for one in told] == [
            Outcome.ACK,
            Outcome.ACK,
            Outcome.REFUSED,
            Outcome.ACK,
            Outcome.REFUSED,
        ]
        assert "refuses: the journal has epoch 1 of run r, and this is 2" in told[2].text
        assert "refuses: the journal has epoch 2 of run r, and this is 1" in told[4].text
        assert passed == 2
        with trading_client(exchange) as client:
            shown = client.get_orders(official.GetOrdersRequest(status=enums.QueryOrderStatus.ALL))
            assert sorted(one.client_order_id for one in shown) == ["r-1-1", "r-1-2", "r-2-4"]


def test_a_process_that_comes_to_a_new_epoch_opens_new_connections():
    async def scene():
        epochs, now = Epochs(r=1), [1]
        async with scripted() as venue, gate_of(epochs, venue.port) as gate:
            fence = Fence("127.0.0.1", gate.port, "r", lambda: now[0])
            async with trading_of(venue, fence=fence) as trading:
                venue.answers = [answer(ORDER)] * 3
                outcomes = [(await trading.ask(Place(order=resting("one")))).outcome for _ in range(2)]
                epochs["r"] = now[0] = 2
                outcomes.append((await trading.ask(Place(order=resting("one")))).outcome)
                return outcomes, gate.passed

    assert in_a_loop(asyncio.wait_for(scene(), 120)) == ([Outcome.ACK] * 3, 2)


def test_what_is_encrypted_stays_so_between_engine_and_venue(monkeypatch):
    monkeypatch.setattr(ssl, "create_default_context", lambda: nameless(ssl.PROTOCOL_TLS_CLIENT))

    async def scene():
        async with scripted(ssl=nameless(ssl.PROTOCOL_TLS_SERVER)) as venue, gate_of(Epochs(r=1), venue.port) as gate:
            venue.url = f"https://{venue.host}:{venue.port}"
            async with trading_of(venue, fence=Fence("127.0.0.1", gate.port, "r", lambda: 1)) as trading:
                venue.answers = [answer(ORDER)] * 2
                return [(await trading.ask(Place(order=resting("one")))).outcome for _ in range(2)]

    assert in_a_loop(asyncio.wait_for(scene(), 120)) == [Outcome.ACK] * 2


def test_a_gateway_that_is_not_there_proves_that_nothing_left():
    async def scene():
        async with scripted() as venue, gate_of(Epochs(r=1), venue.port) as gate:
            await gate.close()
            async with trading_of(venue, fence=Fence("127.0.0.1", gate.port, "r", lambda: 1)) as trading:
                return await trading.ask(place("one"))

    told = in_a_loop(asyncio.wait_for(scene(), 120))
    assert told.outcome is Outcome.REFUSED
    assert re.match(r"127.0.0.1 through the order gateway 127.0.0.1:\d+ cannot be reached", told.text)


def test_the_command_knows_epochs_from_the_journal_and_ends_in_order(tmp_path):
    target = str(tmp_path / "j.db")
    begin_run(target, "r", b"").close()
    with socket.create_server(("127.0.0.1", 0)) as venue:
        port = venue.getsockname()[1]
        settings = tmp_path / "tenfold.toml"
        settings.write_text(f'[alpaca]\ntrading_url = "http://127.0.0.1:{port}"\n')
        command = [sys.executable, "-m", "tenfold", "gateway", "--journal", target, "--port", "0"]
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            listens = re.search(r":(\d+)$", process.stdout.readline().strip())
            greeting = {"run": "r", "host": "127.0.0.1", "port": port}
            said = []
            for epoch in (1, 1, 2):
                if len(said) == 1:
                    journal = open_run(target)
                    assert SqlTenures(journal).take(SqlTenures(journal).look())
                    journal.close()
                with socket.create_connection(("127.0.0.1", int(listens[1]))) as line:
                    line.sendall(msgspec.json.encode({**greeting, "epoch": epoch}) + b"\n")
                    said.append(line.recv(1000).decode().strip())
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
    assert said == [
        "no: the journal has epoch 0 of run r, and this is 1", "ok", "no: the journal has epoch 1 of run r, and this is 2",
    ]  # fmt: skip
    assert told == "stopped; 1 connections passed on, 2 refused, 0 ended by a newer epoch\n"
    assert process.returncode == 0


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 99999), ("a..b", 0), ("192.0.2.1", 0)])
def test_a_place_where_nothing_can_listen_is_one_line(tmp_path, capsys, host, port):
    target = str(tmp_path / "j.db")
    begin_run(target, "r", b"").close()
    assert main(["gateway", "--journal", target, "--host", host, "--port", str(port)]) == 5
    said = capsys.readouterr().err
    assert said.startswith(f"error: the gateway cannot listen on {host}:{port}: ")
    assert said.count("\n") == 1


def test_a_gateway_without_a_lease_is_one_line():
    access = VenueAccess(gateway="127.0.0.1:8719")
    with pytest.raises(SettingsError, match=r"alpaca\.gateway is set, and this run holds no lease"):
        alpaca_trading(access, Keys("k", "s"), INSTRUMENTS, SystemClock())
    in_a_loop(opened(access))


async def opened(access):
    alpaca_trading(access, Keys("k", "s"), INSTRUMENTS, SystemClock(), epoch=("r", lambda: 1)).close()
