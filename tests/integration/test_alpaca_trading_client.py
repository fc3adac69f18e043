"""Every method of the official trading client, over real sockets: each answer parses into its model."""

import functools
import inspect
import itertools
import time
import uuid

import pytest

from official_client import APIError, TradingClient, ask, enums, models, serving, trading_client
from paying_market import MONDAY, paying_exchange
from tenfold.app.exchange import Prepared, RunningExchange
from tenfold.exchange.settings import ServerSettings
from tenfold.exchange.wire import day_text

NOT_SERVED = {
    "exercise_options_position": "options are not traded here",
    "get_option_contract": "no option is listed",
}
BY_HAND = {"get", "post", "put", "patch", "delete", "response_wrapper"}
"""Methods that the others are made of."""
METHODS = {name for name, _ in inspect.getmembers(TradingClient, inspect.isfunction) if name[0] != "_"} - BY_HAND
DAY, BUY, SELL = enums.TimeInForce.DAY, enums.OrderSide.BUY, enums.OrderSide.SELL


@pytest.fixture(scope="module")
def exchange():
    with serving() as one:
        yield one


@pytest.fixture(scope="module")
def client(exchange):
    with trading_client(exchange) as one:
        yield one


def market(symbol="AAPL", qty=2, side=BUY, **more):
    return ask.MarketOrderRequest(symbol=symbol, qty=qty, side=side, time_in_force=DAY, **more)


def limit(price, symbol="AAPL", qty=1, side=BUY, **more):
    return ask.LimitOrderRequest(symbol=symbol, qty=qty, side=side, time_in_force=DAY, limit_price=price, **more)


def filled(client, order_id, wanted=enums.OrderStatus.FILLED):
    for _ in range(400):
        order = client.get_order_by_id(order_id)
        if order.status is wanted:
            return order
        time.sleep(0.01)
    raise AssertionError(order.status)


def standing(client, order_id):
    """Wait until an order can be replaced and cancelled."""
    return filled(client, order_id, enums.OrderStatus.NEW)


def settled(client):
    """Leave no order and no position behind."""
    client.cancel_orders()
    client.close_all_positions(cancel_orders=True)
    for _ in range(400):
        if not client.get_all_positions() and not client.get_orders():
            return
        time.sleep(0.01)
    raise AssertionError(client.get_all_positions())


def refusal(call, *arguments):
    with pytest.raises(APIError) as refused:
        call(*arguments)
    return refused.value.status_code, refused.value.code


def test_account(client):
    account = client.get_account()
    assert isinstance(account, models.TradeAccount)
    assert (account.status, account.currency) == (enums.AccountStatus.ACTIVE, "USD")
    assert float(account.equity) == pytest.approx(100_000, rel=0.01)
    configured = client.get_account_configurations()
    configured.no_shorting = True
    assert client.set_account_configurations(configured).no_shorting is True
    configured.no_shorting = False
    assert client.set_account_configurations(configured).no_shorting is False


def test_clock_and_calendar(client):
    clock = client.get_clock()
    assert clock.is_open
    assert clock.timestamp < clock.next_close < clock.next_open
    days = client.get_calendar(ask.GetCalendarRequest(start=clock.timestamp.date(), end=clock.next_open.date()))
    assert [day.date for day in days] == [clock.timestamp.date(), clock.next_open.date()]


def test_assets(client):
    assets = client.get_all_assets(ask.GetAssetsRequest(status=enums.AssetStatus.ACTIVE))
    assert [one.symbol for one in assets] == ["AAPL", "MSFT"]
    assert client.get_asset("AAPL") == client.get_asset(assets[0].id) == assets[0]
    coins = client.get_all_assets(ask.GetAssetsRequest(asset_class=enums.AssetClass.CRYPTO))
    assert [one.symbol for one in coins] == ["BTC/USD"]
    assert refusal(client.get_asset, "NOSUCH") == (404, 40410000)


def test_the_life_of_an_order(client):
    settled(client)
    order = client.submit_order(market(client_order_id=f"t-{uuid.uuid4()}"))
    assert isinstance(order, models.Order)
    done = filled(client, order.id)
    assert (done.qty, done.filled_qty, done.client_order_id) == ("2", "2", order.client_order_id)
    assert client.get_order_by_client_id(order.client_order_id).id == order.id
    position = client.get_open_position("AAPL")
    assert (position.qty, position.side) == ("2", enums.PositionSide.LONG)
    assert [one.symbol for one in client.get_all_positions()] == ["AAPL"]
    half = client.close_position("AAPL", ask.ClosePositionRequest(percentage="50"))
    assert filled(client, half.id).side is SELL
    assert client.get_open_position(position.asset_id).qty == "1"
    client.submit_order(limit(1.0))
    answers = client.close_all_positions(cancel_orders=True)
    assert [(one.symbol, one.status) for one in answers] == [("AAPL", 200)]
    filled(client, answers[0].body.id)
    assert client.get_all_positions() == []
    activities = client.get("/account/activities/FILL", {"page_size": 2})
    assert len(activities) == 2
    assert activities[0]["order_id"] == str(answers[0].body.id)


def test_replace_and_cancel(client):
    settled(client)
    order = client.submit_order(limit(10.0, qty=5))
    standing(client, order.id)
    after = client.replace_order_by_id(order.id, ask.ReplaceOrderRequest(qty=3, limit_price=11.0))
    assert after.id != order.id
    assert after.replaces == order.id
    assert (after.qty, float(after.limit_price)) == ("3", 11.0)
    assert client.get_order_by_id(order.id).replaced_by == after.id
    assert client.cancel_order_by_id(after.id) is None
    client.submit_order(limit(10.0))
    client.submit_order(limit(9.0))
    canceled = client.cancel_orders()
    assert [one.status for one in canceled] == [200, 200]
    seen = client.get_orders(ask.GetOrdersRequest(status=enums.QueryOrderStatus.ALL, limit=3, symbols=["AAPL"]))
    assert len(seen) == 3
    assert client.get_orders(ask.GetOrdersRequest(status=enums.QueryOrderStatus.OPEN)) == []


@pytest.mark.parametrize(
    "order",
    [
        {"type": "stop", "stop_price": 900.0},
        {"type": "stop_limit", "stop_price": 900.0, "limit_price": 901.0},
        {"type": "trailing_stop", "trail_percent": 50.0},
    ],
    ids=["stop", "stop_limit", "trailing_stop"],
)
def test_kinds_of_orders(client, order):
    settled(client)
    kinds = {
        "stop": ask.StopOrderRequest,
        "stop_limit": ask.StopLimitOrderRequest,
        "trailing_stop": ask.TrailingStopOrderRequest,
    }
    more = {name: value for name, value in order.items() if name != "type"}
    sent = client.submit_order(kinds[order["type"]](symbol="MSFT", qty=1, side=BUY, time_in_force=DAY, **more))
    assert sent.type.value == order["type"]
    client.cancel_order_by_id(sent.id)


def test_a_bracket(client):
    settled(client)
    exits = {
        "take_profit": ask.TakeProfitRequest(limit_price=2_000.0),
        "stop_loss": ask.StopLossRequest(stop_price=1.0),
    }
    sent = client.submit_order(market(order_class=enums.OrderClass.BRACKET, **exits))
    assert len(sent.legs) == 2
    filled(client, sent.id)
    nested = client.get_order_by_id(sent.id, ask.GetOrderByIdRequest(nested=True))
    assert {leg.order_class for leg in nested.legs} == {enums.OrderClass.BRACKET}
    assert len(client.get_orders(ask.GetOrdersRequest(nested=False))) >= 1
    settled(client)


def test_money_instead_of_shares(client):
    settled(client)
    sent = client.submit_order(ask.MarketOrderRequest(symbol="AAPL", notional=123.45, side=BUY, time_in_force=DAY))
    assert (sent.notional, sent.qty) == ("123.45", None)
    assert 0 < float(filled(client, sent.id).filled_qty) < 123.45


def test_refusals(client):
    assert refusal(client.submit_order, market(symbol="NOSUCH")) == (422, 42210000)
    assert refusal(client.submit_order, market(qty=10_000_000)) == (403, 40310000)
    assert refusal(client.submit_order, limit(290.123)) == (422, 42210000)
    name = f"t-{uuid.uuid4()}"
    sent = client.submit_order(limit(5.0, client_order_id=name))
    assert refusal(client.submit_order, limit(5.0, client_order_id=name)) == (422, 40010001)
    assert refusal(client.submit_order, limit(6.0, side=SELL)) == (403, 40310000)
    client.cancel_order_by_id(sent.id)
    assert refusal(client.get_order_by_id, uuid.uuid4()) == (404, 40410000)
    assert refusal(client.get_order_by_client_id, "nobody") == (404, 40410000)
    assert refusal(client.get_open_position, "MSFT") == (404, 40410000)
    assert refusal(client.get, "/orders/no-uuid") == (422, 40010001)
    assert refusal(client.post, "/orders", []) == (422, 40010001)


def test_wrong_keys(exchange):
    stranger = TradingClient("nobody", "nothing", url_override=exchange.url)
    try:
        assert refusal(stranger.get_account) == (403, 40310000)
    finally:
        stranger._session.close()


def test_watchlists(client):
    made = client.create_watchlist(ask.CreateWatchlistRequest(name="mine", symbols=["AAPL"]))
    assert [one.symbol for one in made.assets] == ["AAPL"]
    assert refusal(client.create_watchlist, ask.CreateWatchlistRequest(name="mine", symbols=[])) == (422, 40010001)
    added = client.add_asset_to_watchlist_by_id(made.id, "MSFT")
    assert [one.symbol for one in added.assets] == ["AAPL", "MSFT"]
    assert [one.id for one in client.get_watchlists()] == [made.id]
    assert client.get_watchlist_by_id(made.id).name == "mine"
    assert client.update_watchlist_by_id(made.id, ask.UpdateWatchlistRequest(name="yours")).name == "yours"
    left = client.remove_asset_from_watchlist_by_id(made.id, "AAPL")
    assert [one.symbol for one in left.assets] == ["MSFT"]
    assert client.delete_watchlist_by_id(made.id) is None
    assert client.get_watchlists() == []


def test_portfolio_history(client):
    history = client.get_portfolio_history(ask.GetPortfolioHistoryRequest(period="1D", timeframe="1Min"))
    assert isinstance(history, models.PortfolioHistory)
    assert len(history.timestamp) == len(history.equity) == len(history.profit_loss) == len(history.profit_loss_pct) > 0
    assert history.timestamp == sorted(set(history.timestamp))
    assert all(later - before == 60 for before, later in itertools.pairwise(history.timestamp))
    assert history.equity[-1] == pytest.approx(float(client.get_account().equity), rel=0.01)
    assert history.timeframe == "1Min"


@pytest.fixture(scope="module")
def paying():
    """Serve a week in which a share pays and another is split."""
    exchange = paying_exchange(server=ServerSettings(port=0, trading_requests_per_minute=0))
    exchange.advance(exchange.replay.next_ns() + 10 * 86_400 * 10**9)
    running = RunningExchange(Prepared(exchange, "a week that pays", (0, exchange.now_ns))).start()
    yield running
    running.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Alpaca's client means to give announcements up
def test_announcements(client, paying):
    days = {"since": day_text(MONDAY), "until": day_text(MONDAY + 9)}
    with trading_client(paying) as one:
        told = one.get_corporate_announcements(
            ask.GetCorporateAnnouncementsRequest(ca_types=["dividend", "split"], **days)
        )
        assert [(each.ca_type.value, each.initiating_symbol) for each in told] == [
            ("dividend", "AAPL"),
            ("split", "TSLA"),
        ]
        assert one.get_corporate_announcement_by_id(told[0].id) == told[0]
    today = client.get_clock().timestamp.date()
    wanted = ask.GetCorporateAnnouncementsRequest(ca_types=["dividend"], since=today, until=today)
    assert client.get_corporate_announcements(wanted) == []
    assert refusal(client.get_corporate_announcement_by_id, uuid.uuid4()) == (404, 40410000)


def test_what_is_not_served_says_so(client):
    assert refusal(client.exercise_options_position, "AAPL240304C00100000") == (404, 40410000)
    assert refusal(client.get_option_contract, "AAPL240304C00100000") == (404, 40410000)
    assert client.get_option_contracts(ask.GetOptionContractsRequest()).option_contracts == []


class Recorded(TradingClient):
    """Alpaca's client, which also keeps the names of methods that were answered, with the kind of each answer."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.answered = {}

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if name not in METHODS:
            return found

        @functools.wraps(found)
        def called(*arguments, **options):
            answer = found(*arguments, **options)
            self.answered[name] = [type(one) for one in answer] if isinstance(answer, list) else type(answer)
            return answer

        return called


def a_session(client):
    """Call everything that needs no announcement once, as somebody would within a day."""
    client.set_account_configurations(client.get_account_configurations())
    client.get_account()
    today = client.get_clock().timestamp.date()
    client.get_calendar(ask.GetCalendarRequest(start=today, end=today))
    client.get_asset(client.get_all_assets()[0].id)
    client.get_option_contracts(ask.GetOptionContractsRequest())
    client.get_portfolio_history()
    order = filled(client, client.submit_order(market()).id)
    client.get_order_by_client_id(order.client_order_id)
    client.get_open_position("AAPL")
    client.get_all_positions()
    client.close_position("AAPL", ask.ClosePositionRequest(qty="1"))
    resting = standing(client, client.submit_order(limit(10.0, symbol="MSFT")).id)
    changed = standing(client, client.replace_order_by_id(resting.id, ask.ReplaceOrderRequest(limit_price=11.0)).id)
    client.get_orders()
    client.cancel_order_by_id(changed.id)
    client.submit_order(limit(10.0, symbol="MSFT"))
    client.cancel_orders()
    client.close_all_positions()
    made = client.create_watchlist(ask.CreateWatchlistRequest(name="session", symbols=["AAPL"]))
    client.get_watchlists()
    client.get_watchlist_by_id(made.id)
    client.add_asset_to_watchlist_by_id(made.id, "MSFT")
    client.remove_asset_from_watchlist_by_id(made.id, "MSFT")
    client.update_watchlist_by_id(made.id, ask.UpdateWatchlistRequest(name="other"))
    client.delete_watchlist_by_id(made.id)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_method_is_answered_by_its_model(exchange, paying):
    with trading_client(exchange, Recorded) as one:
        settled(one)
        one.answered.clear()
        a_session(one)
        answered = dict(one.answered)
    with trading_client(paying, Recorded) as one:
        days = {"since": day_text(MONDAY), "until": day_text(MONDAY + 9)}
        wanted = ask.GetCorporateAnnouncementsRequest(ca_types=["dividend"], **days)
        one.get_corporate_announcement_by_id(one.get_corporate_announcements(wanted)[0].id)
        answered |= one.answered
    assert set(answered) == METHODS - NOT_SERVED.keys()
    nothing = {name for name, kind in answered.items() if kind in ([], type(None))}
    assert nothing == {"cancel_order_by_id", "delete_watchlist_by_id"}, "these are answered 204"
    kinds = {kind for one in answered.values() for kind in (one if isinstance(one, list) else [one])} - {type(None)}
    assert all(kind.__module__.startswith("alpaca.trading.") for kind in kinds), kinds
