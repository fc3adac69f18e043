"""Draw from a seed which faults strike and how often, so that each seed is an exchange with bad habits of its own."""

import random
from typing import Final

from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.faults import Switch

_LEFT_OUT: Final = 0.4
"""Share of the faults that a seed leaves out: where everything fails at once, little is reached that needs a row of successes."""

RATE_MAX: Final[dict[str, float]] = {"rest": 0.03, "stream": 0.02, "market": 0.001, "order": 0.1, "broker": 0.02}
"""Highest probability at an occasion, by where a fault strikes."""

_RARE: Final[dict[str, float]] = {
    "connection_refused": 0.005,
    "silent_stream": 0.002,
    "cut_mid_frame": 0.002,
    "stream_refused": 0.2,
    "slow_consumer": 0.002,
    "no_auth_reply": 0.2,
    "text_frames": 0.5,
    "sequence_gap": 0.02,
    "late_bar": 0.05,
    "halt": 0.00005,
    "price_bands": 0.00005,
    "restart": 0.002,
    "restart_with_loss": 0.002,
    "unsorted_activities": 0.5,
    "paging_ties": 0.5,
    "clock_skew": 0.5,
}
"""The same of faults whose occasions are many more or many fewer than those of their neighbours."""


def draw_faults(seed: int) -> dict[str, Switch]:
    """Return the faults of a seed; each has its own stream of chance, so that a new one does not move the others.

    Small probabilities are as likely as large ones are not: the square of an even number times the highest.
    Values lie between half and twice their default.
    """
    return {name: switch for name in FAULTS if (switch := _draw(seed, name)) is not None}


def highest_rate(name: str) -> float:
    """Return the highest probability that is drawn for a fault."""
    return _RARE.get(name, RATE_MAX[FAULTS[name].where])


def _draw(seed: int, name: str) -> Switch | None:
    chance = random.Random(f"chaos {seed} {name}")  # noqa: S311 -- reproducible, not secret
    if chance.random() < _LEFT_OUT:
        return None
    fault = FAULTS[name]
    rate = highest_rate(name) * chance.random() ** 2
    value = fault.value * 2.0 ** chance.uniform(-1.0, 1.0) if fault.value else None
    if value is not None and fault.unit in {"bytes", "messages"}:
        value = float(round(value))
    return Switch(rate=rate, value=value)
