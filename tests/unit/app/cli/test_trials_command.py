import json

import pytest

from tenfold import backtest, sweep
from tenfold.app.cli.program import main
from tenfold.app.trials import MARKETS_MAX, trial_report
from tenfold.app.wiring import trial_log
from trial_scenes import chunk_on, days


def said(capsys, *arguments):
    code = main(["trials", *arguments])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_nothing_yet(capsys, home):
    assert said(capsys) == (0, "nothing was evaluated yet\n", "")
    code, out, _ = said(capsys, "verify")
    assert code == 0
    assert "0 records" in out
    assert not (home / "trials").exists()


def test_what_was_tried_is_shown(capsys):
    bars = days(400, symbols=("AAA", "BBB", "CCC", "DDD", "EEE"))
    for _ in range(2):
        backtest("crossing", bars)
    sweep("channel", days(300), grid={"exit": [10, 20]})
    code, out, _ = said(capsys)
    assert code == 0
    assert out.startswith("3 different trials in 4 evaluations, ")
    assert "AAA, BBB, CCC, DDD and 1 more" in out
    assert "the log is whole: 5 records" in out
    code, out, _ = said(capsys, "--json")
    found = json.loads(out)
    assert (found["trials"], found["evaluations"]) == (3, 4)
    assert [one["family"] for one in found["families"]] == ["channel", "crossing"]
    assert [one["trials"] for one in found["markets"]] == [3, 3], "AAA is in both"
    assert found["markets"][0]["symbols"] == ["AAA"], "the latest first"


def test_verify_tells_where_the_log_ends(capsys):
    backtest("crossing", days(100))
    code, out, _ = said(capsys, "verify", "--json")
    assert code == 0
    assert json.loads(out)["records"] == 2
    _, out, _ = said(capsys, "verify")
    assert out.startswith("the log of trials is whole: 2 records")


@pytest.mark.parametrize("arguments", [(), ("verify",)])
def test_a_damaged_log_ends_in_one_line(capsys, home, arguments):
    backtest("crossing", days(100))
    trial_log().close()
    content = bytearray((home / "trials" / "trials.sqlite").read_bytes())
    place = content.index(b"crossing")
    content[place] ^= 0xFF
    (home / "trials" / "trials.sqlite").write_bytes(content)
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (6, "")
    assert err.startswith("error: the log of trials ")
    assert "record 2 was changed" in err
    assert err.count("\n") == 1


def test_only_the_latest_markets_are_listed():
    log = trial_log()
    for number in range(MARKETS_MAX + 3):
        log.record(*chunk_on(days(40, symbols=(f"S{number}",), seed=number), [5], at_ns=number))
    report = trial_report()
    assert len(report.markets) == MARKETS_MAX
    assert report.markets[0].symbols == (f"S{MARKETS_MAX + 2}",)
    assert report.trials == MARKETS_MAX + 3
