"""Name the events that are no market data; market data are `domain.market.BarSet`."""

from typing import Final, Literal

import msgspec

from tenfold.domain.conditions import Conditions
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Fill, OrderUpdate, Side
from tenfold.domain.rules import Limits
from tenfold.domain.stages import Stage


class _Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Carry the moment at which the engine learns of it."""

    ts_ns: int


class Started(_Event, frozen=True, tag="started", omit_defaults=True):
    """Open a run: replay is pure because everything it depends on is named here.

    `inherits` counts the records before it that other code wrote where this code would have decided otherwise: what they did is taken as
    it is, their open orders leave, and this code decides from here on. 0 where everything follows from what came before. `account` is the number
    of the account that is traded, "" where nobody tells it, or no order leaves.
    """

    run: str
    epoch: int
    config_hash: str
    code_hash: str
    inherits: int = 0
    account: str = ""


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


class CashFlow(_Event, frozen=True, tag="cash_flow", omit_defaults=True):
    """Credit or debit cash: `kind` says dividend, borrow, interest or deposit; `units` is signed, `flow_id` the venue's name for it.

    `done_ns` is when it moved, where that is before the process began.
    """

    symbol: str
    kind: str
    units: int
    flow_id: str = ""
    done_ns: int = 0


class Adopted(_Event, frozen=True, tag="adopted", omit_defaults=True):
    """Take up an order that is at the venue and did not come from here, or from an epoch that is over.

    `filled` are the lots that filled before the account was taken over. Where the venue lists what they come of, `executions` are lots, price and
    fee of each by its id, and `undone` those that had been taken back. A `stray` one is cancelled.
    """

    order_id: str
    venue_id: str
    symbol: str
    side: Side
    qty: int
    filled: int = 0
    limit_price: float | None = None
    stray: bool = False
    executions: dict[str, tuple[int, float, int]] = {}
    undone: tuple[str, ...] = ()


class Busted(_Event, frozen=True, tag="busted", omit_defaults=True):
    """Take a fill back, on the venue's word; the fields are those of the fill, `bust_id` is the venue's name for this where it has one."""

    fill_id: str
    order_id: str
    symbol: str
    side: Side
    qty: int
    price: float
    fee_units: int
    bust_id: str = ""


class OrderRestated(_Event, frozen=True, tag="order_restated", omit_defaults=True):
    """Give an order the terms that the venue has for it, after a corporate action or a change by other hands; None leaves what is there.

    `qty` and `filled` are lots of its part, and those that count as filled from here on; `beside` are what its other parts still have to fill.
    """

    order_id: str
    symbol: str
    part: int
    qty: int
    filled: int
    limit_price: float | None = None
    stop_price: float | None = None
    beside: int = 0


class PositionRestated(_Event, frozen=True, tag="position_restated", omit_defaults=True):
    """Put a position in the place of the one that is there, without a trade: signed lots and the signed money units that they cost.

    `ratio` is how many shares became of one, where parts of a lot that are held beside whole ones tell it better than those.
    """

    symbol: str
    lots: int
    cost_units: int
    ratio: float = 0.0


_NAMED: Final = frozenset({"part", "foreign_symbol", "stock"})
"""Kinds that are named and left alone: what is less than a lot, orders in what is not traded here, and an account that could not be read."""


class Difference(_Event, frozen=True, tag="difference", omit_defaults=True):
    """Name what is not the same here and at the venue; nothing is made equal by it."""

    kind: str
    symbol: str = ""
    order_id: str = ""
    ours: int = 0
    theirs: int = 0
    text: str = ""

    @property
    def counts(self) -> bool:
        """Whether something of what is traded here is not the same, and not only named."""
        return self.kind not in _NAMED


class Reconciled(_Event, frozen=True, tag="reconciled"):
    """Say that everything up to `since_ns` is known: what comes later asks the venue from there on."""

    since_ns: int


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


class Weighed(_Event, frozen=True, tag="weighed"):
    """Give the members of an ensemble other weights from the next vote on, in their order; who has none is suspended from it."""

    weights: tuple[float, ...]
    reason: str


class Captured(_Event, frozen=True, tag="captured"):
    """Say how far raw market data were captured: the hash of a segment, in hexadecimal digits, up to an offset in bytes."""

    segment: int
    offset: int
    digest: str


class Promoted(_Event, frozen=True, tag="promoted"):
    """Raise a strategy under its rules by one stage, on an operator's word.

    Parameters
    ----------
    strategy, rules : hashes of who votes and of what it trades under
    source, number : what showed the figures: a file, or a run and its number in the journal
    figures : what was found, by name, days and trades among it
    after : digest of the record of the same strategy before this one, so that none can be put elsewhere or come twice
    key, signature : name of the operator's key, and HMAC-SHA256 under it over everything else
    """

    operator: str
    strategy: str
    rules: str
    origin: Stage
    stage: Stage
    source: str
    number: int
    figures: dict[str, float]
    after: str
    key: str
    signature: str


class Demoted(_Event, frozen=True, tag="demoted"):
    """Lower a strategy under its rules, without anybody's word, after what its run `number` showed."""

    strategy: str
    rules: str
    origin: Stage
    stage: Stage
    source: str
    number: int
    reason: str


Event = (
    BarSet
    | Fill
    | OrderUpdate
    | CashFlow
    | Adopted
    | Busted
    | OrderRestated
    | PositionRestated
    | Difference
    | Reconciled
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
    | Weighed
    | Captured
    | Conditions
    | Promoted
    | Demoted
)
