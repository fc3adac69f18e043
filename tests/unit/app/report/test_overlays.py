import json
import re

import numpy as np
import pytest

from tenfold.app.result import Result
from tenfold.domain.errors import DataError


@pytest.fixture(scope="module")
def result(plain_run):
    return Result(plain_run)


def test_what_is_of_the_size_of_the_price_stands_on_it(result, tmp_path):
    closes = result.analysis.closes
    given = {"<b>mean": closes * 1.1, "strength": np.linspace(0, 1, len(closes))}
    text = result.report(tmp_path / "r.html", overlays=given).read_text()
    drawn = json.loads(re.search(r'id="figures">(.*?)</script>', text, re.DOTALL).group(1))["charts"]["timeline"]
    axes = {trace["name"]: trace["yaxis"] for trace in drawn["variants"][1]["data"]}
    assert (axes["&lt;b&gt;mean"], axes["strength"]) == ("y4", "y8")
    assert "yaxis8" in drawn["fit"]
    figure = result.plot("BBB", overlays={"mean": closes * 1.1})
    found = next(trace for trace in figure.data if trace.name == "mean")
    assert found.y[-1] == pytest.approx(closes[-1, 1] * 1.1, rel=1e-4)
    assert "yaxis8" not in figure.layout


@pytest.mark.parametrize(
    ("series", "said"),
    [(["a"], "is no array of numbers"), ([1.0, 2.0], r"shape \(2,\), expected"), (np.nan, "expected")],
)
def test_what_does_not_fit_is_refused(result, series, said):
    with pytest.raises(DataError, match=said):
        result.plot(overlays={"mean": series})


def test_an_overlay_without_values_is_no_fault(result):
    assert result.plot(overlays={"none": np.full(len(result.run.bars), np.nan)}) is not None
