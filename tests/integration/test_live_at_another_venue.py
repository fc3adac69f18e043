"""`tenfold live` at a venue that knows nothing of Tenfold: what Alpaca's documents allow, and what venues do besides."""

import asyncio
import contextlib
import json
from dataclasses import replace
from decimal import Decimal

import msgpack
import pytest
from aiohttp import web
from msgspec import structs

from live_scenes import Session
from loops import in_a_loop
from other_market import moment
from other_venue import OtherVenue, refusal, stamp
from tenfold.app.live import account_watch, answer_watch
from tenfold.app.live import session as live_session
from tenfold.app.replay import replay
from tenfold.domain.rules import Entry, Limits, Rules
from tenfold.domain.units import NS_PER_SECOND

RATE = 40
STEPS = '''
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, OrderStatus, OrderUpdate


class Steps:
    """Do one thing a bar, and again where it was refused here."""

    name = "steps"

    def __init__(self):
        self.count = 0
        self.sent = ""

    def on_event(self, event, view):
        told = isinstance(event, Fill) or (isinstance(event, OrderUpdate) and event.status is not OrderStatus.REJECTED)
        if told and event.order_id == self.sent:
            self.count, self.sent = self.count + 1, ""
        if not isinstance(event, BarSet):
            return []
        working = [one.order.order_id for one in view.orders("AAPL")]
        match {steps}[self.count : self.count + 1]:
            case ["cancel"]:
                self.count += 1
                return [view.cancel(one) for one in working[:1]]
            case [{{"limit_price": price}}]:
                self.count += 1
                return [view.replace(one, limit_price=price) for one in working[:1]]
            case [(side, qty, price)]:
                terms = {{"kind": "limit", "limit_price": price, "tif": "gtc"}} if price else {{}}
                command = view.submit("AAPL", side, qty, **terms)
                self.sent = command.order.order_id
                return [command]
        return []


steps = Steps()
'''


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Compare with the venue every second or so."""
    paced = live_session.paced_orders
    monkeypatch.setattr(live_session, "paced_orders", lambda rate: structs.replace(paced(rate), stock_s=1.0 * rate))
    monkeypatch.setattr(live_session, "COMPARE_S", 0.2)
    monkeypatch.setattr(account_watch, "BORROWING_LOOKS", 1)


class Scene(Session):
    """Trade step by step, and hold what comes of it against the venue's books."""

    def __init__(self, venue, folder, steps, limits):
        super().__init__(venue, folder, rules=Rules(limits=limits))
        path = folder / "steps.py"
        path.write_text(STEPS.format(steps=repr(steps)))
        self.wanted = replace(self.wanted, strategy=f"{path}:steps")
        self.venue, self.folder = venue, folder

    @property
    def loop(self):
        return self.shown[-1].loop

    async def filled(self, count):
        await self.until(lambda: len(self.lines("filled: ")) >= count)

    async def agrees(self):
        """Stop once nothing works and the books are equal, to the cent; return the report."""
        venue = self.venue

        def equal():
            blotter, ledger = self.loop.blotter, self.loop.engine.ledger
            held = int(venue.held.get("AAPL", 0)) == ledger.position("AAPL").lots
            return (
                blotter.ready
                and not list(blotter.working())
                and held
                and abs(ledger.cash / 1e6 - float(venue.cash)) < 0.01
            )

        await self.until(equal)
        report = await self.ended()
        assert replay(self.folder / "journal.db", "live").same
        return report


def played(folder, scene, steps, limits=Limits(), prepare=lambda venue: None):  # noqa: B008 -- a frozen value
    """Play a scene, and return the report."""

    async def play():
        async with OtherVenue(rate=RATE) as venue:
            prepare(venue)
            one = Scene(venue, folder, steps, limits)
            one.start()
            try:
                await scene(venue, one)
                return await one.agrees()
            finally:
                one.stop.set()
                with contextlib.suppress(Exception):
                    await one.task

    return in_a_loop(play())


def other_things(venue):
    """Let the account hold what is not traded here: parts of shares, coins, an option, orders of dollars and of several legs."""
    venue.held |= {"BTCUSD": Decimal("0.123456789"), "SPY": Decimal("0.37"), "AAPL261218C00200000": Decimal(-1)}
    asked = {"qty": None, "type": "market", "side": "buy", "time_in_force": "day"}
    venue.change(venue.order({"symbol": "SPY", **asked}, notional="25.5"), "accepted")
    spread = venue.order(
        {"symbol": "", **asked}, order_class="mleg", qty="1", asset_class="us_option", limit_price="-1.25"
    )
    venue.change(spread, "new", symbol=None, side=None)
    venue.active("OPASN", date="2026-11-20", net_amount="0", symbol="AAPL261218C00200000", qty="-1")


def test_other_things_in_the_account_and_a_stream_that_repeats_itself(tmp_path):
    told = []

    def prepare(venue):
        other_things(venue)

        async def late(request, _):
            if request.method == "POST":
                await asyncio.sleep(0.3)

        def streamed(message):
            told.append(json.loads(json.dumps(message)))
            return [message, *told]

        def flow(order):
            for nonsense in ({"stream": "trade_updates", "data": None}, {"stream": "account_updates", "data": {}}, b""):
                venue.say(nonsense)
            venue.market_flow(order)
            venue.change(order, order["status"], new_in_2027={"x": 1})
            venue.tell("eclipsed", order)

        venue.after.append(late)
        venue.streamed, venue.flow = streamed, flow

    async def scene(_, one):
        await one.filled(4)

    report = played(tmp_path, scene, [("buy", 10, 0), ("sell", 4, 0)], prepare=prepare)
    assert (report.positions, report.orders, report.fills) == ({"AAPL": 6}, 2, 4)
    assert report.differences == {"foreign_symbol": 2}


def test_answers_that_say_less_than_what_happens(tmp_path):
    def prepare(venue):
        venue.flow = venue.resting_flow

        async def hook(request):
            if request.method == "DELETE":  # accepted, and filled all the same
                order = venue.orders[request.match_info["name"]]
                asyncio.get_running_loop().call_later(0.1, lambda: venue.fill(order))
                return web.Response(status=204)
            if request.method == "PATCH":  # done, and never answered
                await venue.replace(request)
                request.transport.abort()
                return web.Response(status=500)
            return None

        venue.hooks.append(hook)

    async def scene(venue, one):
        await one.filled(1)
        venue.flow = lambda order: venue.fill(order, tells=False)  # an order of which nothing is ever told
        await one.filled(2)
        venue.flow = venue.resting_flow
        await one.until(lambda: any(order["replaces"] for order in venue.orders.values()))
        (new,) = (order for order in venue.orders.values() if order["replaces"])
        await one.until(lambda: new["status"] == "new")
        venue.fill(new, 2)
        fewer = {**new, "filled_qty": "1", "updated_at": stamp(venue.now_ns() + 10**9)}
        venue.say(
            {
                "stream": "trade_updates",
                "data": {"event": "partial_fill", "execution_id": "e", "order": fewer, "price": "91", "qty": "1"},
            }
        )
        venue.change(new, "done_for_day")
        venue.tell("done_for_day", new)
        await one.filled(3)
        venue.fill(new)
        await one.filled(4)

    steps = [("buy", 10, 90.0), "cancel", ("sell", 10, 0), ("buy", 5, 90.0), {"limit_price": 91.0}]
    report = played(tmp_path, scene, steps, prepare=prepare)
    assert (report.positions, report.fills, report.differences, report.unknown) == ({"AAPL": 5}, 4, {}, 0)


def test_an_execution_of_no_shares_is_none(tmp_path):
    """It stays in the venue's list for good, and hides neither what filled nor what follows."""

    def flow(venue, order):
        nothing = {"price": "100.00", "qty": "0"}
        named = {"symbol": "AAPL", "side": order["side"], "order_id": order["id"], "cum_qty": "0"}
        venue.active("FILL", type="partial_fill", transaction_time=stamp(venue.now_ns()), **nothing, **named)
        venue.tell("partial_fill", order, "e-none", position_qty="0", **nothing)
        venue.market_flow(order)

    def prepare(venue):
        venue.flow = lambda order: flow(venue, order)

    async def scene(_, one):
        await one.filled(4)
        assert not one.lines("not the same at the venue")

    report = played(tmp_path, scene, [("buy", 10, 0), ("sell", 4, 0)], prepare=prepare)
    assert (report.positions, report.orders, report.fills, report.differences) == ({"AAPL": 6}, 2, 4, {})


def test_what_moves_an_account_without_a_trade(tmp_path):
    """Dividends and fees are named by their day; a split, a withdrawal and trades in other symbols are no losses."""

    async def scene(venue, one):
        await one.filled(2)
        midnight = "20261120000000000"
        for kind, cents in (("DIV", 1234), ("FEE", -5), ("CSW", -3_000_000)):
            amount = Decimal(cents) / 100
            venue.active(
                kind, at=midnight, date="2026-11-20", net_amount=f"{amount:f}", symbol="AAPL" if kind == "DIV" else ""
            )
            venue.cash += amount
        bought = {
            "price": "500.10",
            "qty": "0.37",
            "side": "buy",
            "symbol": "SPY",
            "cum_qty": "0.37",
            "order_id": "by-hand",
        }
        venue.active("FILL", type="fill", transaction_time=stamp(venue.now_ns()), **bought)
        venue.cash -= Decimal("185.037")
        venue.held["AAPL"] *= 2
        venue.active("SPLIT", at=midnight, date="2026-11-20", net_amount="0", symbol="AAPL", qty="10", price="0")
        await one.until(lambda: one.loop.engine.ledger.position("AAPL").lots == 20)
        venue.market.level["AAPL"] = 50.0
        number = one.shown[-1].number
        await one.until(lambda: one.shown[-1].number > number + 1)
        venue.blocked = {"trading_blocked": True}
        await one.until(lambda: one.lines("ALARM") and one.lines("nothing may be traded: the venue has blocked it"))

    limits = Limits(daily_loss_frac_max=0.002, drawdown_frac_max=0.002)
    report = played(tmp_path, scene, [("buy", 10, 0)], limits)
    assert (report.positions, report.trips, report.differences) == ({"AAPL": 20}, (), {})


def test_an_account_that_holds_and_trades_parts_of_a_share_of_what_is_traded(tmp_path):
    def prepare(venue):
        venue.held["AAPL"], venue.cost["AAPL"] = Decimal("10.5"), Decimal(1050)

    async def scene(venue, one):
        await one.filled(2)
        by_hand = venue.order(
            {"symbol": "AAPL", "qty": "3.75", "type": "market", "side": "buy", "time_in_force": "day"}
        )
        venue.resting_flow(by_hand)
        venue.fill(by_hand, "1.6")
        venue.fill(by_hand)
        await one.filled(4)

    limits = Limits(daily_loss_frac_max=0.002, drawdown_frac_max=0.002)
    report = played(tmp_path, scene, [("buy", 10, 0), ("sell", 4, 0)], limits, prepare)
    assert (report.positions, report.orders, report.trips) == ({"AAPL": 20}, 2, ())
    assert report.differences == {"part": 2, "foreign_symbol": 1}


def test_market_data_that_make_no_sense_and_a_venue_that_refuses_for_a_while(tmp_path):
    refused = {"updates": 2, "data": 2}

    def once_more(name, answer):
        refused[name] -= 1
        return answer if refused[name] >= 0 else None

    def prepare(venue):
        venue.upgrades.append(lambda _: once_more("updates", refusal(429, 42910000, "too many requests")))
        venue.market.upgrades.append(lambda: once_more("data", (406, "connection limit exceeded")))
        venue.scarce = {"AAPL"}

    async def nonsense(venue, market):
        now = moment(venue.now_ns())
        print_ = {"T": "t", "S": "AAPL", "i": 1, "x": "V", "p": 100.0, "s": 100, "c": ["@"], "z": "C", "t": now}
        for one in (
            market.quote("AAPL", 101.0, 99.0), market.quote("AAPL", 0, 0), market.quote("AAPL", 100.12345678, 100.1234569),
            print_ | {"p": 0.0}, print_ | {"s": 0, "c": None}, print_ | {"S": "ZZZ"}, {"T": "zz", "S": "AAPL"},
            {"T": "i", "S": "AAPL", "p": 1.0, "t": now}, {"T": "x", "S": "AAPL", "i": 7, "x": "V", "p": 1.0, "s": 1, "a": "C", "t": now},
            {"T": "l", "S": "AAPL", "u": 104.2, "d": 95.8, "i": "B", "t": now},
        ):  # fmt: skip
            await market.send(None, one)
        await market.raw_all(b"")
        await market.raw_all(msgpack.packb([]))
        await market.raw_all(msgpack.packb([market.quote("AAPL", 99.99, 100.01) for _ in range(13_000)]))  # a megabyte

    async def scene(venue, one):
        await one.until(lambda: one.shown and one.shown[-1].number >= 2)
        assert not venue.posted  # nobody lends it
        venue.scarce = set()
        await one.filled(2)
        forbidden = refusal(403, 40310000, "forbidden.").text

        async def hook(_):
            return web.Response(status=403, text=forbidden, content_type="application/json")

        venue.hooks.append(hook)
        await nonsense(venue, venue.market)
        await venue.cut()
        await venue.market.cut()
        await one.until(lambda: one.lines("answers /v2/orders with 403"))
        venue.hooks.clear()
        await one.filled(4)

    report = played(tmp_path, scene, [("sell", 10, 0), ("buy", 10, 0)], prepare=prepare)
    assert (report.positions, report.orders, report.differences) == ({}, 2, {"stock": 1})


def test_orders_that_do_not_get_through_while_both_streams_stand_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(answer_watch, "PATIENCE_NS", NS_PER_SECOND)
    asked_for = {("POST", "/v2/orders"), ("GET", "/v2/orders:by_client_order_id")}

    async def lost(request):
        if (request.method, request.path) in asked_for:
            request.transport.abort()
            return web.Response(status=500)
        return None

    async def scene(venue, one):
        await one.until(lambda: one.lines("nothing about orders gets through to the venue"))
        assert not one.lines("does not stand")
        venue.hooks.clear()
        await one.until(lambda: one.lines("the venue answers what is asked about orders again"))
        await one.filled(2)

    report = played(tmp_path, scene, [("buy", 10, 0)], prepare=lambda venue: venue.hooks.append(lost))
    assert (report.positions, report.fills, report.differences) == ({"AAPL": 10}, 2, {})
    (alarm,) = [line for line in report.alarms if "gets through" in line]
    assert "the connection was lost before the answer" in alarm


def test_a_halt_is_told_and_shown_for_as_long_as_it_lasts(tmp_path):
    async def scene(venue, one):
        async def says(code, reason):
            status = {"T": "s", "S": "AAPL", "sc": code, "sm": "", "rc": reason, "rm": "", "z": "C"}
            await venue.market.send("statuses", status | {"t": moment(venue.now_ns())})

        await one.filled(2)
        venue.market.silent = True
        await says("H", "T1")
        await one.until(lambda: ("halted", "AAPL") in one.shown[-1].more)
        await one.until(lambda: one.lines("AAPL is halted (T1): nothing is opened in it"))
        await says("T", "")
        venue.market.silent = False
        await one.until(lambda: ("halted", "AAPL") not in one.shown[-1].more)

    report = played(tmp_path, scene, [("buy", 10, 0)])
    assert len([line for line in report.alarms if "halted" in line]) == 1


def test_a_start_after_the_day_was_to_be_decided_says_when_it_is_decided_next(tmp_path):
    entry = Entry(order="moc", decide_before_close_s=900.0)

    async def started(begins):
        async with OtherVenue(rate=RATE, begins=begins) as venue:
            one = Session(venue, tmp_path, rules=Rules(entry=entry), every="1d", name=begins[11:13])
            one.start()
            await one.until(lambda: one.lines("is traded from here"))
            await one.ended()
            return one.lines("the next decision is at")

    left_out = "UTC: what was to be decided before is left out"
    assert in_a_loop(started("2026-11-20T18:00:00Z")) == [f"the next decision is at 2026-11-20 20:45:00 {left_out}"]
    assert in_a_loop(started("2026-11-20T20:46:00Z")) == [f"the next decision is at 2026-11-23 20:45:00 {left_out}"]
