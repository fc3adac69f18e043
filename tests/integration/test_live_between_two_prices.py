"""`tenfold live` on two sources of market data of which one tells other prices for good: nobody can tell which are right, and a person is told."""

import json

from live_scenes import Session
from loops import in_a_loop
from other_venue import OtherVenue
from tenfold.app.replay import replay


def test_two_sources_that_tell_other_prices_are_named(tmp_path, monkeypatch):
    def lies(messages):
        return [
            [
                {**one, **{key: round(one[key] * 1.1, 2) for key in ("p", "bp", "ap") if key in one}}
                if one.get("S") == "AAPL"
                else one
                for one in messages
            ]
        ]

    async def play():
        async with OtherVenue(("AAPL", "MSFT"), rate=20) as venue, OtherVenue(("AAPL", "MSFT"), rate=20) as other:
            other.begin_ns, other.began = venue.begin_ns, venue.began
            sources = [
                {"name": name, "feed": "iex", "data_url": one.url, "data_stream_url": one.data_stream_url}
                for name, one in (("first", venue), ("second", other))
            ]
            monkeypatch.setenv("TENFOLD_FEEDS__SOURCES", json.dumps(sources))
            one = Session(venue, tmp_path, symbols=["AAPL", "MSFT"])
            one.start()
            await one.until(lambda: one.lines("filled"))
            assert not one.lines("tell other prices")
            venue.market.sent = lies
            await one.until(lambda: one.lines("tell other prices"))
            return await one.ended()

    report = in_a_loop(play())
    (line,) = [line for line in report.alarms if "tell other prices" in line]
    assert "first and second tell other prices of AAPL, and nobody here can tell" in line
    assert replay(tmp_path / "journal.db", "live").same
