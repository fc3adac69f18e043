"""Exits that are attached to what a strategy orders itself: one that fires takes everything of its symbol out, as in a backtest."""

from scenes import bars_of, rules
from tenfold.domain.market import BarSet
from tenfold.domain.order import Cancel, Fill, OrderStatus, OrderUpdate, Side, Submit
from tenfold.engine.exiting import ExitingEngine
from tenfold.simulation.feed import BarFeed


class Adding:
    """Buy once with a stop and a target attached, and bid for more below; once an exit has fired bid again."""

    def __init__(self, again):
        self.again, self.bars = again, 0

    def on_event(self, event, view):
        if isinstance(event, Fill) and event.side is Side.SELL and self.again:
            return [view.submit("A", "buy", 7, "limit", limit_price=30.0)]
        if not isinstance(event, BarSet):
            return []
        self.bars += 1
        entry = view.submit("A", "buy", 10, stop_frac=0.1, target_frac=0.1)
        return [entry, view.submit("A", "buy", 5, "limit", limit_price=40.0)] if self.bars == 1 else []


def fill_of(order, price, qty=None):
    return Fill(
        ts_ns=2, fill_id=f"{order.order_id}-{qty}", order_id=order.order_id, symbol="A", side=order.side, qty=qty or order.qty, price=price, fee_units=0
    )  # fmt: skip


def entered(again=False):
    bars = bars_of([50.0] * 4)
    engine = ExitingEngine(rules(), bars.instruments, [], 252.0, Adding(again))
    bought, bid = [one.order for one in engine.step(next(BarFeed(bars).events()))]
    _, stop = [one.order for one in engine.step(fill_of(bought, 50.0))]
    return engine, bid, stop


def test_an_exit_that_fires_cancels_what_a_strategy_works_in_its_symbol():
    engine, bid, stop = entered()
    assert [(type(one), one.order_id) for one in engine.step(fill_of(stop, 45.0))] == [(Cancel, bid.order_id)]
    engine.step(OrderUpdate(ts_ns=2, order_id=bid.order_id, symbol="A", status=OrderStatus.CANCELED))
    assert list(engine.trader.orders.of()) == []


def test_what_a_strategy_answers_to_an_exit_stays():
    engine, bid, stop = entered(again=True)
    *cancels, again = engine.step(fill_of(stop, 45.0))
    assert cancels[0].order_id == bid.order_id
    assert isinstance(again, Submit)
    assert again.order.order_id not in {one.order_id for one in cancels}


def test_a_part_of_an_exit_is_enough():
    engine, bid, stop = entered()
    assert [one.order_id for one in engine.step(fill_of(stop, 45.0, 4)) if isinstance(one, Cancel)] == [bid.order_id]
