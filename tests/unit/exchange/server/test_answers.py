"""Answers that faults refuse or spoil."""

import json

import pytest

from tenfold.exchange.faults import Faults, Switch
from tenfold.exchange.messages import Response
from tenfold.exchange.server.answers import UNKNOWN_STATUS, refused_by_fault, spoiled

ORDER = {"id": "A", "client_order_id": "c", "status": "new"}


def on(*names, **values):
    return Faults({name: Switch(value=values.get(name)) for name in names})


def test_nothing_strikes():
    answer = Response(200, b"{}")
    assert refused_by_fault(on()) is None
    assert spoiled(answer, on()) is answer


def test_asked_too_often():
    answer = refused_by_fault(on("rate_limited", rate_limited=7.0))
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    assert json.loads(answer.body) == {"code": 42910000, "message": "rate limit exceeded"}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_errors_before_and_after(status):
    before, after = (
        refused_by_fault(on(f"error_{status}_before")),
        spoiled(Response(200, b"{}"), on(f"error_{status}_after")),
    )
    assert before == after
    assert before.status == status
    assert json.loads(before.body)["code"] == status * 100_000 + 10_000


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one, one], lambda one: [{"symbol": "A", "body": one}]])
def test_a_status_that_no_client_knows(wrap):
    answer = spoiled(Response(200, json.dumps(wrap(ORDER)).encode()), on("unknown_enum"))
    assert answer.body.count(UNKNOWN_STATUS.encode()) == 1


def test_what_is_no_order_keeps_its_status():
    answer = Response(200, b'{"status":"open"}')
    assert spoiled(answer, on("unknown_enum")) is answer
    odd = Response(200, b'["client_order_id"]')
    assert spoiled(Response(200, b'["a","client_order_id"]'), on("unknown_enum")).body == b'["a","client_order_id"]'
    assert spoiled(odd, on("unknown_enum")).body == odd.body


def test_half_a_body():
    assert spoiled(Response(200, b"[1,2,3,4]"), on("truncated_json")).body == b"[1,2"
    refusal = Response(404, b"[1,2,3,4]")
    assert spoiled(refusal, on("truncated_json")) is refusal
