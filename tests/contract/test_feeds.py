"""What every feed promises: events in the order of their time, each once, and the same again from the start."""

from itertools import pairwise

import pytest

from scenes import bars_of
from tenfold.simulation.feed import BarFeed

FEEDS = {"bars": lambda: BarFeed(bars_of([1, 2, None, 4] * 700, [None, 2, None, 4] * 700))}


@pytest.fixture(params=FEEDS)
def feed(request):
    return FEEDS[request.param]()


def test_time_never_runs_backwards(feed):
    times = [event.ts_ns for event in feed.events()]
    assert len(times) == 2800
    assert all(earlier < later for earlier, later in pairwise(times))


def test_every_symbol_is_there_or_named_as_missing(feed):
    for event in feed.events():
        assert sorted([bar.symbol for bar in event.bars] + list(event.missing)) == ["A", "B"]
        assert all(bar.ts_ns == event.ts_ns and bar.open_ns < bar.ts_ns for bar in event.bars)
        assert all(bar.session == event.session for bar in event.bars)


def test_it_can_be_read_again_and_closed_twice(feed):
    assert [event.ts_ns for event in feed.events()] == [event.ts_ns for event in feed.events()]
    feed.close()
    feed.close()
