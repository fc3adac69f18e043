"""Answer what concerns orders."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from tenfold.exchange.api.query import Moment, Nothing
from tenfold.exchange.api.route import NO_CONTENT, Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.trading.queries import OrdersQuery
from tenfold.exchange.trading.request import SIDES, OrderBody, ReplaceBody, decode_order, decode_replace

_MULTI_STATUS: Final = 207


class OrdersAsked(msgspec.Struct, frozen=True):
    """Choose orders; `after` and `until` are exclusive, by the moment of submission."""

    status: Literal["open", "closed", "all"] = "open"
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: Moment | None = None
    until: Moment | None = None
    direction: Literal["asc", "desc"] = "desc"
    nested: bool = False
    side: Literal["buy", "sell"] | None = None
    symbols: tuple[str, ...] = ()
    asset_class: Literal["us_equity", "us_option", "crypto"] | None = None


class OneAsked(msgspec.Struct, frozen=True):
    """Say whether an order is shown with its legs."""

    nested: bool = False


class ByClientId(msgspec.Struct, frozen=True):
    """Name an order as its client did."""

    client_order_id: str = ""


def submit_order(exchange: Served, call: Call, _: Nothing) -> Response:
    """Take an order."""
    return answer(exchange.trading.submit(call.account, decode_order(call.body), call.ts_ns).wire())


def list_orders(exchange: Served, call: Call, asked: OrdersAsked) -> Response:
    """Answer the orders that fit."""
    query = OrdersQuery(
        status=asked.status,
        limit=asked.limit,
        after_ns=asked.after,
        until_ns=asked.until,
        ascending=asked.direction == "asc",
        nested=asked.nested,
        side=SIDES[asked.side] if asked.side else 0,
        symbols=tuple(_symbol(exchange, name) for name in asked.symbols),
        asset_class=asked.asset_class or "",
    )
    return answer([one.json(asked.nested) for one in exchange.trading.orders(call.account, query, call.ts_ns)])


def _symbol(exchange: Served, name: str) -> str:
    """Return the symbol that a client means; a name that is not known fits no order."""
    asset = exchange.assets.find(name)
    return name if asset is None else asset.symbol


def get_order(exchange: Served, call: Call, asked: OneAsked) -> Response:
    """Answer one order."""
    order = exchange.trading.order(call.account, call.path["order_id"], call.ts_ns)
    return answer(order.json(asked.nested))


def get_order_by_client_id(exchange: Served, call: Call, asked: ByClientId) -> Response:
    """Answer one order by the name that its client gave it."""
    return answer(exchange.trading.order_by_client_id(call.account, asked.client_order_id, call.ts_ns).wire())


def replace_order(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer the successor of an order."""
    asked = decode_replace(call.body)
    return answer(exchange.trading.replace(call.account, call.path["order_id"], asked, call.ts_ns).wire())


def cancel_orders(exchange: Served, call: Call, _: Nothing) -> Response:
    """Cancel every open order, and answer what became of each."""
    return answer(exchange.trading.cancel_all(call.account, call.ts_ns), _MULTI_STATUS)


def cancel_order(exchange: Served, call: Call, _: Nothing) -> Response:
    """Cancel one order."""
    exchange.trading.cancel(call.account, call.path["order_id"], call.ts_ns)
    return NO_CONTENT


_ONE: Final = "/v2/orders/{order_id}"
_NAMED: Final = "/v2/orders:by_client_order_id"

ROUTES: Final[tuple[Route[Any], ...]] = (
    Route("POST", "/v2/orders", submit_order, "Submit an order", body=OrderBody, refusals=(400, 404, 422)),
    Route("GET", "/v2/orders", list_orders, "List orders", OrdersAsked, shape="array"),
    Route("DELETE", "/v2/orders", cancel_orders, "Cancel all orders", status=_MULTI_STATUS, shape="array"),
    Route("GET", _ONE, get_order, "Get an order", OneAsked, refusals=(404, 422)),
    Route("GET", _NAMED, get_order_by_client_id, "Get an order by its client's id", ByClientId, refusals=(404, 422)),
    Route("PATCH", _ONE, replace_order, "Replace an order", body=ReplaceBody, refusals=(400, 404, 422)),
    Route("DELETE", _ONE, cancel_order, "Cancel an order", status=204, refusals=(404, 422)),
)
