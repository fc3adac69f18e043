import pickle
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import pytest

from tenfold.app.html import write_figure
from tenfold.app.sweep_result import SweepResult
from tenfold.backtesting.sweep import STATISTICS
from tenfold.domain.errors import ParameterError
from tenfold.domain.rules import Costs, Rules


@dataclass
class Swept:
    name: str
    parameters: dict
    statistics: np.ndarray
    bars: object
    rules: Rules = field(default_factory=Rules)


@pytest.fixture
def swept(make_run):
    grid = np.array(list(product([5, 10], [20, 50, 100], [0.1, 0.2])))
    rows = np.zeros(len(grid), STATISTICS)
    rows["sharpe"] = np.arange(12) / 10
    rows["sharpe"][11] = np.nan
    rows["final_units"] = 10**11
    rows["exposed_bars"] = 250
    names = ("fast", "slow", "sharpe")
    parameters = dict(zip(names, grid.T, strict=True))
    return Swept("crossing", parameters, rows, make_run().bars)


def test_table_and_best(swept):
    result = SweepResult(swept)
    assert len(result) == len(result.table) == 12
    assert result.table.columns[:4] == ["fast", "slow", "parameter_sharpe", "final_equity"]
    assert result.best["sharpe"] == 1.0
    assert (result.best["fast"], result.best["slow"], result.best["exposure"]) == (10.0, 100.0, 0.5)
    assert "12 combinations of crossing, best Sharpe 1.00 at fast 10, slow 100, sharpe 0.1" in repr(result)
    assert "<p>SweepResult" in result._repr_html_()


def test_luck_is_what_noise_would_show(swept):
    from tenfold.metrics.significance import expected_maximum

    result = SweepResult(swept)
    assert result.luck == pytest.approx(expected_maximum(12) / np.sqrt(500 / 252))


def test_heatmap_is_the_median_over_the_rest(swept, tmp_path):
    figure = SweepResult(swept).heatmap("fast", "slow")
    cells = np.array(figure.data[0].z)
    assert cells.shape == (3, 2)
    assert cells[0, 0] == pytest.approx(0.05)
    assert "median over sharpe" in figure.layout.title.text
    plain = SweepResult(swept).heatmap("fast", "slow", "final_equity")
    assert np.array(plain.data[0].z).ravel().tolist() == [100_000.0] * 6
    path = write_figure(figure, tmp_path / "map.html")
    assert "<html>" in path.read_text()


def test_what_is_not_there_is_named(swept):
    result = SweepResult(swept)
    with pytest.raises(ParameterError, match="no parameter slwo; did you mean slow"):
        result.heatmap("fast", "slwo")
    with pytest.raises(ParameterError, match="twice"):
        result.heatmap("fast", "fast")
    with pytest.raises(ParameterError, match="no statistic sharp"):
        result.heatmap("fast", "slow", "sharp")


def test_surface_is_the_heat_map_in_space(swept):
    result = SweepResult(swept)
    surface = result.surface("fast", "slow")
    assert np.array(surface.data[0].z).tolist() == np.array(result.heatmap("fast", "slow").data[0].z).tolist()
    assert "median over sharpe" in surface.layout.title.text
    assert surface.layout.scene.zaxis.title.text == "sharpe"
    assert result.grid("fast", "slow", "fills").cells.tolist() == [[0.0, 0.0]] * 3
    with pytest.raises(ParameterError, match="no statistic"):
        result.surface("fast", "slow", "sharp")


def test_sweeps_pickle_and_equal_what_is_the_same(swept):
    result = SweepResult(swept)
    again = pickle.loads(pickle.dumps(result))  # noqa: S301
    assert again == result
    assert again.best == result.best
    other = swept.statistics.copy()
    other["fills"] += 1
    assert SweepResult(replace(swept, statistics=other)) != result
    assert SweepResult(replace(swept, name="other")) != result
    assert SweepResult(replace(swept, rules=Rules(costs=Costs(fee_frac=0.001)))) != result
    assert SweepResult(replace(swept, parameters=dict(list(swept.parameters.items())[:2]))) != result
    assert result != 5
