"""Orders that hang together, by hand: legs that wait for their entry, and orders of which one cancels the others."""

import pytest

from tenfold.domain.order import Cancel, Replace

FLAT = (100, 100, 100, 100)
SLOW = {"costs": {"participation_frac_max": 0.1}}
ENTRY = {"order_id": "e", "order_class": "bracket", "type": "limit", "limit_price": 98}
LEG = {"side": "sell", "order_class": "bracket", "parent_id": "e"}
TARGET = LEG | {"order_id": "t", "type": "limit", "limit_price": 104}
STOP = LEG | {"order_id": "s", "type": "stop", "stop_price": 95}
BRACKET = [ENTRY, TARGET, STOP]
MARKET = [{"order_id": "e", "order_class": "bracket"}, TARGET, STOP]
OCO = {"order_class": "oco", "parent_id": "g"}


def cancelled(order_id):
    return lambda now: Cancel(order_id=order_id, ts_ns=now, symbol="A")


def test_legs_sleep_until_their_entry_fills(play):
    run = play([FLAT, (110, 111, 109, 110), (93, 94, 92, 93)], {0: [BRACKET[0] | {"limit_price": 90}, TARGET, STOP]})
    assert (run.fills, run.ends) == ([], [])
    assert run.broker.account().open_orders == 3


@pytest.mark.parametrize(
    ("bars", "fills"),
    [
        ([(100, 101, 97, 99), (103, 105, 96, 100)], [("e", 1, 100, 98), ("t", 2, -100, 104)]),
        (
            [(100, 101, 97, 99), (106, 107, 94, 100)],
            [("e", 1, 100, 98), ("t", 2, -100, 106)],
        ),  # at the open, before the stop
        ([(100, 101, 97, 99), (99, 104, 95, 100)], [("e", 1, 100, 98), ("s", 2, -100, 95)]),  # both: the stop
        ([(100, 101, 97, 99), (93, 105, 92, 100)], [("e", 1, 100, 98), ("s", 2, -100, 93)]),
        # inside the bar of the entry: a stop counts the whole range, a limit the close alone
        ([(100, 101, 95, 99)], [("e", 1, 100, 98), ("s", 1, -100, 95)]),
        ([(100, 105, 97, 103)], [("e", 1, 100, 98)]),
        ([(100, 105, 97, 104)], [("e", 1, 100, 98), ("t", 1, -100, 104)]),
        # an entry at the open: its legs see the whole bar
        ([(97, 104, 96, 99)], [("e", 1, 100, 97), ("t", 1, -100, 104)]),
        ([(97, 104, 95, 99)], [("e", 1, 100, 97), ("s", 1, -100, 95)]),
    ],
)
def test_a_bracket(play, bars, fills):
    run = play([FLAT, *bars], {0: BRACKET})
    assert run.fills == fills
    left = {"t": "s", "s": "t"}.get(fills[-1][0])
    assert run.ends == ([] if left is None else [(left, "canceled", 0)])


@pytest.mark.parametrize(
    ("entry_bar", "entry", "bar", "exits"),
    [
        ("exits", BRACKET, (100, 101, 95, 99), True),
        ("market", BRACKET, (100, 101, 95, 99), False),  # a limit entered
        ("next", BRACKET, (100, 101, 95, 99), False),
        ("exits", MARKET, (100, 101, 95, 99), True),
        ("market", MARKET, (100, 101, 95, 99), True),
        ("next", MARKET, (100, 101, 95, 99), False),
    ],
)
def test_legs_work_in_the_bar_of_their_entry_or_from_the_next(play, entry_bar, entry, bar, exits):
    run = play([FLAT, bar, (90, 90, 90, 90)], {0: entry}, matching={"entry_bar": entry_bar})
    assert run.fills[1] == (("s", 1, -100, 95) if exits else ("s", 2, -100, 90))


def test_legs_fill_no_more_than_their_entry(play):
    cells = [
        FLAT,
        (100, 101, 97, 99, 300.0),
        (104, 104, 104, 104, 1e6),
        (97, 104, 97, 98, 1e6),
        (104, 104, 104, 104, 1e6),
    ]
    run = play(cells, {0: BRACKET}, **SLOW)
    # 30 enter and leave; the other 70 enter at the open of bar 3, and leave inside it
    assert run.fills == [("e", 1, 30, 98), ("t", 2, -30, 104), ("e", 3, 70, 97), ("t", 3, -70, 104)]
    assert run.ends == [("s", "canceled", 0)]


@pytest.mark.parametrize("way", ["cancel", "replace"])
def test_legs_of_an_entry_cancelled_half_way_keep_to_what_it_filled(play, way):
    cells = [FLAT, (100, 101, 97, 99, 300.0), FLAT, (104, 104, 104, 104, 1e6), (90, 90, 90, 90)]
    stop = cancelled("e") if way == "cancel" else (lambda now: Replace(order_id="e", ts_ns=now, symbol="A", qty=30))
    run = play(cells, {0: BRACKET, 1: [stop]}, **SLOW)
    assert run.fills == [("e", 1, 30, 98), ("t", 3, -30, 104)]
    assert run.ends == [("e", "canceled", 30), ("t", "canceled", 30), ("s", "canceled", 0)]
    assert run.broker.account().open_orders == 0


def test_legs_that_have_closed_all_end_with_their_entry(play):
    cells = [FLAT, (100, 101, 97, 99, 300.0), (104, 104, 104, 104, 1e6), FLAT]
    run = play(cells, {0: BRACKET, 2: [cancelled("e")]}, **SLOW)
    assert run.fills == [("e", 1, 30, 98), ("t", 2, -30, 104)]
    assert run.ends == [("e", "canceled", 30), ("t", "canceled", 30), ("s", "canceled", 0)]


@pytest.mark.parametrize("what", ["cancel", "day"])
def test_legs_of_an_entry_that_never_filled_end_with_it(play, what):
    entry = ENTRY | {"limit_price": 90} | ({"tif": "day"} if what == "day" else {})
    run = play([FLAT, FLAT], {0: [entry, TARGET, STOP, *([cancelled("e")] if what == "cancel" else [])]})
    assert run.ends == [
        ("e", "expired" if what == "day" else "canceled", 0),
        ("t", "canceled", 0),
        ("s", "canceled", 0),
    ]


def test_two_exits_of_one_bar_share_its_volume_and_the_position(play):
    cells = [FLAT, FLAT, (99, 105, 94, 100, 400.0), (97, 103, 96, 97)]
    run = play(cells, {0: MARKET}, **SLOW)
    # the stop fills 40 of the bar; the rest of it goes to the market before the target is reached
    assert run.fills == [("e", 1, 100, 100), ("s", 2, -40, 95), ("s", 3, -60, 97)]
    assert run.ends == [("t", "canceled", 0)]


def test_a_leg_takes_off_the_other_what_it_fills(play):
    cells = [FLAT, FLAT, (104, 104, 104, 104, 300.0), (95, 95, 94, 94)]
    run = play(cells, {0: MARKET}, **SLOW)
    assert run.fills == [("e", 1, 100, 100), ("t", 2, -30, 104), ("s", 3, -70, 95)]
    assert run.ends == [("s", "canceled", 70), ("t", "canceled", 30)]  # each has filled a part of its 100


def test_an_entry_at_the_close_wakes_its_legs_for_the_next_bar(play):
    entry = {"order_id": "e", "order_class": "bracket", "type": "moc"}
    day = [TARGET | {"tif": "day"}, STOP | {"tif": "day"}]
    run = play([FLAT, (100, 110, 90, 100), (100, 101, 94, 96), FLAT], {0: [entry, *day]})
    assert run.fills == [("e", 1, 100, 100), ("s", 2, -100, 95)]


def test_a_trailing_leg_starts_behind_the_price_of_its_entry(play):
    trail = LEG | {"order_id": "s", "type": "trailing_stop", "trail": 2}
    entry = ENTRY | {"limit_price": 95}
    run = play([FLAT, (97, 98, 94, 96), (96, 97, 94.01, 95), (95, 95, 94.99, 95)], {0: [entry, trail]})
    # 95 - 2 at first, and 96 - 2 after the close of the bar of entry, whose high may have come before; then 97 - 2
    assert run.fills == [("e", 1, 100, 95), ("s", 3, -100, 95)]


def test_a_leg_until_a_date_sleeps_no_longer(play):
    leg = TARGET | {"tif": "gtd", "expire_ns": 1_704_800_000_000_000_000}  # during the second bar
    run = play([FLAT, FLAT, (97, 110, 97, 110)], {0: [ENTRY, leg]})
    assert run.fills == [("e", 2, 100, 97)]
    assert run.ends == [("t", "expired", 0)]


@pytest.mark.parametrize(
    ("leg", "fills"),
    [
        ({"tif": "ioc"}, [("l", 1, -100, 98)]),  # at the price of an entry at the open
        ({"type": "moo"}, [("l", 2, -100, 104)]),
        ({"tif": "opg"}, [("l", 2, -100, 104)]),
        ({"type": "moc"}, [("l", 1, -100, 99)]),
        ({"tif": "cls"}, [("l", 1, -100, 99)]),
    ],
)
def test_what_else_a_leg_may_be(play, leg, fills):
    entry = {"order_id": "e", "order_class": "oto"}
    leg = {"order_id": "l", "side": "sell", "order_class": "oto", "parent_id": "e"} | leg
    cells = [FLAT, (98, 102, 97, 99), (104, 104, 104, 104)]
    assert play(cells, {0: [entry, leg]}).fills == [("e", 1, 100, 98), *fills]


def test_a_leg_for_at_once_is_over_where_the_moment_is_not_known(play):
    entry = {"order_id": "e", "order_class": "oto", "type": "limit", "limit_price": 98}
    leg = {"order_id": "l", "side": "sell", "order_class": "oto", "parent_id": "e", "tif": "ioc"}
    run = play([FLAT, (100, 102, 97, 99), FLAT], {0: [entry, leg]})
    assert (run.fills, run.ends) == ([("e", 1, 100, 98)], [("l", "canceled", 0)])


def test_one_triggers_others_that_do_not_cancel_one_another(play):
    legs = [leg | {"order_class": "oto"} for leg in (TARGET, STOP)]
    run = play([FLAT, FLAT, (104, 104, 95, 96)], {0: [{"order_id": "e", "order_class": "oto"}, *legs]})
    assert run.fills == [("e", 1, 100, 100), ("t", 2, -100, 104), ("s", 2, -100, 95)]


def test_a_leg_may_be_sent_after_its_entry_filled(play):
    cells = [FLAT, FLAT, (104, 104, 104, 104, 1e6), (95, 95, 95, 95)]
    run = play(cells, {0: [MARKET[0]], 1: [TARGET | {"qty": 30}], 2: [STOP | {"qty": 200}]})
    assert run.fills == [("e", 1, 100, 100), ("t", 2, -30, 104), ("s", 3, -70, 95)]  # 100 entered, 30 have left
    assert run.ends == [("s", "canceled", 70)]


@pytest.mark.parametrize(
    "sends", [{0: [STOP]}, {0: [ENTRY, cancelled("e")], 1: [STOP]}, {0: MARKET[:1], 1: [MARKET[1]], 2: [STOP]}]
)
def test_a_leg_without_an_entry_to_wait_for_is_rejected(play, sends):
    run = play([FLAT, FLAT, (104, 104, 104, 104)], sends)
    assert run.status["s"] == "rejected"
    assert "its entry e does not work" in run.reports[-1].text


def test_one_cancels_the_others(play):
    orders = [
        OCO | {"order_id": "a", "type": "limit", "limit_price": 98},
        OCO | {"order_id": "b", "type": "stop", "stop_price": 102},
    ]
    run = play([FLAT, (100, 102, 98, 100), FLAT], {0: orders})
    assert (run.fills, run.ends) == ([("b", 1, 100, 102)], [("a", "canceled", 0)])


def test_a_group_never_fills_more_than_one_of_it(play):
    orders = [
        OCO | {"order_id": "a", "type": "limit", "limit_price": 98},
        OCO | {"order_id": "b", "type": "stop", "stop_price": 102},
    ]
    cells = [FLAT, (98, 99, 97, 98, 300.0), (102, 103, 101, 102, 500.0), (97, 98, 96, 97, 1e6)]
    run = play(cells, {0: orders}, **SLOW)
    assert run.fills == [("a", 1, 30, 98), ("b", 2, 50, 102), ("a", 3, 20, 97)]  # both at the open: as they were sent
    assert run.ends == [("a", "canceled", 50), ("b", "canceled", 50)]


def test_the_smaller_of_a_group_ends_the_larger(play):
    orders = [
        OCO | {"order_id": "a", "type": "limit", "limit_price": 98, "qty": 40},
        OCO | {"order_id": "b", "type": "stop", "stop_price": 102},
    ]
    run = play([FLAT, (98, 99, 97, 98), (102, 103, 101, 102)], {0: orders})
    assert (run.fills, run.ends) == ([("a", 1, 40, 98)], [("b", "canceled", 0)])


@pytest.mark.parametrize("end", ["cancel", "day"])
def test_an_order_of_a_group_that_ends_unfilled_leaves_the_others(play, end):
    first = OCO | {"order_id": "a", "type": "limit", "limit_price": 90, "tif": "day" if end == "day" else "gtc"}
    sends = {
        0: [
            first,
            OCO | {"order_id": "b", "type": "stop", "stop_price": 102},
            *([cancelled("a")] if end == "cancel" else []),
        ]
    }
    run = play([FLAT, FLAT, (102, 103, 101, 102)], sends)
    assert run.fills == [("b", 2, 100, 102)]
    assert [name for name, *_ in run.ends] == ["a"]


def test_a_replaced_order_of_a_group_counts_what_the_others_filled(play):
    orders = [
        OCO | {"order_id": "a", "type": "limit", "limit_price": 98},
        OCO | {"order_id": "b", "type": "stop", "stop_price": 102},
    ]
    cells = [FLAT, (98, 99, 97, 98, 300.0), (102, 103, 101, 102, 1e6)]
    smaller = [lambda now: Replace(order_id="b", ts_ns=now, symbol="A", qty=50)]
    run = play(cells, {0: orders, 1: smaller}, **SLOW)
    assert run.fills == [("a", 1, 30, 98), ("b", 2, 20, 102)]


def test_all_or_nothing_of_a_leg_means_all_of_it(play):
    leg = TARGET | {"tif": "fok", "type": "market", "limit_price": None}
    run = play([FLAT, (*FLAT, 300.0), FLAT], {0: [MARKET[0], leg]}, **SLOW)
    assert run.fills == [("e", 1, 30, 100), ("e", 2, 70, 100)]
    assert run.ends == [("t", "canceled", 0)]


def test_nothing_is_kept_of_legs_that_ended(play):
    run = play([FLAT, FLAT, (104, 105, 94, 100)], {0: MARKET})
    assert run.broker._desks["A"]._legs._working == {}
