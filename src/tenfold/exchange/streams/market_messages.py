"""Turn events of the market into the messages of the market data stream."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from tenfold.domain.market import Bar, Quote, Trade
from tenfold.exchange.events import Bust, Correction, Depth, LateBar, MarketEvent, PriceBands, Status
from tenfold.exchange.market.candle import Candle, candle_of
from tenfold.exchange.market_fields import CONDITIONS, QUOTE_CONDITIONS, TAPE, print_id, venue_code, whole

Moment = Callable[[int], Any]
"""Turn nanoseconds into what a codec writes."""


class TradeMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="t"):
    """Hold a print."""

    S: str
    i: int
    x: str
    p: float
    s: float
    c: tuple[str, ...]
    t: Any
    z: str


class QuoteMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="q", rename={"as_": "as"}):
    """Hold the best bid and offer."""

    S: str
    bx: str
    bp: float
    bs: float
    ax: str
    ap: float
    as_: float
    c: tuple[str, ...]
    t: Any
    z: str


class _BarFields(msgspec.Struct, frozen=True, gc=False):
    """Hold a bar."""

    S: str
    o: float
    h: float
    l: float  # noqa: E741 -- the name on the wire
    c: float
    v: float
    n: int
    vw: float
    t: Any


class BarMessage(_BarFields, frozen=True, gc=False, tag_field="T", tag="b"):
    """Hold a bar that closed."""


class UpdatedBarMessage(_BarFields, frozen=True, gc=False, tag_field="T", tag="u"):
    """Hold a bar that a late print changed."""


class DailyBarMessage(_BarFields, frozen=True, gc=False, tag_field="T", tag="d"):
    """Hold the day so far."""


class StatusMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="s"):
    """Hold that a symbol halts or resumes."""

    S: str
    sc: str
    sm: str
    rc: str
    rm: str
    t: Any
    z: str


class BandsMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="l"):
    """Hold limit up, limit down and their indicator."""

    S: str
    u: float
    d: float
    i: str
    t: Any
    z: str


class CorrectionMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="c", rename={"os_": "os"}):
    """Hold a print and what stands in its place."""

    S: str
    x: str
    oi: int
    op: float
    os_: float
    oc: tuple[str, ...]
    ci: int
    cp: float
    cs: float
    cc: tuple[str, ...]
    t: Any
    z: str


class BustMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="x"):
    """Hold a print that is taken back; action "C" is a cancel."""

    S: str
    i: int
    x: str
    p: float
    s: float
    a: str
    t: Any
    z: str


class BookMessage(msgspec.Struct, frozen=True, gc=False, tag_field="T", tag="o", omit_defaults=True):
    """Hold changed levels of a coin's book; `r` where they replace the whole."""

    S: str
    t: Any
    b: list[dict[str, float]]
    a: list[dict[str, float]]
    r: bool = False


def _trade(event: Trade, moment: Moment) -> TradeMessage:
    return TradeMessage(
        event.symbol,
        print_id(event),
        venue_code(event.venue),
        event.price,
        whole(event.size),
        CONDITIONS,
        moment(event.ts_ns),
        TAPE,
    )


def _quote(event: Quote, moment: Moment) -> QuoteMessage:
    venue = venue_code(event.venue)
    return QuoteMessage(
        event.symbol,
        venue,
        event.bid,
        whole(event.bid_size),
        venue,
        event.ask,
        whole(event.ask_size),
        QUOTE_CONDITIONS,
        moment(event.ts_ns),
        TAPE,
    )


def bar_message(symbol: str, bar: Candle, moment: Moment, type: type[_BarFields] = BarMessage) -> _BarFields:
    """Return a bar as a message of a type; it is stamped at its open, as Alpaca does."""
    volume, price = whole(bar.volume), round(bar.vwap, 6)
    return type(symbol, bar.open, bar.high, bar.low, bar.close, volume, bar.trades, price, moment(bar.ts_ns))


def _bar(event: Bar, moment: Moment) -> _BarFields:
    return bar_message(event.symbol, candle_of(event), moment)


def _late(event: LateBar, moment: Moment) -> _BarFields:
    return bar_message(event.bar.symbol, candle_of(event.bar), moment, UpdatedBarMessage)


def _status(event: Status, moment: Moment) -> StatusMessage:
    texts = (event.code, event.message, event.reason_code, event.reason_message)
    return StatusMessage(event.symbol, *texts, moment(event.ts_ns), TAPE)


def _bands(event: PriceBands, moment: Moment) -> BandsMessage:
    return BandsMessage(event.symbol, event.up, event.down, "B", moment(event.ts_ns), TAPE)


def _correction(event: Correction, moment: Moment) -> CorrectionMessage:
    original, corrected = event.original, event.corrected
    return CorrectionMessage(
        event.symbol,
        venue_code(original.venue),
        print_id(original),
        original.price,
        whole(original.size),
        CONDITIONS,
        print_id(corrected),
        corrected.price,
        whole(corrected.size),
        CONDITIONS,
        moment(event.ts_ns),
        TAPE,
    )


def _bust(event: Bust, moment: Moment) -> BustMessage:
    one = event.original
    venue, size = venue_code(one.venue), whole(one.size)
    return BustMessage(event.symbol, print_id(one), venue, one.price, size, "C", moment(event.ts_ns), TAPE)


def _levels(levels: Iterable[tuple[int, float, float]], side: int) -> list[dict[str, float]]:
    return [{"p": price, "s": quantity} for one, price, quantity in levels if one == side]


def _book(event: Depth, moment: Moment) -> BookMessage:
    bids, asks = _levels(event.levels, 1), _levels(event.levels, -1)
    return BookMessage(event.symbol, moment(event.ts_ns), bids, asks, event.snapshot)


Build = Callable[[Any, Moment], Any]

MESSAGES: Final[dict[type, tuple[str, Build]]] = {
    Trade: ("trades", _trade),
    Quote: ("quotes", _quote),
    Bar: ("bars", _bar),
    LateBar: ("updatedBars", _late),
    Status: ("statuses", _status),
    PriceBands: ("lulds", _bands),
    Correction: ("corrections", _correction),
    Bust: ("cancelErrors", _bust),
    Depth: ("orderbooks", _book),
}
"""Channel and builder of each event that clients see; edges, auctions and splits are seen by their consequences."""


def symbol_of(event: MarketEvent) -> str:
    """Return the symbol of an event that has a channel."""
    return event.bar.symbol if isinstance(event, LateBar) else event.symbol  # type: ignore[union-attr]
