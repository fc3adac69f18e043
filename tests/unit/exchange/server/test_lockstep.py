"""The clock waits until its clients have handled everything."""

import json

import pytest

from tenfold.exchange.server.lockstep import Lockstep, LockstepSession
from tenfold.exchange.server.sockets import frame_head
from tenfold.exchange.streams.codec import JSON, Frame
from tenfold.exchange.streams.outbox import Outbox


class Clock:
    """Hold time, counts and how often somebody acknowledged."""

    def __init__(self):
        self.now_ns = 1_700_000_000_000_000_000
        self.counts = [0, 0]
        self.pokes = 0
        self.lockstep = Lockstep(lambda: self.now_ns, lambda account: tuple(self.counts), self.poke)

    def poke(self):
        self.pokes += 1

    def open(self):
        return LockstepSession(self.lockstep, lambda _, word: "one" if word == "S" else None, Outbox(JSON, 10, 50))

    def ready(self):
        session = self.open()
        say(session, {"action": "auth", "key": "K", "secret": "S"})
        return session


def say(session, message):
    session.receive(JSON.encode(message))


def ack(session, seq, **counts):
    say(session, {"action": "ack", "seq": seq, **counts})


def heard(session):
    return [json.loads(frame.data) for frame in session.outbox]


def test_the_way_in_ends_with_a_first_step():
    clock = Clock()
    assert not clock.lockstep.agreed
    session = clock.ready()
    ready, step = heard(session)
    assert ready == {
        "T": "ready",
        "t": "2023-11-14T22:13:20Z",
        "ns": clock.now_ns,
        "market_data": 0,
        "trade_updates": 0,
    }
    assert step == {**ready, "T": "step", "seq": 1}
    assert not clock.lockstep.agreed
    ack(session, 1, market_data=0, trade_updates=0)
    assert clock.lockstep.agreed
    assert session.agreed
    assert len(clock.lockstep) == 1


def test_the_same_moment_again_where_orders_had_consequences():
    clock = Clock()
    session = clock.ready()
    clock.counts = [5, 0]
    clock.lockstep.step()
    clock.counts = [5, 2]
    heard(session)
    ack(session, 2, market_data=5, trade_updates=0)
    assert not clock.lockstep.agreed
    [again] = heard(session)
    assert (again["seq"], again["trade_updates"]) == (3, 2)
    ack(session, 2, market_data=5, trade_updates=2)
    assert not clock.lockstep.agreed
    ack(session, 3, market_data=5, trade_updates=1)
    assert not heard(session)
    ack(session, 3, market_data=5, trade_updates=2)
    assert clock.lockstep.agreed
    pokes = clock.pokes
    ack(session, 3, market_data=5, trade_updates=2)
    assert clock.pokes == pokes


def test_who_cannot_count_is_taken_at_its_word():
    clock = Clock()
    session = clock.ready()
    clock.counts = [5, 2]
    ack(session, 1)
    assert clock.lockstep.agreed


def test_everybody_has_to_agree_and_who_goes_is_not_waited_for():
    clock = Clock()
    first, second = clock.ready(), clock.ready()
    ack(first, 1)
    assert not clock.lockstep.agreed
    second.closed()
    assert clock.lockstep.agreed
    first.closed()
    assert not clock.lockstep.agreed
    assert len(clock.lockstep) == 0


def test_the_end_is_told():
    clock = Clock()
    session = clock.ready()
    clock.lockstep.end()
    assert heard(session)[-1]["T"] == "end"


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[]", b"\xff", b"{}", b'{"action":"sing"}', b'{"action":"ack"}', b'{"action":"ack","seq":"1"}',
     b'{"action":"ack","seq":1,"more":2}'],
)  # fmt: skip
def test_nonsense(raw):
    session = Clock().ready()
    heard(session)
    session.receive(raw)
    assert heard(session) == [{"T": "error", "code": 400, "msg": "invalid syntax"}]


def test_errors():
    clock = Clock()
    session = clock.open()
    ack(session, 1)
    assert heard(session)[0]["code"] == 401
    say(session, {"action": "auth", "key": "K"})
    assert heard(session)[0]["code"] == 402
    assert session.outbox.closing
    say(session, {"action": "auth", "key": "K", "secret": "S"})
    assert session.account is None
    late = clock.open()
    late.late()
    assert (heard(late)[0]["code"], late.outbox.closing) == (404, True)
    inside = clock.ready()
    heard(inside)
    inside.late()
    say(inside, {"action": "auth", "key": "K", "secret": "S"})
    ack(inside, 1, market_data=1)
    assert [one["code"] for one in heard(inside)] == [403, 412]
    assert not clock.lockstep.agreed


@pytest.mark.parametrize(
    ("size", "head"), [(5, "8205"), (125, "827d"), (126, "827e007e"), (70_000, "827f0000000000011170")]
)
def test_the_head_of_a_frame(size, head):
    assert frame_head(Frame(bytes(size), False)).hex() == head
    assert frame_head(Frame(bytes(size), True)).hex() == "81" + head[2:]
