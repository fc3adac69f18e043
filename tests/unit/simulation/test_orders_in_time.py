"""How long an order works, by hand: sessions, dates, auctions, bars in which nothing fills."""

from datetime import date

import pytest

from tenfold.domain.market import Flag
from tenfold.domain.order import Cancel
from tenfold.domain.units import NS_PER_HOUR

MONDAY, TUESDAY, WEDNESDAY = (date(2024, 1, day) for day in (8, 9, 10))
FLAT = (100, 100, 100, 100)
INTRADAY = [MONDAY, MONDAY, MONDAY, TUESDAY, TUESDAY]  # bars of an hour
OPENS_NS = [1_704_704_400_000_000_000 + hour * NS_PER_HOUR for hour in (0, 1, 2, 24, 25)]
BELOW = {"type": "limit", "limit_price": 90}  # out of reach
OUTSIDE = int(Flag.OFF_SESSION)


def test_a_day_order_ends_with_its_session(play):
    run = play([FLAT] * 5, {0: [BELOW | {"tif": "day"}]}, days=INTRADAY)
    assert run.ends == [("o", "expired", 0)]
    assert [r.ts_ns for r in run.reports] == [OPENS_NS[2] + NS_PER_HOUR]


def test_a_day_order_sent_at_the_close_is_for_the_next_session(play):
    cells = [FLAT, FLAT, FLAT, (91, 92, 90, 91), FLAT]
    assert play(cells, {2: [BELOW | {"tif": "day"}]}, days=INTRADAY).fills == [("o", 3, 100, 90)]


def test_a_day_order_ends_before_the_next_session_where_the_last_bar_is_missing(play):
    cells = [FLAT, FLAT, None, (90, 90, 90, 90), FLAT]
    run = play(cells, {0: [BELOW | {"tif": "day"}]}, days=INTRADAY)
    assert (run.fills, run.ends) == ([], [("o", "expired", 0)])
    assert [r.ts_ns for r in run.reports] == [OPENS_NS[3]]


@pytest.mark.parametrize(
    ("expires_ns", "fills", "ends"),
    [
        (OPENS_NS[1], [], [("o", "expired", 0)]),  # over at the open of the bar that reaches it
        (OPENS_NS[1] + 1, [("o", 1, 100, 98)], []),
        (OPENS_NS[0] - 1, [], [("o", "expired", 0)]),  # over when it was sent
        (OPENS_NS[4], [("o", 1, 100, 98)], []),
    ],
)
def test_an_order_until_a_date_works_in_bars_that_open_before(play, expires_ns, fills, ends):
    order = {"type": "limit", "limit_price": 98, "tif": "gtd", "expire_ns": expires_ns}
    run = play([FLAT, (100, 100, 97, 100), FLAT], {0: [order]}, days=INTRADAY[:3])
    assert (run.fills, run.ends) == (fills, ends)


def test_an_order_until_a_date_ends_with_the_bar_that_reaches_it(play):
    run = play([FLAT] * 3, {0: [BELOW | {"tif": "gtd", "expire_ns": OPENS_NS[2]}]}, days=INTRADAY[:3])
    assert [(r.ts_ns, str(r.status)) for r in run.reports] == [(OPENS_NS[2], "expired")]


@pytest.mark.parametrize(
    "terms", [{"type": "moo"}, {"tif": "opg"}, {"type": "limit", "limit_price": 102, "tif": "opg"}]
)
def test_an_order_for_the_opening_waits_for_the_next_session(play, terms):
    cells = [FLAT, FLAT, FLAT, (101, 102, 101, 102), FLAT]
    assert play(cells, {0: [terms]}, days=INTRADAY).fills == [("o", 3, 100, 101)]


def test_an_order_for_the_opening_takes_the_next_bar_where_the_first_is_missing(play):
    cells = [FLAT, FLAT, FLAT, None, (101, 102, 101, 102)]
    assert play(cells, {0: [{"tif": "opg"}]}, days=INTRADAY).fills == [("o", 4, 100, 101)]


def test_an_order_for_the_opening_does_not_outlive_it(play):
    run = play([FLAT] * 5, {0: [BELOW | {"tif": "opg"}]}, days=INTRADAY)
    assert run.ends == [("o", "expired", 0)]
    assert run.reports[0].ts_ns == OPENS_NS[4]  # the close of the bar that opened the session


@pytest.mark.parametrize(
    "terms", [{"type": "moc"}, {"tif": "cls"}, {"type": "limit", "limit_price": 100, "tif": "cls"}]
)
def test_an_order_for_the_close_waits_for_the_last_bar(play, terms):
    run = play([FLAT, FLAT, (100, 101, 98, 99), FLAT, FLAT], {0: [terms]}, days=INTRADAY)
    assert run.fills == [("o", 2, 100, 99)]
    assert run.reports[0].ts_ns == OPENS_NS[3] - 21 * NS_PER_HOUR  # noon: the close


def test_an_order_for_the_close_waits_for_the_next_where_the_last_bar_is_missing(play):
    cells = [FLAT, FLAT, None, FLAT, (100, 101, 98, 99)]
    assert play(cells, {0: [{"type": "moc"}]}, days=INTRADAY).fills == [("o", 4, 100, 99)]
    run = play(cells, {0: [{"type": "moc", "tif": "day"}]}, days=INTRADAY)
    assert run.ends == [("o", "expired", 0)]


def test_a_limit_on_the_close_pays_no_slippage_beyond_its_limit(play):
    order = {"type": "limit", "limit_price": 100, "tif": "cls"}
    run = play([FLAT, FLAT], {0: [order, {"order_id": "m", "tif": "cls"}]}, costs={"slippage_bps": 50.0})
    assert run.fills == [("o", 1, 100, 100), ("m", 1, 100, 100.5)]


def test_nothing_fills_in_the_bar_at_whose_close_it_was_sent(play):
    assert play([FLAT, (103, 104, 102, 103)], {0: [{}]}).fills == [("o", 1, 100, 103)]
    assert play([FLAT], {0: [{}]}).fills == []


def test_an_order_waits_for_a_bar_of_its_symbol(play):
    assert play([FLAT, None, None, (103, 104, 102, 103)], {0: [{}]}).fills == [("o", 3, 100, 103)]


HOURS = [MONDAY, MONDAY, TUESDAY, TUESDAY, TUESDAY]
SHUT = {
    (1, "flags"): OUTSIDE,
    (2, "flags"): OUTSIDE,
    (0, "remaining_s"): 0,
}  # after Monday's close, before Tuesday's open
REGULAR = {"matching": {"regular_hours": True}}


@pytest.mark.parametrize("tif", ["gtc", "day", "ioc", "fok"])
def test_outside_the_session_an_order_waits_for_the_opening(play, tif):
    cells = [FLAT, (101, 101, 101, 101), (102, 102, 102, 102), (103, 103, 103, 103), FLAT]
    assert play(cells, {0: [{"tif": tif}]}, days=HOURS, changed=SHUT).fills == [("o", 1, 100, 101)]
    assert play(cells, {0: [{"tif": tif}]}, days=HOURS, changed=SHUT, **REGULAR).fills == [("o", 3, 100, 103)]


def test_an_order_for_the_close_takes_no_close_outside_the_session(play):
    cells = [FLAT, (101, 101, 101, 101), (102, 102, 102, 102), (103, 103, 103, 103), (104, 104, 104, 104)]
    run = play(cells, {0: [{"type": "moc"}]}, days=HOURS, changed=SHUT, **REGULAR)
    assert run.fills == [("o", 4, 100, 104)]


def test_exits_do_not_fire_outside_the_session(play):
    cells = [FLAT, FLAT, (80, 80, 80, 80), (95, 96, 94, 95), FLAT]
    shut = {(2, "flags"): OUTSIDE}
    run = play(cells, {0: [{"stop_frac": 0.1}]}, days=HOURS, changed=shut, **REGULAR)
    assert run.fills == [("o", 1, 100, 100)]
    run = play(cells, {0: [{"stop_frac": 0.1}]}, days=HOURS, changed=shut)
    assert run.fills == [("o", 1, 100, 100), ("ox", 2, -100, 80)]


@pytest.mark.parametrize("tif", ["gtc", "ioc", "fok", "opg"])
def test_an_old_price_fills_nothing(play, tif):
    cells = [FLAT, (*FLAT, 0.0), (101, 102, 101, 102)]
    assert play(cells, {0: [{"tif": tif}]}).fills == [("o", 1, 100, 100)]
    assert play(cells, {0: [{"tif": tif}]}, matching={"stale_waits": True}).fills == [("o", 2, 100, 101)]


def test_a_day_order_ends_with_its_session_though_its_bar_was_old(play):
    run = play([FLAT, (*FLAT, 0.0), FLAT], {0: [{"tif": "day"}]}, matching={"stale_waits": True})
    assert (run.fills, run.ends) == ([], [("o", "expired", 0)])


@pytest.mark.parametrize(("latency_s", "bar"), [(0.0, 1), (1.0, 2), (3600.0, 2), (3601.0, 3)])
def test_latency_lets_bars_pass_that_open_before_the_order_arrives(play, latency_s, bar):
    cells = [FLAT, (101,) * 4, (102,) * 4, (103,) * 4, (104,) * 4]
    run = play(cells, {0: [{}]}, days=INTRADAY, matching={"latency_s": latency_s})
    assert run.fills == [("o", bar, 100, 100 + bar)]


def test_latency_does_not_hold_back_a_cancel(play):
    sends = {0: [{}], 1: [lambda now: Cancel(order_id="o", ts_ns=now, symbol="A")]}
    run = play([FLAT] * 4, sends, days=INTRADAY[:4], matching={"latency_s": 3601.0})
    assert (run.fills, run.ends) == ([], [("o", "canceled", 0)])
