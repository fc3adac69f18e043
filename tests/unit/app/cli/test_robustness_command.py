"""`tenfold robustness`: text for people, JSON for programs, a page, and one line for what cannot be."""

import json

import pytest

from tenfold.app.cli import robustness
from tenfold.app.cli.arguments import Parser
from tenfold.app.cli.program import explain
from tenfold.domain.errors import ParameterError, TenfoldError

SAMPLE = ["--sample", "us-large-caps", "--start", "2012-01-01"]


def called(*arguments):
    parser = Parser(prog="tenfold robustness")
    robustness.declare(parser)
    parser.set_defaults(json=False)
    return robustness.run(parser.parse_args([*arguments]))


@pytest.fixture(autouse=True)
def _sampled():
    pytest.importorskip("bokeh_sampledata")


def test_a_vote_is_examined_and_its_page_written(capsys, tmp_path):
    path = tmp_path / "page.html"
    code = called(
        "crossing,channel", "AAPL", *SAMPLE, "-p", "crossing.slow=40", "--scenarios", "12", "--report", str(path)
    )
    shown = capsys.readouterr()
    assert code == 0
    assert shown.out.startswith("robustness 0.")
    for words in (
        "stationary bootstrap",
        "resampled prices",
        "the vote",
        "entering at random",
        "bp a side",
        "bars late",
    ):
        assert words in shown.out
    assert "Robustness of crossing, channel" in path.read_text()
    assert str(path) in shown.err


def test_programs_read_json(capsys):
    assert called("crossing", "AAPL", *SAMPLE, "--scenarios", "6", "--seed", "3", "--workers", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["members"] == ["crossing"]
    assert told["seed"] == 3
    assert told["paths"]["scenarios"]["paths"] == 6
    assert 0.0 <= told["score"]["total"] <= 1.0
    assert told["costs"]["multiples"] == [0.0, 1.0, 2.0, 4.0]
    assert [check["gate"] for check in told["checks"]][-1] == "robustness"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--workers", "0"], "--workers is 0"),
        (["--scenarios", "0"], "at least 1 scenario"),
        (["--seed", "-1"], "seed of 0 or more"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(arguments, words):
    with pytest.raises(TenfoldError, match=words) as refused:
        called("crossing", "AAPL", *SAMPLE, *arguments)
    assert isinstance(refused.value, ParameterError)
    text, code = explain(refused.value)
    assert "\n" not in text
    assert code == 2
