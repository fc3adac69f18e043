"""Measure the estimators of a place in a queue against the queue itself, under three ways of cancelling."""

import random
from collections.abc import Callable

import task

from tenfold.simulation.book import BUY, SELL, OrderBook
from tenfold.simulation.queue_position import QUEUE_MODELS, QueueEstimate

CANCELS: dict[str, Callable[[random.Random, int], int]] = {
    "evenly": lambda rng, count: rng.randrange(count),
    "latest_more": lambda rng, count: max(rng.randrange(count) for _ in range(3)),
    "earliest_more": lambda rng, count: min(rng.randrange(count) for _ in range(3)),
}
STEPS = 60


def follow(rng: random.Random, which: Callable[[random.Random, int], int]) -> dict[str, list[float]]:
    """Return by model estimate less truth after each step, for one order that joins a queue of twenty."""
    book, number = OrderBook(), 1
    live = []
    for _ in range(20):
        number += 1
        book.add(number, BUY, 100, rng.randint(1, 9))
        live.append(number)
    book.add(1, BUY, 100, 5)
    estimates = {name: QueueEstimate(model, float(book.queue_ahead(1))) for name, model in QUEUE_MODELS.items()}
    found: dict[str, list[float]] = {name: [] for name in QUEUE_MODELS}
    for _ in range(STEPS):
        draw = rng.random()
        if draw < 0.45 or not live:
            number += 1
            book.add(number, BUY, 100, rng.randint(1, 9))
            live.append(number)
        elif draw < 0.85:
            book.cancel(live.pop(which(rng, len(live))))
        else:
            size = rng.randint(1, 9)
            if size > book.queue_ahead(1):
                break
            book.add(-1, SELL, 100, size, tif="ioc")
            live = [one for one in live if one in book]
            for estimate in estimates.values():
                estimate.on_trade(float(size))
        level = book.level(BUY, 100)
        shown = float(level.qty - 5) if level else 0.0
        for name, estimate in estimates.items():
            estimate.on_level(shown)
            found[name].append(estimate.front - book.queue_ahead(1))
    return found


def main() -> None:
    job = task.read()
    errors: dict[str, dict[str, list[float]]] = {}
    for way, which in CANCELS.items():
        rng = random.Random(job["seed"])  # noqa: S311 -- reproducible, not secret
        gathered: dict[str, list[float]] = {name: [] for name in QUEUE_MODELS}
        for _ in range(job["queues"]):
            for name, values in follow(rng, which).items():
                gathered[name] += values
        errors[way] = {
            name: [sum(values) / len(values), sum(map(abs, values)) / len(values)] for name, values in gathered.items()
        }
    task.answer(errors=errors)


main()
