"""Measure the order book: operations a second with their events, beside hftbacktest, and estimates of places in queues."""

from collections.abc import Callable
from functools import partial
from typing import Any

from claim import Claim
from environments import ENVIRONMENTS, PeerMissingError, python_of
from trial import PYTHON, Measured, interleave, summary, work

from parts.size import Size

TITLE = "Order book"
LIMIT = 200_000.0


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the book."""
    path = ENVIRONMENTS / "markets" / f"book-{size.book}.npz"
    job = {"path": str(path), "operations": size.book, "seed": 1}
    flow = work(PYTHON, "book_flow", job)
    contestants: dict[str, Callable[[], Measured]] = {
        "tenfold_one": partial(work, PYTHON, "tenfold_book", {**job, "single": 1}),
        "tenfold_many": partial(work, PYTHON, "tenfold_book", {**job, "single": 0}),
    }
    missing = []
    try:
        contestants["hftbacktest"] = partial(work, python_of("hftbacktest"), "hftbacktest_book", job)
    except PeerMissingError as error:
        missing.append(str(error))
    taken = interleave(contestants, size.repeats)
    best = {str(sorted(row["best"])) for rows in taken.values() for row in rows}
    figures = summary(taken, ("wall_s", "cpu_s", "peak_bytes", "events"))
    for one in figures.values():
        one["operations_a_second"] = flow["operations"] / one["cpu_s"]
    queues = work(PYTHON, "tenfold_queues", {"seed": 7, "queues": size.queues})
    note = (
        "half adds, two fifths cancels, a tenth takes; 1,000 prices, 10,000 orders resting, events emitted, one process"
    )
    claims = [
        Claim("order book: operations a second, one call each", figures["tenfold_one"]["operations_a_second"], "",
              limit=LIMIT, note=note),
        Claim("order book: operations a second, many in a call", figures["tenfold_many"]["operations_a_second"], "",
              limit=LIMIT, note=note),
        Claim("order book: different best prices at the end", float(len(best) - 1), "", "at most", 0.0),
    ]  # fmt: skip
    return {
        "settings": {
            "operations": flow["operations"],
            "feed": flow["feed"],
            "queues": size.queues,
            "clock": "processor seconds, all threads",
        },
        "figures": figures,
        "queue_errors": queues["errors"],
        "missing": missing,
        "claims": [claim.record() for claim in claims],
    }
