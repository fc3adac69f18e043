"""The page of orders names every rule, and for each a test that is there."""

import ast
import re
from typing import get_args

import pytest

from tenfold.domain.order import OrderClass, OrderType, TimeInForce
from tenfold.domain.rules import Costs, Entry, Exits, Matching


@pytest.fixture(scope="module")
def page(root):
    lines = (root / "docs/reference/orders.md").read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


@pytest.fixture(scope="module")
def written(root):
    """Return the names of all tests."""
    found = set()
    for path in (root / "tests").rglob("test_*.py"):
        found |= {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
    return found


def test_every_rule_names_a_test_that_is_there(page, written, root):
    assert len(page) > 50
    for row in page:
        assert len(row) == 4
        named = re.findall(r"`(test_\w+)`", row[3])
        assert named, row
        assert not set(named) - written, row
    text = (root / "docs/reference/orders.md").read_text()
    assert not set(re.findall(r"`(test_\w+)`", text)) - written


@pytest.mark.parametrize(
    ("area", "names"),
    [
        ("type", list(OrderType)),
        ("time in force", get_args(TimeInForce)),
        ("class", get_args(OrderClass)),
        ("convention", Matching.__struct_fields__),
        ("attached exits", Exits.__struct_fields__),
        ("entry", [name for name in Entry.__struct_fields__ if name != "offset_frac"]),
        ("slippage", ["fixed", "half_spread", "volume_share", "square_root"]),
    ],
)
def test_every_name_has_its_rule(page, area, names):
    told = " ".join(row[1] for row in page if row[0] == area)
    assert not [name for name in names if f"`{name}`" not in told]


def test_every_cost_has_its_rule(page):
    told = " ".join(row[1] + row[2] for row in page if row[0] in {"fee", "slippage", "volume"})
    plain = {"slippage", "slippage_bps"}
    assert not [name for name in Costs.__struct_fields__ if name not in plain and f"`{name}`" not in told]
