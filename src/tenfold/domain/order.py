"""Name the commands that the engine emits and the reports that come back."""

from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, structs

from tenfold.domain.errors import OrderError
from tenfold.domain.instrument import Symbol

Lots = Annotated[int, Meta(gt=0)]
Price = Annotated[float, Meta(gt=0, lt=1e300)]
TrailFrac = Annotated[float, Meta(gt=0, lt=1)]


class Side(StrEnum):
    """Say which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    sign: int
    """+1 for buy, -1 for sell."""

    def __init__(self, value: str) -> None:
        self.sign = 1 if value == "buy" else -1


class OrderType(StrEnum):
    """Say how an order is priced."""

    MARKET = "market"
    MARKET_ON_OPEN = "moo"
    MARKET_ON_CLOSE = "moc"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"
    LIMIT_IF_TOUCHED = "lit"


TimeInForce = Literal["day", "gtc", "gtd", "opg", "cls", "ioc", "fok"]
"""How long an order works: its session, until cancelled, until a date, the opening, the close, at once, at once or not."""

OrderClass = Literal["simple", "bracket", "oco", "oto"]


class Reason(StrEnum):
    """Say why an order was sent; the number in a fill record is the position in this list."""

    VOTE = "vote"
    REBALANCE = "rebalance"
    STOP = "stop"
    TARGET = "target"
    BREAKER = "breaker"
    MARGIN = "margin"
    OPERATOR = "operator"
    TRAIL = "trail"
    ORDER = "order"


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
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    REPLACED = "replaced"
    ABANDONED = "abandoned"


class _Record(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True
):  # fmt: skip
    """Be immutable, keyword-only and strict; a journal names what is not the default."""


_PRICE_LIMIT: Final = 1e300
_LIMITED: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})
_STOPPED: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})
_MARKETABLE: Final = (OrderType.MARKET, OrderType.LIMIT)
_AUCTIONS: Final = {"opg": "opg", "cls": "cls", OrderType.MARKET_ON_OPEN: "opg", OrderType.MARKET_ON_CLOSE: "cls"}
_TIMES: Final = {
    "opg": (*_MARKETABLE, OrderType.MARKET_ON_OPEN),
    "cls": (*_MARKETABLE, OrderType.MARKET_ON_CLOSE),
    "ioc": _MARKETABLE,
    "fok": _MARKETABLE,
}


class Order(_Record, frozen=True):
    """Hold one order; `qty` is in whole lots.

    Parameters
    ----------
    limit_price : worst price of a limit, stop-limit or limit-if-touched order
    stop_price : what triggers a stop, stop-limit or limit-if-touched order
    trail, trail_frac : distance of a trailing stop from the best price since it was sent, in currency or as a fraction
    expire_ns : end of a "gtd" order
    order_class, parent_id : the legs of a "bracket" or "oto" name their entry as parent, come to life as it fills, and those of a
        bracket cancel one another; orders of class "oco" with the same parent cancel one another at once
    stop_frac, target_frac, trailing_frac : exits attached at those fractions from the fill price
    """

    order_id: str
    ts_ns: int
    symbol: Symbol
    side: Side
    qty: Lots
    type: OrderType = OrderType.MARKET
    tif: TimeInForce = "gtc"
    limit_price: Price | None = None
    stop_price: Price | None = None
    trail: Price | None = None
    trail_frac: TrailFrac | None = None
    expire_ns: int | None = None
    order_class: OrderClass = "simple"
    parent_id: str | None = None
    reason: Reason = Reason.VOTE
    stop_frac: float | None = None
    target_frac: float | None = None
    trailing_frac: float | None = None

    def __post_init__(self) -> None:
        kind, tif = self.type, self.tif
        trails = (self.trail is not None) + (self.trail_frac is not None)
        if (
            (self.limit_price is None) == (kind in _LIMITED)
            or (self.stop_price is None) == (kind in _STOPPED)
            or trails != (kind is OrderType.TRAILING_STOP)
            or (self.expire_ns is None) == (tif == "gtd")
            or (tif in _TIMES and kind not in _TIMES[tif])
            or (self.order_class == "oco" and self.parent_id is None)
            or self.qty < 1
            or self.qty % 1 != 0
            or not (self.limit_price is None or 0.0 < self.limit_price < _PRICE_LIMIT)
            or not (self.stop_price is None or 0.0 < self.stop_price < _PRICE_LIMIT)
            or not (trails == 0 or 0.0 < (self.trail or self.trail_frac or 0.0) < _PRICE_LIMIT)
            or not (self.trail_frac is None or self.trail_frac < 1.0)
        ):
            raise OrderError(f"{_misfit(self, trails)}: {self.order_id} of {self.symbol}")

    @property
    def auction(self) -> str:
        """The auction that it is for, as a time in force: "opg" or "cls"; "" for none."""
        return self.tif if self.tif in _AUCTIONS else _AUCTIONS.get(self.type, "")

    @property
    def attaches(self) -> bool:
        """Whether exits are attached to what it opens."""
        return self.stop_frac is not None or self.target_frac is not None or self.trailing_frac is not None


def _misfit(order: Order, trails: int) -> str:
    """Return what does not fit together."""
    kind, tif = order.type, order.tif
    for name, needs in (("limit_price", _LIMITED), ("stop_price", _STOPPED)):
        if (getattr(order, name) is None) == (kind in needs):
            return f"a {kind} order {'needs a' if kind in needs else 'takes no'} {name}"
    if trails != (kind is OrderType.TRAILING_STOP):
        return (
            f"a {kind} order has {trails} of trail and trail_frac, expected one for a trailing stop and none for others"
        )
    if (order.expire_ns is None) == (tif == "gtd"):
        return f"a {tif} order {'needs' if tif == 'gtd' else 'takes no'} expire_ns"
    if tif in _TIMES and kind not in _TIMES[tif]:
        return f"a {kind} order cannot be {tif}"
    if order.order_class == "oco" and order.parent_id is None:
        return "an oco order needs a parent_id, the same for all of which one cancels the others"
    return _beyond(order)


def _beyond(order: Order) -> str:
    """Return which number is out of bounds."""
    if order.qty < 1 or order.qty % 1 != 0:
        return f"qty is {order.qty}, expected whole lots from 1"
    given = {name: getattr(order, name) for name in ("limit_price", "stop_price", "trail", "trail_frac")}
    bounds = {name: 1.0 if name == "trail_frac" else _PRICE_LIMIT for name in given}
    name = next(name for name, value in given.items() if value is not None and not 0.0 < value < bounds[name])
    return f"{name} is {given[name]}, expected above 0 and below {bounds[name]:g}"


class Submit(_Record, frozen=True, tag="submit"):
    """Ask the broker for a new order; one that `closes` may lower a position and never turn it, whatever fills before it is sent."""

    order: Order
    closes: bool = False


class Cancel(_Record, frozen=True, tag="cancel"):
    """Ask the broker to cancel an order."""

    order_id: str
    ts_ns: int
    symbol: Symbol


class Replace(_Record, frozen=True, tag="replace"):
    """Ask the broker to change an order; None leaves what is there. `qty` is in all, what has filled included."""

    order_id: str
    ts_ns: int
    symbol: Symbol
    qty: Lots | None = None
    limit_price: Price | None = None
    stop_price: Price | None = None
    trail: Price | None = None
    trail_frac: TrailFrac | None = None


class Flatten(_Record, frozen=True, tag="flatten"):
    """Ask the broker to close everything; the last resort of an operator."""

    ts_ns: int
    reason: Reason = Reason.OPERATOR


Command = Submit | Cancel | Replace | Flatten


def amended(order: Order, command: Replace) -> Order:
    """Return an order on the new terms; an amount to trail by takes the place of a fraction, and the other way round."""
    names = ("qty", "limit_price", "stop_price", "trail", "trail_frac")
    given = {name: value for name in names if (value := getattr(command, name)) is not None}
    if len(given.keys() & {"trail", "trail_frac"}) == 1:
        given = {"trail": None, "trail_frac": None} | given
    return structs.replace(order, **given)


class Fill(_Record, frozen=True, tag="fill"):
    """Report an execution; `qty` in lots, `fee_units` in money units of the account.

    `slippage_units` is the cost against the price before slippage, where the venue is simulated. `venue_id` and `cumulative`, the
    lots of the venue's order with this execution, are what a real venue says of it, `done_ns` when it was where that is before the process began.
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
    venue_id: str = ""
    cumulative: int = 0
    done_ns: int = 0


class OrderUpdate(_Record, frozen=True, tag="order_update"):
    """Report a change of an order's state; `filled` is cumulative and in lots.

    An order can stand at a venue as several orders, one after another or beside each other: `part` numbers them from 0,
    `venue_id` is the venue's id of that one, `part_status` its state where that is not the whole order's, and `part_qty` its lots
    where they are not what was asked for. `qty` tells that a change is in force: what the order is for, and nothing stands on older terms.
    """

    ts_ns: int
    order_id: str
    symbol: Symbol
    status: OrderStatus
    filled: int = 0
    text: str = ""
    venue_id: str = ""
    part: int = 0
    part_status: OrderStatus | None = None
    part_qty: int = 0
    qty: int = 0


class Rejection(_Record, frozen=True, tag="rejection"):
    """Record that a rule refused or cut an order."""

    ts_ns: int
    symbol: str
    rule: str
    value: float
    limit: float
