"""Draw worlds in which everything goes wrong of one kind, so that a few of them take moves of orders that a great many others hardly take."""

from dataclasses import replace

from draws import OPENINGS_NS, PAGES, draw

from tenfold.domain.order import OrderStatus as S
from tenfold.exchange.faults import Switch

HANDS = {
    "faults": {
        "pending_cancel_stuck": Switch(rate=0.6, value=20.0),
        "pending_replace_stuck": Switch(rate=0.6, value=20.0),
        "random_partial": Switch(rate=0.6),
    },
    "habits": {"by hand at once": 0.8, "by hand": 0.03, "response lost": 0.4, "frame lost": 0.6, "latency_s": 0.4},
}
"""Somebody cancels and changes our orders as they appear, and little of it is heard."""

GIVEN_UP = {
    "faults": {
        "pending_cancel_stuck": Switch(rate=0.5, value=20.0),
        "pending_replace_stuck": Switch(rate=0.5, value=20.0),
        "async_reject": Switch(rate=0.2),
        "ioc_expired": Switch(),
        "fill_after_cancel": Switch(rate=0.8),
        "random_partial": Switch(rate=0.5),
    },
    "habits": {
        "request cut off": 0.6, "late all the same": 1.0, "later than ever": 1.0, "latency_s": 0.3, "by hand at once": 0.5, "cut": 0.01,
        "frame lost": 0.7,
    },
}  # fmt: skip
"""Requests arrive after their orders were given up, and executions after these have ended."""

TAKEN = {
    "hands": (HANDS, {
        (S.SUBMITTED, S.PENDING_CANCEL), (S.SUBMITTED, S.PENDING_REPLACE), (S.SUBMITTED, S.REPLACED), (S.UNKNOWN, S.PENDING_CANCEL),
        (S.UNKNOWN, S.PENDING_REPLACE), (S.UNKNOWN, S.REPLACED), (S.PENDING_REPLACE, S.REPLACED), (S.PARTIALLY_FILLED, S.REPLACED),
    }),
    "given up": (GIVEN_UP, {
        (S.ABANDONED, S.ACCEPTED), (S.ABANDONED, S.PARTIALLY_FILLED), (S.ABANDONED, S.FILLED), (S.UNKNOWN, S.EXPIRED),
    }),
}  # fmt: skip
"""Worlds by name, and the moves that a few seeds of each take."""


def hot(world, seed):
    """Return a seed of such a world."""
    return replace(
        draw(seed), **world, lawful=False, engines=1, feeds=False, guarded=False, day="full", ensemble=None, eager=0.9, stock_s=120.0, activity=0.4,
        dollars=20_000.0 if seed % 2 else 0.0, begin_ns=OPENINGS_NS["full"], per_minute=0, pages=PAGES,
    )  # fmt: skip
