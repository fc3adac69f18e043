"""What a replay makes of public data against the true queue, and that the setting reaches every book that is filled from a record."""

import random
from typing import get_args

import pytest

from scenes import MONDAY, bars_of
from tenfold.domain.market import Trade
from tenfold.domain.order import Fill, Order, OrderType, Side, Submit
from tenfold.domain.rules import Matching, QueueModel, Rules
from tenfold.domain.units import NS_PER_HOUR, date_ns
from tenfold.exchange.events import Depth
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.orders_to_match import NANO, Execution, Ticket
from tenfold.simulation.book import BUY, SELL, OrderBook
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.depth_replay import DepthReplay
from tenfold.simulation.feed import BarFeed
from tenfold.simulation.queue_position import QUEUE_MODELS

PRICE, SIZE = 100, 5
NINE = date_ns(MONDAY) + 9 * NS_PER_HOUR


def queue(which, seed, steps=60):
    """Yield what is told of a queue that our order joins as its last, with the truth: (traded, level, true place, true fill)."""
    rng = random.Random(seed)  # noqa: S311 -- reproducible, not secret
    book, live, number = OrderBook(), [], 1
    for _ in range(20):
        number += 1
        book.add(number, BUY, PRICE, rng.randint(1, 9))
        live.append(number)
    book.add(1, BUY, PRICE, SIZE)
    level = book.level(BUY, PRICE).qty - SIZE
    yield 0, level, level, 0
    for _ in range(steps):
        draw, size = rng.random(), 0
        if draw < 0.4 or not live:
            number += 1
            book.add(number, BUY, PRICE, rng.randint(1, 9))
            live.append(number)
        elif draw < 0.75:
            book.cancel(live.pop(which(rng, len(live))))
        else:
            size = rng.randint(1, 9)
            book.add(-1, SELL, PRICE, size, tif="ioc")
            live = [one for one in live if one in book]
        ours = book.order(1)
        left = ours.qty if ours else 0
        shown = book.level(BUY, PRICE)
        yield size, (shown.qty if shown else 0) - left, book.queue_ahead(1) if ours else 0, SIZE - left


def evenly(rng, count):
    return rng.randrange(count)


def latest(rng, count):
    return max(rng.randrange(count) for _ in range(3))


def earliest(rng, count):
    return min(rng.randrange(count) for _ in range(3))


def measured(model, which, queues=60):
    """Return (place by the replay less the true one) and (filled by the replay less truly filled) at every step."""
    places, fills = [], []
    for seed in range(queues):
        replay = DepthReplay(OrderBook(), QUEUE_MODELS[model], scale=1)
        filled, taken = 0, 0
        for size, level, ahead, true_fill in queue(which, seed):
            if size:
                filled += sum(one.qty for one in replay.on_trade(PRICE, size, SELL) if one.maker_id == 1)
            replay.on_depth([(BUY, PRICE, level)], snapshot=False)
            if 1 not in replay.book and not taken:
                replay.book.add(1, BUY, PRICE, SIZE)
                taken = 1
            places.append((replay.book.queue_ahead(1) if 1 in replay.book else 0) - ahead)
            fills.append(filled - true_fill)
    return places, fills


def mean(values):
    return sum(values) / len(values)


def size(values):
    return mean(list(map(abs, values)))


@pytest.mark.parametrize("which", [evenly, latest, earliest])
def test_the_careful_model_is_never_ahead_of_the_truth_nor_fills_before_it(which):
    places, fills = measured("risk_averse", which)
    assert min(places) >= 0
    assert max(fills) <= 0
    assert min(fills) < 0


def test_where_all_are_as_likely_to_cancel_the_even_model_has_no_bias():
    places, fills = measured("power_1", evenly)
    assert abs(mean(places)) < 1.5
    assert abs(mean(fills)) < 0.15
    for other in ("risk_averse", "log_of_sum", "power_of_front_2"):
        assert size(places) < size(measured(other, evenly)[0])


def test_who_cancels_decides_which_model_is_nearest():
    late = {model: measured(model, latest)[0] for model in ("power_1", "power_of_front_2", "log_of_sum")}
    assert mean(late["power_1"]) < 0.0  # takes the order for further ahead than it is
    assert size(late["power_of_front_2"]) < size(late["power_1"])
    early = {model: measured(model, earliest)[0] for model in ("power_1", "power_of_sum_2", "risk_averse")}
    assert size(early["power_of_sum_2"]) < size(early["power_1"]) < size(early["risk_averse"])


def shrinking_level(symbol="A"):
    """Return a hundred before our ten and a hundred behind, of which ninety cancel before sixty are sold."""
    deep = ((1, 100.0, 100.0), (-1, 101.0, 100.0))
    return [
        Depth(ts_ns=NINE + 1, symbol=symbol, levels=deep, snapshot=True),
        Depth(ts_ns=NINE + NS_PER_HOUR + 1, symbol=symbol, levels=((1, 100.0, 200.0),)),
        Depth(ts_ns=NINE + NS_PER_HOUR + 2, symbol=symbol, levels=((1, 100.0, 110.0),)),
        Trade(ts_ns=NINE + NS_PER_HOUR + 3, symbol=symbol, price=100.0, size=60.0),
    ]


FILLED = {
    "risk_averse": 0, "power_1": 5, "power_2": 5, "power_3": 5, "power_of_sum_2": 10, "power_of_front_2": 0, "log": 5,
    "log_of_sum": 0,
}  # fmt: skip
"""Of an order of ten; at equal quantities before and behind, power_n and log say a half, the others 1/4, 3/4 and 0.87."""


def test_the_models_have_their_names():
    assert set(QUEUE_MODELS) == set(get_args(QueueModel)) == set(FILLED)


@pytest.mark.parametrize("model", get_args(QueueModel))
def test_a_backtest_over_ticks_uses_the_model_of_its_rules(model):
    bars = bars_of([(100, 101, 99, 100)] * 3, days=[MONDAY] * 3)
    broker = SimulatedBroker(Rules(matching=Matching(queue_model=model)), bars.instruments, {"A": shrinking_level()})
    told = []
    for number, moment in enumerate(BarFeed(bars).events()):
        broker.on_bars(moment)
        if number == 0:
            order = Order(
                order_id="o", ts_ns=moment.ts_ns, symbol="A", side=Side.BUY, qty=10, type=OrderType.LIMIT, tif="gtc", limit_price=100.0
            )  # fmt: skip
            broker.send([Submit(order=order)])
        told += broker.reports()
    assert sum(one.qty for one in told if isinstance(one, Fill)) == FILLED[model]


@pytest.mark.parametrize("model", get_args(QueueModel))
def test_the_exchange_uses_the_model_of_its_settings(model):
    venue = BookMatching({"A/USD": "depth"}, queue_model=model)
    told = []
    for number, event in enumerate(shrinking_level("A/USD")):
        told += venue.on_market(event)
        if number == 0:
            ticket = Ticket(
                order_id="o", owner="me", symbol="A/USD", side=1, kind="limit", tif="gtc", qty=10 * NANO, ts_ns=event.ts_ns, limit=100 * NANO
            )  # fmt: skip
            told += [*venue.submit(ticket), *venue.on_time(event.ts_ns + NANO)]
    assert sum(one.qty for one in told if isinstance(one, Execution)) == FILLED[model] * NANO
