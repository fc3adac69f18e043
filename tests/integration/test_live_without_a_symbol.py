"""`tenfold live` goes on where the venue trades one of its symbols no more: renamed, delisted, or suspended for a while."""

from dataclasses import replace

from live_scenes import Session
from loops import in_a_loop
from other_venue import OtherVenue, refusal
from tenfold.app.live import account_watch
from tenfold.app.replay import replay
from tenfold.domain.rules import Exits, Limits, Rules, Sizing

LONG = '''
"""Be long."""


class Long:
    name = "long"

    def on_bar(self, window):
        return 1.0
'''
RULES = Rules(
    sizing=Sizing(method="fraction", fraction=0.05), exits=Exits(stop_frac=0.2), limits=Limits(gross_frac_max=2)
)


def stops(venue):
    return {one["symbol"]: one["status"] for one in venue.orders.values() if one["type"] == "stop"}


def test_a_run_goes_on_where_the_venue_trades_one_of_its_symbols_no_more(tmp_path, monkeypatch):
    (tmp_path / "long.py").write_text(LONG)
    monkeypatch.setattr(account_watch, "BORROWING_LOOKS", 1)

    def started(venue):
        one = Session(venue, tmp_path, rules=RULES, symbols=["AAPL", "MSFT"])
        one.wanted = replace(one.wanted, strategy=f"{tmp_path / 'long.py'}:Long")
        one.start()
        return one

    async def gone(request):
        unknown = request.path == "/v2/assets/MSFT"
        return refusal(404, 40410000, "asset not found for MSFT") if unknown else None

    async def play():
        async with OtherVenue(("AAPL", "MSFT"), rate=40) as venue:
            before = started(venue)
            await before.until(lambda: stops(venue) == {"AAPL": "new", "MSFT": "new"})
            await before.ended()
            venue.symbols = ("AAPL",)
            venue.hooks.append(gone)
            posted = len(venue.posted)
            after = started(venue)
            await after.until(lambda: after.lines("AAPL is fit to be traded on"))
            await after.until(lambda: ("GET", "/v2/assets/MSFT") in venue.asked)
            number = after.shown[-1].number
            await after.until(lambda: after.shown[-1].number > number)
            return venue, after, posted, await after.ended()

    venue, after, posted, report = in_a_loop(play())
    (line,) = after.lines("does not trade MSFT")
    assert line.startswith("ALARM")
    assert after.lines("epoch 2")
    assert report.positions == {symbol: int(lots) for symbol, lots in venue.held.items()}
    assert set(report.positions) == {"AAPL", "MSFT"}
    assert len(venue.posted) == posted
    assert stops(venue) == {"AAPL": "new", "MSFT": "new"}
    assert replay(tmp_path / "journal.db", "live").same
