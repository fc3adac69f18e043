"""A journaled backtest is repeated bit for bit, or the first command that differs is named."""

import json

import numpy as np
import pytest
from msgspec.structs import replace as changed

import tenfold
from tenfold.app.capture_settings import CaptureSettings
from tenfold.app.cli.program import main
from tenfold.app.importing import import_file
from tenfold.app.journal_head import head_of
from tenfold.app.replay import replay
from tenfold.app.tick_data import load_ticks
from tenfold.app.wiring import begin_journal, capture, open_journal
from tenfold.codec import encode
from tenfold.domain.errors import DecodeError, JournalError, SettingsError
from tenfold.domain.order import Submit
from tenfold.market.synthetic import random_walk
from tenfold.market.universe import top_universe

BARS = random_walk(300, 2, seed=3)

OBJECT = """
class Mean:
    window = 5

    def on_bar(self, window):
        return 1.0 if window["close"][-1] > window["close"].mean() else -1.0
"""
OWN = """
from tenfold.domain.market import BarSet

class Dipper:
    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        bar = event.bars[0]
        if view.position(bar.symbol) or any(view.orders(bar.symbol)):
            return []
        entry = view.submit(bar.symbol, "buy", 5, "limit", limit_price=round(bar.close * 0.99, 2), tif="day")
        return view.bracket(entry, take_profit=round(bar.close * 1.01, 2), stop_loss=round(bar.close * 0.96, 2))
"""
FOLD = """
from tenfold.indicators import Integer, Mean, State, fold, mean

@fold(length=Integer(2, 50, default=10), state=State(slow=Mean))
def above(state, bar, params):
    return 1.0 if bar.close > mean(state.slow, bar.close, params.length) else -1.0
"""


def recorded(target):
    journal = open_journal(str(target))
    try:
        return journal.description, list(journal.records())
    finally:
        journal.close()


def put(target, description, records):
    journal = begin_journal(str(target), "", description)
    journal.append(records)
    journal.sync()
    journal.close()


def test_a_vote_is_repeated_and_trades_as_without_a_journal(tmp_path):
    target = tmp_path / "j.db"
    kept = tenfold.backtest(["crossing", "calm"], BARS, params=[{"fast": 5, "slow": 20}, None], journal=target)
    plain = tenfold.backtest(["crossing", "calm"], BARS, params=[{"fast": 5, "slow": 20}, None])
    assert kept.run.fills.tolist() == plain.run.fills.tolist()
    found = replay(target)
    assert found.same
    assert found.commands > 5
    assert found.events + found.commands == kept.run.notes["journal"]["records"]
    assert found.lines()[-1] == "every command was reproduced, bit for bit"


def test_the_first_command_that_differs_is_named(tmp_path):
    tenfold.backtest("crossing", BARS, params={"fast": 5, "slow": 20}, journal=tmp_path / "j.db")
    description, records = recorded(tmp_path / "j.db")
    place = [n for n, record in enumerate(records) if isinstance(record, Submit)][2]
    order = records[place].order
    records[place] = Submit(order=changed(order, qty=order.qty + 1))
    put(tmp_path / "other.db", description, records)
    found = replay(tmp_path / "other.db")
    assert not found.same
    assert found.difference.startswith(f'record {place + 1} is {{"type":"submit"')
    assert main(["replay", str(tmp_path / "other.db")]) == 1
    put(tmp_path / "more.db", description, [*records[:place], records[place - 1]])
    assert not replay(tmp_path / "more.db").same
    last = max(n for n, record in enumerate(recorded(tmp_path / "j.db")[1]) if isinstance(record, Submit))
    put(tmp_path / "less.db", description, recorded(tmp_path / "j.db")[1][:last])
    assert "which was not recorded" in replay(tmp_path / "less.db").difference


def test_a_file_that_was_changed_is_refused(tmp_path):
    for name, text in (("above.py", FOLD), ("mean.py", OBJECT), ("own.py", OWN)):
        path, target = tmp_path / name, tmp_path / f"{name}.db"
        path.write_text(text)
        tenfold.backtest(str(path), BARS, journal=target)
        assert replay(target).same
        path.write_text(text.replace(" > ", " < ").replace("0.99", "0.98"))
        with pytest.raises(JournalError, match=f"{name}.* was changed since run run-1 was written"):
            replay(target)
        path.unlink()
        with pytest.raises(JournalError, match="is gone"):
            replay(target)


def test_other_code_and_another_description_are_refused(tmp_path):
    tenfold.backtest("crossing", BARS, journal=tmp_path / "j.db")
    description, (opening, *records) = recorded(tmp_path / "j.db")
    put(tmp_path / "code.db", description, [changed(opening, code_hash="other"), *records])
    with pytest.raises(JournalError, match="other code of Tenfold"):
        replay(tmp_path / "code.db")
    put(tmp_path / "config.db", description + b" ", [opening, *records])
    with pytest.raises(JournalError, match="another description"):
        replay(tmp_path / "config.db")
    put(tmp_path / "empty.db", description, records)
    with pytest.raises(JournalError, match="has not begun"):
        replay(tmp_path / "empty.db")


def test_a_run_that_a_later_version_has_begun_is_named_as_that():
    with pytest.raises(DecodeError, match=r"unknown key later.*another version of Tenfold has begun it"):
        head_of(encode({"later": 1}, "msgpack"))


def test_what_cannot_be_built_again_is_refused_before_it_runs(tmp_path):
    class Mean:
        def on_bar(self, window):
            return 1.0

    target = tmp_path / "j.db"
    with pytest.raises(SettingsError, match="name it by its file"):
        tenfold.backtest(Mean(), BARS, journal=target)
    with pytest.raises(SettingsError, match="scores cannot be replayed"):
        tenfold.backtest(scores=BARS.rows["close"] * 0.0, bars=BARS, journal=target)
    with pytest.raises(SettingsError, match="compiled path keeps no journal"):
        tenfold.backtest("crossing", BARS, engine="compiled", journal=target)
    with pytest.raises(SettingsError, match="universe"):
        tenfold.backtest("crossing", BARS, universe=top_universe(BARS, count=1), journal=target)
    assert not target.exists()


def test_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    line = ["backtest", "crossing", "AAPL", "--sample", "us-large-caps", "--end", "2001-01-01", "--no-save"]
    assert main([*line, "--journal", "j.db", "--name", "first"]) == 0
    assert "of run first; `tenfold replay j.db first`" in capsys.readouterr().err
    assert main(["replay", "j.db", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == "first"
    assert found["difference"] == ""
    assert main([*line, "--journal", "j.db", "--name", "first"]) == 2
    assert capsys.readouterr().err.startswith("error: the journal j.db has a run first already")


def test_a_run_over_ticks_is_repeated_too(tmp_path):
    times = [str(np.datetime64("2021-03-01T14:30:00") + second) for second in range(900)]
    prices = (100 + np.cumsum(np.random.default_rng(4).normal(0, 0.03, 900))).round(2)
    rows = [f"{ts},{p - 0.02:.2f},{p + 0.02:.2f},50,50" for ts, p in zip(times, prices, strict=True)]
    (tmp_path / "Q.csv").write_text("\n".join(["time,bid,ask,bid_size,ask_size", *rows]) + "\n")
    import_file(tmp_path / "Q.csv", symbol="Q")
    (tmp_path / "own.py").write_text(OWN.replace("close * 0.99", "close * 0.9999"))
    for number, strategy in enumerate(("crossing", str(tmp_path / "own.py"))):
        market = load_ticks("Q", period="10s")
        params = {"fast": 5, "slow": 20} if strategy == "crossing" else None
        kept = tenfold.backtest(strategy, market, params=params, journal=tmp_path / "j.db", name=f"t{number}")
        plain = tenfold.backtest(strategy, market, params=params)
        assert kept.run.fills.tolist() == plain.run.fills.tolist()
        assert len(kept.run.fills) > 2
        found = replay(tmp_path / "j.db", f"t{number}")
        assert found.same
        assert found.commands > 2


def test_a_run_of_several_starts_is_one_and_other_code_in_between_is_named(tmp_path):
    tenfold.backtest("crossing", BARS, params={"fast": 5, "slow": 20}, journal=tmp_path / "j.db")
    description, records = recorded(tmp_path / "j.db")
    again = changed(records[0], epoch=2, ts_ns=BARS.ts_ns[-1].item())
    put(tmp_path / "two.db", description, [*records, again])
    found = replay(tmp_path / "two.db")
    assert found.same
    assert ", 2 starts" in found.lines()[0]
    put(tmp_path / "other.db", description, [*records, changed(again, code_hash="other")])
    found = replay(tmp_path / "other.db")
    assert (found.same, found.foreign, found.taken) == (True, 1, 0)
    assert "1 records were written by other code of Tenfold: this code decides the same there" in found.lines()
    put(tmp_path / "config.db", description, [*records, changed(again, config_hash="other")])
    with pytest.raises(JournalError, match="starts epoch 2 with another configuration"):
        replay(tmp_path / "config.db")


def test_what_other_code_has_decided_is_taken_as_it_is_until_a_start_inherits_it(tmp_path):
    tenfold.backtest("crossing", BARS, params={"fast": 5, "slow": 20}, journal=tmp_path / "j.db")
    description, (opening, *records) = recorded(tmp_path / "j.db")
    place = next(n for n, one in enumerate(records) if isinstance(one, Submit))
    theirs = records[place]
    records[place] = changed(theirs, order=changed(theirs.order, qty=theirs.order.qty + 1))
    last = changed(opening, epoch=2, ts_ns=BARS.ts_ns[-1].item(), inherits=len(records) + 1)
    put(tmp_path / "went-on.db", description, [changed(opening, code_hash="other"), *records, last])
    found = replay(tmp_path / "went-on.db")
    assert found.same
    assert found.foreign == len(records) + 1
    assert found.taken >= 1
    assert "are taken as they are" in found.lines()[1]
    put(tmp_path / "ours.db", description, [opening, *records, last])
    assert not replay(tmp_path / "ours.db").same


def test_raw_market_data_are_held_against_the_journal(tmp_path, capsys):
    tenfold.backtest("crossing", BARS, params={"fast": 5, "slow": 20}, journal=tmp_path / "j.db")
    description, records = recorded(tmp_path / "j.db")
    kept = capture(tmp_path / "raw", CaptureSettings())
    kept.write("sip", 1, b"a frame")
    mark = kept.mark(BARS.ts_ns[-1].item())
    kept.close()
    put(tmp_path / "live.db", description, [*records, mark])
    assert (
        replay(tmp_path / "live.db", capture=tmp_path / "raw").lines()[1].startswith("raw market data: 1 frames, all 1")
    )
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "00000007.capture").touch()
    assert "1 marks are of segments" in replay(tmp_path / "live.db", capture=tmp_path / "gone").lines()[1]
    assert "has no mark of any" in replay(tmp_path / "j.db", capture=tmp_path / "raw").lines()[1]
    for other in (tmp_path, tmp_path / "nowhere", tmp_path / "live.db"):
        assert main(["replay", str(tmp_path / "live.db"), "--capture", str(other)]) == 2
        assert f"{other} holds no raw market data, expected the folder" in capsys.readouterr().err
    path = tmp_path / "raw" / "00000001.capture"
    path.write_bytes(path.read_bytes().replace(b"a frame", b"another"))
    assert main(["replay", str(tmp_path / "live.db"), "--capture", str(tmp_path / "raw")]) == 1
    assert "raw market data: segment 1 of the capture was changed" in capsys.readouterr().out


def test_a_lone_word_is_a_run_of_the_home_journal(home, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["replay", "first"]) == 2
    assert f"there is no journal {home / 'journal.db'}" in capsys.readouterr().err
    assert main(["replay", "first.db"]) == 2
    assert "there is no journal first.db" in capsys.readouterr().err
    assert main(["replay"]) == 2
    assert f"there is no journal {home / 'journal.db'}" in capsys.readouterr().err
    for name in ("first", "second"):
        tenfold.backtest("crossing", BARS, params={"fast": 5, "slow": 20}, journal=home / "journal.db", name=name)
    assert main(["replay", "first"]) == 0
    assert main(["replay"]) == 0
    assert main(["replay", "third"]) == 2
    told = capsys.readouterr()
    assert [line.split()[1] for line in told.out.splitlines() if line.startswith("run ")] == ["first", "second"]
    assert "has no run third; expected one of: first, second" in told.err
    assert main(["replay", "third.db"]) == 2
    assert "there is no journal third.db" in capsys.readouterr().err


def test_a_run_in_postgresql_is_repeated_too(postgres):
    kept = tenfold.backtest("crossing", BARS, params={"fast": 5, "slow": 20}, journal=postgres, name="vote")
    found = replay(postgres, "vote")
    assert found.same
    assert found.commands > 5
    assert found.journal == kept.run.notes["journal"]["place"]
    assert replay(found.journal, "vote").same  # what is shown can be given again
