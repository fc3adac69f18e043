"""Terms that do not fit together are refused where the order is made, in one line that says what was found and expected."""

import itertools

import pytest

from tenfold.domain.errors import OrderError
from tenfold.domain.order import Order, OrderType, Side

PRICES = {
    "limit": {"limit_price": 9.0},
    "stop": {"stop_price": 9.0},
    "stop_limit": {"limit_price": 9.0, "stop_price": 9.0},
    "lit": {"limit_price": 9.0, "stop_price": 9.0},
    "trailing_stop": {"trail": 1.0},
}
ALLOWED = {
    "day": set(OrderType),
    "gtc": set(OrderType),
    "gtd": set(OrderType),
    "opg": {"market", "limit", "moo"},
    "cls": {"market", "limit", "moc"},
    "ioc": {"market", "limit"},
    "fok": {"market", "limit"},
}


def order(kind="market", **terms):
    plain = {"order_id": "o", "ts_ns": 1, "symbol": "A", "side": Side.BUY, "qty": 1, "type": OrderType(kind)}
    return Order(**plain | PRICES.get(kind, {}) | terms)


@pytest.mark.parametrize(("kind", "tif"), list(itertools.product(OrderType, ALLOWED)))
def test_each_type_in_each_time_in_force(kind, tif):
    terms = {"tif": tif} | ({"expire_ns": 9} if tif == "gtd" else {})
    if kind in ALLOWED[tif]:
        assert order(kind, **terms).tif == tif
    else:
        with pytest.raises(OrderError, match=f"^a {kind} order cannot be {tif}: o of A$"):
            order(kind, **terms)


@pytest.mark.parametrize(
    ("kind", "terms", "text"),
    [
        ("limit", {"limit_price": None}, "a limit order needs a limit_price"),
        ("market", {"limit_price": 9.0}, "a market order takes no limit_price"),
        ("limit", {"stop_price": 9.0}, "a limit order takes no stop_price"),
        ("stop", {"stop_price": None}, "a stop order needs a stop_price"),
        ("stop_limit", {"limit_price": None}, "a stop_limit order needs a limit_price"),
        ("lit", {"stop_price": None}, "a lit order needs a stop_price"),
        ("trailing_stop", {"trail": None}, "a trailing_stop order has 0 of trail and trail_frac, expected one"),
        ("trailing_stop", {"trail_frac": 0.1}, "a trailing_stop order has 2 of trail and trail_frac, expected one"),
        ("moc", {"trail": 1.0}, "a moc order has 1 of trail and trail_frac, expected one for a trailing stop and none"),
        ("market", {"tif": "gtd"}, "a gtd order needs expire_ns"),
        ("market", {"expire_ns": 9}, "a gtc order takes no expire_ns"),
        ("market", {"order_class": "oco"}, "an oco order needs a parent_id"),
        ("market", {"qty": 0}, "qty is 0, expected whole lots from 1"),
        ("market", {"qty": -5}, "qty is -5, expected whole lots from 1"),
        ("market", {"qty": 2.5}, "qty is 2.5, expected whole lots from 1"),
        ("limit", {"limit_price": 0.0}, r"limit_price is 0.0, expected above 0 and below 1e\+300"),
        ("limit", {"limit_price": float("nan")}, "limit_price is nan, expected above 0"),
        ("stop", {"stop_price": float("inf")}, "stop_price is inf, expected above 0"),
        ("trailing_stop", {"trail": -1.0}, "trail is -1.0, expected above 0"),
        ("trailing_stop", {"trail": None, "trail_frac": 1.0}, "trail_frac is 1.0, expected above 0 and below 1"),
    ],
)
def test_terms_that_do_not_fit_together(kind, terms, text):
    with pytest.raises(OrderError, match=text) as refused:
        order(kind, **terms)
    assert str(refused.value).endswith(": o of A")
    assert "\n" not in str(refused.value)
