"""A list that comes in pages is read without a gap, or refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loops import in_a_loop
from tenfold.adapters.alpaca.paging import all_pages
from tenfold.domain.errors import VenueError

MS = 1_000_000


def listed(items, size, chance=None):
    """Return a source of pages: moments in nanoseconds, those of one millisecond in any order where chance is given."""

    async def page(after_ns):
        order = sorted(enumerate(items), key=lambda one: (one[1] // MS, chance.random()) if chance else one[1])
        return [one for one in order if one[1] > after_ns][:size]

    return page


def read(items, size, since_ns=0, chance=None):
    found = in_a_loop(
        all_pages(listed(items, size, chance), size, since_ns, lambda one: one[1], lambda one: str(one[0]))
    )
    return sorted(found.values(), key=lambda one: one[0])


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 11, 25])
def test_pages_that_are_exactly_full_are_not_the_last(count):
    items = [(1 + place) * 10 * MS for place in range(count)]
    assert read(items, 5) == list(enumerate(items))


def test_ties_at_the_border_of_a_page():
    items = [MS * place for place in (10, 20, 30, 30, 30, 40, 40, 50)]
    assert read(items, 4) == list(enumerate(items))


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(0, 30), st.randoms(use_true_random=False))
def test_nothing_is_lost_whatever_the_order_within_a_millisecond(stamps, since, chance):
    draw = random.Random(chance.random())  # noqa: S311
    items = [MS * stamp + draw.randrange(MS) for stamp in sorted(stamps)]
    wanted = [one for one in enumerate(items) if one[1] >= since * MS]
    most = max((stamps.count(stamp) for stamp in stamps), default=0)
    found = read(items, max(2, most + 1), since * MS, draw)
    assert set(wanted) <= set(found)


def test_more_than_a_page_of_one_moment_is_refused():
    with pytest.raises(VenueError, match="more than 4 items of the venue share one millisecond"):
        read([MS * 7] * 6, 4)
    with pytest.raises(VenueError, match="more than 4 items"):
        read([MS * 7] * 4, 4)
