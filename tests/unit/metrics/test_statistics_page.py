"""The page of statistics names what is there, and nothing of it is left out."""

import importlib
import re

import pytest

MODULES = (
    "metrics.significance", "metrics.haircut", "metrics.overfitting", "metrics.ranks", "metrics.bootstrap",
    "research.superiority", "backtesting.combinatorial",
)  # fmt: skip


@pytest.fixture
def page(root):
    return (root / "docs/reference/statistics.md").read_text()


def test_every_name_with_its_module_is_there(page):
    names = re.findall(r"`((?:metrics|research|backtesting|kernels)\.[a-z_.]+)`", page)
    assert len(names) > 8
    for name in names:
        module, _, function = name.rpartition(".")
        try:
            importlib.import_module(f"tenfold.{name}")
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(f"tenfold.{module}"), function), name


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_line(page, module):
    assert f"{module}" in page
