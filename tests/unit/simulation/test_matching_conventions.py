"""Conventions in which platforms differ, by hand: the side of the quote, touch or through, gaps, trailing, fees, slippage."""

import pytest

from scenes import bars_of, cash_of, fees_of, fills_of, rules, trade

FLAT = (100, 100, 100, 100)
LIMIT = {"type": "limit", "limit_price": 98}
QUOTED = {(1, 0): (98, 102)}  # bid and ask at the open of bar 1


@pytest.fixture(params=["compiled", "event"])
def engine(request):
    return request.param


# the side of the quote


@pytest.mark.parametrize(
    ("terms", "plain", "quoted"),
    [
        ({}, 100, 102),
        ({"side": "sell"}, 100, 98),
        ({"type": "moc"}, 101, 103),
        ({"side": "sell", "type": "moc"}, 101, 99),
        ({"type": "limit", "limit_price": 99}, 99, 99),  # the ask falls to 98 + 2
        ({"type": "limit", "limit_price": 98}, 98, None),
        ({"side": "sell", "type": "limit", "limit_price": 103}, 103, None),
        ({"type": "stop", "stop_price": 101}, 101, 102),  # the ask opens beyond it
        ({"side": "sell", "type": "stop", "stop_price": 97}, 97, 97),
    ],
)
def test_orders_trade_against_their_side_of_the_quote(play, terms, plain, quoted):
    cells = [FLAT, (100, 104, 97, 101)]
    assert play(cells, {0: [terms]}, quotes=QUOTED).prices == [plain]
    run = play(cells, {0: [terms]}, quotes=QUOTED, matching={"quote_side": True})
    assert run.prices == ([] if quoted is None else [quoted])


@pytest.mark.parametrize("quote", [(102, 98), (float("nan"), 101)])
def test_a_crossed_or_absent_quote_is_none(play, quote):
    run = play([FLAT, FLAT], {0: [{}]}, quotes={(1, 0): quote}, matching={"quote_side": True})
    assert run.prices == [100]


def test_exits_trade_against_their_side_of_the_quote(engine):
    bars = bars_of([FLAT, FLAT, (100, 101, 94, 96)], quotes={(1, 0): (99, 101), (2, 0): (99, 101)})
    run = trade(engine, bars, [1], rules(exits={"stop_frac": 0.05}, matching={"quote_side": True}))
    assert fills_of(run) == [(1, 100, 101, "vote"), (2, -100, 95.95, "stop")]  # 5 % below 101, and the bid falls to 93


# touch or through


@pytest.mark.parametrize(
    ("cell", "touch", "through"),
    [
        ((100, 101, 98, 99), 98, None),
        ((100, 101, 97.99, 99), 98, 98),
        ((98, 99, 98, 99), 98, None),
        ((98, 99, 97.99, 99), 98, 98),
        ((97.99, 99, 97, 99), 97.99, 97.99),
    ],
)
def test_a_limit_by_touch_or_through(play, engine, cell, touch, through):
    for limit, price in (("touch", touch), ("through", through)):
        run = play([FLAT, cell], {0: [LIMIT]}, matching={"limit": limit})
        assert run.prices == ([] if price is None else [price])
        chosen = rules(entry={"order": "limit", "offset_frac": 0.02}, matching={"limit": limit})
        run = trade(engine, bars_of([FLAT, cell]), [1], chosen)
        assert fills_of(run) == ([] if price is None else [(1, 100, price, "vote")])


def test_through_is_about_limits_alone(play):
    through = {"matching": {"limit": "through"}}
    cell = (100, 102, 98, 99)
    assert play([FLAT, cell], {0: [{"type": "stop", "stop_price": 102}]}, **through).prices == [102]
    assert play([FLAT, cell], {0: [{"type": "lit", "stop_price": 98, "limit_price": 98.5}]}, **through).prices == [98]
    assert play([FLAT, cell], {0: [{"type": "lit", "stop_price": 98, "limit_price": 98}]}, **through).prices == []
    assert play([FLAT, (*FLAT[:3], 98)], {0: [LIMIT | {"tif": "cls"}]}, **through).prices == []
    assert play([FLAT, (*FLAT[:3], 97.99)], {0: [LIMIT | {"tif": "cls"}]}, **through).prices == [97.99]


def test_a_target_by_touch_or_through(engine):
    bars = bars_of([FLAT, FLAT, (100, 110, 100, 105), (105, 110.01, 105, 105)])
    for limit, bar in (("touch", 2), ("through", 3)):
        run = trade(engine, bars, [1], rules(exits={"target_frac": 0.1}, matching={"limit": limit}))
        assert fills_of(run)[1] == (bar, -100, 110, "target")


# gaps


@pytest.mark.parametrize(
    ("terms", "cell", "at_open", "at_level"),
    [
        (LIMIT, (97, 99, 96, 98), 97, 98),
        ({"type": "stop", "stop_price": 102}, (103, 104, 101, 102), 103, 102),
        ({"type": "trailing_stop", "trail": 2}, (103, 104, 101, 102), 103, 102),
        ({"type": "lit", "stop_price": 98, "limit_price": 98.5}, (97, 99, 96, 98), 97, 98.5),
        ({"type": "stop_limit", "stop_price": 102, "limit_price": 103}, (102.5, 104, 101, 104), 102.5, 103),
        # triggered at 104: a limit of 103 has to be reached
        ({"type": "stop_limit", "stop_price": 102, "limit_price": 103}, (104, 105, 103.5, 104), None, None),
        ({}, (97, 99, 96, 98), 97, 97),
    ],
)
def test_a_gap_fills_at_the_open_or_at_the_level(play, terms, cell, at_open, at_level):
    for gap, price in (("open", at_open), ("level", at_level)):
        run = play([FLAT, cell], {0: [terms]}, matching={"gap": gap})
        assert run.prices == ([] if price is None else [price])


@pytest.mark.parametrize(("open_", "reason", "at_open", "at_level"), [(94, "stop", 94, 95), (112, "target", 112, 110)])
def test_a_gap_through_an_exit(engine, open_, reason, at_open, at_level):
    bars = bars_of([FLAT, FLAT, (open_,) * 4])
    for gap, price in (("open", at_open), ("level", at_level)):
        run = trade(engine, bars, [1], rules(exits={"stop_frac": 0.05, "target_frac": 0.1}, matching={"gap": gap}))
        assert fills_of(run)[1] == (2, -100, price, reason)


# trailing


def test_a_trailing_stop_is_checked_before_or_after_it_moves(play, engine):
    cells = [FLAT, FLAT, (101, 110, 107, 108), (108, 108.5, 107.5, 108)]
    order = {"side": "sell", "type": "trailing_stop", "trail": 2}
    assert play(cells, {1: [order]}, matching={"trail": "before"}).fills == [("o", 3, -100, 108)]  # 110 - 2
    assert play(cells, {1: [order]}, matching={"trail": "after"}).fills == [("o", 2, -100, 101)]  # the open is beyond
    exits = {"trail_frac": 0.02}
    run = trade(engine, bars_of(cells), [1], rules(exits=exits, matching={"trail": "before"}))
    assert fills_of(run)[1] == (3, -100, 107.8, "trail")
    run = trade(engine, bars_of(cells), [1], rules(exits=exits, matching={"trail": "after"}))
    assert fills_of(run)[1] == (2, -100, 101, "trail")


# a position that grows inside a bar


def test_exits_of_a_position_that_grew_inside_the_bar_see_what_comes_after(engine):
    # 50 at 98, and 17 at 58.8 inside bar 3, make 88.05, the target 89.81; the high of 95 may have come before
    cells = [FLAT, (98, 98, 98, 98), (98, 98, 60, 60), (60, 95, 58, 62), (62, 95, 62, 90)]
    chosen = rules(
        account={"cash": 10_000.0}, sizing={"method": "fraction", "fraction": 0.5, "rebalance_frac": 0.1},
        entry={"order": "limit", "offset_frac": 0.02}, exits={"target_frac": 0.02},
    )  # fmt: skip
    run = trade(engine, bars_of(cells), [1], chosen)
    assert fills_of(run) == [(1, 50, 98, "vote"), (3, 17, 58.8, "rebalance"), (4, -67, 89.81, "target")]


def test_a_target_after_an_addition_inside_the_bar_counts_the_close_alone(play):
    first = {"order_id": "a", "target_frac": 0.1}
    more = {"order_id": "b", "type": "limit", "limit_price": 90, "target_frac": 0.1}
    # 100 and 90 make 95, the target 104.5; the high of 105 may have come before the addition
    run = play([FLAT, FLAT, (100, 105, 90, 95), (95, 104.5, 95, 100)], {0: [first], 1: [more]})
    assert run.fills == [("a", 1, 100, 100), ("b", 2, 100, 90), ("bx", 3, -200, 104.5)]
    run = play([FLAT, FLAT, (100, 105, 90, 105)], {0: [first], 1: [more]})
    assert run.fills[2] == ("bx", 2, -200, 104.5)


def test_a_stop_after_an_addition_inside_the_bar_starts_at_its_price(play):
    first = {"order_id": "a", "stop_frac": 0.05}
    more = {"order_id": "b", "type": "stop", "stop_price": 110, "qty": 900, "stop_frac": 0.05}
    # the average is 109, the stop 103.55: the open of 101 was before it
    run = play([FLAT, FLAT, (101, 111, 100, 110)], {0: [first], 1: [more]})
    assert run.fills[2] == ("bx", 2, -1000, 103.55)


# entries of the vote


@pytest.mark.parametrize(
    ("entry", "cell", "fill"),
    [
        ({"order": "limit", "offset_frac": 0.02}, (100, 101, 98, 99), 98),
        ({"order": "stop", "offset_frac": 0.02}, (100, 102, 98, 99), 102),
        ({"order": "stop", "offset_frac": 0.02}, (103, 104, 98, 99), 103),
        ({"order": "moc"}, (100, 102, 98, 99), 99),
        ({"order": "limit", "offset_frac": 0.05}, (100, 101, 98, 99), None),
    ],
)
def test_entries_of_the_vote(engine, entry, cell, fill):
    run = trade(engine, bars_of([FLAT, cell]), [1], rules(entry=entry))
    assert fills_of(run) == ([] if fill is None else [(1, 100, fill, "vote")])


def test_a_day_entry_is_priced_anew_and_a_gtc_entry_stays(engine):
    cells = [FLAT, (101, 103, 100, 102), (101, 102, 99.9, 101), (100, 100, 97, 98)]
    for tif, fill in (("day", (2, 100, 99.96, "vote")), ("gtc", (3, 100, 98, "vote"))):
        run = trade(engine, bars_of(cells), [1], rules(entry={"order": "limit", "offset_frac": 0.02, "tif": tif}))
        assert fills_of(run) == [fill]  # 2 % below 102, or below the first 100


def test_a_priced_entry_leaves_at_the_market_first(engine):
    cells = [FLAT, (100, 100, 98, 99), (99, 100, 98, 99), (99, 101, 98, 100)]
    run = trade(engine, bars_of(cells), [1, -1], rules(entry={"order": "limit", "offset_frac": 0.02}))
    assert fills_of(run) == [(1, 100, 98, "vote"), (2, -100, 99, "vote"), (3, -100, 100.98, "vote")]


# costs


@pytest.mark.parametrize(
    ("terms", "cell", "maker"),
    [
        (LIMIT, (100, 101, 98, 99), True),
        (LIMIT, (97, 101, 96, 99), False),  # at the open: it takes
        ({}, FLAT, False),
        ({"type": "stop", "stop_price": 102}, (100, 103, 99, 100), False),
        (
            {"type": "stop_limit", "stop_price": 102, "limit_price": 103},
            (100, 103, 99, 100),
            False,
        ),  # takes as it triggers
        ({"type": "stop_limit", "stop_price": 102, "limit_price": 101}, (100, 103, 99, 100), True),
        ({"type": "lit", "stop_price": 98, "limit_price": 98}, (100, 101, 97, 99), False),
        (LIMIT | {"tif": "cls"}, (100, 101, 97, 98), False),
    ],
)
def test_who_makes_the_price(play, terms, cell, maker):
    run = play([FLAT, cell], {0: [terms]}, costs={"fee_frac": 0.01, "fee_maker_frac": -0.005})
    (fill,) = [r for r in run.reports if hasattr(r, "fee_units")]
    assert run.makers == [maker]
    assert fill.fee_units == round(fill.price * 100 * (-0.005 if maker else 0.01) * 1e6)


def test_a_target_makes_the_price_inside_the_bar_and_takes_it_at_the_open(engine):
    costs = {"fee_frac": 0.01, "fee_maker_frac": 0.001}
    for cell, fee in (((100, 111, 100, 100), 11.0), ((112, 112, 112, 112), 112.0)):
        run = trade(engine, bars_of([FLAT, FLAT, cell]), [1], rules(exits={"target_frac": 0.1}, costs=costs))
        assert fees_of(run) == [100.0, fee]


def test_square_root_slippage(play, engine):
    costs = {"slippage": "square_root", "impact": 0.5}
    # 100 of 10,000: a root of 0.1; the range is 4 of 100
    cell = (100, 103, 99, 101, 10_000.0)
    assert play([FLAT, cell], {0: [{}]}, costs=costs).prices == [100.2]
    assert play([FLAT, cell], {0: [{"side": "sell"}]}, costs=costs).prices == [99.8]
    assert fills_of(trade(engine, bars_of([FLAT, cell]), [1], rules(costs=costs))) == [(1, 100, 100.2, "vote")]


def test_interest_on_borrowed_cash_is_charged_by_calendar_day(engine):
    chosen = rules(account={"cash": 1000.0, "leverage_max": 50.0}, costs={"margin_annual_frac": 0.0365})
    run = trade(engine, bars_of([FLAT, FLAT, FLAT, FLAT]), [1], chosen)
    assert cash_of(run) == [1000.0, -9000.0, -9000.9, -9001.80009]
    assert run.interest_units == 1_800_090


def test_a_fraction_of_cash_and_a_buffer(engine):
    chosen = rules(
        account={"cash": 10_000.0, "leverage_max": 1.0, "cash_buffer_frac": 0.1},
        sizing={"method": "fraction", "fraction": 1.0},
    )
    run = trade(engine, bars_of([FLAT, FLAT]), [1], chosen)
    assert fills_of(run) == [(1, 90, 100, "vote")]
    two = {"account": {"cash": 10_000.0, "leverage_max": 2.0}}
    bars = bars_of([FLAT] * 4, [FLAT] * 4)
    for base, lots in (("equity", 80), ("cash", 16)):
        sizing = {"method": "fraction", "fraction": 0.8, "base": base}
        run = trade(engine, bars, [[1], [0, 1]], rules(sizing=sizing, **two))
        assert fills_of(run)[1] == (2, lots, 100, "vote")  # 80 of the first are held: 2,000 are left in cash
