"""The trading stream as a state machine, its faults, and its events that can be read again."""

import json

import msgpack
import pytest
from msgspec.structs import replace

from tenfold.exchange.faults import Faults, Switch
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.streams.codec import JSON, MSGPACK
from tenfold.exchange.streams.connections import Connections
from tenfold.exchange.streams.disturbance import Disturbance
from tenfold.exchange.streams.outbox import Outbox
from tenfold.exchange.streams.server_sent import UpdateHistory, read_span
from tenfold.exchange.streams.trade_updates import TradeUpdatesSession

NS = 1_700_000_000_000_000_000
MS = 1_000_000


def update(seq, event, order="A", **fields):
    return TradeUpdate(seq, "one", event, NS + seq * MS, {"id": order}, **fields)


def fill(seq, order="A"):
    return update(seq, "fill", order, execution_id=f"X{seq}", price="10", qty="5", position_qty="5")


def open_session(codec=JSON, frames="binary", connections=None, waiting_max=100, **faults):
    switches = Faults({name: Switch(rate=rate) for name, rate in faults.items()})
    outbox = Outbox(codec, 100, waiting_max)
    places = Connections(1) if connections is None else connections
    return TradeUpdatesSession(codec, account_of, places, outbox, Disturbance(switches), frames)


def account_of(key, secret):
    return "one" if (key, secret) == ("K", "S") else None


def say(session, message):
    session.receive(JSON.encode(message))


def heard(session):
    return [json.loads(frame.data) for frame in session.outbox]


def ready(**options):
    session = open_session(**options)
    say(session, {"action": "authenticate", "data": {"key_id": "K", "secret_key": "S"}})
    say(session, {"action": "listen", "data": {"streams": ["trade_updates"]}})
    heard(session)
    return session


LOGIN = {"action": "authenticate", "data": {"key_id": "K", "secret_key": "S"}}
IN = {"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}
OUT = {"stream": "authorization", "data": {"status": "unauthorized", "action": "authenticate"}}


@pytest.mark.parametrize("login", [LOGIN, {"action": "auth", "key": "K", "secret": "S"}])
def test_the_way_in(login):
    session = open_session()
    assert not heard(session)
    say(session, {"action": "listen", "data": {"streams": ["trade_updates"]}})
    assert heard(session)[0]["data"] == {"status": "unauthorized", "action": "listen"}
    say(session, login)
    assert heard(session) == [IN]
    assert session.put(fill(1)) == 0
    say(session, {"action": "listen", "data": {"streams": ["trade_updates", "account_updates"]}})
    assert heard(session) == [{"stream": "listening", "data": {"streams": ["trade_updates"]}}]
    assert session.put(fill(2)) == 1
    assert heard(session) == [
        {
            "stream": "trade_updates",
            "data": {
                "event": "fill", "execution_id": "X2", "order": {"id": "A"}, "timestamp": "2023-11-14T22:13:20.002Z",
                "price": "10", "qty": "5", "position_qty": "5",
            },
        }
    ]  # fmt: skip
    session.put(update(3, "new"))
    assert set(heard(session)[0]["data"]) == {"event", "order", "timestamp"}
    say(session, {"action": "listen", "data": {"streams": []}})
    assert heard(session)[0]["data"] == {"streams": []}
    assert session.put(fill(4)) == session.release() == 0


@pytest.mark.parametrize(
    "data", [None, {}, {"key_id": "K"}, {"key_id": "K", "secret_key": 7}, {"key_id": "K", "secret_key": "x"}, 5]
)
def test_wrong_credentials(data):
    session = open_session()
    say(session, {"action": "authenticate", "data": data})
    assert heard(session) == [OUT]
    say(session, LOGIN)
    assert heard(session) == [IN]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b'{"action":"sing"}', b'{"action":[]}', b"\xff"])
def test_nonsense_is_answered(raw):
    session = open_session()
    session.receive(raw)
    assert heard(session)[0]["stream"] == "error"
    assert not session.outbox.closing


def test_nonsense_to_listen():
    session = ready()
    say(session, {"action": "listen", "data": {"streams": "trade_updates"}})
    say(session, {"action": "listen", "data": []})
    assert [one["stream"] for one in heard(session)] == ["error", "error"]
    assert session.listening


def test_one_connection_for_each_account():
    places = Connections(1)
    first = ready(connections=places)
    say(first, LOGIN)
    assert heard(first) == [IN]
    second = open_session(connections=places)
    say(second, LOGIN)
    assert heard(second)[0]["data"]["error_message"] == "connection limit exceeded"
    assert second.outbox.closing
    say(second, LOGIN)
    second.closed()
    first.closed()
    first.closed()
    assert ready(connections=places).account == "one"


def test_time_to_authenticate():
    session = open_session()
    session.late()
    assert heard(session) == [OUT]
    assert session.outbox.closing
    inside = ready()
    inside.late()
    assert not inside.outbox.closing


def test_kinds_of_frames():
    for frames, text in (("binary", False), ("text", True)):
        session = ready(frames=frames)
        session.put(fill(1))
        assert [frame.text for frame in session.outbox] == [text]
        disturbed = ready(frames=frames, text_frames=1.0)
        disturbed.put(fill(1))
        assert [frame.text for frame in disturbed.outbox] == [not text]
    session = open_session(codec=MSGPACK, frames="text", text_frames=1.0)
    session.receive(MSGPACK.encode(LOGIN))
    session.receive(MSGPACK.encode({"action": "listen", "data": {"streams": ["trade_updates"]}}))
    session.put(fill(1))
    frames = list(session.outbox)
    assert not any(frame.text for frame in frames)
    assert msgpack.unpackb(frames[-1].data)["data"]["price"] == "10"


def test_who_does_not_read_is_cut_off():
    session = ready(waiting_max=3)
    for seq in range(5):
        session.put(fill(seq))
    assert session.outbox.closing
    assert not heard(session)


def seen(faults, updates):
    disturbance = Disturbance(Faults({name: Switch(rate=1.0, limit=limit) for name, limit in faults.items()}))
    told = [disturbance.pass_on(one) for one in updates]
    return [[None if one is None else (one.seq, one.execution_id) for one in some] for some in told], disturbance


NEW, PARTIAL, FILL, OTHER = (
    update(1, "new"),
    update(2, "partial_fill", execution_id="X2"),
    fill(3),
    update(4, "new", "B"),
)


def test_no_fault_no_change():
    assert seen({}, [NEW, FILL])[0] == [[(1, None)], [(3, "X3")]]


def test_lost_and_empty_updates():
    assert seen({"lost_event": 1}, [NEW, FILL])[0] == [[], [(3, "X3")]]
    assert seen({"null_data": 1}, [NEW, FILL])[0] == [[None], [(3, "X3")]]
    session = ready(null_data=1.0)
    session.put(NEW)
    assert heard(session) == [{"stream": "trade_updates", "data": None}]


def test_updates_that_come_twice():
    assert seen({"duplicate_event": 1}, [FILL])[0] == [[(3, "X3"), (3, "X3")]]
    (new, [first, second]), _ = seen({"duplicate_event_new_id": None}, [NEW, FILL])
    assert len(new) == 1
    assert first == (3, "X3") != second
    assert second[1] == seen({"duplicate_event_new_id": 1}, [FILL])[0][0][1][1]


def test_updates_that_change_places():
    assert seen({"reordered_events": 1}, [NEW, OTHER, FILL])[0] == [[], [(4, None)], [(3, "X3"), (1, None)]]
    assert seen({"reordered_events": None}, [FILL])[0] == [[(3, "X3")]]
    assert seen({"reordered_orders": 1}, [NEW, FILL, OTHER])[0] == [[], [(3, "X3")], [(4, None), (1, None)]]
    told, disturbance = seen({"reordered_orders": 1}, [NEW])
    assert told == [[]]
    assert disturbance.release() == [NEW]
    assert disturbance.release() == []


def test_the_story_comes_again_at_the_end():
    told, _ = seen({"replayed_events": 1}, [NEW, OTHER, PARTIAL, FILL, replace(FILL, seq=5)])
    assert told[:3] == [[(1, None)], [(4, None)], [(2, "X2")]]
    assert told[3] == [(3, "X3"), (1, None), (3, "X3")]
    assert told[4] == [(5, "X3")]


def test_held_updates_are_released():
    session = ready(reordered_orders=1.0)
    assert session.put(NEW) == 0
    assert session.release() == 1
    assert heard(session)[0]["data"]["event"] == "new"


def history(count=5, kept=100):
    kept_history = UpdateHistory(seed=7, kept=kept)
    return kept_history, [kept_history.add(update(seq, "new")) for seq in range(count)]


def test_history_by_time_and_by_id():
    kept, told = history()
    ids = [one.event_id for one in told]
    assert ids == sorted(set(ids))
    assert ids == [one.event_id for one in history()[1]]

    def seqs(**query):
        return [told.index(one) for one in kept.of("one", read_span(query))]

    assert seqs(since="2023-11-14T22:13:20.002Z") == [2, 3, 4]
    assert seqs(since="2023-11-14T22:13:20.001Z", until="2023-11-14T22:13:20.003Z") == [1, 2, 3]
    assert seqs(since_id=ids[3]) == [3, 4]
    assert seqs(since_id=ids[1], until_id=ids[2]) == [1, 2]
    assert kept.of("two", read_span({})) == []
    assert json.loads(told[2].event.removeprefix(b"data: ")) == {
        "at": "2023-11-14T22:13:20.002Z", "event_id": ids[2], "event": "new", "order": {"id": "A"},
        "timestamp": "2023-11-14T22:13:20.002Z",
    }  # fmt: skip


def test_history_forgets_the_oldest():
    kept, _ = history(count=100, kept=4)
    assert 4 <= len(kept.of("one", read_span({"since": "2023-01-01"}))) < 8


def test_the_end_of_a_span():
    _, told = history()
    by_time = read_span({"since": "2023-11-14", "until": "2023-11-14T22:13:20.002Z"})
    by_id = read_span({"since_id": told[0].event_id, "until_id": told[2].event_id})
    for span in (by_time, by_id):
        assert span.has(told[2])
        assert not span.has(told[3])
        assert not span.ends_before(told[2].ts_ns)
        assert span.ends_before(told[3].ts_ns)
    assert not read_span({}).ends_before(NS * 2)
    assert read_span({}).has(told[4])


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since_id": "O" * 26},
        {"until": "2023-11-14"},
        {"until_id": "0" * 26},
        {"since": "2023-11-14", "since_id": "0" * 26},
        {"since": "2023-11-15", "until": "2023-11-14"},
        {"after": "2023-11-15"},
    ],
)
def test_a_query_that_makes_no_sense(query):
    with pytest.raises(Refusal) as refused:
        read_span(query)
    assert refused.value.status == 422
