"""Draw the seeds of a revision from what it ships, so that each revision runs other ones, and the same revision the same."""

import hashlib
from functools import cache
from pathlib import Path

from draws import draw

import tenfold

HERE = Path(__file__).parent
COUNT = 1_000
FIRST = 1_000_000
"""Seeds below are those that people name."""


SHIPPED = Path(tenfold.__file__).parent


@cache
def digest_of(*folders):
    """Return a hash of the code in some folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def code_digest():
    """Return a hash of everything that decides, what is shipped and what holds it to account."""
    return digest_of(SHIPPED, HERE)


def fresh_seeds():
    """Return the seeds of what is shipped; a check that is mended sees the same ones again."""
    first = FIRST + int(digest_of(SHIPPED), 16) % 10**6 * COUNT
    return range(first, first + COUNT)


def weight(seed):
    """Return about how long a seed takes."""
    drawn = draw(seed)
    return drawn.seconds / 7_200.0 * drawn.engines * (3.0 if drawn.feeds else 1.0)


def group_of(group, groups):
    """Return a part of the fresh seeds that takes about as long as each other part."""
    return sorted(fresh_seeds(), key=weight)[group::groups]
