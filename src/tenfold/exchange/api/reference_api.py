"""Answer what is traded."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tenfold.exchange.api.query import Nothing
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


def get_asset(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer one asset."""
    name = call.path["symbol_or_asset_id"]
    asset = exchange.assets.find(name)
    if asset is None:
        raise not_found(f"asset not found for {name}")
    return answer(asset.wire())


ROUTES: Final = (
    Route("GET", "/v2/assets", list_assets, "List assets", AssetsAsked),
    Route("GET", "/v2/assets/{symbol_or_asset_id}", get_asset, "Get an asset", refusals=(404,)),
)
