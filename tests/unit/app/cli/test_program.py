import os
import subprocess
import sys
import time

import pytest
from msgspec.structs import replace

from ladder_scenes import RULES, ensemble_file
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.app.browser import show
from tenfold.app.cli import program
from tenfold.app.cli.interrupt import INTERRUPTED, TERMINATED
from tenfold.app.cli.output import table
from tenfold.app.cli.progress import progress
from tenfold.domain.errors import DataError, InvariantError, TenfoldError
from tenfold.risk.limits import limits_of


def codes(kind):
    yield kind.exit_code
    for child in kind.__subclasses__():
        yield from codes(child)


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (DataError("two\nlines"), "two lines", 3),
        (InvariantError("odd"), "odd", 70),
        (OSError(28, "No space left on device", "x.parquet"), "x.parquet: No space left on device", 5),
        (OSError("odd"), "odd", 5),
        (
            RuntimeError("Could not determine home directory."),
            "this process has no home folder, or a path begins with ~ and a user that is not known: set HOME, or TENFOLD_HOME and "
            "TENFOLD_CACHE, to folders that can be written, and give files by whole paths",
            2,
        ),
        (MemoryError(), "out of memory; take fewer symbols, bars or parameters at a time", 5),
        (
            KeyError("x"),
            "this is a bug of Tenfold, please report it: KeyError: 'x' (TENFOLD_TRACEBACK=1 shows where)",
            70,
        ),
    ],
)
def test_every_error_is_one_line(error, said, code):
    assert program.explain(error) == (said, code)


def test_every_exit_code_is_documented(root):
    page = (root / "docs/reference/exit-codes.md").read_text()
    for code in {0, *codes(TenfoldError), INTERRUPTED, TERMINATED, program.BROKEN_PIPE, program.BUG}:
        assert f"| {code} |" in page


def test_a_traceback_where_asked_for(monkeypatch):
    monkeypatch.setenv("TENFOLD_TRACEBACK", "1")
    with pytest.raises(TenfoldError):
        program.main(["backtst"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["paper", "crossing", "--pace", "fast"], "--pace is 'fast', expected a number; see `tenfold paper --help`"),
        (["sweep", "crossing", "--top", "1.5"], "--top is '1.5', expected a whole number; see `tenfold sweep --help`"),
        (["live", "crossing", "AAPL", "--for", "soon"], "argument --for: 'soon', expected seconds above 0"),
    ],
)
def test_what_is_no_number_is_told_as_such(capsys, arguments, said):
    assert program.main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"error: {said}")


def test_a_home_folder_that_cannot_be_made_says_what_to_do(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    monkeypatch.setenv("TENFOLD_HOME", str(home))
    assert program.main(["promote", "run-1", "--to", "paper"]) == 5
    assert (
        capsys.readouterr().err
        == f"error: the home folder {home} cannot be made: Not a directory; name one that can be written with TENFOLD_HOME\n"
    )


def test_an_interrupt_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Interrupted())
    assert program.main(["strategies", "--json"]) == 130
    assert '"code":130' in capsys.readouterr().err


INTERRUPTED_EARLY = """
import runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "tenfold.app.cli.research":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has it ignored by what it starts in the background
sys.meta_path.insert(0, Interrupting())
sys.argv = ["tenfold", *{arguments}]
runpy.run_module("tenfold", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["strategies"], "error: interrupted; nothing was begun\n"),
        (["strategies", "--json"], '{"error":"interrupted; nothing was begun","code":130}\n'),
    ],
)
def test_an_interrupt_before_the_arguments_are_read_is_one_line(arguments, said):
    command = [sys.executable, "-c", INTERRUPTED_EARLY.replace("{arguments}", repr(arguments))]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (130, "", said)


def test_what_a_library_logs_of_a_connection_is_not_for_a_terminal():
    said = "import logging, tenfold.app.cli.program; logging.getLogger('sqlalchemy.pool').error('not closed')"
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stderr == ""


class Interrupted:
    def write(self, text):
        raise KeyboardInterrupt

    def flush(self):
        raise KeyboardInterrupt


def test_tables_align():
    rows = [("a", 1, 1.5), ("bbb", 20_000, None)]
    assert table(("name", "count", "share"), rows) == [
        "name   count  share",
        "a          1    1.5",
        "bbb   20,000      -",
    ]
    assert table(("x",), [(12345.6,), (0.00012345,), (True,)]) == ["x", "12,346", "0.0001234", "True"]
    assert table(("none",), []) == ["none"]


def test_a_bar_appears_on_a_terminal_once_a_second_has_passed(monkeypatch):
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with progress("counting") as report:
        report(1, 3)
        assert shown.text == ""
    with progress("counting", quiet_ns=-1) as report:
        report(1, 3)
        report(3, 3)
    assert "counting" in shown.text


class Terminal:
    encoding = "utf-8"

    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass


def test_a_browser_opens_only_where_there_is_a_display(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text("x")
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    browser.chmod(0o755)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not show(page)
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    assert show(page)
    assert opened.read_text().strip() == page.as_uri()
    assert os.environ["DISPLAY"] == ":9"


@pytest.mark.parametrize("command", [["live"], ["paper", "--follow"]])
def test_limits_of_the_profile_live_that_own_ones_leave_out_are_named(capsys, command):
    refused = [command[0], "crossing", "AAPL", *command[1:], "--every", "7m"]
    assert program.main([*refused, "--set", "rules.limits.gross_frac_max=0.2"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(
        "the limits that you gave are the only ones: of the profile live position_frac_max, daily_loss"
    )
    assert "gross_frac_max" not in told
    for chosen in ([], ["--limits", "none"], ["--limits", "live"]):
        assert program.main([*refused, *chosen]) == 2
        assert "only ones" not in capsys.readouterr().err


@pytest.mark.parametrize("command", [["live"], ["paper", "--follow"]])
def test_limits_of_the_profile_live_that_an_ensemble_was_not_tested_under_are_named(
    capsys, command, monkeypatch, tmp_path
):
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "s" * 40)

    def told(limits, *chosen):
        path = ensemble_file(tmp_path / "ensemble.toml", rules=replace(RULES, limits=limits))
        assert program.main([command[0], str(path), "AAPL", *command[1:], "--every", "7m", *chosen]) == 2
        return capsys.readouterr().err.partition("error: ")[0]

    none = told(limits_of("none"))
    assert "ensemble.toml was tested under: of the profile live position_frac_max, gross_frac_max, daily_loss" in none
    assert "drawdown" not in told(limits_of("research")).partition("of the profile")[2]
    assert told(limits_of("live")) == told(limits_of("none"), "--limits", "none") == ""


def test_an_ensemble_without_limits_trades_no_money_unless_none_are_asked_for(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("TENFOLD_SIGNING_KEY", "s" * 40)
    path = ensemble_file(tmp_path / "ensemble.toml", rules=replace(RULES, limits=limits_of("none")))

    def told(*more):
        assert program.main(["live", str(path), "AAPL", "--every", "7m", *more]) == 2
        return capsys.readouterr().err

    assert "was tested without limits, so that nothing would end a loss in an account with money" in told(
        "--account", "live"
    )
    assert "without limits" not in told("--account", "paper")
    assert "without limits" not in told("--account", "live", "--limits", "none")


def started(arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "tenfold", *arguments], check=False, **{"capture_output": True, **more}
    )


def test_a_standard_stream_that_was_closed_is_no_place_for_a_socket():
    script = "import os; os.close(0); from tenfold.app.cli.program import main; main(['strategies', '--json']); print(os.fstat(0))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert "st_mode" in told.stdout


def test_what_a_terminal_has_no_letter_for_is_written_by_its_number(tmp_path):
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "TENFOLD_HOME": str(tmp_path / "häuser"),
    }
    told = started(["doctor"], env=environment)
    assert told.returncode == 0, told.stderr
    assert rb"h\xe4user" in told.stdout


GOES_ON = """
from argparse import Namespace
from tenfold.app.cli.live_screen import screen
with screen(Namespace(json=True), "") as (say, _):
    say("filled")
print("goes on")
"""


@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_log_that_is_full_changes_no_exit_code_and_keeps_nobody_from_trading(tmp_path, buffered):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # it writes files
    environment = {**kept, "PYTHONUNBUFFERED": buffered}

    def ended(*arguments):
        limited = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, *arguments]
        with (tmp_path / "log").open("w") as full:
            return subprocess.run(limited, check=False, stdout=subprocess.PIPE, stderr=full, env=environment)

    assert ended("-m", "tenfold", "strategies", "nothing-of-the-kind").returncode == 2
    assert ended("-c", GOES_ON).stdout == b"goes on\n"
    assert not (tmp_path / "log").read_text()


def test_remarks_that_nobody_reads_any_more_keep_nobody_from_trading(home):
    begin_run(str(home / "journal.db"), "r", b"{}").close()
    reader, writer = os.pipe()
    os.close(reader)
    assert started(["strategies", "nothing-of-the-kind"], capture_output=False, stderr=writer).returncode == 2
    goes_on = [sys.executable, "-c", GOES_ON]
    assert subprocess.run(goes_on, check=False, stdout=subprocess.PIPE, stderr=writer).stdout == b"goes on\n"
    waits = [sys.executable, "-m", "tenfold", "halt", "--reason", "x", "--operator", "ann", "--wait", "60"]
    process = subprocess.Popen(waits, stderr=writer)
    os.close(writer)
    inbox = open_run(str(home / "journal.db"), "r")
    while not inbox.posted():
        assert process.poll() is None
        time.sleep(0.05)
    inbox.close()
    process.terminate()
    assert process.wait() == TERMINATED
