import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from tenfold.app.report.surfaces import Grid, heat_chart, parameter_chart, surface_chart
from tenfold.app.report.sweep_page import sweep_html
from tenfold.app.sweep_result import SweepResult
from tenfold.backtesting.sweep import STATISTICS
from tenfold.domain.rules import Rules


@pytest.fixture
def make_sweep(make_run):
    def build(sharpe, **parameters):
        rows = np.zeros(len(sharpe), STATISTICS)
        rows["sharpe"], rows["final_units"], rows["max_drawdown"] = sharpe, 10**11, -0.2
        columns = {name: np.array(values) for name, values in parameters.items()}
        return SweepResult(
            SimpleNamespace(
                name="crossing", parameters=columns, statistics=rows, bars=make_run().bars, rules=Rules(), notes={}
            )
        )

    return build


def figures(text):
    return json.loads(re.search(r'id="figures">(.*?)</script>', text, re.DOTALL).group(1))["charts"]


def test_maps_surfaces_and_parameters(make_sweep, tmp_path):
    fast, slow = (part.ravel() for part in np.meshgrid([5, 10, 20], [50, 100, 150]))
    result = make_sweep(np.linspace(-1, 3, 9), fast=fast, slow=slow)
    path = result.report(tmp_path / "sweep.html")
    text = path.read_text()
    found = figures(text)
    assert {"luck", "map-1", "surface-1", "parameter-1", "parameter-2"} == set(found)
    assert [variant["data"][0]["type"] for variant in found["surface-1"]["variants"]] == ["surface"] * 4
    assert "Synthetic data" in text
    assert "must prove itself" in text
    assert text.count("<tr") >= 10


@pytest.mark.parametrize(
    ("sharpe", "said"),
    [
        ([-1.0, -0.5, np.nan], "No combination had a positive Sharpe ratio."),
        ([0.01, 0.02, 0.03], "nothing here speaks against luck"),
    ],
)
def test_the_verdict_is_plain(make_sweep, sharpe, said):
    text = sweep_html(make_sweep(sharpe, fast=[5, 10, 20]), title="Mine")
    assert said in text
    assert "<h1>Mine</h1>" in text
    assert "fewer than five combinations" in text
    assert "map-1" not in figures(text)


def test_many_parameters_are_drawn_in_part(make_sweep, monkeypatch):
    from tenfold.app.report import sweep_page

    grid = np.array(np.meshgrid(*[[1, 2]] * 5)).reshape(5, -1)
    result = make_sweep(np.arange(32) / 10, **{name: grid[k] for k, name in enumerate("abcde")})
    text = sweep_html(result)
    assert "4 pairs of parameters are not drawn" in text
    assert "median over them" in text
    monkeypatch.setattr(sweep_page, "ROWS_MAX", 10)
    assert "The 10 of the highest Sharpe ratio." in sweep_html(result)
    alone = sweep_html(make_sweep([1.0] * 6, fast=[5] * 6))
    assert "parameters" not in re.findall(r'<section id="(\w+)"', alone)


def test_cells_without_a_trial_are_empty():
    grid = Grid("x", "y", "trades", np.array([1, 2]), np.array([0.5]), np.array([[np.nan, 3.0]]))
    assert heat_chart(grid)["data"][0]["z"] == [[None, 3]]
    assert surface_chart(grid)["data"][0]["y"] == [0.5]
    drawn = parameter_chart("x", "sharpe", np.array([1, 1, 2]), np.array([1.0, 3.0, np.nan]))
    assert drawn["data"][2]["y"] == [2, None]
    assert drawn["data"][3]["y"] == [3, None]
