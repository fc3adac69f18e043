"""The simulated venue takes every command, and says what became of it."""

import pytest

from scenes import bars_of, rules
from tenfold.domain.errors import InvariantError
from tenfold.domain.events import PositionRestated
from tenfold.domain.order import (
    Cancel,
    Fill,
    Flatten,
    Order,
    OrderStatus,
    OrderType,
    OrderUpdate,
    Reason,
    Replace,
    Side,
    Submit,
)
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

CELLS = [(50, 50, 50, 50, 300.0)] * 6


def scene(cells=None, **sections):
    bars = bars_of(CELLS if cells is None else cells)
    broker = SimulatedBroker(rules(**sections), bars.instruments)
    return broker, list(BarFeed(bars).events())


def buy(qty=100, order_id="r-0-1", symbol="A", **more):
    return Submit(order=Order(order_id=order_id, ts_ns=1, symbol=symbol, side=Side.BUY, qty=qty, **more))


def statuses(broker):
    return [(r.order_id, r.status, r.filled) for r in broker.reports() if isinstance(r, OrderUpdate)]


def quantities(broker):
    return [(r.order_id, r.side.sign * r.qty) for r in broker.reports() if isinstance(r, Fill)]


SLOW = {"costs": {"participation_frac_max": 0.1}}


def test_an_order_fills_and_the_account_says_so():
    broker, moments = scene()
    broker.send([buy()])
    assert broker.account().open_orders == 1
    broker.on_bars(moments[0])
    assert quantities(broker) == [("r-0-1", 100)]
    assert broker.positions() == {"A": 100}
    account = broker.account()
    assert (account.cash, account.equity, account.gross, account.open_orders) == (
        95_000_000_000, 100_000_000_000, 5_000_000_000, 0,
    )  # fmt: skip
    assert broker.reports() == []


@pytest.mark.parametrize(
    ("symbol", "text"), [("Z", "the symbol is unknown"), ("A", "an order with this id was sent before")]
)
def test_orders_that_are_rejected(symbol, text):
    broker, _ = scene()
    broker.send([buy()])
    broker.send([buy(symbol=symbol)])
    (report,) = broker.reports()
    assert (report.order_id, report.status) == ("r-0-1", OrderStatus.REJECTED)
    assert text in report.text


def test_a_cancel_stops_the_rest():
    broker, moments = scene(**SLOW)
    broker.send([buy()])
    broker.on_bars(moments[0])
    assert quantities(broker) == [("r-0-1", 30)]
    broker.send([Cancel(order_id="r-0-1", ts_ns=1, symbol="A")])
    assert statuses(broker) == [("r-0-1", OrderStatus.CANCELED, 30)]
    broker.on_bars(moments[1])
    assert broker.reports() == []


@pytest.mark.parametrize("symbol", ["A", "Z"])
def test_what_is_not_there_cannot_be_cancelled_or_replaced(symbol):
    broker, _ = scene()
    broker.send([buy()])
    broker.send([Cancel(order_id="x", ts_ns=1, symbol=symbol), Replace(order_id="x", ts_ns=1, symbol=symbol, qty=5)])
    assert broker.reports() == []
    assert broker.account().open_orders == 1


def test_a_replaced_order_counts_what_it_has_filled():
    broker, moments = scene(**SLOW)
    broker.send([buy(qty=40)])
    broker.on_bars(moments[0])
    for qty in (200, 45):  # raised, then cut: 30 are done, 15 are left
        broker.send([Replace(order_id="r-0-1", ts_ns=1, symbol="A", qty=qty)])
    for moment in moments[1:]:
        broker.on_bars(moment)
    assert quantities(broker) == [("r-0-1", 30), ("r-0-1", 15)]


@pytest.mark.parametrize(("changes", "told"), [({"qty": 150}, 1), ({"qty": 100}, 0), ({"limit_price": 60.0}, 0)])
def test_an_order_that_was_full_as_it_was_made_larger_is_told_so(changes, told):
    broker, moments = scene([(50, 50, 50, 50)] * 3)
    broker.send([buy(type=OrderType.LIMIT, limit_price=51.0)])
    broker.on_bars(moments[0])
    assert quantities(broker) == [("r-0-1", 100)]
    broker.send([Replace(order_id="r-0-1", ts_ns=1, symbol="A", **changes)])
    found = [(r.status, r.filled, r.qty) for r in broker.reports()]
    assert found == [(OrderStatus.FILLED, 100, 100)] * told  # else whoever sent it waits for 50 more
    broker.on_bars(moments[1])
    assert broker.positions() == {"A": 100}


def test_an_order_replaced_by_what_it_has_filled_is_over():
    broker, moments = scene(**SLOW)
    broker.send([buy()])
    broker.on_bars(moments[0])
    broker.send([Replace(order_id="r-0-1", ts_ns=1, symbol="A", qty=20)])
    assert statuses(broker) == [("r-0-1", OrderStatus.CANCELED, 30)]
    broker.on_bars(moments[1])
    assert broker.positions() == {"A": 30}


def test_flatten_cancels_and_closes_everything():
    broker, moments = scene(**SLOW)
    broker.send([buy(stop_frac=0.5)])
    broker.on_bars(moments[0])
    broker.reports()
    broker.send([Flatten(ts_ns=9)])
    assert statuses(broker) == [("r-0-1", OrderStatus.CANCELED, 30), ("flatten-A-1", OrderStatus.ACCEPTED, 0)]
    broker.on_bars(moments[1])
    (fill,) = broker.reports()
    assert (fill.order_id, fill.side, fill.qty, fill.reason) == ("flatten-A-1", Side.SELL, 30, Reason.OPERATOR)
    assert broker.positions() == {}
    broker.send([Flatten(ts_ns=10)])
    assert broker.reports() == []


def test_an_exit_cancels_the_working_order_and_works_on():
    cells = [(100, 100, 100, 100, 1e6), (100, 100, 85, 88, 400.0), (87, 87, 87, 87, 1e6)]
    broker, moments = scene(cells, **SLOW)
    broker.send([buy(qty=100, stop_frac=0.1)])
    broker.on_bars(moments[0])
    broker.send([buy(qty=900, order_id="r-0-2", stop_frac=0.1)])
    broker.reports()
    broker.on_bars(moments[1])
    reports = broker.reports()
    assert [(r.order_id, r.qty) for r in reports if isinstance(r, Fill)] == [("r-0-2", 40)]
    assert [(r.order_id, r.status, r.filled) for r in reports if isinstance(r, OrderUpdate)] == [
        ("r-0-2", OrderStatus.CANCELED, 40),
        ("r-0-2x", OrderStatus.ACCEPTED, 0),
    ]
    broker.on_bars(moments[2])
    assert quantities(broker) == [("r-0-2x", -140)]


def test_an_exit_without_an_entry_is_a_bug():
    broker, moments = scene([(100, 100, 50, 60)])
    desk = broker._desks["A"]
    desk.lots, desk.stop = 5, 90.0
    with pytest.raises(InvariantError, match="without an entry"):
        broker.on_bars(moments[0])


def test_missing_symbols_are_named():
    bars = bars_of([1, None], [None, None])
    moments = list(BarFeed(bars).events())
    assert [(len(moment.bars), moment.missing) for moment in moments] == [(1, ("B",)), (0, ("A", "B"))]
    assert moments[1].session == int(bars.rows["session"][1, 0])
    assert moments[0].bars[0].close == 1.0


def divided(qty, ratio, **exits):
    """Return the venue after a position was opened at 50 and its shares were divided, and what is held by then."""
    broker, moments = scene([*CELLS[:2], *[(50 / ratio,) * 4 + (300.0,)] * 2])
    broker.send([buy(qty, **exits)])
    broker.on_bars(moments[0])
    broker.on_bars(moments[1])
    told = PositionRestated(ts_ns=moments[1].ts_ns, symbol="A", lots=7, cost_units=7, ratio=ratio)
    held = broker.restate(told)
    broker.on_bars(moments[2])
    return broker, (held.lots, held.cost_units)


@pytest.mark.parametrize(("ratio", "lots"), [(10.0, 1000), (0.1, 10), (1.5, 150), (1 / 3, 33)])
def test_what_is_held_is_divided_and_stays_behind_its_exits(ratio, lots):
    broker, held = divided(100, ratio, stop_frac=0.1, target_frac=0.1)
    assert held == (lots, 5_000_000_000)
    assert broker.positions() == {"A": lots}
    assert [one.reason for one in broker.reports() if isinstance(one, Fill)] == [Reason.VOTE]


def test_of_what_is_no_whole_share_any_more_nothing_is_left():
    broker, held = divided(4, 0.1, stop_frac=0.1)
    assert held == (0, 0)
    assert broker.positions() == {}
