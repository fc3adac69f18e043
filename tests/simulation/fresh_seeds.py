"""Draw the seeds of a revision from what it ships, so that each revision runs other ones, and the same revision the same."""

import hashlib
import sys
from functools import cache
from pathlib import Path

from draws import draw

import tenfold

HERE = Path(__file__).parent
COUNT = 1_000
FIRST = 1_000_000
"""Seeds below are those that people name."""
SHIPPED = Path(tenfold.__file__).parent
SIMULATED = (
    "codec.py", "ports.py", "domain", "kernels", "ledger", "ensemble", "risk", "execution", "simulation", "market", "engine", "exchange",
    "adapters/alpaca", "app/live/conditions.py", "app/live/venue_hours.py", "strategy", "indicators.py",
)  # fmt: skip
"""What the simulation executes of what is shipped: a change elsewhere, such as in a command, leaves what seeds have proved."""

BESIDE = ("test_", "planted_", "planting", "keeps_trading", "hot_worlds", "reached_map")
"""What files are called here that no seed executes: a bug that is planted otherwise takes nothing back either."""


@cache
def simulated():
    """Return the files of all that is simulated."""
    places = [SHIPPED / name for name in SIMULATED]
    return sorted(path for place in places for path in (place.rglob("*.py") if place.is_dir() else (place,)))


def judges():
    """Return the files that hold it to account."""
    return sorted(path for path in HERE.glob("*.py") if not path.name.startswith(BESIDE))


@cache
def digest_of(*paths):
    """Return a hash of files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def code_digest():
    """Return a hash of everything that decides: what is simulated, and what holds it to account."""
    return digest_of(*simulated(), *judges())


def forgotten():
    """Return the files of ours that this process has executed, and that the digest leaves out; packages that hold nothing do not count."""
    files = {Path(one.__file__) for one in sys.modules.values() if getattr(one, "__file__", None)}
    executed = {path for path in files if path.is_relative_to(SHIPPED) or path.parent == HERE}
    left_out = {path.name for path in executed - {*simulated(), *judges()}}
    return sorted(name for name in left_out if name != "__init__.py" and not name.startswith("test_"))


def fresh_seeds():
    """Return the seeds of what is shipped; a check that is mended sees the same ones again."""
    first = FIRST + int(digest_of(*simulated()), 16) % 10**6 * COUNT
    return range(first, first + COUNT)


def weight(seed):
    """Return about how long a seed takes."""
    drawn = draw(seed)
    return drawn.seconds / 7_200.0 * drawn.engines * (3.0 if drawn.feeds else 1.0)


def group_of(group, groups):
    """Return a part of the fresh seeds that takes about as long as each other part."""
    return sorted(fresh_seeds(), key=weight)[group::groups]
