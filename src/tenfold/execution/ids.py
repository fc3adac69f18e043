"""Name orders so that no name is ever used twice, and read from a name what it says.

How it works. A name is run, epoch and number: "r7-4-12". The epoch grows durably with every start, so a tail of the journal that
was lost can repeat no name. An exit attached to an order has its name and "x" (the stop) or "t" (the target) with a number;
what a later part of an order goes by at the venue has a point and the part's number behind it: "r7-4-12t1.1".
"""

import re
from typing import Final, NamedTuple

from tenfold.domain.errors import SettingsError
from tenfold.domain.order import EXIT

LENGTH_MAX: Final = 48
"""Characters of a client order id that every venue takes."""
TARGET: Final = "t"
"""Suffix of a target, as `EXIT` is of a stop."""

_SUFFIX: Final = 8  # kept for what is put behind the number
_NUMBERS: Final = 999_999  # for so many orders there is room
_NAME: Final = re.compile(
    rf"(?P<run>.+)-(?P<epoch>\d+)-(?P<number>\d+)(?P<exit>[{EXIT}{TARGET}]\d*)?(?:\.(?P<part>\d+))?"
)


class OrderName(NamedTuple):
    """Hold what a client order id says; `exit` is "" for an order that is none."""

    run: str
    epoch: int
    number: int
    exit: str
    part: int


def order_id(run: str, epoch: int, number: int) -> str:
    """Return the name of an order."""
    return f"{run}-{epoch}-{number}"


def check_run(run: str, epoch: int) -> None:
    """Raise SettingsError where a run's name leaves no room for the names of its orders at a venue."""
    length = len(order_id(run, epoch, _NUMBERS))
    most = LENGTH_MAX - _SUFFIX
    if length > most:
        raise SettingsError(
            f"the run {run} has {len(run)} characters, expected at most {len(run) - (length - most)}, since a venue takes {LENGTH_MAX} for the "
            "name of an order: give the run a shorter name"
        )


def exit_id(entry_id: str, kind: str, count: int) -> str:
    """Return the name of the `count`-th stop or target (`EXIT` or `TARGET`) attached to an order, from 1."""
    return f"{entry_id}{kind}{count}"


def part_id(order_id: str, part: int) -> str:
    """Return what a part of an order goes by at the venue."""
    return order_id if part == 0 else f"{order_id}.{part}"


def named(order_id: str) -> OrderName | None:
    """Return what a client order id says, or None where it is none of ours."""
    found = _NAME.fullmatch(order_id)
    if found is None:
        return None
    return OrderName(
        found["run"], int(found["epoch"]), int(found["number"]), found["exit"] or "", int(found["part"] or 0)
    )
