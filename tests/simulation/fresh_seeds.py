"""Draw the seeds of a revision from its code, so that each revision runs other ones, and the same revision the same."""

import hashlib
from functools import cache
from pathlib import Path

from draws import draw

import tenfold

HERE = Path(__file__).parent
COUNT = 1_000
FIRST = 1_000_000
"""Seeds below are those that people name."""


@cache
def code_digest():
    """Return a hash of everything that decides."""
    digest = hashlib.sha256()
    for folder in (Path(tenfold.__file__).parent, HERE):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def fresh_seeds():
    """Return the seeds of this revision."""
    first = FIRST + int(code_digest(), 16) % 10**6 * COUNT
    return range(first, first + COUNT)


def weight(seed):
    """Return about how long a seed takes."""
    drawn = draw(seed)
    return drawn.seconds / 7_200.0 * drawn.engines * (3.0 if drawn.feeds else 1.0)


def group_of(group, groups):
    """Return a part of the fresh seeds that takes about as long as each other part."""
    return sorted(fresh_seeds(), key=weight)[group::groups]
