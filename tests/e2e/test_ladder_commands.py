"""The ladder on the command line: from a study to shadow, and one line for each mistake."""

import json

import pytest

from ladder_scenes import BARS, ensemble_file, on_stage
from tenfold.app.cli.program import main
from tenfold.app.live.facade import paper


@pytest.fixture
def tenfold(capsys, tmp_path, monkeypatch):
    """Run a command in a folder of its own with an ensemble in it; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    ensemble_file(tmp_path / "ensemble.toml")

    def run(line):
        code = main(line.split())
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_strategy_climbs_by_commands_and_falls_by_itself(tenfold, tmp_path):
    code, out, _ = tenfold("ladder ensemble.toml --journal j.db")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].endswith("stands on research")
    assert [line.split()[0] for line in lines[1:]] == [
        "research",
        "walk_forward",
        "monte_carlo",
        "paper",
        "shadow",
        "canary",
        "live",
    ]
    assert "tenfold promote ensemble.toml --journal j.db --to walk_forward" in lines[2]
    assert tenfold("promote ensemble.toml --to shadow --journal j.db --operator ann")[0] == 1
    code, out, _ = tenfold("promote ensemble.toml --to paper --journal j.db --operator ann")
    assert code == 0
    assert "stands on paper" in out
    paper("ensemble.toml", BARS.slice(0, 40), journal="j.db", name="short")
    code, out, _ = tenfold("promote short --to shadow --journal j.db --operator ann")
    assert code == 1
    assert "round trips: " in out
    assert "wanted at least 20" in out
    on_stage(tmp_path / "j.db", "short", "shadow-1", "shadow")
    code, out, _ = tenfold("--json ladder shadow-1 --journal j.db")
    found = json.loads(out)
    assert (found["stage"], len(found["rungs"])) == ("paper", 7)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("promote ensemble.toml --to moon", "there is no --to moon"),
        ("promote ensemble.toml", "--to"),
        ("ladder run-1 --journal none.db", "none.db"),
        ("ladder", "journal.db"),
    ],
)
def test_a_mistake_is_one_line(tenfold, line, said):
    code, _, err = tenfold(line)
    assert code == 2
    assert len(err.splitlines()) == 1
    assert said in err
