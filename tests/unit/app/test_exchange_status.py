"""The screen of the exchange tells what there is to see."""

import io

import msgspec
from rich.console import Console

from tenfold.app.exchange_status import Status, lines_of, screen

STATUS = Status(
    now_ns=150,
    start_ns=100,
    end_ns=200,
    speed="60x",
    ended=False,
    phase="open",
    clients={"trading": 1, "data": 0},
    requests=1234,
    orders=5,
    fills=3,
    events=99,
    faults={"halt": 2, "restart": 0},
)


def test_the_lines():
    told = dict(lines_of(STATUS))
    assert "open, 50% played, speed 60x" in told["clock"]
    assert told["clients"] == "1 trading"
    assert told["requests"] == "1,234"
    assert told["faults fired"] == "halt 2"


def test_nothing_yet_and_everything_played():
    told = dict(lines_of(msgspec.structs.replace(STATUS, clients={}, faults={}, ended=True, end_ns=100)))
    assert (told["clients"], told["faults fired"]) == ("none", "none")
    assert "played to its end" in told["clock"]


def test_many_faults_are_cut_short_the_most_frequent_first():
    told = dict(lines_of(msgspec.structs.replace(STATUS, faults={f"f{i}": i for i in range(1, 16)})))
    assert told["faults fired"].startswith("f15 15, f14 14")
    assert told["faults fired"].endswith("and 3 more")


def test_the_screen_fits_a_terminal():
    console = Console(file=io.StringIO(), width=80)
    console.print(screen(STATUS, "tenfold exchange"))
    shown = console.file.getvalue()
    assert "faults fired" in shown
    assert "tenfold exchange" in shown
    assert max(map(len, shown.splitlines())) <= 80
