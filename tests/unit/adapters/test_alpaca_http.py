"""An answer is read however its bytes are cut, and what is no answer is said to be none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.adapters.alpaca.http_reply import HEAD_BYTES_MAX, ReplyReader

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-Request-ID: abc\r\n\r\n{"a":1}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
TRAILED = CHUNKED[:-2] + b"X-Sum: 1\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\nX-Request-ID: abc\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN
UNTIL_THE_END = b'HTTP/1.0 200 OK\r\n\r\n{"a":1}'
WHOLE = {"plain": PLAIN, "chunked": CHUNKED, "trailed": TRAILED, "continued": CONTINUED}


def fed(raw, cuts):
    """Return the answers that parts of it gave."""
    reader, found, start = ReplyReader(), [], 0
    for stop in (*cuts, len(raw)):
        if stop > start:
            found.append(reader.feed(raw[start:stop]))
        start = stop
    return found


@pytest.mark.parametrize("raw", WHOLE.values(), ids=WHOLE)
def test_an_answer_cut_anywhere_is_whole_with_its_last_byte(raw):
    for cut in range(1, len(raw)):
        *before, last = fed(raw, [cut])
        assert before == [None]
        assert (last.status, last.body, last.keeps_alive) == (200, b'{"a":1}', True)
    assert fed(raw, range(1, len(raw)))[:-1] == [None] * (len(raw) - 1)


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(1, 90), max_size=6))
def test_an_answer_cut_in_many_places(name, cuts):
    raw = WHOLE[name]
    found = fed(raw, sorted(cut for cut in set(cuts) if cut < len(raw)))
    assert found[-1].body == b'{"a":1}'
    assert not any(found[:-1])


def test_an_answer_without_a_body():
    (reply,) = fed(EMPTY, [])
    assert (reply.status, reply.body, reply.headers["x-request-id"]) == (204, b"", "abc")
    (closing,) = fed(EMPTY.replace(b"X-Request-ID: abc", b"Connection: close"), [])
    assert not closing.keeps_alive


def test_an_answer_that_the_end_of_the_connection_completes():
    reader = ReplyReader()
    assert reader.feed(UNTIL_THE_END) is None
    reply = reader.end()
    assert (reply.body, reply.keeps_alive) == (b'{"a":1}', False)


@pytest.mark.parametrize("raw", [PLAIN, CHUNKED], ids=["plain", "chunked"])
def test_an_answer_cut_off_anywhere_is_none(raw):
    for cut in range(1, len(raw)):
        reader = ReplyReader()
        assert reader.feed(raw[:cut]) is None
        assert reader.end() is None


@pytest.mark.parametrize(
    "raw",
    [
        b"<html>\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
        PLAIN + b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * (HEAD_BYTES_MAX + 1),
        b"HTTP/1.1 200 OK\r\n" + b"a" * HEAD_BYTES_MAX,
    ],
)
def test_what_is_no_answer_is_refused(raw):
    with pytest.raises(ValueError):  # noqa: PT011 -- every text says what was found
        ReplyReader().feed(raw)


@given(st.binary(max_size=200))
def test_nonsense_never_becomes_an_answer_of_an_order(raw):
    try:
        reply = ReplyReader().feed(raw)
    except ValueError:
        return
    assert reply is None or raw.startswith(b"HTTP/1.")
