"""Read the messages of market data, and turn them into the values of the domain."""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec
from msgspec.msgpack import Ext

from tenfold.adapters.alpaca.moments import packed_ns
from tenfold.domain.live_market import (
    LiveValue,
    PriceBands,
    Print,
    PrintCanceled,
    PrintCorrected,
    TradingStatus,
    VenueBar,
)
from tenfold.domain.market import Quote
from tenfold.domain.units import NS_PER_MINUTE


class _Tagged(msgspec.Struct, frozen=True, gc=False, tag_field="T"):
    """Be one of the messages, by its letter."""


class Success(_Tagged, frozen=True, tag="success"):
    """Hold what worked."""

    msg: str


class Failure(_Tagged, frozen=True, tag="error"):
    """Hold what did not."""

    code: int
    msg: str = ""


class Subscribed(
    _Tagged, frozen=True, tag="subscription", rename={"updated_bars": "updatedBars", "daily_bars": "dailyBars"}
):
    """Hold everything that is subscribed now."""

    trades: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    updated_bars: tuple[str, ...] = ()
    daily_bars: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    lulds: tuple[str, ...] = ()


class _Trade(_Tagged, frozen=True, tag="t"):
    S: str
    p: float
    s: float
    t: Ext
    i: int | str = ""
    x: str = ""
    c: tuple[str, ...] = ()


class _Quote(_Tagged, frozen=True, tag="q", rename={"as_": "as"}):
    S: str
    bp: float
    ap: float
    t: Ext
    bs: float = 0.0
    as_: float = 0.0
    bx: str = ""
    ax: str = ""


class _BarFields(_Tagged, frozen=True):
    S: str
    o: float
    h: float
    l: float  # noqa: E741 -- the name on the wire
    c: float
    v: float
    t: Ext
    n: int = 0
    vw: float = 0.0


class _Bar(_BarFields, frozen=True, tag="b"):
    """Hold a minute."""


class _UpdatedBar(_BarFields, frozen=True, tag="u"):
    """Hold a minute that a late print changed."""


class _DailyBar(_BarFields, frozen=True, tag="d"):
    """Hold the day so far."""


class _Status(_Tagged, frozen=True, tag="s"):
    S: str
    sc: str
    t: Ext
    sm: str = ""
    rc: str = ""
    rm: str = ""


class _Bands(_Tagged, frozen=True, tag="l"):
    S: str
    u: float
    d: float
    t: Ext


class _Correction(_Tagged, frozen=True, tag="c", rename={"os_": "os"}):
    S: str
    oi: int | str
    op: float
    os_: float
    ci: int | str
    cp: float
    cs: float
    t: Ext
    x: str = ""


class _Bust(_Tagged, frozen=True, tag="x"):
    S: str
    i: int | str
    p: float
    s: float
    t: Ext
    x: str = ""


_Market = _Trade | _Quote | _Bar | _UpdatedBar | _DailyBar | _Status | _Bands | _Correction | _Bust
Message = Success | Failure | Subscribed | _Market

_MANY: Final = msgspec.msgpack.Decoder(list[Message])
_ONE: Final = msgspec.msgpack.Decoder(Message)
_RAW: Final = msgspec.msgpack.Decoder(list[msgspec.Raw])


def read_messages(raw: bytes) -> tuple[list[Message], list[str]]:
    """Return the messages of a frame, and what is wrong with those that cannot be read: one of them hides no other.

    Raises msgspec.DecodeError where the frame is no list of messages.
    """
    try:
        return _MANY.decode(raw), []
    except msgspec.ValidationError:
        found, unread = [], []
    for one in _RAW.decode(raw):
        try:
            found.append(_ONE.decode(one))
        except msgspec.ValidationError as error:
            unread.append(f"{_letter(one)}: {error}")
    return found, unread


def _letter(raw: msgspec.Raw) -> str:
    """Return the letter of a message, "" where it has none."""
    message: Any = msgspec.msgpack.decode(raw)
    return str(message.get("T", ""))[:20] if isinstance(message, dict) else ""


def _print(one: _Trade, _: int) -> Print:
    return Print(
        ts_ns=packed_ns(one.t), symbol=one.S, price=one.p, size=one.s, venue=one.x, trade_id=str(one.i), conditions="".join(one.c)
    )  # fmt: skip


def _quote(one: _Quote, _: int) -> Quote:
    venue = one.bx if one.bx == one.ax else ""
    return Quote(
        ts_ns=packed_ns(one.t), symbol=one.S, bid=one.bp, ask=one.ap, bid_size=one.bs, ask_size=one.as_, venue=venue
    )


def _bar(kind: Literal["minute", "updated", "daily"]) -> Callable[[_BarFields, int], VenueBar]:
    """Return what makes a bar; it travels with its opening, the day so far reaches to the moment at which it comes."""

    def bar(one: _BarFields, received_ns: int) -> VenueBar:
        open_ns = packed_ns(one.t)
        return VenueBar(
            ts_ns=received_ns if kind == "daily" else open_ns + NS_PER_MINUTE,
            symbol=one.S,
            kind=kind,
            open_ns=open_ns,
            open=one.o,
            high=one.h,
            low=one.l,
            close=one.c,
            volume=one.v,
            trades=one.n,
            vwap=one.vw,
        )

    return bar


def _status(one: _Status, _: int) -> TradingStatus:
    return TradingStatus(
        ts_ns=packed_ns(one.t), symbol=one.S, code=one.sc, message=one.sm, reason_code=one.rc, reason_message=one.rm
    )


def _bands(one: _Bands, _: int) -> PriceBands:
    return PriceBands(ts_ns=packed_ns(one.t), symbol=one.S, up=one.u, down=one.d)


def _correction(one: _Correction, _: int) -> PrintCorrected:
    return PrintCorrected(
        ts_ns=packed_ns(one.t),
        symbol=one.S,
        original_id=str(one.oi),
        original_price=one.op,
        original_size=one.os_,
        trade_id=str(one.ci),
        price=one.cp,
        size=one.cs,
        venue=one.x,
    )


def _bust(one: _Bust, _: int) -> PrintCanceled:
    return PrintCanceled(
        ts_ns=packed_ns(one.t), symbol=one.S, trade_id=str(one.i), price=one.p, size=one.s, venue=one.x
    )


_VALUES: Final[dict[type, Callable[[Any, int], LiveValue]]] = {
    _Trade: _print,
    _Quote: _quote,
    _Bar: _bar("minute"),
    _UpdatedBar: _bar("updated"),
    _DailyBar: _bar("daily"),
    _Status: _status,
    _Bands: _bands,
    _Correction: _correction,
    _Bust: _bust,
}


def value_of(message: Message, received_ns: int) -> LiveValue:
    """Return the value of a message of market data; ValueError where its moment is none."""
    return _VALUES[type(message)](message, received_ns)
