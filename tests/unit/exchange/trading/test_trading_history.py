"""Days, fees, splits, dividends, activities and the history of an account."""

import pytest

from tenfold.exchange.events import Corporate
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import Refusal
from tenfold.exchange.trading.queries import HistoryQuery
from tenfold.exchange.wire import named_uuid, parse_day, parse_time

MONDAY = parse_day("2026-11-23")


def history(desk, **asked):
    return desk.trading.portfolio_history("one", HistoryQuery(**asked), desk.now)


def test_the_account_shows_every_field_of_2026(desk):
    view = desk.view()
    assert not {"daytrade_count", "daytrading_buying_power", "pattern_day_trader"} & set(view)
    assert (view["buying_power"], view["regt_buying_power"], view["non_marginable_buying_power"]) == (
        "400000",
        "200000",
        "100000",
    )
    assert (view["status"], view["currency"], view["multiplier"], view["last_equity"]) == (
        "ACTIVE",
        "USD",
        "4",
        "100000",
    )


def test_margins_follow_positions(desk):
    desk.hold(qty="100")
    desk.hold("MSFT", "100", side="sell")
    view = desk.view()
    assert (view["long_market_value"], view["short_market_value"], view["initial_margin"], view["maintenance_margin"]) == (
        "10000", "-10000", "10000", "6000",
    )  # fmt: skip
    assert view["equity"] == "100000"


def test_a_day_passes(desk):
    desk.hold(qty="100", price="99")
    desk.edge("close")
    assert desk.view()["last_equity"] == "100100"
    assert desk.view()["last_maintenance_margin"] == "3000"
    desk.edge("pre", MONDAY)
    desk.trade("AAPL", 102.0)
    desk.fill(desk.submit(qty="50", type="limit", limit_price="101", extended_hours=True), "101")
    position = desk.position()
    assert (position["lastday_price"], position["change_today"], position["unrealized_intraday_pl"]) == (
        "100",
        "0.02",
        "250",
    )
    assert position["unrealized_pl"] == "350"


def test_fees_accrue_and_are_paid_at_the_end_of_the_day(desk):
    desk.fill(desk.submit(), "100", fee="0.123")
    view = desk.view()
    assert (view["cash"], view["accrued_fees"], view["equity"]) == ("99000", "0.123", "99999.877")
    desk.edge("post")
    view = desk.view()
    assert (view["cash"], view["accrued_fees"]) == ("98999.87", "0")
    (fee,) = desk.activities(types=("FEE",))
    assert fee["net_amount"] == "-0.13"
    desk.now += NANO
    desk.fill(desk.submit(symbol="BTC/USD", qty="1", time_in_force="gtc"), "100", fee="-0.017")
    desk.edge("post", MONDAY)
    assert desk.activities(types=("CFEE",))[0]["net_amount"] == "0.01"


def test_activities_tell_executions(desk):
    order = desk.submit()
    desk.fill(order, "100", "4")
    desk.now += 7_000_000
    desk.fill(order, "101")
    full, part = desk.activities(types=("FILL",))
    assert part["id"].startswith("20261120120000000::")  # in New York
    assert full["id"].startswith("20261120120000007::")
    assert (part["type"], part["leaves_qty"], part["cum_qty"], part["order_status"]) == (
        "partial_fill",
        "6",
        "4",
        "partially_filled",
    )
    assert (full["type"], full["leaves_qty"], full["cum_qty"], full["order_status"]) == ("fill", "0", "10", "filled")
    assert (full["side"], full["order_id"], full["symbol"], full["price"], full["qty"]) == (
        "buy",
        order.id,
        "AAPL",
        "101",
        "6",
    )
    fill = desk.take()[-1]
    assert full["id"].endswith(fill.execution_id)
    desk.hold("MSFT", side="sell")
    assert desk.activities(types=("FILL",))[0]["side"] == "sell_short"


def test_ids_of_activities_may_differ_from_executions(make_desk):
    desk = make_desk(execution_in_activity_id=False)
    desk.fill(desk.submit(), "100")
    assert not desk.activities(types=("FILL",))[0]["id"].endswith(desk.take()[-1].execution_id)


def test_activities_are_paged(desk):
    for _ in range(5):
        desk.hold(qty="1")
    every = [one["id"] for one in desk.activities(types=("FILL",))]
    seen, token = [], ""
    while page := desk.activities(types=("FILL",), page_size=2, page_token=token):
        seen += [one["id"] for one in page]
        token = page[-1]["id"]
    assert seen == every
    assert [one["id"] for one in desk.activities(types=("FILL",), ascending=True)] == every[::-1]
    assert len(desk.activities()) == 6
    assert desk.activities(day=parse_day("2026-11-19")) == []
    assert len(desk.activities(day=parse_day("2026-11-20"))) == 6
    assert desk.activities(after_ns=desk.now) == []
    assert desk.activities(until_ns=desk.now) == []


@pytest.mark.parametrize(
    "asked", [{"types": ("X",)}, {"page_size": 0}, {"page_size": 101}, {"day": 1, "after_ns": 1}, {"page_token": "x"}]
)
def test_activities_of_a_bad_query(desk, asked):
    with pytest.raises(Refusal):
        desk.activities(**asked)


def test_a_split(desk):
    desk.hold(qty="10", price="100")
    sell = desk.submit(side="sell", qty="10", type="limit", limit_price="120", time_in_force="gtc")
    buy = desk.submit(qty="1", type="stop", stop_price="150.01", time_in_force="gtc", symbol="MSFT")
    desk.take()
    desk.event(Corporate(ts_ns=desk.now, symbol="AAPL", ratio=4.0))
    desk.trade("AAPL", 25.0)
    position = desk.position()
    assert (position["qty"], position["avg_entry_price"], position["market_value"]) == ("40", "25", "1000")
    (update,) = desk.take()
    assert (update.event, update.order["qty"], update.order["limit_price"]) == ("restated", "40", "30")
    (split,) = desk.activities(types=("SPLIT",))
    assert (split["qty"], split["symbol"], split["net_amount"]) == ("30", "AAPL", "0")
    desk.fill(sell, "30")
    assert desk.trading.positions("one", desk.now) == []
    desk.event(Corporate(ts_ns=desk.now, symbol="MSFT", ratio=0.25))
    assert buy.status == "canceled"  # a quarter of one share is none


def test_a_split_of_what_filled_in_part_and_of_dollars(desk):
    order = desk.submit(qty="10", type="limit", limit_price="100", time_in_force="gtc")
    dollars = desk.submit(symbol="MSFT", qty=None, notional="500")
    fraction = desk.submit(symbol="MSFT", qty="0.5")
    desk.fill(order, "100", "4")
    for symbol in ("AAPL", "MSFT"):
        desk.event(Corporate(ts_ns=desk.now, symbol=symbol, ratio=2.0))
    assert (order.qty, order.filled_qty, order.leaves, order.average) == (20 * NANO, 8 * NANO, 12 * NANO, 50 * NANO)
    assert (dollars.notional, fraction.qty) == (500 * NANO, NANO)
    desk.fill(order, "50")
    assert order.status == "filled"


def test_a_dividend(desk):
    desk.hold(qty="10")
    desk.hold("MSFT", "10", side="sell")
    low = desk.submit(qty="1", type="limit", limit_price="90", time_in_force="gtc")
    day = desk.submit(qty="1", type="limit", limit_price="90")
    tiny = desk.submit(qty="1", type="limit", limit_price="0.5", time_in_force="gtc")
    stop = desk.submit(symbol="HARD", qty="1", type="limit", limit_price="90", time_in_force="gtc")
    for symbol in ("AAPL", "MSFT"):
        desk.event(Corporate(ts_ns=desk.now, symbol=symbol, cash=0.51))
    paid, got = desk.activities(types=("DIV",))
    assert (got["net_amount"], got["per_share_amount"], got["qty"]) == ("5.1", "0.51", "10")
    assert paid["net_amount"] == "-5.1"
    assert [one.limit for one in (low, day, stop)] == [89_490_000_000, 90 * NANO, 90 * NANO]
    assert tiny.status == "canceled"


def test_a_dividend_lowers_a_stop(desk):
    desk.hold()
    order = desk.submit(side="sell", type="stop_limit", stop_price="90", limit_price="89", time_in_force="gtc")
    desk.event(Corporate(ts_ns=desk.now, symbol="AAPL", cash=1.0))
    assert (order.stop, order.limit) == (89 * NANO, 88 * NANO)


# portfolio history


def ticks(desk, *prices, minutes=1):
    for price in prices:
        desk.now += minutes * 60 * NANO
        desk.trade("AAPL", price)


def test_minutes_are_told(desk):
    desk.hold(qty="100")
    desk.now = parse_time("2026-11-20T12:00:30-05:00")
    ticks(desk, 101.0, 102.0, 103.0)
    shown = history(desk, period="1D")
    assert shown["timeframe"] == "1Min"
    noon = parse_time("2026-11-20T12:00:00-05:00") // NANO
    assert shown["timestamp"][-3:] == [noon + 60, noon + 120, noon + 180]
    assert shown["equity"][-2:] == [100_300.0, 100_300.0]
    assert shown["profit_loss"][-1] == 300.0
    assert shown["profit_loss_pct"][-1] == 0.003
    assert (shown["base_value"], shown["base_value_asof"]) == (100_000.0, "2026-11-20")


def test_days_are_told(desk):
    desk.hold(qty="100")
    desk.trade("AAPL", 101.0)
    desk.edge("close")
    for day in (MONDAY, MONDAY + 1):
        desk.edge("pre", day)
        desk.edge("open", day)
        ticks(desk, 102.0)
        desk.edge("close", day)
    shown = history(desk, timeframe="1D")
    assert shown["equity"] == [100_100.0, 100_200.0, 100_200.0]
    assert shown["timestamp"][0] == parse_time("2026-11-20T09:30:00-05:00") // NANO
    assert shown["profit_loss"] == [100.0, 200.0, 200.0]
    intraday = history(desk, timeframe="15Min", period="1W")
    assert intraday["profit_loss"][-1] == 0.0
    assert history(desk, timeframe="15Min", period="1W", pnl_reset="no_reset")["profit_loss"][-1] == 200.0
    assert history(desk, timeframe="1H", period="2D", extended_hours=True)["timeframe"] == "1H"
    assert history(desk, period="1A")["timeframe"] == "1D"
    assert history(desk, period="2W")["timeframe"] == "15Min"


def test_cash_flows_are_told(desk):
    desk.hold(qty="10")
    desk.now += 60 * NANO
    desk.event(Corporate(ts_ns=desk.now, symbol="AAPL", cash=1.0))
    shown = history(desk, period="1D", cashflow_types=("DIV",))
    assert list(shown["cashflow"]) == ["DIV"]
    assert sum(shown["cashflow"]["DIV"]) == 10.0
    assert set(history(desk, period="1D", cashflow_types=("ALL",))["cashflow"]) == {"DIV", "CSD"}


def test_bounds_may_be_given(desk):
    desk.hold()
    ticks(desk, *[100.0] * 10)
    start = desk.now - 5 * 60 * NANO
    assert len(history(desk, start_ns=start, timeframe="1Min")["timestamp"]) == 6
    assert len(history(desk, start_ns=start, end_ns=desk.now - 60 * NANO, timeframe="5Min")["timestamp"]) == 2
    assert history(desk, start_ns=start, period="1D", timeframe="1Min")["timestamp"]
    assert history(desk, day_end=parse_day("2026-11-20"), period="1D")["timestamp"]
    assert history(desk, day_end=parse_day("2026-11-18"), period="1D")["timestamp"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"period": "1X"}, {"period": "9999A"}, {"timeframe": "2Min"}, {"timeframe": "1Min", "period": "1M"},
        {"start_ns": 1, "end_ns": 2, "period": "1D"}, {"start_ns": 2**62},
    ],
)  # fmt: skip
def test_a_history_that_makes_no_sense(desk, asked):
    with pytest.raises(Refusal):
        history(desk, **asked)


def test_names_of_assets_are_uuids(desk):
    desk.hold()
    assert desk.trading.position("one", named_uuid("AAPL"), desk.now)["asset_id"] == named_uuid("AAPL")
