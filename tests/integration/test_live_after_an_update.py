"""A run that another version of Tenfold has traded goes on under its name: real processes of both, over real sockets, on one journal."""

import shutil

import pytest

from live_scenes import SPEED, Process, records
from official_client import serving, trading_client
from tenfold.app.replay import replay
from tenfold.domain.events import Started

VERSIONS = {
    "decides the same": ("engine/engine.py", "", "# another version\n"),
    "has decided otherwise": (
        "engine/vote_desk.py",
        "        return self.gate.lots(",
        "        return 1 + self.gate.lots(",
    ),
}


def version(root, folder, name, old, new):
    """Make another version of Tenfold, and return where it is."""
    source = folder / "version"
    shutil.copytree(root / "src" / "tenfold", source / "tenfold", ignore=shutil.ignore_patterns("__pycache__"))
    place = source / "tenfold" / name
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new, 1) if old else text + new)
    return source


@pytest.mark.parametrize("what", VERSIONS)
def test_a_run_goes_on_with_other_code(root, tmp_path, what):
    source = version(root, tmp_path, *VERSIONS[what])
    with serving(speed=SPEED, symbols=("AAPL",)) as exchange:
        with Process(exchange, tmp_path, source=source) as old:
            old.until("filled")
            old.kill()
        with Process(exchange, tmp_path) as new:
            new.until(what)
            new.until("epoch 2")
            new.until("filled")
            report = new.ended()
        with trading_client(exchange) as client:
            held = {one.symbol: int(float(one.qty)) for one in client.get_all_positions()}
            cash = float(client.get_account().cash)
    assert report["differences"] == {}
    assert report["positions"] == held
    worth = sum(report["values"].values())
    assert abs(report["equity"] - worth - cash) < 0.01
    first, second = [one for one in records(tmp_path) if isinstance(one, Started)]
    assert first.run == second.run
    assert first.code_hash != second.code_hash
    assert bool(second.inherits) == (what == "has decided otherwise")
    assert len([line for line in report["alarms"] if what in line]) == bool(second.inherits)
    told = replay(tmp_path / "journal.db", "live")
    assert told.same
    assert told.foreign > 2
    assert bool(told.taken) == bool(second.inherits)
