"""Every type of order in every time in force, worked out by hand: what a bar reaches, and at which price.

Bar 0 is flat at 100; the order is sent at its close and bar 1 is the case. Bars are days, so that each is a session's first and
last. The table is of buys; sells are the same mirrored at 100.
"""

import pytest

WORKING = ("gtc", "day", "gtd")
AT_ONCE = ("ioc", "fok")
FLAT = (100, 100, 100, 100)

LIMIT = {"type": "limit", "limit_price": 98}
STOP = {"type": "stop", "stop_price": 102}
STOP_LIMIT = {"type": "stop_limit", "stop_price": 102, "limit_price": 103}
STOP_LIMIT_BELOW = {"type": "stop_limit", "stop_price": 102, "limit_price": 101.5}
TOUCHED = {"type": "lit", "stop_price": 98, "limit_price": 98.5}
TOUCHED_BELOW = {"type": "lit", "stop_price": 98, "limit_price": 97.5}
TRAIL = {"type": "trailing_stop", "trail": 2}
TRAIL_FRAC = {"type": "trailing_stop", "trail_frac": 0.02}

CASES = [
    # what, terms, (open, high, low, close), price by time in force; the others do not fill
    ("any bar", {"type": "market"}, (101, 103, 97, 99), {WORKING: 101, AT_ONCE: 101, "opg": 101, "cls": 99}),
    ("any bar", {"type": "moo"}, (101, 103, 97, 99), {WORKING: 101, "opg": 101}),
    ("any bar", {"type": "moc"}, (101, 103, 97, 99), {("gtc", "day"): 99, "cls": 99}),
    ("its date is the close itself", {"type": "moc"}, (101, 103, 97, 99), {"gtd": None}),
    ("gap through", LIMIT, (97, 99, 96, 98.5), {WORKING: 97, AT_ONCE: 97, "opg": 97, "cls": None}),
    ("at the open", LIMIT, (98, 99, 97, 98), {WORKING: 98, AT_ONCE: 98, "opg": 98, "cls": 98}),
    ("exact touch", LIMIT, (100, 101, 98, 100), {WORKING: 98, AT_ONCE: None, "opg": None, "cls": None}),
    ("one tick beyond", LIMIT, (100, 101, 97.99, 98.01), {WORKING: 98, AT_ONCE: None, "opg": None, "cls": None}),
    ("not reached", LIMIT, (100, 101, 98.01, 98.01), {WORKING: None, AT_ONCE: None, "opg": None, "cls": None}),
    ("the close beyond", LIMIT, (100, 101, 97, 97.5), {WORKING: 98, AT_ONCE: None, "opg": None, "cls": 97.5}),
    ("gap through", STOP, (103, 104, 101, 102), {WORKING: 103}),
    ("at the open", STOP, (102, 104, 101, 102), {WORKING: 102}),
    ("exact touch", STOP, (100, 102, 99, 101), {WORKING: 102}),
    ("one tick beyond", STOP, (100, 102.01, 99, 100), {WORKING: 102}),
    ("not reached", STOP, (100, 101.99, 99, 100), {WORKING: None}),
    ("gap to between the prices", STOP_LIMIT, (102.5, 104, 101, 104), {WORKING: 102.5}),
    ("gap to the limit", STOP_LIMIT, (103, 104, 102.8, 104), {WORKING: 103}),
    ("gap beyond the limit, and back", STOP_LIMIT, (104, 105, 103, 104), {WORKING: 103}),
    ("gap beyond the limit", STOP_LIMIT, (104, 105, 103.01, 104), {WORKING: None}),
    ("exact touch", STOP_LIMIT, (100, 102, 99, 101), {WORKING: 102}),
    ("not reached", STOP_LIMIT, (100, 101.99, 99, 100), {WORKING: None}),
    ("touch, the low before or after", STOP_LIMIT_BELOW, (100, 102, 99, 101.51), {WORKING: None}),
    ("touch, the close at the limit", STOP_LIMIT_BELOW, (100, 102, 99, 101.5), {WORKING: 101.5}),
    ("touch at the open, then the limit", STOP_LIMIT_BELOW, (102, 103, 101.5, 103), {WORKING: 101.5}),
    ("gap through", TOUCHED, (97, 99, 96, 98), {WORKING: 97}),
    ("exact touch", TOUCHED, (100, 101, 98, 99), {WORKING: 98}),
    ("not reached", TOUCHED, (100, 101, 98.01, 99), {WORKING: None}),
    ("touch, the low before or after", TOUCHED_BELOW, (100, 101, 97, 97.51), {WORKING: None}),
    ("touch, the close at the limit", TOUCHED_BELOW, (100, 101, 97, 97.5), {WORKING: 97.5}),
    ("touch at the open, then the limit", TOUCHED_BELOW, (98, 101, 97.5, 101), {WORKING: 97.5}),
    ("gap through", TRAIL, (103, 104, 101, 102), {WORKING: 103}),
    ("exact touch", TRAIL, (101, 102, 97, 99), {WORKING: 102}),
    ("one tick beyond", TRAIL, (101, 102.01, 97, 99), {WORKING: 102}),
    ("not reached", TRAIL, (101, 101.99, 101, 101.5), {WORKING: None}),
    ("exact touch", TRAIL_FRAC, (101, 102, 97, 99), {WORKING: 102}),
    ("not reached", TRAIL_FRAC, (101, 101.99, 101, 101.5), {WORKING: None}),
]

ENDS = {
    "gtc": None,
    "day": "expired",
    "gtd": "expired",
    "opg": "expired",
    "cls": "expired",
    "ioc": "canceled",
    "fok": "canceled",
}
DAY_1_CLOSE_NS = 1_704_816_000_000_000_000  # Tuesday, January 9, 2024, 16:00


def spread():
    """Return (what, type, terms, cell, time in force, price), one row for each time in force."""
    for what, terms, cell, prices in CASES:
        for tifs, price in prices.items():
            for tif in [tifs] if isinstance(tifs, str) else tifs:
                yield pytest.param(terms, cell, tif, price, id=f"{terms['type']}-{tif}-{what}")


def mirrored(side, prices, terms=None):
    """Return prices, and the prices in an order's terms, as they are for a buy or mirrored at 100 for a sell."""
    if side == "buy":
        return prices if terms is None else terms
    if terms is not None:
        return {k: 200 - v if k in {"limit_price", "stop_price"} else v for k, v in terms.items()} | {"side": "sell"}
    if isinstance(prices, tuple):
        first, high, low, close = (200 - price for price in prices[:4])
        return (first, low, high, close, *prices[4:])
    return 200 - prices


def timed(tif):
    return {"tif": tif, "expire_ns": DAY_1_CLOSE_NS} if tif == "gtd" else {"tif": tif}


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(("terms", "cell", "tif", "price"), list(spread()))
def test_what_a_bar_reaches(play, terms, cell, tif, price, side):
    order = mirrored(side, None, terms) | timed(tif)
    run = play([FLAT, mirrored(side, cell)], {0: [order]})
    if price is None:
        assert run.fills == []
        assert run.ends == ([] if ENDS[tif] is None else [("o", ENDS[tif], 0)])
    else:
        assert run.fills == [("o", 1, 100 if side == "buy" else -100, mirrored(side, price))]
        assert run.status == {"o": "filled"}


# 100 are wanted, 30 fill in bar 1 by volume, and as many as are left in bar 2, which opens at 99 and trades between 97 and 103
PARTIAL = [
    ({"type": "market"}, (101, 103, 97, 99), {WORKING: 101, "ioc": 101, "fok": None, "opg": 101, "cls": 99}, 99),
    ({"type": "moo"}, (101, 103, 97, 99), {("gtc", "gtd"): 101, "opg": 101}, None),
    ({"type": "moc"}, (101, 103, 97, 99), {("gtc",): 99, "cls": 99}, None),
    (LIMIT, (97, 99, 96, 98.5), {WORKING: 97, "ioc": 97, "fok": None, "opg": 97, "cls": None}, 98),
    (LIMIT, (100, 101, 97, 97.5), {WORKING: 98, "ioc": None, "fok": None, "opg": None, "cls": 97.5}, 98),
    (STOP, (103, 104, 101, 102), {WORKING: 103}, 99),  # triggered: the rest goes on at the market
    (STOP, (100, 102, 99, 101), {WORKING: 102}, 99),
    (STOP_LIMIT, (102.5, 104, 101, 104), {WORKING: 102.5}, 99),  # the rest goes on as a limit order at 103
    (TOUCHED, (97, 99, 96, 98), {WORKING: 97}, 98.5),
    (TRAIL, (103, 104, 101, 102), {WORKING: 103}, 99),
]


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(
    ("terms", "cell", "tif", "price", "later"),
    [
        pytest.param(terms, cell, tif, price, later, id=f"{terms['type']}-{tif}-{cell[0]}")
        for terms, cell, prices, later in PARTIAL
        for tifs, price in prices.items()
        for tif in ([tifs] if isinstance(tifs, str) else tifs)
    ],
)
def test_what_the_volume_does_not_fill(play, terms, cell, tif, price, later, side):
    cells = [FLAT, (*cell, 300.0), (99, 103, 97, 100, 1e6)]
    order = mirrored(side, None, terms) | timed(tif)
    run = play([mirrored(side, c) for c in cells], {0: [order]}, costs={"participation_frac_max": 0.1})
    sign = 1 if side == "buy" else -1
    first = [] if price is None else [("o", 1, 30 * sign, mirrored(side, price))]
    goes_on = tif == "gtc" and later is not None
    rest = [("o", 2, 70 * sign, mirrored(side, later))] if goes_on else []
    assert run.fills == first + rest
    assert run.ends == ([] if goes_on else [("o", ENDS[tif] or "expired", 0 if price is None else 30)])


def test_orders_of_one_bar_share_its_volume(play):
    orders = [{"order_id": name, "qty": 20} for name in "abc"]
    run = play([FLAT, (*FLAT, 500.0), (*FLAT, 4.0), (*FLAT, 1e6)], {0: orders}, costs={"participation_frac_max": 0.1})
    assert run.fills == [("a", 1, 20, 100), ("b", 1, 20, 100), ("c", 1, 10, 100), ("c", 3, 10, 100)]


@pytest.mark.parametrize("volume", [0.0, float("nan")])
def test_a_bar_without_volume_fills_nothing_under_participation(play, volume):
    run = play([FLAT, (*FLAT, volume), FLAT], {0: [{}]}, costs={"participation_frac_max": 0.1})
    assert run.fills == [("o", 2, 100, 100)]


def test_the_open_comes_first_then_stops_then_limits(play):
    orders = [
        {"order_id": "limit", "side": "sell", "type": "limit", "limit_price": 103},
        {"order_id": "stop", "type": "stop", "stop_price": 102},
        {"order_id": "open", "type": "limit", "limit_price": 101},
        {"order_id": "market", "side": "sell"},
    ]
    run = play([FLAT, (100, 104, 99, 101)], {0: orders})
    assert run.fills == [
        ("open", 1, 100, 100),
        ("market", 1, -100, 100),
        ("stop", 1, 100, 102),
        ("limit", 1, -100, 103),
    ]


def test_levels_stand_on_the_nearest_tick(play):
    orders = [{"order_id": str(limit), "type": "limit", "limit_price": limit} for limit in (98.004, 98.006)]
    assert play([FLAT, (100, 101, 97, 100)], {0: orders}).prices == [98.0, 98.01]


def test_a_trailing_stop_follows_the_best_price_and_never_goes_back(play):
    sell = {"side": "sell", "type": "trailing_stop"}
    cells = [FLAT, (101, 105, 100, 104), (104, 104.5, 103.01, 104), (103.5, 104, 102, 103)]
    assert play(cells, {0: [sell | {"trail": 2}]}).fills == [("o", 3, -100, 103)]  # 105 - 2
    assert play(cells, {0: [sell | {"trail_frac": 0.02}]}).fills == [("o", 3, -100, 102.9)]  # 105 less 2 %
    buy = {"type": "trailing_stop", "trail": 2}
    cells = [FLAT, (99, 100, 95, 96), (96, 96.99, 95.5, 96), (96.5, 98, 96, 97)]
    assert play(cells, {0: [buy]}).fills == [("o", 3, 100, 97)]  # 95 + 2


def test_a_trailing_stop_sent_before_the_first_price_waits_for_one(play):
    run = play([FLAT, (101, 101, 97.99, 98)], {-1: [{"side": "sell", "type": "trailing_stop", "trail": 2}]})
    assert run.fills == [("o", 1, -100, 98)]
