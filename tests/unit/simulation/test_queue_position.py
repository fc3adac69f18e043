"""Estimates of the place in a queue, by hand and against the queue itself."""

import random

import pytest

from tenfold.simulation.book import BUY, SELL, OrderBook
from tenfold.simulation.queue_position import QUEUE_MODELS, QueueEstimate, front_after, power, risk_averse


def test_trades_bring_an_order_to_the_front_and_then_fill_it():
    estimate = QueueEstimate(risk_averse, 100.0)
    estimate.on_trade(60.0)
    assert (estimate.front, estimate.filled) == (40.0, 0.0)
    estimate.on_trade(50.0)
    assert (estimate.front, estimate.filled) == (0.0, 10.0)


def test_what_was_traded_is_not_taken_for_cancelled():
    estimate = QueueEstimate(power(1.0), 100.0)
    estimate.on_level(200.0)  # a hundred arrived behind
    estimate.on_trade(50.0)
    estimate.on_level(150.0)
    assert estimate.front == 50.0
    estimate.on_level(120.0)  # 30 of 150 cancelled, two thirds of the level behind
    assert estimate.front == pytest.approx(40.0)


def test_the_risk_averse_take_every_cancel_to_be_behind_while_the_level_allows():
    estimate = QueueEstimate(risk_averse, 100.0)
    estimate.on_level(150.0)
    estimate.on_level(110.0)
    assert estimate.front == 100.0
    estimate.on_level(70.0)
    assert estimate.front == 70.0


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("risk_averse", 1.0),
        ("power_1", 0.75),
        ("power_2", 0.9),
        ("power_3", 27 / 28),
        ("power_of_sum_2", 9 / 16),
        ("power_of_front_2", 15 / 16),
        ("log", 0.6666666666666666),
        ("log_of_sum", 0.8613531161467861),
    ],
)
def test_models_share_what_was_cancelled(name, share):
    front, back = 1.0, 3.0
    assert QUEUE_MODELS[name](front, back) == pytest.approx(share)
    assert front_after(front, front + back, 0.5, QUEUE_MODELS[name]) == pytest.approx(1.0 - 0.5 * (1.0 - share))
    assert front_after(0.0, 0.0, 0.0, QUEUE_MODELS[name]) == 0.0
    assert 0.0 <= QUEUE_MODELS[name](0.0, 0.0) <= 1.0


def test_more_cancelled_than_stood_behind_must_have_stood_before():
    assert front_after(10.0, 12.0, 6.0, risk_averse) == 6.0
    assert front_after(10.0, 12.0, 12.0, power(1.0)) == 0.0


def errors(pick, seed=5, probes=60):
    """Return by model the mean of (estimate - truth) and of its size, where `pick` chooses which order is cancelled."""
    rng = random.Random(seed)  # noqa: S311 -- reproducible, not secret
    found = {name: [] for name in QUEUE_MODELS}
    for probe in range(probes):
        book, live, number = OrderBook(), [], 1
        for _ in range(12):
            number += 1
            book.add(number, BUY, 100, rng.randint(1, 9))
            live.append(number)
        book.add(1, BUY, 100, 5)
        estimates = {name: QueueEstimate(model, float(book.queue_ahead(1))) for name, model in QUEUE_MODELS.items()}
        for _ in range(40):
            draw = rng.random()
            if draw < 0.45:
                number += 1
                book.add(number, BUY, 100, rng.randint(1, 9))
                live.append(number)
            elif draw < 0.85 and live:
                book.cancel(live.pop(pick(rng, len(live))))
            elif book.queue_ahead(1) > 4:
                size = rng.randint(1, 4)
                book.add(10_000 + number + probe, SELL, 100, size, tif="ioc")
                number += 1
                live = [one for one in live if one in book]
                for estimate in estimates.values():
                    estimate.on_trade(float(size))
            level = float(book.best(BUY).qty - book.order(1).qty)
            truth = book.queue_ahead(1)
            for name, estimate in estimates.items():
                estimate.on_level(level)
                found[name].append(estimate.front - truth)
    mean = {name: sum(values) / len(values) for name, values in found.items()}
    size = {name: sum(map(abs, values)) / len(values) for name, values in found.items()}
    least = {name: min(values) for name, values in found.items()}
    return mean, size, least


def test_the_estimates_against_the_true_queue():
    evenly = errors(lambda rng, count: rng.randrange(count))
    assert evenly[2]["risk_averse"] >= 0.0  # never hopes
    assert abs(evenly[0]["power_1"]) < 1.0  # even cancels: no bias
    assert evenly[1]["power_1"] < 0.5 * evenly[1]["risk_averse"]
    late = errors(lambda rng, count: max(rng.randrange(count), rng.randrange(count), rng.randrange(count)))
    assert late[0]["power_1"] < 0.0  # takes the order for further ahead than it is
    assert late[1]["power_of_front_2"] < late[1]["power_1"]
    early = errors(lambda rng, count: min(rng.randrange(count), rng.randrange(count), rng.randrange(count)))
    assert early[0]["power_1"] > 0.0
    assert early[1]["power_of_sum_2"] < early[1]["power_1"] < early[1]["risk_averse"]
