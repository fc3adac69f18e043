"""Read a list that comes in pages, with nothing left out.

How it works. Items are paged by their moment, since the venue has no other bookmark that holds. Several may share a moment, and
within a millisecond their order is not fixed: two pages may disagree about it. So each page begins before the millisecond in which
the page before ended, and what was seen already is known by its id. Where a full page brings nothing new, more items
share a millisecond than fit on a page: that is told, never passed over.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenfold.domain.errors import VenueError
from tenfold.domain.units import NS_PER_MILLI

T = TypeVar("T")


async def all_pages(
    page: Callable[[int], Awaitable[list[T]]], size: int, since_ns: int, moment: Callable[[T], int], name: Callable[[T], str]
) -> dict[str, T]:  # fmt: skip
    """Return every item since a moment by its id; VenueError where not all of them can be reached.

    Parameters
    ----------
    page : returns the first `size` items after a moment, oldest first; 0 is from the beginning
    moment, name : of an item
    """
    found: dict[str, T] = {}
    after_ns = _before(since_ns)
    while True:
        items = await page(after_ns)
        known = len(found)
        found.update([(name(one), one) for one in items])
        if len(items) < size:
            return found
        next_ns = _before(max(map(moment, items)))
        if len(found) == known or next_ns <= after_ns:
            raise VenueError(f"more than {size} items of the venue share one millisecond: not all of them can be read")
        after_ns = next_ns


def _before(ts_ns: int) -> int:
    """Return the end of the millisecond before a moment."""
    return max(0, ts_ns // NS_PER_MILLI * NS_PER_MILLI - 1)
