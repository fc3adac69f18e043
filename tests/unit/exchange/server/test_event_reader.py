"""What a reader of server-sent events waits for: updates, comments, its end."""

from loops import in_a_loop
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.server import event_stream
from tenfold.exchange.streams.server_sent import HEARTBEAT, Span, Told, UpdateHistory

NS = 1_700_000_000_000_000_000
HISTORY = UpdateHistory()


def told(ts_ns=NS, account="one"):
    return HISTORY.add(TradeUpdate(1, account, "new", ts_ns, {"id": "A"}))


def reader(until=None, waiting_max=10):
    return event_stream.Reader("one", Span("time", 0, until), waiting_max)


def next_of(one, now_ns=NS):
    return in_a_loop(one.next_bytes(lambda: now_ns))


def test_updates_of_the_account_within_the_span():
    one = reader(until=NS)
    for update in (told(account="two"), told(NS + 1), told()):
        assert isinstance(update, Told)
        one.read(update)
    assert next_of(one).startswith(b"data: ")
    assert next_of(one, NS + 1) is None


def test_silence_is_filled_with_comments(monkeypatch):
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.2)
    assert next_of(reader()) == HEARTBEAT


def test_who_reads_too_slowly_is_ended():
    one = reader(waiting_max=1)
    one.read(told())
    one.read(told())
    assert next_of(one) is None
