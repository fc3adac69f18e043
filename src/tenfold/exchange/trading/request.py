"""Read an order that a client asks for, and refuse what no order can be."""

from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec

from tenfold.exchange.matching.venues import STOCK_VENUES
from tenfold.exchange.orders_to_match import OrderKind, TimeInForce
from tenfold.exchange.refusal import MALFORMED, Refusal, bad_parameter, unprocessable
from tenfold.exchange.wire import nano, parse_time

OrderClass = Literal["", "simple", "bracket", "oco", "oto"]
Intent = Literal["buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"]
Algorithm = Literal["DMA", "VWAP", "TWAP"]

SIDES: Final = {"buy": 1, "sell": -1}
DESTINATIONS: Final = ("", *(venue.name for venue in STOCK_VENUES))
COMPLEX: Final[frozenset[OrderClass]] = frozenset({"bracket", "oco", "oto"})
"""Classes whose orders have others attached."""

_PRICED: Final[dict[OrderKind, tuple[bool, bool]]] = {
    "market": (False, False),
    "limit": (True, False),
    "stop": (False, True),
    "stop_limit": (True, True),
    "trailing_stop": (False, False),
}
"""Whether a kind of order has a limit price, and whether it has a stop price."""

Decimals = str | int | float | None
"""A number as clients send it: a string, or a JSON number."""


class Advanced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Say where and how an order is worked: `display` in billionths, times in UTC nanoseconds, at most `share_max` of the volume."""

    algorithm: Algorithm = "DMA"
    destination: str = ""
    display: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    share_max: float | None = None


class StopLoss(NamedTuple):
    """Hold the prices of a leg that limits the loss."""

    stop: int
    limit: int | None


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold an order as it was asked for; prices, quantities and percents in billionths."""

    symbol: str
    side: int
    kind: OrderKind
    tif: TimeInForce
    qty: int | None = None
    notional: int | None = None
    limit: int | None = None
    stop: int | None = None
    trail_price: int | None = None
    trail_percent: int | None = None
    extended_hours: bool = False
    client_order_id: str = ""
    order_class: OrderClass = ""
    take_profit: int | None = None
    stop_loss: StopLoss | None = None
    intent: Intent | None = None
    advanced: Advanced | None = None


class ReplaceRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what an order is to be replaced by; None leaves it as it is."""

    qty: int | None = None
    tif: TimeInForce | None = None
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None
    client_order_id: str = ""
    advanced: Advanced | None = None


class TakeProfitBody(msgspec.Struct):
    """Hold the leg that takes the profit, as it travels."""

    limit_price: Decimals = None


class StopLossBody(msgspec.Struct):
    """Hold the leg that limits the loss, as it travels."""

    stop_price: Decimals = None
    limit_price: Decimals = None


class AdvancedBody(msgspec.Struct):
    """Hold how an order is worked, as it travels."""

    algorithm: str | None = None
    destination: str | None = None
    display_qty: Decimals = None
    start_time: str | None = None
    end_time: str | None = None
    max_percentage: Decimals = None


class OrderBody(msgspec.Struct):
    """Hold an order as it travels."""

    symbol: str | None = None
    qty: Decimals = None
    notional: Decimals = None
    side: str | None = None
    type: str | None = None
    time_in_force: str | None = None
    limit_price: Decimals = None
    stop_price: Decimals = None
    trail_price: Decimals = None
    trail_percent: Decimals = None
    extended_hours: bool | None = None
    client_order_id: str | None = None
    order_class: str | None = None
    take_profit: TakeProfitBody | None = None
    stop_loss: StopLossBody | None = None
    position_intent: str | None = None
    advanced_instructions: AdvancedBody | None = None
    legs: list[dict[str, Any]] | None = None


class ReplaceBody(msgspec.Struct):
    """Hold a replacement as it travels."""

    qty: Decimals = None
    time_in_force: str | None = None
    limit_price: Decimals = None
    stop_price: Decimals = None
    trail: Decimals = None
    client_order_id: str | None = None
    advanced_instructions: AdvancedBody | None = None


_ORDER: Final = msgspec.json.Decoder(OrderBody)
_REPLACE: Final = msgspec.json.Decoder(ReplaceBody)


def decode_order(body: bytes) -> OrderRequest:
    """Return the order that a body asks for; Refusal where it cannot be one, whatever the account and the market."""
    raw = _decoded(_ORDER, body)
    if not raw.symbol:
        raise bad_parameter("symbol is required")
    if raw.legs or raw.order_class == "mleg":
        raise bad_parameter("mleg orders are allowed for options only, and options are not traded here")
    order_class = _one_of("order_class", raw.order_class or "", get_args(OrderClass))
    kind = _one_of(
        "order type", raw.type or ("limit" if order_class == "oco" else _missing("type")), get_args(OrderKind)
    )
    asked = OrderRequest(
        symbol=raw.symbol,
        side=SIDES[_one_of("side", raw.side or _missing("side"), tuple(SIDES))],
        kind=kind,
        tif=_one_of("time_in_force", raw.time_in_force or _missing("time_in_force"), get_args(TimeInForce)),
        qty=positive("qty", raw.qty),
        notional=positive("notional", raw.notional),
        limit=positive("limit_price", raw.limit_price),
        stop=positive("stop_price", raw.stop_price),
        trail_price=positive("trail_price", raw.trail_price),
        trail_percent=positive("trail_percent", raw.trail_percent),
        extended_hours=bool(raw.extended_hours),
        client_order_id=raw.client_order_id or "",
        order_class=order_class,
        take_profit=positive("take_profit.limit_price", raw.take_profit.limit_price) if raw.take_profit else None,
        stop_loss=_stop_loss(raw.stop_loss) if raw.stop_loss else None,
        intent=_one_of("position_intent", raw.position_intent, get_args(Intent)) if raw.position_intent else None,
        advanced=_advanced(raw.advanced_instructions) if raw.advanced_instructions else None,
    )
    if asked.order_class == "oco" and asked.kind == "limit" and asked.limit is None:
        asked = msgspec.structs.replace(asked, limit=asked.take_profit)
    _check_quantity(asked)
    _check_prices(asked)
    _check_class(asked)
    return asked


def decode_replace(body: bytes) -> ReplaceRequest:
    """Return what a body wants an order to be replaced by; Refusal where it makes no sense."""
    raw = _decoded(_REPLACE, body)
    return ReplaceRequest(
        qty=positive("qty", raw.qty),
        tif=_one_of("time_in_force", raw.time_in_force, get_args(TimeInForce)) if raw.time_in_force else None,
        limit=positive("limit_price", raw.limit_price),
        stop=positive("stop_price", raw.stop_price),
        trail=positive("trail", raw.trail),
        client_order_id=raw.client_order_id or "",
        advanced=_advanced(raw.advanced_instructions) if raw.advanced_instructions else None,
    )


def positive(name: str, value: Decimals) -> int | None:
    """Return a number above zero in billionths, None where there is none; Refusal for anything else."""
    if value is None or value == "":
        return None
    try:
        amount = nano(value)
    except ValueError:
        raise bad_parameter(f"invalid {name}: {value}") from None
    if amount <= 0:
        raise bad_parameter(f"{name} must be > 0")
    return amount


def _decoded(decoder: "msgspec.json.Decoder[Any]", body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise bad_parameter(f"request body format is invalid: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, MALFORMED, "request body format is invalid") from None


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> Any:
    if value not in choices:
        raise bad_parameter(f"invalid {name}: {value}")
    return value


def _missing(name: str) -> str:
    raise bad_parameter(f"{name} is required")


def _stop_loss(raw: StopLossBody) -> StopLoss:
    stop = positive("stop_loss.stop_price", raw.stop_price)
    if stop is None:
        raise bad_parameter("stop_loss.stop_price is required")
    return StopLoss(stop, positive("stop_loss.limit_price", raw.limit_price))


def _advanced(raw: AdvancedBody) -> Advanced:
    share = positive("advanced_instructions.max_percentage", raw.max_percentage)
    made = Advanced(
        algorithm=_one_of("advanced_instructions.algorithm", raw.algorithm or "DMA", get_args(Algorithm)),
        destination=_one_of("advanced_instructions.destination", raw.destination or "", DESTINATIONS),
        display=positive("advanced_instructions.display_qty", raw.display_qty),
        start_ns=_time("advanced_instructions.start_time", raw.start_time),
        end_ns=_time("advanced_instructions.end_time", raw.end_time),
        share_max=None if share is None else share / 1e9,
    )
    if made.share_max is not None and made.share_max > 1.0:
        raise bad_parameter("advanced_instructions.max_percentage must be <= 1")
    if made.start_ns is not None and made.end_ns is not None and made.start_ns >= made.end_ns:
        raise bad_parameter("advanced_instructions.start_time must be before end_time")
    if made.algorithm == "DMA" and (made.start_ns is not None or made.end_ns is not None or share is not None):
        raise bad_parameter("advanced_instructions: times and max_percentage need algorithm VWAP or TWAP")
    if made.algorithm != "DMA" and (made.destination or made.display is not None):
        raise bad_parameter("advanced_instructions: destination and display_qty need algorithm DMA")
    return made


def _time(name: str, text: str | None) -> int | None:
    try:
        return parse_time(text) if text else None
    except ValueError:
        raise bad_parameter(f"invalid {name}: {text}") from None


def _check_quantity(asked: OrderRequest) -> None:
    if asked.qty is None and asked.notional is None:
        raise bad_parameter("qty or notional is required")
    if asked.qty is not None and asked.notional is not None:
        raise bad_parameter("only one of qty or notional is accepted")
    if asked.notional is not None and asked.notional % 10_000_000:
        raise unprocessable("notional amount must be limited to 2 decimal places")
    if asked.notional is not None and asked.order_class in COMPLEX:
        raise unprocessable("notional orders must be simple orders")


def _check_prices(asked: OrderRequest) -> None:
    words = asked.kind.replace("_", " ")
    for name, value, needed in zip(("limit", "stop"), (asked.limit, asked.stop), _PRICED[asked.kind], strict=True):
        if needed and value is None:
            raise bad_parameter(f"{words} orders require {name} price")
        if not needed and value is not None:
            raise bad_parameter(f"{words} orders must not have {name} price")
    trails = (asked.trail_price is not None) + (asked.trail_percent is not None)
    if asked.kind == "trailing_stop" and trails != 1:
        raise bad_parameter("trailing stop orders must specify one of trail_percent or trail_price")
    if asked.kind != "trailing_stop" and trails:
        raise bad_parameter(f"{words} orders must not have trail_percent or trail_price")
    if asked.trail_percent is not None and asked.trail_percent >= 100 * 10**9:
        raise bad_parameter("trail_percent must be < 100")


def _check_class(asked: OrderRequest) -> None:
    name, legs = asked.order_class, (asked.take_profit is not None) + (asked.stop_loss is not None)
    if name not in COMPLEX:
        if legs:
            raise unprocessable("take_profit and stop_loss need order_class bracket, oco or oto")
        return
    if name in {"bracket", "oco"} and asked.take_profit is None:
        raise unprocessable(f"{name} orders require take_profit.limit_price")
    if name in {"bracket", "oco"} and asked.stop_loss is None:
        raise unprocessable(f"{name} orders require stop_loss.stop_price")
    if name == "oto" and legs != 1:
        raise unprocessable("oto orders require exactly one of take_profit and stop_loss")
    if asked.tif not in {"day", "gtc"}:
        raise unprocessable(f"{name} orders must be day or gtc")
    if asked.extended_hours:
        raise unprocessable(f"{name} orders are not allowed in extended hours")
    if asked.kind == "trailing_stop":
        raise unprocessable("trailing stop orders must be simple orders")
    if name == "oco" and asked.kind != "limit":
        raise unprocessable("oco orders must be limit orders")
