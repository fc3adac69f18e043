"""Answer what concerns positions."""

from typing import Any, Final

import msgspec

from tenfold.exchange.api.query import Nothing
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.trading.request import positive

_MULTI_STATUS: Final = 207


class CloseAllAsked(msgspec.Struct, frozen=True):
    """Say whether open orders are cancelled first."""

    cancel_orders: bool = False


class CloseAsked(msgspec.Struct, frozen=True):
    """Say how much of a position is closed: shares, or percents of it; all of it where nothing is said."""

    qty: str | None = None
    percentage: str | None = None


def list_positions(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer every position."""
    return answer(exchange.trading.positions(call.account, call.ts_ns))


def get_position(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer one position."""
    return answer(exchange.trading.position(call.account, call.path["symbol_or_asset_id"], call.ts_ns))


def close_positions(exchange: Served, call: Call, asked: CloseAllAsked) -> Response:
    """Close every position, and answer what became of each."""
    return answer(exchange.trading.close_all(call.account, asked.cancel_orders, call.ts_ns), _MULTI_STATUS)


def close_position(exchange: Served, call: Call, asked: CloseAsked) -> Response:
    """Close a position or a part of it, and answer the order that does."""
    order = exchange.trading.close(
        call.account,
        call.path["symbol_or_asset_id"],
        call.ts_ns,
        qty=positive("qty", asked.qty),
        percentage=positive("percentage", asked.percentage),
    )
    return answer(order.wire())


_ONE: Final = "/v2/positions/{symbol_or_asset_id}"

ROUTES: Final[tuple[Route[Any], ...]] = (
    Route("GET", "/v2/positions", list_positions, "List positions", shape="array"),
    Route(
        "DELETE",
        "/v2/positions",
        close_positions,
        "Close all positions",
        CloseAllAsked,
        status=_MULTI_STATUS,
        shape="array",
    ),
    Route("GET", _ONE, get_position, "Get a position", refusals=(404,)),
    Route("DELETE", _ONE, close_position, "Close a position", CloseAsked, refusals=(404,)),
)
