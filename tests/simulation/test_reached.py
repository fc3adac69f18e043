"""A great many seeds have reached every fault of the list, the moves of the orders' table, and each rare state."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from draws import PAGES, draw
from hot_worlds import TAKEN, hot
from reached_map import EDGES, ELSEWHERE, FAULT_LIST, RARE
from shrinking import failure_of

from tenfold.exchange.faults import Switch

REACHED = json.loads((Path(__file__).parent / "reached.json").read_text())
SEEDS = 12
"""Of worlds in which all is of one kind so many are tried at most; most moves take one or two."""
NAMED = {name for names in FAULT_LIST.values() for name in names}


def test_the_list_is_whole():
    assert set(FAULT_LIST) | set(ELSEWHERE) == set(range(1, 56))
    assert not set(FAULT_LIST) & set(ELSEWHERE)


@pytest.mark.parametrize("path", sorted(set(ELSEWHERE.values())))
def test_what_is_shown_elsewhere_is_there(root, path):
    assert "def test_" in (root / path).read_text()


def test_everything_named_was_reached():
    missing = sorted(name for name in NAMED | EDGES | RARE if name not in REACHED["count"])
    assert not missing
    assert REACHED["seeds"] >= 1_000


@pytest.mark.parametrize("name", sorted(TAKEN))
def test_moves_that_worlds_hardly_take_are_taken_where_all_is_of_one_kind(name):
    world, moves = TAKEN[name]
    missing = {f"edge {before} {after}" for before, after in moves}
    for seed in range(SEEDS):
        error, found = failure_of(hot(world, seed))
        assert error is None, f"{name} {seed}: {error}"
        missing -= found.count.keys()
        if not missing:
            return
    pytest.fail(f"no world has taken {sorted(missing)}")


def test_a_change_that_works_for_the_whole_again_is_reached_and_survived():
    faults = {
        "replace_original_qty": Switch(),
        "lost_event": Switch(rate=0.8),  # so that what has filled is not known when a change is asked for
        "random_partial": Switch(rate=0.7),
    }
    for seed in range(90, 120):
        drawn = replace(
            draw(seed), faults=faults, habits={"latency_s": 1.5}, lawful=False, engines=1, feeds=False, guarded=False, day="full", ensemble=None,
            pages=PAGES, dollars=20_000.0, activity=0.2, eager=0.9, stock_s=240.0,
        )  # fmt: skip
        error, world = failure_of(drawn)
        assert error is None
        if world.venue.faults.fired["replace_original_qty"]:
            return
    pytest.fail("no change has met a part fill")
