"""Each fault of REST over a real connection: what the client sees, and whether the order is there."""

import json
import time

import pytest

from official_client import serving, switched
from raw_client import ORDER, answered, ask, connected, orders, request_bytes
from tenfold.exchange.faults import Switch

BEFORE = ("request_lost", "reset_before_body", "rate_limited", *(f"error_{n}_before" for n in (500, 502, 503, 504)))
AFTER = ("response_lost", "reset_after_bytes", "truncated_json", *(f"error_{n}_after" for n in (500, 502, 503, 504)))


@pytest.fixture(scope="module")
def exchange():
    with serving(speed="1x") as one:
        yield one


@pytest.fixture(autouse=True)
def no_fault_stays(exchange):
    yield
    for name in tuple(exchange.exchange.faults.switches):
        switched(exchange, name)


def send(exchange, cid):
    return ask(exchange, "POST", "/v2/orders", {**ORDER, "client_order_id": cid})


def known(exchange, cid):
    return [one for one in orders(exchange) if one["client_order_id"] == cid]


@pytest.mark.parametrize("name", BEFORE)
def test_no_effect(exchange, name):
    switched(exchange, name, limit=1)
    status, _, _ = send(exchange, name)
    assert status == {"request_lost": 0, "reset_before_body": 0, "rate_limited": 429}.get(
        name, int(name[6:9]) if name[6:9].isdigit() else None
    )
    assert known(exchange, name) == []
    assert send(exchange, name)[0] == 200
    assert len(known(exchange, name)) == 1


@pytest.mark.parametrize("name", AFTER)
def test_took_effect(exchange, name):
    switched(exchange, name, limit=1)
    status, _, body = send(exchange, name)
    if name.startswith("error"):
        assert status == int(name[6:9])
    if name == "response_lost":
        assert (status, body) == (0, b"")
    if name == "reset_after_bytes":
        assert (status, body) == (0, b"HTTP/1.1 200 OK\r\nCon")
    if name == "truncated_json":
        assert status == 200
        with pytest.raises(json.JSONDecodeError):
            json.loads(body)
    assert len(known(exchange, name)) == 1
    again, _, refusal = send(exchange, name)
    assert (again, json.loads(refusal)["message"]) == (422, "client_order_id must be unique")


@pytest.mark.parametrize("count", [0, 1, 100, 10_000])
def test_broken_at_any_byte(exchange, count):
    switched(exchange, "reset_after_bytes", limit=1, value=count)
    sent = send(exchange, f"byte-{count}")[2]
    assert exchange.exchange.faults.fired["reset_after_bytes"] == 1
    assert len(sent) == count if count < 100 else len(sent) <= count
    assert len(known(exchange, f"byte-{count}")) == 1


def test_a_proxy_delivers_twice(exchange):
    switched(exchange, "post_twice", limit=1)
    status, _, _ = ask(exchange, "POST", "/v2/orders", ORDER | {"qty": "7"})
    assert status == 200
    assert len([one for one in orders(exchange) if one["qty"] == "7"]) == 2
    switched(exchange, "post_twice", limit=1)
    assert send(exchange, "named twice")[0] == 200
    assert len(known(exchange, "named twice")) == 1


def test_a_slow_answer(exchange):
    switched(exchange, "slow_response", limit=1, value=0.3)
    start = time.monotonic()
    assert send(exchange, "slow")[0] == 200
    assert time.monotonic() - start >= 0.3


def test_a_status_that_nobody_knows(exchange):
    switched(exchange, "unknown_enum", limit=1)
    assert json.loads(send(exchange, "enum")[2])["status"] == "pending_tenfold"
    assert known(exchange, "enum")[0]["status"] != "pending_tenfold"


def test_a_kept_connection_closes_at_the_next_request(exchange):
    switched(exchange, "keepalive_closed", limit=1)
    with connected(exchange) as plain:
        plain.sendall(request_bytes("GET", "/v2/clock"))
        assert answered(plain).startswith(b"HTTP/1.1 200")
        plain.sendall(request_bytes("GET", "/v2/clock"))
        assert answered(plain) == b""
    assert ask(exchange)[0] == 200


def test_nobody_is_let_in_for_a_while(exchange):
    with connected(exchange) as kept:
        kept.sendall(request_bytes("GET", "/v2/clock"))
        assert answered(kept).startswith(b"HTTP/1.1 200")
        switched(exchange, "connection_refused", limit=1, value=0.3)
        start = time.monotonic()
        assert ask(exchange)[0] == 0
        with pytest.raises(ConnectionRefusedError), connected(exchange):
            pass
        kept.sendall(request_bytes("GET", "/v2/clock"))
        assert answered(kept).startswith(b"HTTP/1.1 200")
        while True:
            try:
                assert ask(exchange)[0] == 200
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
    assert time.monotonic() - start >= 0.3


def test_somebody_else_trades(exchange):
    switched(exchange, "external_order", limit=1)
    before = len(orders(exchange))
    assert send(exchange, "mine")[0] == 200
    assert len(orders(exchange)) == before + 2


@pytest.mark.parametrize("name", ["restart", "restart_with_loss"])
def test_a_restart_cuts_every_connection(exchange, name):
    assert send(exchange, f"{name} before")[0] == 200
    with connected(exchange) as idle:
        idle.sendall(request_bytes("GET", "/v2/clock"))
        answered(idle)
        switched(exchange, name, limit=1)
        status = send(exchange, name)[0]
        assert exchange.exchange.faults.fired[name] == 1
        assert status == 0
        assert answered(idle) == b""
    assert len(known(exchange, f"{name} before")) == 1
    assert len(known(exchange, name)) == (name == "restart")


def test_every_answer_tells_what_may_be_asked():
    with serving(speed="1x", trading_requests_per_minute=3, data_requests_per_minute=0) as limited:
        seen = [ask(limited) for _ in range(4)]
        assert [status for status, _, _ in seen] == [200, 200, 200, 429]
        assert [headers["X-RateLimit-Remaining"] for _, headers, _ in seen] == ["2", "1", "0", "0"]
        assert all(headers["X-RateLimit-Limit"] == "3" for _, headers, _ in seen)
        assert len({headers["X-Request-ID"] for _, headers, _ in seen}) == 4
        assert json.loads(seen[3][2]) == {"code": 42910000, "message": "rate limit exceeded"}
        reset = int(seen[3][1]["X-RateLimit-Reset"])
        now_s = limited.exchange.now_ns // 10**9
        assert now_s < reset <= now_s + 61
        assert ask(limited, path="/v2/stocks/bars/latest?symbols=AAPL")[0] == 200


def test_faults_are_switched_by_the_operator(exchange):
    path = "/tenfold/admin/faults"
    status, _, body = ask(exchange, "PATCH", path, {"request_lost": {"limit": 1}, "slow_response": 0.5})
    assert status == 200
    assert set(json.loads(body)["on"]) == {"request_lost", "slow_response"}
    assert json.loads(ask(exchange, "PATCH", path, {"slow_response": None})[2])["on"].keys() == {"request_lost"}
    assert ask(exchange)[0] == 0
    assert json.loads(ask(exchange, path=path)[2])["fired"]["request_lost"] == 1
    for nonsense in ({"no_such": 1}, {"halt": 7}, [], {"halt": {"rate": 2}}):
        status, _, body = ask(exchange, "PUT", path, nonsense)
        assert status == 422
        assert "\n" not in json.loads(body)["message"]
    assert ask(exchange, "DELETE", path)[0] == 404
    assert ask(exchange, path="/tenfold/admin/secrets")[0] == 404


def test_the_operator_moves_the_clock(exchange):
    path = "/tenfold/admin/clock"
    told = json.loads(ask(exchange, "PATCH", path, {"paused": True})[2])
    assert (told["paused"], told["speed"], told["finished"]) == (True, "1x", False)
    time.sleep(0.05)
    assert json.loads(ask(exchange, path=path)[2])["timestamp"] == told["timestamp"]
    told = json.loads(ask(exchange, "PATCH", path, {"paused": False, "speed": "60x"})[2])
    assert (told["paused"], told["speed"]) == (False, "60x")
    time.sleep(0.05)
    assert json.loads(ask(exchange, path=path)[2])["timestamp"] > told["timestamp"]
    assert json.loads(ask(exchange, "PATCH", path, {"speed": "1x"})[2])["speed"] == "1x"
    for speed in ("slow", "999999999999999999999x"):
        assert ask(exchange, "PATCH", path, {"speed": speed})[0] == 422
    status = json.loads(ask(exchange, path="/tenfold/admin/status")[2])
    assert status["requests"] > 0
    assert status["clients"]["lockstep"] == 0


def test_a_mistake_of_our_own_is_answered_500_and_logged(exchange, caplog):
    core = exchange.exchange
    assets = core.assets
    exchange.call(lambda: setattr(core, "assets", None))
    try:
        status, _, body = ask(exchange, path="/v2/assets/AAPL")
        assert (status, json.loads(body)["code"]) == (500, 50010000)
        assert "GET /v2/assets/AAPL failed" in caplog.text
    finally:
        exchange.call(lambda: setattr(core, "assets", assets))
    assert ask(exchange, path="/v2/assets/AAPL")[0] == 200


def test_faults_of_the_settings_are_on_from_the_start():
    with serving(speed="1x", faults={"error_503_before": Switch(limit=1)}) as one:
        assert [ask(one)[0], ask(one)[0]] == [503, 200]
