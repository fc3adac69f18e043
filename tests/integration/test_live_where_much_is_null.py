"""`tenfold live` at a venue that says null wherever its protocol lets it: of an account, of what others do there, of market data."""

import json

from aiohttp import web

from live_scenes import Session
from loops import in_a_loop
from other_venue import OtherVenue

NOTHING_HELD = ("long_market_value", "short_market_value", "last_equity", "currency", "shorting_enabled", "trading_blocked", "account_blocked",
                "trade_suspended_by_user")  # fmt: skip


def with_nulls(venue):
    """Let others have worked in the account, and say null of whatever may be."""
    spread = {"symbol": "SPY261218C00200000", "qty": "1", "type": "limit", "side": "buy", "time_in_force": "day"}
    leg = {**venue.order(spread), "type": None, "order_type": None}
    whole = venue.order({**spread, "symbol": ""}, order_class="mleg", legs=[leg])
    venue.change(whole, "new", symbol=None, side=None, type=None)
    venue.active("CSD", date="2026-11-20", net_amount="0", symbol=None, qty=None, price=None)

    async def after(request, answer):
        if request.path != "/v2/account":
            return None
        return web.json_response(json.loads(answer.text) | dict.fromkeys(NOTHING_HELD))

    venue.after.append(after)


def traded(folder, prepare):
    """Trade until something fills, and return what was said."""

    async def play():
        async with OtherVenue(rate=40) as venue:
            prepare(venue)
            one = Session(venue, folder)
            one.start()
            try:
                await one.until(lambda: one.lines("filled: buy"))
            finally:
                one.stop.set()
            await one.task
            return one

    return in_a_loop(play())


def test_null_is_nothing_and_no_reason_not_to_trade(tmp_path):
    assert not traded(tmp_path, with_nulls).lines("cannot be read")


def test_market_data_that_cannot_be_read_are_named_once(tmp_path):
    def prepare(venue):
        venue.market.sent = lambda messages: [[one | {"c": None} if one["T"] == "t" else one for one in messages]]

    (line,) = traded(tmp_path, prepare).lines("cannot be read")
    assert "a message of source simulated cannot be read, and it is gone on without it: t: Expected `array`" in line
