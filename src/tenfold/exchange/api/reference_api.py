"""Answer what is traded."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tenfold.exchange.api.query import Day, Nothing
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import not_found


class AssetsAsked(msgspec.Struct, frozen=True):
    """Choose assets."""

    status: Literal["active", "inactive", "all"] = "all"
    asset_class: Literal["us_equity", "us_option", "crypto", "crypto_perp"] = "us_equity"
    exchange: str | None = None
    attributes: Annotated[tuple[str, ...], Meta(description="joined by commas")] = ()


def list_assets(exchange: Served, _: Call, asked: AssetsAsked) -> Response:
    """Answer the assets that fit."""
    return answer(
        [
            asset.wire()
            for asset in exchange.assets.values()
            if asset.asset_class == asked.asset_class
            and asked.status in {"all", asset.status}
            and asked.exchange in {None, asset.exchange}
            and set(asked.attributes) <= set(asset.attributes)
        ]
    )


class ContractsAsked(msgspec.Struct, frozen=True):
    """Choose option contracts."""

    underlying_symbols: tuple[str, ...] = ()
    status: Literal["active", "inactive"] = "active"
    expiration_date: Day | None = None
    expiration_date_gte: Day | None = None
    expiration_date_lte: Day | None = None
    root_symbol: str | None = None
    type: Literal["call", "put"] | None = None
    style: Literal["american", "european"] | None = None
    strike_price_gte: float | None = None
    strike_price_lte: float | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 100
    page_token: str | None = None


def get_asset(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer one asset."""
    name = call.path["symbol_or_asset_id"]
    asset = exchange.assets.find(name)
    if asset is None:
        raise not_found(f"asset not found for {name}")
    return answer(asset.wire())


def list_contracts(_: Served, __: Call, ___: ContractsAsked) -> Response:
    """Answer the option contracts: none is listed here."""
    return answer({"option_contracts": [], "next_page_token": None})


def get_contract(_: Served, call: Call, __: Nothing) -> Response:
    """Answer one option contract: none is listed here."""
    raise not_found(f"option contract not found for {call.path['symbol_or_id']}")


ROUTES: Final = (
    Route("GET", "/v2/assets", list_assets, "List assets", AssetsAsked, shape="array"),
    Route("GET", "/v2/assets/{symbol_or_asset_id}", get_asset, "Get an asset", refusals=(404,)),
    Route("GET", "/v2/options/contracts", list_contracts, "List option contracts", ContractsAsked),
    Route("GET", "/v2/options/contracts/{symbol_or_id}", get_contract, "Get an option contract", refusals=(404,)),
)
