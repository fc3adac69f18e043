"""A strategy that works its own orders answers at a fill: what follows is done before the close of that bar, as it is live."""

from scenes import bars_of, fills_of, rules
from tenfold.backtesting.backtest import Own, run_backtest
from tenfold.domain.market import BarSet
from tenfold.domain.order import Fill, OrderUpdate

FALL = [(100, 101, 99, 100), (100, 101, 95, 96), (96, 97, 90, 91), (91, 110, 91, 108), (108, 108, 108, 108)]


class AtFills:
    """Send two bids, and answer when the first has filled; keep what works at each close."""

    def __init__(self, low, answer):
        self.low, self.answer = low, answer
        self.working, self.updates = [], []

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.updates.append((event.order_id, str(event.status)))
        elif isinstance(event, BarSet):
            self.working.append([one.order.order_id for one in view.orders("A")])
            if len(self.working) == 1:
                return [view.submit("A", "buy", 10, "limit", limit_price=price) for price in (98.0, self.low)]
        elif isinstance(event, Fill) and event.order_id == "run-0-1":
            return self.answer(view)
        return []


def played(low, answer):
    trader = AtFills(low, answer)
    return trader, fills_of(run_backtest(Own(trader, "own"), bars_of(FALL), rules()))


def test_an_order_that_fills_in_the_bar_in_which_it_is_made_larger_works_no_more():
    trader, fills = played(97.0, lambda view: [view.replace("run-0-2", qty=20)])
    assert fills == [(1, 10, 98.0, "order"), (1, 10, 97.0, "order")]
    assert trader.updates == [("run-0-2", "filled")]
    assert trader.working == [[]] * 5


def test_what_is_cancelled_at_a_fill_is_gone_by_the_close():
    trader, fills = played(90.0, lambda view: [view.cancel("run-0-2")])
    assert fills == [(1, 10, 98.0, "order")]
    assert trader.updates == [("run-0-2", "canceled")]
    assert trader.working == [[]] * 5


def test_what_is_sent_at_a_fill_works_from_the_next_bar():
    trader, fills = played(80.0, lambda view: [view.submit("A", "sell", 10)])
    assert fills == [(1, 10, 98.0, "order"), (2, -10, 96.0, "order")]
    assert trader.working == [[], ["run-0-2", "run-0-3"], ["run-0-2"], ["run-0-2"], ["run-0-2"]]


class Turning:
    """Buy, sell at the third close, and buy twice as much as there is once that has filled; keep what the account is worth at fills."""

    def __init__(self):
        self.bars, self.worth, self.refused = 0, [], []

    def on_event(self, event, view):
        if isinstance(event, OrderUpdate):
            self.refused.append(event.text.partition(":")[0])
        if isinstance(event, Fill):
            self.worth.append(view.equity)
            return [view.submit("A", "buy", 1800)] if len(self.worth) == 2 else []
        self.bars += isinstance(event, BarSet)
        orders = {1: ("buy", 900), 3: ("sell", 900)}
        return [view.submit("A", *orders[self.bars])] if isinstance(event, BarSet) and self.bars in orders else []


def test_what_fills_makes_the_account_worth_no_more_and_no_less_than_its_cash_and_shares():
    trader = Turning()
    fills = fills_of(run_backtest(Own(trader, "own"), bars_of([100] * 6), rules(account={"leverage_max": 1.0})))
    assert trader.worth == [100_000.0, 100_000.0]
    assert trader.refused == ["leverage"]
    assert fills == [(1, 900, 100.0, "order"), (3, -900, 100.0, "order")]
