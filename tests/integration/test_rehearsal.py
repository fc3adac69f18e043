"""Stored ticks played through live feeds make the bars that are built of them."""

import numpy as np
import pytest

from feed_scenes import DAY, OPEN_NS, SECOND
from tenfold.app import wiring
from tenfold.app.building import build_bars
from tenfold.app.cli.program import main
from tenfold.app.importing import import_file
from tenfold.app.rehearsal import rehearse
from tenfold.domain.errors import DataError, UnknownNameError


def stored(tmp_path, hours=2, pause=(0, 0), kind="trades"):
    """Store ticks every two seconds of a market that never closes, but for a pause (from, to) in minutes."""
    seconds = np.arange(0, hours * 3600, 2)
    seconds = seconds[(seconds < 60 * pause[0]) | (seconds >= 60 * pause[1])]
    moments = (OPEN_NS + seconds * SECOND).astype("datetime64[ns]")
    price = 100.0 + np.sin(seconds / 500.0).round(2)
    columns = {"trades": "time,price,size", "quotes": "time,bid,ask"}[kind]
    rows = [
        f"{at},{one:.2f},{one + 0.01 if kind == 'quotes' else 5:.2f}" for at, one in zip(moments, price, strict=True)
    ]
    path = tmp_path / f"{kind}.csv"
    path.write_text("\n".join([columns, *rows]) + "\n")
    import_file(str(path), symbol="X/USD", kind=kind)
    return len(rows)


def test_a_clean_day_is_fit_throughout(tmp_path):
    count = stored(tmp_path)
    found = rehearse("X/USD")
    built = build_bars("X/USD", source="trades").quality.rows
    assert (found.values, found.sets, found.bars, found.revised, found.asked) == (count, built, built, 0, 0)
    assert (found.score, found.counts, found.alerts) == (100.0, {}, ())
    assert found.fit_frac > 0.999


def test_a_silence_is_told_lowers_the_score_and_would_be_asked_for(tmp_path):
    stored(tmp_path, pause=(40, 50))
    found = rehearse(["X/USD"])
    assert found.counts["silent"] == pytest.approx(585, abs=3)
    # Of the minutes before, the last may have lost its end, and what changed the two before it was not heard.
    assert (found.asked, found.sets) == (13, 110)
    assert found.fit_frac == pytest.approx(1.0 - 585 / 7200, abs=0.01)
    assert found.score < 70.0
    assert len(found.alerts) == 1
    assert any("alerts: 20" in line for line in found.lines())


def test_quotes_and_the_command(tmp_path, capsys):
    stored(tmp_path, kind="quotes")
    assert main(["data", "rehearse", "X/USD", "--score-min", "90"]) == 0
    assert "fit to be traded on in 99." in capsys.readouterr().out
    assert main(["data", "rehearse", "X/USD", "--json"]) == 0
    assert '"score":100.0' in capsys.readouterr().out
    stored(tmp_path, pause=(10, 40), kind="quotes")
    assert main(["data", "rehearse", "X/USD", "--score-min", "99"]) == 1


def test_what_has_no_ticks_is_refused_in_one_line(tmp_path):
    with pytest.raises(UnknownNameError, match="NONE has no quotes or trades"):
        rehearse("NONE")
    stored(tmp_path)
    with pytest.raises(UnknownNameError, match=r"did you mean X/USD|X/USD"):
        rehearse("X/USX")


def test_ticks_outside_every_session_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    saturday = (np.datetime64(DAY + 1, "D") + np.arange(100).astype("timedelta64[s]")).astype("datetime64[s]")
    path.write_text("time,price,size\n" + "\n".join(f"{at},10,1" for at in saturday))
    import_file(str(path), symbol="SAT", kind="trades")
    with pytest.raises(DataError, match="no session of XNYS overlaps"):
        rehearse("SAT", calendar="XNYS")


def test_recorded_prints_make_the_bars_that_are_built_of_them(reference_data):
    for kind in ("trades", "quotes"):
        import_file(str(reference_data / f"equity_tick_{kind}.parquet"), kind=kind)
    found = rehearse("IBM", calendar="XNYS")
    build_bars("IBM", calendar="XNYS")
    bars = wiring.bar_store(None).load(["IBM"])
    sessions = wiring.calendar_sessions("XNYS", 15_985, 15_986)
    held = [one for one in bars.rows["open_ns"][:, 0] if any(day.open_ns <= one < day.close_ns for day in sessions)]
    assert len(held) - found.asked <= found.sets <= len(held)
    assert found.sets >= 0.95 * len(held)
    assert (found.revised, found.fit_frac > 0.995) == (0, True)
