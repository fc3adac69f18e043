"""Our client sends, moves, cancels and finds orders over real sockets, and says what is known of each whatever goes wrong."""

import asyncio
import gc
import json

import pytest

from alpaca_scenes import filled, order, place, rest_of, resting, stock, trading_of, until, withdraw
from loops import in_a_loop
from official_client import ask as official
from official_client import enums, serving, switched, trading_client
from raw_client import connections
from tenfold.adapters.alpaca.connection import NotSentError
from tenfold.adapters.alpaca.rate_budget import Urgency
from tenfold.adapters.clock import SystemClock
from tenfold.domain.errors import SettingsError
from tenfold.domain.keys import Keys
from tenfold.domain.order import OrderStatus, OrderType, Side
from tenfold.execution.reports import Amend, LookUp, Outcome, Place


@pytest.fixture(scope="module")
def exchange():
    with serving() as opened:
        yield opened


def run(exchange, scene, **options):
    """Play a scene with a client of its own."""

    async def played():
        async with trading_of(exchange, **options) as trading:
            return await scene(trading)

    return in_a_loop(asyncio.wait_for(played(), 60))


def agrees(exchange, *order_ids):
    """See that the official client reads each of our orders once, as the venue told it to us; return them."""
    with trading_client(exchange) as client:
        shown = client.get_orders(official.GetOrdersRequest(status=enums.QueryOrderStatus.ALL, limit=500))
        return {name: [one for one in shown if one.client_order_id == name] for name in order_ids}


def test_an_order_from_the_request_to_the_position(exchange):
    async def scene(trading):
        answered = await trading.ask(place("life", qty=3))
        assert (answered.outcome, answered.asked, answered.order_id) == (Outcome.ACK, "place", "life")
        assert answered.found.state in {"pending_new", "accepted"}
        seen = await filled(trading, "life")
        assert (seen.filled, seen.status, seen.order_id) == (3, OrderStatus.FILLED, "life")
        rest = (await trading.ask(Place(order=resting("rest", qty=2)))).found
        moved = Amend(venue_id=rest.venue_id, order_id="rest", successor_id="rest-2", symbol="AAPL", limit_price=6.0)
        answered = await trading.ask(moved)
        assert (answered.outcome, answered.order_id, answered.found.replaces) == (Outcome.ACK, "rest-2", rest.venue_id)
        assert (await trading.ask(LookUp(order_id="rest"))).found.status is OrderStatus.REPLACED
        successor = (await trading.ask(LookUp(order_id="rest-2", venue_id=answered.found.venue_id))).found
        assert (successor.order.limit_price, successor.qty) == (6.0, 2)
        assert (await trading.ask(withdraw(successor))).outcome is Outcome.ACK
        assert (await filled(trading, "rest-2")).status is OrderStatus.CANCELED
        again = await trading.ask(withdraw(successor))
        assert (again.outcome, again.code) == (Outcome.REFUSED, 42210000)
        told = await trading.ask(stock("life", "never"))
        assert told.complete
        assert told.missing == ("never",)
        assert told.positions["AAPL"] >= 3
        return told

    told = run(exchange, scene)
    with trading_client(exchange) as client:
        assert {
            one.symbol.replace("BTCUSD", "BTC/USD"): int(one.qty) for one in client.get_all_positions()
        } == told.positions
        assert round(float(client.get_account().cash) * 1e6) == told.cash_units
        life = client.get_order_by_client_id("life")
    (fill,) = [one for one in told.fills if one.order_id == "life"]
    assert (fill.venue_id, fill.qty, fill.price) == (str(life.id), 3, float(life.filled_avg_price))


def test_what_the_venue_refuses_is_refused_with_its_reason(exchange):
    async def scene(trading):
        unknown = await trading.ask(place("no-such", symbol="NOSUCH"))
        assert (unknown.outcome, unknown.code) == (Outcome.REFUSED, 42210000)
        assert 'asset "NOSUCH" not found; request ' in unknown.text
        dear = await trading.ask(place("dear", qty=10_000_000))
        assert (dear.outcome, dear.code) == (Outcome.REFUSED, 40310000)
        odd = await trading.ask(Place(order=order("odd", tif="gtd", expire_ns=9)))
        assert (odd.outcome, odd.code, odd.text) == (Outcome.REFUSED, 0, "Alpaca has no market order that is gtd: odd")
        long = await trading.ask(place("x" * 129))
        assert long.outcome is Outcome.REFUSED
        nobody = await trading.ask(LookUp(order_id="dear"))
        assert (nobody.outcome, nobody.code) == (Outcome.REFUSED, 40410000)

    run(exchange, scene)


def test_an_id_that_was_used_is_no_refusal(exchange):
    async def scene(trading):
        first = await trading.ask(Place(order=resting("once")))
        second = await trading.ask(Place(order=resting("once")))
        assert (first.outcome, second.outcome) == (Outcome.ACK, Outcome.UNKNOWN)
        looked = await trading.ask(LookUp(order_id="once"))
        assert looked.found.venue_id == first.found.venue_id

    run(exchange, scene)
    assert len(agrees(exchange, "once")["once"]) == 1


def test_two_exits_of_one_position(exchange):
    async def scene(trading):
        await trading.ask(place("entry", symbol="MSFT", qty=2000))
        await filled(trading, "entry")
        target = order("target", symbol="MSFT", side=Side.SELL, qty=2000, type=OrderType.LIMIT, limit_price=9000.0)
        stop = order("stop", symbol="MSFT", side=Side.SELL, qty=2000, type=OrderType.STOP, stop_price=2.0)
        answered = await trading.ask(Place(order=target, partner=stop))
        (leg,) = answered.found.legs
        assert (leg.order.stop_price, leg.qty, leg.side) == (2.0, 2000, Side.SELL)
        looked = (await trading.ask(LookUp(order_id="target"))).found
        told = await trading.ask(stock())
        (listed,) = [one for one in told.orders if one.order_id == "target"]
        assert looked.legs[0].venue_id == listed.legs[0].venue_id == leg.venue_id
        assert told.positions["MSFT"] == 2000
        await trading.ask(withdraw(looked))
        assert (await filled(trading, "target")).status is OrderStatus.CANCELED

    run(exchange, scene)


NO_EFFECT = ["request_lost", "reset_before_body", *(f"error_{status}_before" for status in (500, 502, 503, 504))]
"""Faults of which only the venue knows that the request had no effect."""
IN_EFFECT = [
    "response_lost", "reset_after_bytes", "truncated_json", *(f"error_{status}_after" for status in (500, 502, 503, 504)),
]  # fmt: skip


@pytest.mark.parametrize("fault", [*NO_EFFECT, *IN_EFFECT])
def test_what_nobody_knows_is_unknown_and_can_be_looked_up(exchange, fault):
    name = f"fault-{fault}"

    async def scene(trading):
        switched(exchange, fault, limit=1)
        try:
            answered = await trading.ask(Place(order=resting(name)))
        finally:
            switched(exchange, fault)
        assert (answered.outcome, answered.found) == (Outcome.UNKNOWN, None)
        assert answered.text
        looked = await trading.ask(LookUp(order_id=name))
        if looked.outcome is Outcome.REFUSED:
            again = await trading.ask(Place(order=resting(name)))
            assert (again.outcome, again.found.order_id) == (Outcome.ACK, name)
        return looked.outcome

    assert run(exchange, scene) is (Outcome.ACK if fault in IN_EFFECT else Outcome.REFUSED)
    assert len(agrees(exchange, name)[name]) == 1


@pytest.mark.parametrize(
    "fault", [*NO_EFFECT, *IN_EFFECT, "slow_response", "keepalive_closed", "connection_refused", "rate_limited"]
)
def test_no_request_is_sent_twice_by_itself(exchange, fault):
    name = f"single-{fault}"

    async def scene(trading):
        await trading.ask(stock())
        before = exchange.call(lambda: exchange._server._transport.count)
        switched(exchange, fault, limit=1, value=0.2)
        try:
            await trading.ask(Place(order=resting(name)))
        finally:
            switched(exchange, fault)
        await asyncio.sleep(0.5)
        assert exchange.call(lambda: exchange._server._transport.count) - before <= 1

    run(exchange, scene)
    assert len(agrees(exchange, name)[name]) <= 1


def test_a_late_answer_is_unknown_and_does_not_become_that_of_another(exchange):
    async def scene(trading):
        switched(exchange, "slow_response", limit=1, value=1.0)
        try:
            late = await trading.ask(Place(order=resting("late")))
            next_one = await trading.ask(Place(order=resting("next")))
        finally:
            switched(exchange, "slow_response")
        assert (late.outcome, late.text) == (Outcome.UNKNOWN, "POST /v2/orders: no answer came in time")
        assert (next_one.outcome, next_one.found.order_id) == (Outcome.ACK, "next")
        assert (await trading.ask(LookUp(order_id="late"))).outcome is Outcome.ACK

    run(exchange, scene, deadline_s=0.3)


def test_what_is_not_wanted_any_more_does_not_leave_and_leaves_nothing_behind(exchange):
    failures = []

    async def scene(trading):
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        assert (await trading.ask(Place(order=resting("wanted")), lambda _: True)).outcome is Outcome.ACK
        answered = await trading.ask(Place(order=resting("unwanted")), lambda _: False)
        assert (answered.outcome, answered.text) == (Outcome.REFUSED, "it is not wanted any more: nothing was sent")
        assert (await trading.ask(LookUp(order_id="unwanted"))).code == 40410000
        await trading.ask(Place(order=resting("last")), lambda _: False)
        trading.close()

    run(exchange, scene)
    gc.collect()
    assert failures == []


def test_a_task_that_is_cancelled_leaves_no_answer_for_another(exchange):
    async def scene(trading):
        switched(exchange, "slow_response", limit=1, value=0.5)
        try:
            asking = asyncio.ensure_future(trading.ask(Place(order=resting("cancelled"))))
            await until(lambda: exchange.call(lambda: exchange.exchange.faults.fired["slow_response"]))
            asking.cancel()
            assert await asyncio.gather(asking, return_exceptions=True)
        finally:
            switched(exchange, "slow_response")
        assert (await trading.ask(Place(order=resting("other")))).found.order_id == "other"
        assert (await trading.ask(LookUp(order_id="cancelled"))).outcome is Outcome.ACK

    run(exchange, scene)


def test_a_word_that_nobody_knows_is_told_as_it_is(exchange):
    async def scene(trading):
        switched(exchange, "unknown_enum", limit=1)
        try:
            answered = await trading.ask(Place(order=resting("word")))
        finally:
            switched(exchange, "unknown_enum")
        assert (answered.outcome, answered.found.status) == (Outcome.ACK, OrderStatus.UNKNOWN)
        assert answered.found.state not in set(OrderStatus)

    run(exchange, scene)


def test_a_proxy_that_delivers_twice_makes_one_order(exchange):
    async def scene(trading):
        switched(exchange, "post_twice", limit=1)
        try:
            assert (await trading.ask(Place(order=resting("proxied")))).outcome is Outcome.ACK
        finally:
            switched(exchange, "post_twice")

    run(exchange, scene)
    assert len(agrees(exchange, "proxied")["proxied"]) == 1


def test_a_venue_that_is_not_there_proves_that_nothing_was_sent():
    with serving() as gone:
        pass

    async def scene(trading):
        answered = await trading.ask(Place(order=resting("nowhere")))
        assert answered.outcome is Outcome.REFUSED
        assert "cannot be reached" in answered.text
        assert (await trading.ask(LookUp(order_id="nowhere"))).outcome is Outcome.UNKNOWN

    run(gone, scene)


def test_nothing_is_sent_after_the_end_of_the_lease(exchange):
    ends = [SystemClock().monotonic_ns() + 10**12]

    async def scene(trading):
        assert (await trading.ask(Place(order=resting("leased")))).outcome is Outcome.ACK
        before = exchange.call(lambda: exchange._server._transport.count)
        ends[0] = SystemClock().monotonic_ns()
        answered = await trading.ask(Place(order=resting("fenced")))
        assert (answered.outcome, answered.text) == (Outcome.REFUSED, "the lease has ended: nothing was sent")
        assert exchange.call(lambda: exchange._server._transport.count) == before
        looked = await trading.ask(LookUp(order_id="fenced"))
        assert (looked.outcome, looked.code) == (Outcome.REFUSED, 40410000)  # a question changes nothing

    run(exchange, scene, lease_deadline_ns=lambda: ends[0])


def test_connections_are_kept_and_used_again(exchange):
    async def scene(trading):
        await trading.ask(Place(order=resting("kept")))
        before = connections(exchange)
        for number in range(20):
            await trading.ask(Place(order=resting(f"kept-{number}")))
        assert connections(exchange) <= before
        await asyncio.gather(*(trading.ask(Place(order=resting(f"at-once-{number}"))) for number in range(40)))
        assert connections(exchange) <= before + 8

    run(exchange, scene)


def test_the_limit_of_requests_is_kept_and_what_closes_and_cancels_get_through():
    with serving(trading_requests_per_minute=30) as limited:

        async def scene(trading):
            found = (await trading.ask(Place(order=resting("first")))).found
            answers = [await trading.ask(Place(order=resting(f"more-{number}"))) for number in range(32)]
            sent = [one for one in answers if one.outcome is Outcome.ACK]
            assert len(sent) == 26  # three of thirty are kept for cancels and what closes
            refused = answers[-1]
            assert (refused.outcome, refused.code) == (Outcome.REFUSED, 0)
            assert "the limit of requests of 127.0.0.1 is used up for" in refused.text
            closing = [await trading.ask(Place(order=resting(f"closes-{number}"), closes=True)) for number in range(2)]
            assert [one.outcome for one in closing] == ["ack", "refused"]  # two of them for cancels alone
            assert [(await trading.ask(withdraw(one.found))).outcome for one in (*sent[:2], answers[0])] == [
                "ack",
                "ack",
                "refused",
            ]
            assert found.order_id == "first"

        run(limited, scene, deadline_s=0.5)
        assert limited.call(lambda: limited._server._transport.count) == 30


def test_a_wrong_key_ends_in_one_line_without_the_key(exchange):
    keys = Keys("PKWRONG00000000", "verysecretsecret")

    async def scene(trading):
        answered = await trading.ask(Place(order=resting("wrong-key")))
        assert answered.outcome is Outcome.REFUSED
        told = await trading.ask(stock())
        assert not told.complete
        return f"{answered}{told}{keys!r}{keys}"

    text = run(exchange, scene, keys=keys)
    assert "check the keys, that they are of this account" in text
    assert not any(word in text for word in ("PKWRONG", "verysecret"))


def test_a_question_is_asked_again_where_it_failed_for_a_moment(exchange):
    async def scene():
        rest = rest_of(exchange)
        for fault in (
            "request_lost",
            "response_lost",
            "truncated_json",
            "error_503_after",
            "keepalive_closed",
            "rate_limited",
        ):
            switched(exchange, fault, limit=2, value=0.2)
            try:
                assert (await rest.read("/v2/clock", dict))["timestamp"]
            finally:
                switched(exchange, fault)
        rest.close()

    in_a_loop(asyncio.wait_for(scene(), 60))


def test_an_address_that_is_none():
    for address in ("ftp://host", "nonsense", "https://user:secret@host"):
        with pytest.raises(SettingsError) as caught:
            rest_of(type("Nowhere", (), {"url": address, "key": "k", "secret": "s"}))
        assert "secret" not in str(caught.value)


def test_orders_do_not_queue_behind_questions_nor_cancels_behind_orders(exchange):
    async def scene():
        rest = rest_of(exchange)
        switched(exchange, "slow_response", value=0.8)

        def begun(urgency, count, method="GET", path="/v2/clock"):
            return [asyncio.ensure_future(rest.ask(method, path, urgency=urgency, deadline_s=5)) for _ in range(count)]

        try:
            slow = begun(Urgency.READ, 4)
            await asyncio.sleep(0.1)
            with pytest.raises(NotSentError, match="still owes the answers to other requests"):
                await rest.ask("GET", "/v2/clock", urgency=Urgency.READ, deadline_s=0.1)
            slow += begun(Urgency.ORDER, 8)
            await asyncio.sleep(0.1)
            with pytest.raises(NotSentError, match="still owes the answers to other requests"):
                await rest.ask("GET", "/v2/clock", urgency=Urgency.ORDER, deadline_s=0.1)
            (cancel,) = begun(Urgency.CANCEL, 1, "DELETE", "/v2/orders/x")
            assert {json.loads(one.body)["is_open"] for one in await asyncio.gather(*slow)}
            assert (await cancel).status == 422
        finally:
            switched(exchange, "slow_response")
        rest.close()

    in_a_loop(asyncio.wait_for(scene(), 60))
