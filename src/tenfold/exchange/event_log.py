"""Log what went into the exchange and what came out, so that two runs can be told apart or repeated.

How it works: a record is [kind, ts_ns, value] as MessagePack behind its length in four bytes. Every record goes into a
running BLAKE2b hash; the records themselves are kept only by who gives a sink. Of a request the headers that decide who
asks are logged, and no others: a client's version or port would make two equal runs differ.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, Literal

import msgspec

from tenfold.domain.errors import DataError
from tenfold.exchange.events import MarketEvent
from tenfold.exchange.faults import Switch
from tenfold.exchange.messages import Request, Response, TradeUpdate

HEADERS: Final = ("apca-api-key-id", "apca-api-secret-key", "authorization")
"""Headers of a request that are logged."""

_LENGTH: Final = 4


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Hold a record as it is read: `value` as MessagePack."""

    kind: Literal["request", "response", "market", "update", "switch", "foreign"]
    ts_ns: int
    value: msgspec.Raw


class EventLog:
    """Hash every record, and hand its bytes on where there is a sink.

    Attributes
    ----------
    count : records so far
    """

    def __init__(self, sink: Callable[[bytes], object] | None = None) -> None:
        self.count = 0
        self._sink = sink
        self._hash = hashlib.blake2b(digest_size=16)
        self._encode = msgspec.msgpack.Encoder(decimal_format="string").encode_into
        self._buffer = bytearray(256)

    @property
    def digest(self) -> str:
        """The hash of everything so far, 32 hexadecimal digits."""
        return self._hash.hexdigest()

    def request(self, request: Request) -> None:
        """Log a request as it arrived."""
        headers = {name: request.headers[name] for name in HEADERS if name in request.headers}
        value = (request.method, request.path, dict(request.query), headers, request.body)
        self._append("request", request.ts_ns, value)

    def response(self, response: Response, ts_ns: int) -> None:
        """Log the answer to the request before."""
        self._append("response", ts_ns, (response.status, response.body))

    def market(self, event: MarketEvent) -> None:
        """Log an event of the market."""
        self._append("market", event.ts_ns, (event.__class__.__name__, event))

    def update(self, update: TradeUpdate) -> None:
        """Log an event of an order."""
        self._append("update", update.ts_ns, update)

    def switch(self, name: str, switch: Switch | None, ts_ns: int) -> None:
        """Log a fault that was switched while the exchange ran; None is off."""
        self._append("switch", ts_ns, (name, switch))

    def foreign(self, account: str, ts_ns: int) -> None:
        """Log an order that somebody else sent into an account, as the server's fault `external_order` lets happen."""
        self._append("foreign", ts_ns, account)

    def _append(self, kind: str, ts_ns: int, value: Any) -> None:
        buffer = self._buffer
        self._encode((kind, ts_ns, value), buffer, _LENGTH)
        buffer[:_LENGTH] = (len(buffer) - _LENGTH).to_bytes(_LENGTH, "little")
        self._hash.update(buffer)
        self.count += 1
        if self._sink is not None:
            self._sink(bytes(buffer))


def read_records(file: BinaryIO) -> Iterator[Record]:
    """Yield the records of a log; DataError where it is cut off or is none."""
    decoder = msgspec.msgpack.Decoder(Record)
    place = 0
    while head := file.read(_LENGTH):
        length = int.from_bytes(head, "little")
        raw = file.read(length)
        if len(head) < _LENGTH or len(raw) < length:
            raise DataError(
                f"the log breaks off within the record at byte {place}; run the exchange again to record it"
            )
        try:
            yield decoder.decode(raw)
        except msgspec.MsgspecError:
            raise DataError(f"there is no record at byte {place}: this is no log of the exchange") from None
        place += _LENGTH + length


class Switched(msgspec.Struct, frozen=True, gc=False):
    """Hold that a fault was switched while the exchange ran; None is off."""

    ts_ns: int
    name: str
    switch: Switch | None


class Foreign(msgspec.Struct, frozen=True, gc=False):
    """Hold that somebody else sent an order into an account."""

    ts_ns: int
    account: str


def recorded_input(file: BinaryIO) -> Iterator[Request | Switched | Foreign | int]:
    """Yield what a log took in, in order, and at last the time of its last record."""
    parts = msgspec.msgpack.Decoder(tuple[str, str, dict[str, str], dict[str, str], bytes])
    switches = msgspec.msgpack.Decoder(tuple[str, Switch | None])
    accounts = msgspec.msgpack.Decoder(str)
    last_ns = 0
    for record in read_records(file):
        last_ns = max(last_ns, record.ts_ns)
        if record.kind == "request":
            method, path, query, headers, body = parts.decode(record.value)
            yield Request(method, path, query, headers, body, record.ts_ns)
        elif record.kind == "switch":
            yield Switched(record.ts_ns, *switches.decode(record.value))
        elif record.kind == "foreign":
            yield Foreign(record.ts_ns, accounts.decode(record.value))
    yield last_ns
