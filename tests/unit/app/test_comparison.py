from dataclasses import replace

import numpy as np
import pytest

from tenfold import compare
from tenfold.app.report.comparison_page import comparison_html
from tenfold.app.result import Result
from tenfold.domain.errors import ParameterError
from tenfold.domain.rules import Sizing
from tenfold.domain.units import NS_PER_MINUTE

SHOUT = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def pair(make_run):
    return [Result(make_run(bars=400, seed=seed)) for seed in (0, 1)]


def test_figures_stand_side_by_side(pair):
    found = compare({"one": pair[0], "two": pair[1]})
    assert found.names == ["one", "two"]
    assert found.table.columns == ["metric", "one", "two"]
    row = dict(zip(found.table["metric"], found.table["two"], strict=True))
    assert row["Sharpe ratio"] == pair[1].summary().text("sharpe_ratio")
    assert found.summaries["one"]["fills"] == len(pair[0].run.fills)
    assert repr(found).startswith("Comparison(one: Sharpe ")
    assert "<table" in found._repr_html_()


def test_names_are_those_of_the_runs_and_distinct(pair):
    assert compare([*pair, pair[0]]).names == [
        "trend + momentum + value",
        "trend + momentum + value (2)",
        "trend + momentum + value (3)",
    ]
    named = Result(replace(pair[0].run, notes={"name": "mine"}))
    assert compare((named, pair[1])).names[0] == "mine"


def test_correlations_are_of_what_both_saw(pair, make_run):
    found = compare({"one": pair[0], "two": pair[1]})
    expected = np.corrcoef(pair[0].run.returns, pair[1].run.returns)[0, 1]
    assert found.matrix[0, 1] == pytest.approx(expected)
    assert found.correlations["one"].to_list() == pytest.approx([1.0, expected])
    shorter = Result(make_run(bars=200, seed=0))
    part = compare([pair[0], shorter]).matrix[0, 1]
    assert part == pytest.approx(np.corrcoef(pair[0].run.returns[:200], shorter.run.returns)[0, 1])
    minutes = Result(make_run(bars=50, period_ns=NS_PER_MINUTE, ts_ns=np.arange(1, 51) * NS_PER_MINUTE))
    assert np.isnan(compare([pair[0], minutes]).matrix[0, 1])


def test_curves_of_all_stand_on_one_axis(pair):
    figure = compare({"one": pair[0], "two": pair[1]}).plot()
    assert [trace.name for trace in figure.data] == ["one", "two"] * 2
    assert figure.data[1].y[-1] == pytest.approx(pair[1].run.equity[-1] / 100_000, rel=1e-4)


def test_report_is_one_file_with_what_differs(pair, tmp_path):
    run = pair[1].run
    other = Result(replace(run, rules=replace_rules(run.rules)))
    path = compare({SHOUT: pair[0], "two": other}).report(tmp_path / "c.html", title="Mine")
    text = path.read_text()
    assert "<title>Mine · Tenfold</title>" in text
    assert "sizing.fraction" in text
    assert "<img" not in text.split("<script")[0]
    assert "Synthetic data" in text
    same = comparison_html(compare([pair[0], pair[0]]))
    assert "They ran under the same settings." in same


def replace_rules(rules):
    from msgspec.structs import replace as changed

    return changed(rules, sizing=Sizing(method="fraction", fraction=0.123))


def test_ten_results_and_other_years(pair, make_run):
    many = compare([*pair * 4, Result(make_run(bars=60)), Result(make_run(bars=5))])
    assert len(many.plot().data) == 20
    assert "–" in comparison_html(many)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "at least two results in a list, found 0"),
        (["a", "b"], "found a str"),
        (5, "at least two results in a list"),
    ],
)
def test_what_cannot_be_compared_is_said(given, said):
    with pytest.raises(ParameterError, match=said):
        compare(given)
