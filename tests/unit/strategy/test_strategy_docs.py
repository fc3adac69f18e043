"""The pages about strategies and indicators name everything, and their code runs."""

import re
from pathlib import Path

import numpy as np
import pytest

from tenfold import indicators
from tenfold.backtesting.check import check_fold
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_DAY
from tenfold.registry import STRATEGIES
from tenfold.strategy.source import load_strategy

ROOT = Path(__file__).parents[3]
HOW_TO = (ROOT / "docs/how-to/write-a-strategy.md").read_text()
FILES = dict(re.findall(r'```python title="(\w+\.py)"\n(.*?)```', HOW_TO, re.DOTALL))


def market():
    random = np.random.default_rng(9)
    close = 80.0 * np.exp(np.cumsum(random.normal(0.0, 0.012, (500, 3)), axis=0))
    ts_ns = (11_000 + np.arange(500)) * NS_PER_DAY
    return bars_from_arrays(
        ["A", "B", "C"], ts_ns, close, close * 1.01, close * 0.99, close, 1e5 * close, period_ns=NS_PER_DAY
    )


@pytest.mark.parametrize("name", FILES)
def test_the_code_of_the_how_to_passes_its_check(name, tmp_path):
    path = tmp_path / name
    path.write_text(FILES[name])
    report = check_fold(load_strategy(path), market())
    assert report.passed, "\n".join(report.lines())
    assert report.long_frac > 0
    assert report.short_frac > 0


def test_the_error_shown_is_the_error_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = FILES["my_reversal.py"].replace("bar.close, params.length", "bar.close, params.lenght")
    Path("my_reversal.py").write_text(text)
    with pytest.raises(Exception, match="lenght") as caught:
        load_strategy("my_reversal.py")
    assert f"error: {caught.value}\n" in HOW_TO


def test_the_code_of_the_reference_loads(tmp_path):
    page = (ROOT / "docs/reference/indicators.md").read_text()
    path = tmp_path / "oversold.py"
    path.write_text(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1])
    assert check_fold(load_strategy(path), market()).passed


def test_the_example_passes_its_check():
    assert check_fold(load_strategy(ROOT / "examples/my_crossing.py"), market()).passed


def test_every_indicator_is_documented():
    page = (ROOT / "docs/reference/indicators.md").read_text()
    missing = [name for name in indicators.__all__ if not re.search(rf"`{name}[`(]", page)]
    assert not missing


def test_every_strategy_is_documented_with_its_parameters():
    page = (ROOT / "docs/reference/strategies.md").read_text()
    for name in STRATEGIES.names():
        section = re.search(rf"### {name}\n(.*?)(?=\n##|\Z)", page, re.DOTALL)
        assert section, f"{name} is not documented"
        fold = STRATEGIES.load(name)
        assert " ".join(fold.doc.split("\n\n")[0].split()) in section[1]
        for key, space in fold.parameters.items():
            assert f"| `{key}` | {space.low:g} | {space.high:g} | {space.initial:g} |" in section[1]
