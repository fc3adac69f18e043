"""Name what a venue tells of orders, in our units, and what is asked of it: the language between order management and adapters.

How it works. An adapter turns the venue's decimal strings into lots and prices and says nothing else; what a report means is
decided in `execution.blotter` from what is known. Every answer to a request is one of three: it was taken, it was refused
for a reason that proves it has no effect, or nobody knows.
"""

from enum import StrEnum
from typing import Final, Literal

import msgspec

from tenfold.domain.order import Order, OrderStatus, Side

_ON_ITS_WAY: Final = frozenset({"accepted", "pending_new", "pending_review"})


class _Told(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Be immutable and keyword-only."""


class Outcome(StrEnum):
    """Say what became of a request."""

    ACK = "ack"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class VenueOrder(_Told, frozen=True):
    """Hold an order as the venue has it at one moment.

    `order_id` is the client order id; `qty` and the cumulative `filled` are in lots, `average` is the average price of what
    filled. `replaced_by` and `replaces` are ids of the venue. `state` is the venue's own word, e.g. "pending_cancel"; `legs` are
    the orders that the venue keeps with it. `order` are its terms where they can be told in ours, its prices at least.
    """

    venue_id: str
    order_id: str
    symbol: str
    side: Side
    qty: int
    filled: int
    status: OrderStatus
    state: str
    average: float = 0.0
    updated_ns: int = 0
    replaced_by: str = ""
    replaces: str = ""
    legs: tuple["VenueOrder", ...] = ()
    order: Order | None = None

    @property
    def is_on_its_way(self) -> bool:
        """Whether it was taken and is not at a venue yet, so that what it is to replace may stay."""
        return self.state in _ON_ITS_WAY


class VenueFill(_Told, frozen=True):
    """Hold one execution as the venue has it; `qty` in lots.

    `kind` "bust" takes the execution of that id back, "correct" puts this one in its place. `cumulative` are the lots of the order
    with it, `position` the signed lots of the symbol after it, where the venue tells them.
    """

    execution_id: str
    venue_id: str
    order_id: str
    symbol: str
    side: Side
    qty: int
    price: float
    ts_ns: int
    fee_units: int = 0
    cumulative: int | None = None
    position: int | None = None
    kind: Literal["fill", "bust", "correct"] = "fill"


class VenueFlow(_Told, frozen=True):
    """Hold cash that moved without a trade: a dividend, a fee, interest, a deposit; `units` is signed.

    `shares`: it may have moved shares of the symbol too, as a split does; how many there are then, the position tells.
    """

    flow_id: str
    ts_ns: int
    kind: str
    units: int
    symbol: str = ""
    shares: bool = False


# what is asked


class Place(_Told, frozen=True, tag="place"):
    """Ask for a new order under `order.order_id`.

    With a `partner` both are exits of which the venue is to keep one while the other works: `order` is the limit order, `partner`
    the stop. `legs` are exits that the venue is to keep with an entry, until it is filled: a limit order, a stop, or both, of which one
    then cancels the other. The venue gives partner and legs client order ids of its own; they are known by `VenueOrder.legs` of the answer.
    One that `closes` may only lower a position: no other order takes the last of the venue's requests from it.
    """

    order: Order
    partner: Order | None = None
    legs: tuple[Order, ...] = ()
    closes: bool = False


class Amend(_Told, frozen=True, tag="amend"):
    """Ask for other prices of the order `order_id`; None leaves what is there, and the quantity stays as it is.

    `successor_id` is the client order id that the order goes by afterwards.
    """

    venue_id: str
    order_id: str
    successor_id: str
    symbol: str
    limit_price: float | None = None
    stop_price: float | None = None
    trail: float | None = None
    trail_frac: float | None = None


class Withdraw(_Told, frozen=True, tag="withdraw"):
    """Ask to cancel."""

    venue_id: str
    order_id: str
    symbol: str


class LookUp(_Told, frozen=True, tag="look_up"):
    """Ask what became of an order, by the venue's id where there is one, else by the client order id."""

    order_id: str
    venue_id: str = ""


class TakeStock(_Told, frozen=True, tag="take_stock"):
    """Ask for everything: open orders, named orders, executions and flows of cash since a moment, positions, cash; `number` is that of the asking."""

    orders: tuple[LookUp, ...]
    since_ns: int
    number: int = 0


Request = Place | Amend | Withdraw | LookUp | TakeStock


# what is told


class Answered(_Told, frozen=True, tag="answered"):
    """Tell the answer to a request about one order; `found` is the order where the answer has it, `code` the venue's number.

    `order_id` is that of the request, of an `Amend` its successor's, and `found` is the successor then. To a `LookUp`, REFUSED
    means that the venue does not know the id now, which proves nothing. `later` says of a refusal that its reason passes: nothing had left, or
    too many had been asked; `taken` of an outcome that is not known that the venue has an order of this id.
    """

    ts_ns: int
    order_id: str
    asked: Literal["place", "amend", "withdraw", "look_up"]
    outcome: Outcome
    found: VenueOrder | None = None
    code: int = 0
    text: str = ""
    later: bool = False
    taken: bool = False


class Streamed(_Told, frozen=True, tag="streamed"):
    """Tell a message of the venue's stream of orders: `event` is its own word, e.g. "partial_fill"."""

    ts_ns: int
    event: str
    order: VenueOrder
    fill: VenueFill | None = None


class Stock(_Told, frozen=True, tag="stock"):
    """Tell everything: the answer to `TakeStock`; `complete` says that nothing of it failed, else only what is there counts, and `text` says why.

    `missing` are the `order_id` of asked orders that the venue does not know; `positions` are signed lots, `costs` the signed money
    units that they cost, `parts` what is held beyond whole lots, as the venue tells it; None cash: not told. `number` is that of what was asked.
    """

    ts_ns: int
    orders: tuple[VenueOrder, ...]
    fills: tuple[VenueFill, ...]
    positions: dict[str, int]
    cash_units: int | None
    flows: tuple[VenueFlow, ...] = ()
    costs: dict[str, int] = {}
    parts: dict[str, str] = {}
    missing: tuple[str, ...] = ()
    complete: bool = True
    text: str = ""
    number: int = 0


class Connected(_Told, frozen=True, tag="connected"):
    """Tell that the stream of orders stands (again): what came before may have been missed."""

    ts_ns: int


class Severed(_Told, frozen=True, tag="severed"):
    """Tell that the stream of orders is down: nothing new is entered until stock was taken."""

    ts_ns: int
    text: str = ""


Report = Answered | Streamed | Stock | Connected | Severed
