"""Name the commands that the engine emits and the reports that come back."""

from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from tenfold.domain.instrument import Symbol

Lots = Annotated[int, Meta(gt=0)]
Price = Annotated[float, Meta(gt=0, lt=1e300)]


class Side(StrEnum):
    """Say which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for buy, -1 for sell."""
        return 1 if self is Side.BUY else -1


class OrderType(StrEnum):
    """Say how an order is priced."""

    MARKET = "market"
    MARKET_ON_OPEN = "moo"


class Reason(StrEnum):
    """Say why an order was sent; the number in a fill record is the position in this list."""

    VOTE = "vote"
    REBALANCE = "rebalance"
    STOP = "stop"
    TARGET = "target"
    BREAKER = "breaker"
    MARGIN = "margin"
    OPERATOR = "operator"


REASONS = tuple(Reason)


EXIT: Final = "x"
"""Suffix of the order id of an attached exit, behind the id of its entry."""


class OrderStatus(StrEnum):
    """Name the states of an order; `execution.lifecycle` holds the table of moves."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class _Record(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Be immutable, keyword-only and strict."""


class Order(_Record, frozen=True):
    """Hold one order; `qty` is in whole lots.

    `stop_frac` and `target_frac` attach exits at those fractions from the entry's fill price.
    """

    order_id: str
    ts_ns: int
    symbol: Symbol
    side: Side
    qty: Lots
    type: OrderType = OrderType.MARKET
    tif: Literal["day", "gtc", "opg"] = "gtc"
    parent_id: str | None = None
    reason: Reason = Reason.VOTE
    stop_frac: float | None = None
    target_frac: float | None = None


class Submit(_Record, frozen=True, tag="submit"):
    """Ask the broker for a new order."""

    order: Order


class Cancel(_Record, frozen=True, tag="cancel"):
    """Ask the broker to cancel an order."""

    order_id: str
    ts_ns: int
    symbol: Symbol


class Replace(_Record, frozen=True, tag="replace"):
    """Ask the broker to change the quantity of an order."""

    order_id: str
    ts_ns: int
    symbol: Symbol
    qty: Lots


class Flatten(_Record, frozen=True, tag="flatten"):
    """Ask the broker to close everything; the last resort of an operator."""

    ts_ns: int
    reason: Reason = Reason.OPERATOR


Command = Submit | Cancel | Replace | Flatten


class Fill(_Record, frozen=True, tag="fill"):
    """Report an execution; `qty` in lots, `fee_units` in money units of the account.

    `slippage_units` is the cost against the price before slippage, where the venue is simulated.
    """

    ts_ns: int
    fill_id: str
    order_id: str
    symbol: Symbol
    side: Side
    qty: Lots
    price: Price
    fee_units: int
    slippage_units: int = 0
    reason: Reason = Reason.VOTE
    liquidity: Literal["taker", "maker"] = "taker"


class OrderUpdate(_Record, frozen=True, tag="order_update"):
    """Report a change of an order's state; `filled` is cumulative and in lots."""

    ts_ns: int
    order_id: str
    symbol: Symbol
    status: OrderStatus
    filled: int = 0
    text: str = ""


class Rejection(_Record, frozen=True, tag="rejection"):
    """Record that a rule refused or cut an order."""

    ts_ns: int
    symbol: str
    rule: str
    value: float
    limit: float
