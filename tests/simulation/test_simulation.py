"""The whole system, in virtual time, under everything that goes wrong: nothing is lost, nothing is doubled, and it comes to rest."""

import gc
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from draws import draw
from fresh_seeds import COUNT, group_of
from shrinking import failure_of, shrunk, told
from world import World

from tenfold.exchange.event_log import EventLog

HERE = Path(__file__).parent
GROUPS = 50
PAST = [int(line.split()[0]) for line in (HERE / "past_failures.txt").read_text().splitlines() if line[:1].isdigit()]

REACHED = (
    "Fill", "recovery", "update canceled", "update rejected", "update accepted", "died kill", "net response lost", "heard Severed",
    "asked LookUp", "asked Amend", "asked Withdraw", "outcome Place unknown", "outcome Place refused", "stock incomplete",
)  # fmt: skip
"""What any twenty worlds reach; `reached.json` has what a great many do."""


@pytest.fixture(autouse=True, scope="module")
def garbage_of_worlds_alone():
    """Look for garbage among worlds, not each time among all that was imported for other tests too: half a second a seed."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def hold(worlds):
    """Run worlds as they were drawn, and return how often what was reached; a failure tells its smallest world."""
    total = Counter()
    for drawn in worlds:
        gc.collect()  # a world is many rings of objects
        error, world = failure_of(drawn)
        if error is not None:
            pytest.fail(told(*shrunk(drawn)), pytrace=False)
        total.update(world.count)
    return total


@pytest.mark.parametrize("group", range(GROUPS))
def test_whatever_goes_wrong_nothing_is_lost_or_doubled(group):
    total = hold(map(draw, group_of(group, GROUPS)))
    assert total["posted"] > 100 * COUNT // GROUPS
    assert not [name for name in REACHED if not total[name]], dict(total)


@pytest.mark.parametrize("seed", PAST)
def test_a_past_failure_holds_now(seed):
    """As it is drawn now, and as it was before strategies acted on what they are told."""
    drawn = draw(seed)
    hold([drawn, replace(drawn, reacts=False)] if drawn.reacts else [drawn])


def trace_of(seed):
    world = World(draw(seed), log=EventLog()).run()
    return world.venue.exchange.log.digest, len(world.disk.rows), world.checks.digest()


def test_the_same_seed_gives_the_same_bytes_in_another_process_of_what_the_digest_knows():
    code = (
        f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parent)!r}]\n"
        "from test_simulation import trace_of; from fresh_seeds import forgotten; print(trace_of(3), forgotten())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "77"}
    )  # fmt: skip
    assert found.stdout.strip() == f"{trace_of(3)} []"  # nothing is executed that the record of seeds does not know of
