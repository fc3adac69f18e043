"""What is posted says who, where and whether it was taken."""

import _thread
import getpass
import threading
import time

import pytest

from tenfold.__main__ import main
from tenfold.adapters.journal.journal import begin_run, open_run
from tenfold.app.operating import Posted, halt, resume
from tenfold.domain.errors import SettingsError


def test_nobody_is_there(home, capsys):
    begin_run(str(home / "journal.db"), "r", b"{}").close()
    assert main(["halt", "--reason", "x", "--operator", "ann", "--wait", "0"]) == 1
    assert "halt of r is in" in (said := capsys.readouterr().out)
    assert "nobody trades it now; it counts as soon as an engine reads it" in said
    assert main(["resume", "r", "--operator", "ann", "--wait", "0"]) == 1
    journal = open_run(str(home / "journal.db"), "r")
    assert [type(event).__name__ for event in journal.posted()] == ["Halt", "Resume"]
    journal.close()


def test_who_is_interrupted_while_waiting_is_told_that_the_word_stands(home, capsys):
    journal = begin_run(str(home / "journal.db"), "r", b"{}")
    interrupt = threading.Timer(0.0, lambda: (_until(journal.posted), _thread.interrupt_main()))
    interrupt.start()
    assert main(["resume", "--operator", "ann", "--wait", "60"]) == 130
    interrupt.join()
    assert "the resume of r is posted all the same, and counts as soon as an engine reads it" in capsys.readouterr().err
    journal.close()


def _until(true):
    while not true():
        time.sleep(0.02)
    time.sleep(0.2)  # it waits by now


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--reason", " "], "the reason is empty"),
        (["--reason", "x", "--wait", "nan"], "nan s"),
        (["--reason", "x", "--wait", "-1"], "-1 s"),
    ],
)
def test_a_word_that_says_nothing_is_refused(home, capsys, given, said):
    begin_run(str(home / "journal.db"), "r", b"{}").close()
    assert main(["halt", *given]) == 2
    assert said in capsys.readouterr().err
    journal = open_run(str(home / "journal.db"), "r")
    assert not journal.posted()
    journal.close()


@pytest.mark.parametrize(
    "command",
    [
        "live crossing AAPL --name .ladder",
        "paper crossing AAPL --follow --name .ladder",
        "paper crossing --sample us-large-caps --end 2000-06-01 --name .ladder",
        "backtest crossing --sample us-large-caps --end 2000-06-01 --journal j.db --name .ladder",
        "halt .ladder --reason x",
        "resume .ladder",
        "replay .ladder",
        "ladder .ladder",
        "promote .ladder --to paper",
    ],
)
def test_what_tenfold_keeps_in_a_journal_is_no_run(home, monkeypatch, capsys, command):
    monkeypatch.chdir(home)
    begin_run(str(home / "journal.db"), ".ladder", b"tenfold ladder 1").close()
    assert main(command.split()) == 2
    assert capsys.readouterr().err.endswith(
        "error: a run cannot be named .ladder, expected e.g. run-1: names that begin with a point are Tenfold's own\n"
    )


def test_an_operator_has_a_name(home, monkeypatch):
    begin_run(str(home / "journal.db"), "r", b"{}").close()
    monkeypatch.setenv("LOGNAME", "cay")
    assert halt("", reason="x", wait_s=0.0).operator == "cay"
    assert resume("", wait_s=0.0).operator == "cay"

    def nameless():
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nameless)
    with pytest.raises(SettingsError, match="expected --operator NAME"):
        halt("", reason="x")


def test_a_reason_of_other_letters_halts_too(home):
    begin_run(str(home / "journal.db"), "r", b"{}").close()
    given = {
        "reason": b"n\xfcchtern".decode(errors="surrogateescape"),
        "operator": b"J\xf6rg".decode(errors="surrogateescape"),
    }
    assert halt("", **given, wait_s=0.0).operator == "J\\udcf6rg"
    journal = open_run(str(home / "journal.db"), "r")
    assert [event.reason for event in journal.posted()] == ["n\\udcfcchtern"]
    journal.close()


def test_lines():
    said = Posted(run="r", place="p", word="resume", operator="a", taken=True, seconds=0.126, holder="x")
    assert said.lines() == ["resume of r after 0.13 s: the breakers are reset, entries go on"]
    held = Posted(run="r", place="p", word="halt", operator="a", taken=False, seconds=2.0, holder="host 7")
    assert "host 7, which traded it last, has not answered" in held.lines()[0]
