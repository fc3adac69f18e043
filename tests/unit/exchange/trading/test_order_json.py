"""The JSON of an order, which is written once while nothing of it changes."""

from dataclasses import fields

import msgspec
import pytest

from tenfold.exchange.api.assets import assets_of
from tenfold.exchange.trading.order import Order

OTHER = {
    "asset": assets_of(["MSFT"]).find("MSFT"), "side": -1, "kind": "market", "extended_hours": True, "legs": [], "parent": None,
    "tickets": {}, "advanced": None, "encoded": None, "closing": True, "waits": True,
}  # fmt: skip
TEXTS = {
    "id",
    "account",
    "client_order_id",
    "tif",
    "status",
    "order_class",
    "intent",
    "replaced_by",
    "replaces",
    "before",
    "role",
}


def made():
    return Order(
        id="one", account="a", client_order_id="mine", asset=assets_of(["AAPL"]).find("AAPL"), side=1, kind="limit", tif="day",
        qty=10**9, notional=None, created_ns=1, submitted_ns=2, updated_ns=3, filled_qty=10**9, filled_value=10**9,
    )  # fmt: skip


def shown(order, nested=True):
    return msgspec.json.decode(msgspec.json.encode([order.json(nested)]))[0]


@pytest.mark.parametrize("name", [one.name for one in fields(Order)])
def test_whatever_changes_of_an_order_its_json_shows_it(name):
    order = made()
    assert shown(order) == order.wire()
    setattr(order, name, OTHER.get(name, "other" if name in TEXTS else 7 * 10**9))
    assert shown(order) == order.wire()


def test_legs_are_shown_as_they_are_within_a_parent_that_did_not_change():
    order, leg = made(), made()
    order.legs = [leg]
    assert shown(order)["legs"][0]["status"] == "pending_new"
    leg.status = "filled"
    assert shown(order) == order.wire()
    assert shown(order, nested=False) == order.wire(nested=False)
    assert shown(order)["legs"][0]["status"] == "filled"


def test_an_order_that_did_not_change_is_not_written_again():
    order = made()
    assert order.json() is order.json(nested=False)
