"""The official streams, over real sockets: every kind of message arrives and parses into its model."""

import pytest

from official_client import (
    ask,
    data_stream,
    enums,
    heard,
    listened_to,
    serving,
    switched,
    trading_client,
    trading_stream,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the client's own asyncio


def order(price=None, qty=3):
    shared = {"symbol": "AAPL", "qty": qty, "side": enums.OrderSide.BUY, "time_in_force": enums.TimeInForce.DAY}
    return ask.MarketOrderRequest(**shared) if price is None else ask.LimitOrderRequest(**shared, limit_price=price)


def events(name):
    return lambda one: one.event == name


@pytest.mark.parametrize("frames", ["binary", "text"])
def test_trade_updates(frames):
    with (
        serving(trade_frames=frames) as exchange,
        trading_client(exchange) as client,
        heard(trading_stream(exchange)) as one,
    ):
        one.stream.subscribe_trade_updates(one.hear)
        one.thread.start()
        listened_to(exchange)
        sent = client.submit_order(order())
        [new] = one.wait(wanted=events("new"))
        assert new.order.id == sent.id
        [*_, fill] = one.wait(wanted=events("fill"))
        assert fill.order.status is enums.OrderStatus.FILLED
        assert (fill.position_qty, fill.order.filled_qty) == (3.0, "3")
        assert fill.execution_id is not None
        resting = client.submit_order(order(1.0))
        changed = client.replace_order_by_id(resting.id, ask.ReplaceOrderRequest(qty=2))
        client.cancel_order_by_id(changed.id)
        [replaced] = one.wait(wanted=events("replaced"))
        assert (replaced.order.id, replaced.order.replaced_by) == (resting.id, changed.id)
        [canceled] = one.wait(wanted=events("canceled"))
        assert canceled.order.id == changed.id
    one.thread.join(10)
    assert not one.thread.is_alive()


def test_market_data_and_its_ends():
    with serving() as exchange, heard(data_stream(exchange)) as one:
        one.stream.subscribe_trades(one.hear, "AAPL")
        one.stream.subscribe_quotes(one.hear, "*")
        one.stream.subscribe_bars(one.hear, "AAPL", "MSFT")
        one.stream.subscribe_updated_bars(one.hear, "*")
        one.stream.subscribe_daily_bars(one.hear, "AAPL")
        one.stream.subscribe_trading_statuses(one.hear, "*")
        one.stream.register_trade_corrections(one.hear)
        one.stream.register_trade_cancels(one.hear)
        one.thread.start()
        kinds = {type(message).__name__ for message in one.wait(2, lambda message: type(message).__name__ == "Bar")}
        assert kinds == {"Bar"}
        trade = one.wait(wanted=lambda message: type(message).__name__ == "Trade")[0]
        assert trade.symbol == "AAPL"
        assert trade.price > 0
        assert trade.timestamp.tzinfo is not None
        quotes = one.wait(50, lambda message: type(message).__name__ == "Quote")
        assert {quote.symbol for quote in quotes} <= {"AAPL", "MSFT"}
        for name in ("trade_correction", "trade_cancel", "late_bar"):
            switched(exchange, name, rate=0.5)
        for kind in ("TradeCorrection", "TradeCancel"):
            one.wait(wanted=lambda message, kind=kind: type(message).__name__ == kind)
        one.wait(4, lambda message: type(message).__name__ == "Bar")
        switched(exchange, "halt", rate=1.0)
        halted = one.wait(wanted=lambda message: type(message).__name__ == "TradingStatus")[0]
        assert halted.status_code == "H"
        one.stream.unsubscribe_quotes("*")
    one.thread.join(10)
    assert not one.thread.is_alive()


def test_thousands_of_symbols_in_one_message():
    with serving() as exchange, heard(data_stream(exchange)) as one:
        one.stream.subscribe_bars(one.hear, *(f"S{number:05d}" for number in range(8_000)), "AAPL")
        one.thread.start()
        assert one.wait()[0].symbol == "AAPL"
    one.thread.join(10)


def test_a_second_stream_of_the_same_key_waits_for_the_first():
    with serving() as exchange, heard(data_stream(exchange)) as first, heard(data_stream(exchange)) as second:
        first.stream.subscribe_quotes(first.hear, "AAPL")
        first.thread.start()
        first.wait()
        second.stream.subscribe_quotes(second.hear, "AAPL")
        second.thread.start()
        with pytest.raises(AssertionError):
            second.wait(seconds=0.5)
        first.stream.stop()
        assert second.wait(seconds=20.0)
    for one in (first, second):
        one.thread.join(10)
        assert not one.thread.is_alive()
