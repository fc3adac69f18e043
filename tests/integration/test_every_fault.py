"""Every fault of the list of what brokers and networks do can strike, and the exchange goes on after it."""

import asyncio
import itertools
import json
import urllib.request

import msgspec
import numpy as np
import pytest

from exchange_scenes import Client, trade_at_random
from fault_evidence import EVIDENCE, HARDLY_SEEN, Seen, Watched
from fault_session import SIGHTINGS, FaultSession
from loops import in_a_loop
from tenfold.app.exchange import open_exchange
from tenfold.app.exchange_prepared import prepare_exchange
from tenfold.app.exchange_settings import exchange_settings
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.faults import Switch

LISTED = {
    1: ["request_lost"],
    2: ["response_lost"],
    3: ["reset_after_bytes", "reset_before_body"],
    4: ["rate_limited"],
    5: [f"error_{status}_{when}" for status in (500, 502, 503, 504) for when in ("before", "after")],
    6: ["post_twice"],
    7: ["slow_response", "event_before_response"],
    8: ["truncated_json"],
    9: ["unknown_enum", "null_data"],
    10: ["connection_refused"],
    11: ["keepalive_closed"],
    12: ["duplicate_event"],
    13: ["duplicate_event_new_id"],
    14: ["lost_event"],
    15: ["reordered_events", "reordered_orders"],
    16: ["silent_stream"],
    17: ["cut_mid_frame"],
    18: ["stream_refused"],
    19: ["replayed_events"],
    20: ["external_order"],
    21: ["slow_consumer"],
    22: [
        "sequence_gap", "late_bar", "trade_correction", "trade_cancel", "crossed_quote", "locked_quote", "halt", "price_bands",
    ],
    23: ["partial_then_cancel"],
    24: ["fill_after_cancel"],
    25: ["cancel_rejected"],
    26: ["replace_loses_to_fill"],
    27: ["replace_rejected"],
    28: ["replace_original_qty"],
    29: ["pending_cancel_stuck", "pending_replace_stuck"],
    30: ["overfill"],
    31: ["trade_bust", "trade_correct"],
    32: ["async_reject"],
    33: ["done_for_day"],
    34: ["oco_both_fill"],
    35: ["bracket_parent_canceled"],
    36: ["refusal_races_fill"],
    37: ["restated"],
    38: ["manual_trade"],
    39: ["restart", "restart_with_loss"],
    40: ["stale_reads", "order_not_found_yet"],
    41: ["unsorted_activities"],
    42: ["paging_ties"],
}  # fmt: skip
"""The faults by their numbers in the list."""

BEYOND = {"text_frames", "no_auth_reply", "ioc_expired", "random_partial", "rare_states", "clock_skew"}
"""What the protocol's own list adds."""

OUTSIDE = {name for name, fault in FAULTS.items() if fault.where in {"rest", "stream"}}
VALUES = {
    "connection_refused": 0.3,
    "slow_response": 0.4,
    "stream_refused": 0.2,
    "no_auth_reply": 0.3,
    "slow_consumer": 1,
}
SLOWLY = {"slow_response", "no_auth_reply", "event_before_response"}
"""Faults that a busy machine looks like."""
OF_PARTS = {"bracket_parent_canceled", "replace_original_qty"}
"""What needs an order that has filled in part."""
START = 1_709_562_600_000_000_000  # 2024-03-04 14:30 UTC


def test_every_number_of_the_list_has_its_faults():
    assert set(LISTED) == set(range(1, 43))
    assert set(SIGHTINGS) == OUTSIDE
    assert set(FAULTS) - OUTSIDE == {*EVIDENCE, "sequence_gap"}
    assert {name for names in LISTED.values() for name in names} | BEYOND == set(FAULTS)


def two_days(symbol="AAPL"):
    """Return minute bars of two sessions."""
    day = START + NS_PER_MINUTE * np.arange(1, 391)
    ts_ns = np.concatenate([day, day + 1440 * NS_PER_MINUTE])
    close = 100.0 + 0.5 * np.sin(np.arange(len(ts_ns)) / 3.0).round(2)
    open_ = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(open_, close) + 0.1, np.minimum(open_, close) - 0.1
    columns = [values[:, None].round(2) for values in (open_, high, low, close)]
    return bars_from_arrays([symbol], ts_ns, *columns, np.full((len(ts_ns), 1), 1e5), period_ns=NS_PER_MINUTE)


def in_process(name, **market):
    settings = exchange_settings(speed="max", symbols=["AAPL"], end="2024-03-05")
    prepared = prepare_exchange(settings, **market)
    if name in OF_PARTS:
        prepared.exchange.switch("random_partial", Switch())
    if name is not None:
        prepared.exchange.switch(name, Switch(rate=1.0, limit=3))
    return Client(Watched(prepared.exchange, json.loads))


def a_day_of_trading(client):
    """Do once what there is to do, slowly enough that one thing does not stand in the way of another."""
    client.wait(600)
    client.order(qty=100)
    client.wait(130)
    client.order(qty=40, side="sell")
    client.wait(130)
    client.order(qty=300, type="limit", limit_price=f"{client.price() * 1.01:.2f}", time_in_force="ioc")
    client.wait(130)
    for change, price in (("PATCH", 0.99), ("DELETE", 0.99), ("PATCH", 1.0), ("DELETE", 1.0)):
        resting = resting_order(client, client.price() * price)
        client.ask(change, f"/v2/orders/{resting}", {"qty": "25"} if change == "PATCH" else None)
        client.wait(130)
        client.ask("DELETE", "/v2/orders")
        client.wait(130)
    everything_is_read(client)
    _, filling = client.order(qty=200, type="limit", limit_price=f"{client.price() * 1.01:.2f}")
    client.wait(70)
    client.ask("PATCH", f"/v2/orders/{filling['id']}", {"limit_price": f"{client.price() * 1.02:.2f}"})
    client.wait(130)
    client.order(qty=50, order_class="bracket", **legs(client, 0.4))
    client.wait(1800)
    client.ask("DELETE", "/v2/orders")
    client.wait(130)
    client.order(qty=20, side="sell", type="limit", order_class="oco", **legs(client, 0.4))
    client.wait(1800)
    client.ask("DELETE", "/v2/positions", cancel_orders=True)
    client.wait(130)
    spend_again(client)
    trade_at_random(client.exchange, 3, 40, ["AAPL"])
    client.ask("DELETE", "/v2/positions", cancel_orders=True)
    client.wait(1800)
    read_at_once(client)
    resting_order(client, client.price() * 0.9, "day")
    resting_order(client, client.price() * 0.9)
    client.wait(86_400)
    everything_is_read(client)


def resting_order(client, price, time_in_force="gtc"):
    """Return the id of an order that waits at a price."""
    status, body = client.order(qty=50, type="limit", limit_price=f"{price:.2f}", time_in_force=time_in_force)
    assert status == 200, body
    return body["id"]


def legs(client, distance):
    price = client.price()
    return {
        "take_profit": {"limit_price": f"{price + distance:.2f}"},
        "stop_loss": {"stop_price": f"{price - distance:.2f}"},
    }


def read_at_once(client):
    """Ask for an order in the moment in which it was accepted."""
    far = {"type": "limit", "limit_price": f"{client.price() * 0.9:.2f}"}
    while (answer := client.order(qty=1, **far, client_order_id=f"at once {client.exchange.now_ns}"))[0] == 503:
        pass
    order = answer[1]
    client.get(f"/v2/orders/{order['id']}")
    client.get("/v2/orders:by_client_order_id", client_order_id=order["client_order_id"])
    client.order(qty=1, **far)
    client.order(qty=1, **{**far, "time_in_force": "ioc"})
    client.wait(130)
    client.ask("DELETE", "/v2/orders")
    client.wait(130)


def spend_again(client):
    """Buy for all there is, sell, and buy again in the moment in which the sale filled."""
    qty = int(float(client.get("/v2/account")["buying_power"]) / client.price() / 1.05)
    client.order(qty=qty)
    client.wait(130)
    client.order(qty=qty, side="sell")
    while client.get("/v2/positions"):
        client.wait(0.2)
    for _ in range(3):
        if client.order(qty=qty)[0] == 200:
            break
        client.wait(1)
    client.ask("DELETE", "/v2/orders")
    client.wait(130)
    client.ask("DELETE", "/v2/positions", cancel_orders=True)
    client.wait(130)


FIRST = {"order_not_found_yet": read_at_once, "stale_reads": read_at_once, "refusal_races_fill": spend_again}
"""What begins the day, so that it is struck."""


def everything_is_read(client):
    client.get("/v2/clock")
    client.get("/v2/account/activities")
    client.get("/v2/positions")
    for order in client.get("/v2/orders", status="all"):
        client.get("/v2/orders:by_client_order_id", client_order_id=order["client_order_id"])


@pytest.mark.parametrize("name", sorted(EVIDENCE))
def test_a_fault_of_orders_of_the_market_or_of_the_broker_is_seen(name):
    if FAULTS[name].where == "market":
        client = in_process(name, synthetic=True)
        client.wait(1800)
    else:
        client = in_process(name, data=two_days())
        client.wait(600)
        FIRST.get(name, Client.updates)(client)
        a_day_of_trading(client)
    strikes = client.exchange.faults.fired[name]
    sightings = EVIDENCE[name](seen_by(client))
    assert strikes >= 1
    assert len(sightings) == strikes if name not in HARDLY_SEEN else sightings
    client.exchange.switch(name, None)
    client.wait(120)
    assert client.get("/v2/account")["status"] == "ACTIVE"


def test_without_faults_nothing_of_it_is_seen():
    trading, market = in_process(None, data=two_days()), in_process(None, synthetic=True)
    a_day_of_trading(trading)
    market.wait(1800)
    for client in (trading, market):
        assert not {name for name, sightings in EVIDENCE.items() if sightings(seen_by(client))}


def seen_by(client):
    return Seen(client.exchange.answers, client.told, client.exchange.trading.restarts)


def test_a_gap_leaves_out_what_the_market_did():
    whole, gaps = in_process(None, synthetic=True), in_process("sequence_gap", synthetic=True)
    for one in (whole, gaps):
        one.wait(1800)
    left_out = [one for one in whole.told if one not in gaps.told]
    assert len(left_out) == gaps.exchange.faults.fired["sequence_gap"] == 3
    assert [one for one in whole.told if one in gaps.told] == gaps.told


@pytest.fixture(scope="module")
def running():
    settings = exchange_settings(symbols=["AAPL"], speed="60x", start="2024-03-04T14:30", end="2024-03-06", port=0)
    unlimited = msgspec.structs.replace(settings.server, trading_requests_per_minute=0)
    with open_exchange(msgspec.structs.replace(settings, server=unlimited), synthetic=True) as opened:
        yield opened


@pytest.mark.parametrize("name", sorted(SIGHTINGS))
def test_a_fault_of_connections_or_of_streams_is_met(running, name):
    switch = Switch(limit=None if name == "slow_consumer" else 2, value=VALUES.get(name, FAULTS[name].value or None))
    later = bool
    if name == "silent_stream":  # would swallow the answer to `listen`, and be over
        later = lambda: running.set_fault(name, Switch(value=5.0))  # noqa: E731
    else:
        running.set_fault(name, switch)
    try:
        in_a_loop(asyncio.wait_for(FaultSession(running).run(SIGHTINGS[name], later), 60))
        assert running.call(lambda: running.exchange.faults.fired[name]) >= 1
    finally:
        running.set_fault(name, None)
    in_a_loop(asyncio.wait_for(in_order(running, VALUES.get(name, 0.0)), 60))


async def in_order(running, seconds):
    """See that after some seconds all is as ever: orders arrive once, both streams tell of them, no fault is met."""
    await asyncio.sleep(seconds if seconds < 1.0 else 0.0)
    while running.call(lambda: running._server.status()["connections"]):
        await asyncio.sleep(0.01)
    session, rounds = FaultSession(running), itertools.count()
    await session.run(lambda _: next(rounds) >= 1)
    assert set(session.sent.values()) == {200}
    assert not {name for name, sightings in SIGHTINGS.items() if name not in SLOWLY and sightings(session)}
    assert {"new", "canceled"} <= {event for _, event in session.told}


def test_an_operator_switches_faults_by_http(running):
    url = f"{running.url}/tenfold/admin/faults"
    request = urllib.request.Request(url, b'{"halt": {"rate": 0.5, "limit": 0}}', method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        assert json.load(answer)["on"]["halt"]["rate"] == 0.5
    request = urllib.request.Request(url, b'{"halt": null}', method="PUT")  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        assert "halt" not in json.load(answer)["on"]
