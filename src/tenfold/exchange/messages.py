"""Hold a request and its answer as bytes and texts, whatever carries them."""

from collections.abc import Mapping

import msgspec


class Request(msgspec.Struct, frozen=True):
    """Hold a request as it arrived.

    Attributes
    ----------
    path : with its leading slash and without the query, percent-encoding undone
    query : the last value of each name
    headers : by lower-case name
    ts_ns : replayed time of its arrival
    """

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""
    ts_ns: int = 0


class Response(msgspec.Struct, frozen=True):
    """Hold an answer; no body where it is empty."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


class TradeUpdate(msgspec.Struct, frozen=True):
    """Hold an event of the trading stream.

    Attributes
    ----------
    seq : position among all updates of the exchange, from 1
    account : whose order it is
    event : "new", "fill", "partial_fill", ...
    order : the order as REST would show it after the event
    execution_id, price, qty : of this execution; None where the event is none
    position_qty : signed position after it
    """

    seq: int
    account: str
    event: str
    ts_ns: int
    order: Mapping[str, object]
    execution_id: str | None = None
    price: str | None = None
    qty: str | None = None
    position_qty: str | None = None
