"""What is asked for over REST: past bars that a venue refuses end what waits for them alone."""

import asyncio
from contextlib import suppress

import pytest

from loops import in_a_loop
from tenfold.adapters.clock import SystemClock
from tenfold.app.live.feeding import LiveFeed
from tenfold.app.live.sources import Source
from tenfold.domain.errors import SettingsError
from tenfold.domain.keys import Keys
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.domain.venue_access import VenueAccess
from tenfold.market.feed_source import SourceTerms
from tenfold.market.feeds import Feeds

BODY = b'{"message":"forbidden."}'
ANSWER = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
SPEED = 120


class Fast(SystemClock):
    def now_ns(self):
        return SPEED * self.monotonic_ns()


def heard(feeds, remembers):
    """Run feeds whose stream cannot be reached, and whose REST refuses everything; return how often it was asked within some minutes."""
    asked, clock = [], Fast()

    async def answer(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked.append(head.split()[1])
                writer.write(ANSWER)
        writer.close()

    async def scene():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        place = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        access = VenueAccess(trading_url=place, data_url=place, data_stream_url="ws://127.0.0.1:1/v2/iex")
        source = Source(SourceTerms(name="one"), access, Keys("key", "secret"))
        feed = LiveFeed(feeds, ["AAPL"], [source], clock, lambda told: None, tick_s=0.005)
        if remembers:
            feed.remember([], clock.now_ns() - 60 * NS_PER_MINUTE)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(feed.run(), 4.0)
        finally:
            server.close()
        return len(asked)

    return in_a_loop(scene())


def test_minutes_that_are_refused_are_asked_for_again_and_end_nothing():
    assert heard(Feeds(["AAPL"], [SourceTerms(name="one")], None), remembers=False) > 1


def test_a_past_that_is_refused_ends_what_waits_for_it():
    with pytest.raises(SettingsError, match="forbidden"):
        heard(Feeds(["AAPL"], [SourceTerms(name="one")], None, warming=True), remembers=True)
