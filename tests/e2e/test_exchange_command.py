"""The exchange as its user meets it: a command that serves, a client in four lines, one line for each mistake."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tenfold.app.cli.program import main

MADE_UP = ["--synthetic", "--symbols", "AAPL,MSFT", "--port", "0"]
DAY = ["--from", "2024-03-04T14:30", "--to", "2024-03-04T15:30"]


def command(*arguments):
    return [sys.executable, "-m", "tenfold", "exchange", *arguments]


@pytest.fixture(autouse=True)
def answered_by_python():
    """Start where Python answers Ctrl-C: it does not in a process that was begun in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def served():
    """Start the command; yield what it told, and its process."""
    with subprocess.Popen(
        command(*MADE_UP, "--speed", "60x", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield json.loads(process.stdout.readline()), process
        process.kill()


def test_the_four_lines_of_the_documentation_run(root, served, tmp_path):
    told, _ = served
    page = (root / "docs/how-to/simulated-exchange.md").read_text()
    block = re.search(r"```py\n(.*?)```", page, re.DOTALL)[1]
    assert told["key"] in block
    assert told["secret"] in block
    assert len([line for line in block.splitlines() if line and not line.startswith("from")]) <= 4
    (tmp_path / "four.py").write_text(block.replace("http://127.0.0.1:8710", told["rest"]))
    answer = subprocess.run([sys.executable, "four.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("OrderStatus.")


def test_it_tells_how_it_fares_and_stops_when_asked(served):
    told, process = served
    assert told["speed"] == "60x"
    assert told["from"] < told["to"]
    with urllib.request.urlopen(told["admin"], timeout=60) as answer:  # noqa: S310 -- an address of this machine
        assert json.load(answer)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.search(r"stopped; .* requests, 0 orders, 0 fills, 0 faults, hash [0-9a-f]{32}", err)


def test_what_is_recorded_can_be_repeated_without_a_server(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = [*MADE_UP, *DAY, "--speed", "max", "--fault", "late_bar=0.1"]
    assert main(["exchange", *arguments, "--stop-at-end", "--record", "day.log"]) == 0
    said = capsys.readouterr()
    assert "MADE-UP" in said.out
    assert "replays          2024-03-04 14:30:00 to 2024-03-04 15:30:00 UTC, speed max" in said.out
    recorded = re.search(r"hash ([0-9a-f]{32})", said.err)[1]
    arguments = ["exchange", *arguments, "--repeat", "day.log", "--json"]
    without = (
        f"import sys; sys.modules['aiohttp'] = None; from tenfold.app.cli.program import main; main({arguments!r})"
    )
    answer = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=True)
    repeated = json.loads(answer.stdout)
    assert repeated["hash"] == recorded
    assert repeated["records"] > 100
    assert [path.name for path in tmp_path.iterdir()] == ["day.log"]


def test_the_screen_of_a_terminal(tmp_path):
    master, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    with subprocess.Popen(
        command(*MADE_UP, *DAY, "--speed", "max", "--fault", "sequence_gap=0.2", "--stop-at-end"),
        stdout=terminal, stderr=subprocess.DEVNULL, env=environment,
    ) as process:  # fmt: skip
        os.close(terminal)
        shown = b""
        while True:
            try:
                part = os.read(master, 65_536)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert process.wait(timeout=60) == 0
    text = shown.decode()
    for word in ("REST", "key", "secret", "clock", "clients", "orders", "fills", "faults fired", "played to its end"):
        assert word in text, word


def test_control_c_ends_it_in_order(tmp_path):
    recording = command(*MADE_UP, "--record", str(tmp_path / "day.log"))
    with subprocess.Popen(recording, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while "secret" not in process.stdout.readline():
            pass
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "hash" in err
    assert (tmp_path / "day.log").stat().st_size > 0


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("--fault lost_evnt=0.1", 2, "there is no fault 'lost_evnt'; did you mean lost_event?"),
        ("--fault lost_event=2", 2, "expected a number"),
        ("--faults nowhere.yaml", 2, "cannot be read"),
        ("--faults bad.yaml", 2, "bad.yaml"),
        ("--settings bad.toml", 2, "unknown key sped, did you mean speed?"),
        ("--speed fast", 2, "speed"),
        ("--data nowhere", 3, "there is no file or folder"),
        ("--data broken.parquet", 3, "broken.parquet"),
        ("--data broken.parquet --sample us-large-caps", 2, "name one of the two"),
        ("--sample us-large-cap", 2, "did you mean us-large-caps?"),
        ("--sample us-large-caps --symbols AAPLE", 2, "did you mean AAPL?"),
        ("--sample us-large-caps --from 2030-01-01", 3, "nothing is to be replayed"),
        ("--synthetic --sample us-large-caps", 2, "a made-up market takes no data"),
        ("--synthetic --port 70000", 2, "server.port"),
        ("--synthetic --record nowhere/day.log", 5, "cannot be written"),
        ("--synthetic --record .", 5, "cannot be written: it is a folder"),
        ("--synthetic --repeat nowhere.log", 5, "cannot be read"),
        ("--synthetic --repeat broken.parquet", 3, "log"),
        ("--synthetic --period 5m", 2, "a made-up market has no bars of 5m"),
        ("--from yesterday", 2, "is not understood"),
        ("--sped 60x", 2, "did you mean --speed?"),
    ],
)
def test_every_mistake_is_one_line(tmp_path, monkeypatch, capsys, line, code, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing else")
    (tmp_path / "bad.yaml").write_text("lost_event: often\n")
    (tmp_path / "bad.toml").write_text('sped = "60x"\n')
    assert main(["exchange", *line.split()]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("error: ")
    assert said in err


def test_a_port_that_is_taken_is_one_line(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["exchange", "--synthetic", "--port", str(taken.getsockname()[1])]) == 2
    assert "port 0 takes a free one" in capsys.readouterr().err
