"""Name the events that are no market data; market data are `domain.market.BarSet`."""

from typing import Literal

import msgspec

from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Fill, OrderUpdate
from tenfold.domain.rules import Limits


class _Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Carry the moment at which the engine learns of it."""

    ts_ns: int


class Started(_Event, frozen=True, tag="started"):
    """Open a run: replay is pure because everything it depends on is named here."""

    run: str
    epoch: int
    config_hash: str
    code_hash: str


class LeaseLost(_Event, frozen=True, tag="lease_lost"):
    """Say that another engine holds the lease."""

    epoch: int


class Timer(_Event, frozen=True, tag="timer"):
    """Say that time has passed, so that silence is noticed."""


class Halt(_Event, frozen=True, tag="halt"):
    """Stop entries and flatten, on an operator's word."""

    operator: str
    reason: str


class Resume(_Event, frozen=True, tag="resume"):
    """Reset every latched breaker, on an operator's word."""

    operator: str


class LimitsChanged(_Event, frozen=True, tag="limits_changed"):
    """Replace the limits, on an operator's word."""

    operator: str
    limits: Limits


class CashFlow(_Event, frozen=True, tag="cash_flow"):
    """Credit or debit cash: `kind` says dividend, borrow, interest or deposit; `units` is signed."""

    symbol: str
    kind: str
    units: int


class Past(_Event, frozen=True, tag="past"):
    """Show what closed before the run began: strategies learn from it, nothing is ordered."""

    bars: BarSet


class Revised(_Event, frozen=True, tag="revised"):
    """Change a bar that strategies have seen; `before` is what they saw, None where the symbol had none at that moment.

    `cause` says whether a late print, a correction or a cancel of one, the venue's own bar, a back-fill, or the official value of
    the day changed it.
    """

    cause: Literal["late_print", "corrected", "canceled", "venue", "back_fill", "official"]
    bar: Bar
    before: Bar | None = None


class Fitness(_Event, frozen=True, tag="fitness"):
    """Say whether the data of a symbol may be traded on from here on, and if not, why."""

    symbol: str
    fit: bool
    reason: str = ""


class Switched(_Event, frozen=True, tag="switched"):
    """Say that the data of a symbol come from another source from here on."""

    symbol: str
    source: str
    before: str
    reason: str


class Alerted(_Event, frozen=True, tag="alerted"):
    """Say that the quality score of a source, 0 to 100, fell below what raises an alert."""

    source: str
    score: float
    text: str = ""


Event = (
    BarSet
    | Fill
    | OrderUpdate
    | CashFlow
    | Started
    | LeaseLost
    | Timer
    | Halt
    | Resume
    | LimitsChanged
    | Past
    | Revised
    | Fitness
    | Switched
    | Alerted
)
