"""The vote's limits, stops and auctions, day orders, and what is paid by the day, by hand, on both paths."""

from datetime import date

import pytest

from scenes import bars_of, fills_of, rules, trade

MONDAY, TUESDAY = date(2024, 1, 8), date(2024, 1, 9)
THIN = {"participation_frac_max": 0.1}


def entering(order, **more):
    return rules(**{"entry": {"order": order, **more.pop("entry", {})}, **more})


@pytest.mark.parametrize(("votes", "bar"), [([1], 1), ([0, 1], 3), ([0, 0, 1], 3)])
def test_an_order_for_the_close_takes_the_last_bar_of_a_session(engine, votes, bar):
    bars = bars_of([(n, n + 2, n - 2, n + 1) for n in (100, 101, 102, 103)], days=[MONDAY, MONDAY, TUESDAY, TUESDAY])
    price = {1: 102.0, 3: 104.0}[bar]
    assert fills_of(trade(engine, bars, votes, entering("moc"))) == [(bar, 100, price, "vote")]


@pytest.mark.parametrize("order", ["moc", "moo"])
def test_what_an_auction_leaves_is_gone(engine, order):
    bars = bars_of([100, (100, 100, 100, 100, 500.0), 100, 100])
    assert fills_of(trade(engine, bars, [1], entering(order, costs=THIN))) == [(1, 50, 100.0, "vote")]


@pytest.mark.parametrize(("tif", "expected"), [("day", [(2, 100, 100.98, "vote")]), ("gtc", [])])
def test_a_day_order_expires_and_is_priced_anew(engine, tif, expected):
    bars = bars_of([100, (101, 102, 99.5, 102), (102, 102, 100.5, 101), 101])
    chosen = entering("limit", entry={"offset_frac": 0.01, "tif": tif})
    assert fills_of(trade(engine, bars, [1], chosen)) == expected


def test_a_day_order_ends_with_its_session_where_the_last_bar_is_missing(engine):
    bars = bars_of([100, 100, None, 98, (97.5, 98, 97, 98)], [1] * 5, days=[MONDAY, MONDAY, MONDAY, TUESDAY, TUESDAY])
    chosen = entering("limit", entry={"offset_frac": 0.01, "tif": "day"})
    assert fills_of(trade(engine, bars, [[1], [0]], chosen)) == [(4, 100, 97.02, "vote")]


def test_a_reversal_leaves_at_the_market_and_enters_at_the_price(engine):
    run = trade(engine, bars_of([100] * 7), [1, 1, -1], entering("limit"))
    assert fills_of(run) == [(1, 100, 100.0, "vote"), (3, -100, 100.0, "vote"), (4, -100, 100.0, "vote")]


def test_a_stop_enters_where_the_price_breaks_out(engine):
    bars = bars_of([100, (100, 101, 99, 100), (100, 104, 99, 103), 103])
    assert fills_of(trade(engine, bars, [1], entering("stop", entry={"offset_frac": 0.02}))) == [
        (2, 100, 102.0, "vote")
    ]


def test_a_triggered_stop_goes_on_at_the_market(engine):
    bars = bars_of([100, (100, 104, 99, 103, 500.0), (105, 105, 105, 105, 1e6), 103])
    chosen = entering("stop", entry={"offset_frac": 0.02}, costs=THIN)
    assert fills_of(trade(engine, bars, [1], chosen)) == [(1, 50, 102.0, "vote"), (2, 50, 105.0, "vote")]


def test_a_limit_without_volume_waits(engine):
    bars = bars_of([100, (100, 100, 98, 99, 0.0), (99, 99, 98, 99, 1e6)])
    chosen = entering("limit", entry={"offset_frac": 0.01}, costs=THIN)
    assert fills_of(trade(engine, bars, [1], chosen)) == [(2, 100, 99.0, "vote")]


def test_borrowed_cash_costs_by_the_day(engine):
    chosen = rules(account={"cash": 5_000.0, "leverage_max": 50.0}, costs={"margin_annual_frac": 0.365})
    run = trade(engine, bars_of([100] * 4), [1], chosen)
    assert run.interest_units == 5_000_000 + 5_005_000  # on 5,000 borrowed, then on the interest too
    assert run.cash_units[-1] / run.money == -5_010.005


def test_funding_is_paid_by_the_long(engine):
    run = trade(engine, bars_of([100] * 4, dividends={(2, 0): -1.5}), [1], rules())
    assert run.dividend_units / run.money == -150.0


def test_an_order_arrives_late(engine):
    bars = bars_of([100, 101, 102, 103], days=[MONDAY] * 4)
    run = trade(engine, bars, [1], rules(matching={"latency_s": 60.0}))
    assert fills_of(run) == [(2, 100, 102.0, "vote")]  # the next bar opens with the close that decided


def test_the_quote_is_taken_on_its_far_side(engine):
    bars = bars_of([100, 100, 100], quotes={(1, 0): (99.9, 100.2)})
    assert fills_of(trade(engine, bars, [1], rules(matching={"quote_side": True}))) == [(1, 100, 100.2, "vote")]


def test_cash_and_not_equity_is_divided(engine):
    chosen = rules(sizing={"method": "fraction", "fraction": 0.5, "base": "cash", "rebalance_frac": 0.01})
    run = trade(engine, bars_of([100] * 5), [1], chosen)
    assert [lots for _, lots, _, _ in fills_of(run)] == [500, -250, 125, -63]
