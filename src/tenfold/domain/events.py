"""Name the events that are no market data; market data are `domain.market.BarSet`."""

import msgspec

from tenfold.domain.market import BarSet
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


Event = BarSet | Fill | OrderUpdate | CashFlow | Started | LeaseLost | Timer | Halt | Resume | LimitsChanged
