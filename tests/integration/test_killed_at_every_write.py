"""An engine is killed at every step of its journal and around every send, recovers, and venue and ledger agree to the cent."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from kill_points import PLACES
from live_engines import Engines, Venue, exchange_of, journal_of, note
from proof_record import ProofRecord

SEED = 4
SETS = 15
SAMPLE = 3
"""Runs in which each place kills once, by turns."""
FIRST = ("after send", 5)
RECOVERY = 3
"""Times that each place of a recovery kills, in a soak."""
ACCOUNTS = 4_000
AT_ONCE = 3
"""Runs at a time in a soak; each has a journal and an account of its own."""


@pytest.fixture(scope="module")
def engines(root):
    with contextlib.closing(Engines(root)) as opened:
        yield opened


@pytest.fixture(scope="module")
def venue(soak):
    with exchange_of(ACCOUNTS if soak else 2 * SAMPLE) as exchange:
        yield Venue(exchange)


def survives(engines, venue, target, run, kills):
    """Trade a run whose lives end one after another, each at its place; return what the last knows, and a line for what was tried."""
    job, killed = venue.job(target, run, seed=SEED, sets=SETS, eager=0.9), 0
    for kill in kills:
        process = engines.start({**job, "kill": kill})
        found = engines.end_of(process)
        if found is not None:  # it came to its end before that place
            assert found["places"].get(kill[0], 0) < kill[1]
            break
        killed += 1
    else:
        found = engines.end_of(engines.start(job))
    shown = venue.agrees(job, found)
    assert found["differences"] == []
    return found, {"kills": list(kills), "killed": killed, "orders": len(shown), "verdict": "agrees"}


def sample(kind):
    """Return the places of a sample: those that are not of the journal are the same with both."""
    return PLACES if kind == "sqlite" else ("before sync", "written", "before commit", "committed", "after send")


def later(place):
    """Return the kill of a sample: not the first time that a place is passed, where it is passed more than once."""
    return place, 1 if place == "recovered" else 4


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_anywhere_and_nothing_is_lost_or_doubled(engines, venue, root, soak, kind, request, tmp_path):
    target = journal_of(kind, request, tmp_path, f"killed_{kind}")
    record = ProofRecord(root, f"killed_{kind}", kept=soak)

    def tried(run, kills):
        name = f"killed at {'; '.join(f'{place} {number}' for place, number in kills)}"
        return record.shown(name, lambda: [survives(engines, venue, of(run), run, kills)[1]])[0]

    def of(run):
        return target.replace(f"{kind}.db", f"{kind}_{run}.db")

    if soak:
        passed = record.shown("places", lambda: [survives(engines, venue, of("whole"), "whole", [])[0]["places"]])[0]
        chains = [[(place, number)] for place in PLACES for number in range(1, passed[place] + 1)]
        chains += [
            [FIRST, (place, number)] for place in PLACES for number in range(1, min(passed[place], RECOVERY) + 1)
        ]
    else:
        chains = [[later(place) for place in sample(kind)[number::SAMPLE]] for number in range(SAMPLE)]
    with ThreadPoolExecutor(AT_ONCE if soak else 1) as pool:
        rows = list(pool.map(tried, (f"r{number}" for number in range(len(chains))), chains))
    killed, orders = sum(row["killed"] for row in rows), sum(row["orders"] for row in rows)
    struck = {place for row in rows for place, _ in row["kills"][: row["killed"]]}
    assert struck == set(
        PLACES if soak else sample(kind)
    )  # how often each is passed depends on what a sync takes at a time
    note(f"{kind}: killed {killed} times, {orders} orders, venue and ledger agree each time")
