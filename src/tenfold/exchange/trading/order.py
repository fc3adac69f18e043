"""Hold an order, and show it as REST and the stream do."""

from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Final

import msgspec

from tenfold.exchange.api.assets import Asset
from tenfold.exchange.orders_to_match import NANO, OrderKind, TimeInForce
from tenfold.exchange.trading.request import Advanced, Intent, OrderClass
from tenfold.exchange.trading.states import LIVE
from tenfold.exchange.wire import decimal_text, decimal_text_of, rfc3339, rfc3339_of


@dataclass(slots=True, eq=False)
class Order:
    """Hold what was asked for, what became of it, and what stands around it.

    Prices, quantities and dollars are in billionths, moments in UTC nanoseconds.

    Attributes
    ----------
    side : +1 buy, -1 sell
    filled_value : dollars that its executions traded
    before : status before it was pending
    closing : whether it reduces the position
    reserved : dollars of buying power that it keeps from others
    tickets : what of it stands at the venues: quantity left by id of the ticket
    waits : accepted, and not sent to a venue before the session opens
    parent, legs : of an order that has others attached
    role : of a leg
    seen_ns : from when it is found by its client order id
    encoded : what of it was shown last, and how that reads as JSON
    """

    id: str
    account: str
    client_order_id: str
    asset: Asset
    side: int
    kind: OrderKind
    tif: TimeInForce
    qty: int | None
    notional: int | None
    created_ns: int
    submitted_ns: int
    updated_ns: int
    status: str = "pending_new"
    limit: int | None = None
    stop: int | None = None
    trail_price: int | None = None
    trail_percent: int | None = None
    hwm: int | None = None
    extended_hours: bool = False
    order_class: OrderClass = ""
    intent: Intent = "buy_to_open"
    advanced: Advanced | None = None
    filled_qty: int = 0
    filled_value: int = 0
    filled_ns: int | None = None
    expired_ns: int | None = None
    expires_ns: int | None = None
    canceled_ns: int | None = None
    cancel_requested_ns: int | None = None
    failed_ns: int | None = None
    replaced_ns: int | None = None
    replaced_by: str | None = None
    replaces: str | None = None
    before: str = "new"
    closing: bool = False
    reserved: int = 0
    tickets: dict[str, int] = field(default_factory=dict)
    ticket_count: int = 0
    waits: bool = False
    parent: "Order | None" = None
    legs: "list[Order]" = field(default_factory=list)
    role: str = ""
    seen_ns: int = 0
    encoded: tuple[tuple[Any, ...], msgspec.Raw] | None = None

    @property
    def symbol(self) -> str:
        """Symbol of the asset."""
        return self.asset.symbol

    @property
    def live(self) -> bool:
        """Whether something may become of it yet."""
        return self.status in LIVE

    @property
    def leaves(self) -> int:
        """Quantity left to fill; of a notional order what stands at the venues."""
        if self.qty is None:
            return sum(self.tickets.values())
        return max(self.qty - self.filled_qty, 0)

    @property
    def average(self) -> int | None:
        """Average price of its executions."""
        return self.filled_value * NANO // self.filled_qty if self.filled_qty else None

    @property
    def family(self) -> "list[Order]":
        """The orders that stand and fall together with it, itself included: a parent and its legs."""
        head = self.parent or self
        return [head, *head.legs]

    def snapshot(self) -> "Order":
        """Return a copy that stays as it is, its legs too."""
        taken = Order(*_VALUES(self))
        if self.legs:
            taken.legs = [Order(*_VALUES(leg)) for leg in self.legs]
        return taken

    def json(self, nested: bool = True) -> msgspec.Raw:
        """Return what `wire` does as JSON, written once while nothing of it changes."""
        if nested and self.legs:
            return msgspec.Raw(msgspec.json.encode(self.wire()))
        shown = _SHOWN(self)
        if self.encoded is None or self.encoded[0] != shown:
            self.encoded = shown, msgspec.Raw(msgspec.json.encode(self.wire(nested=False)))
        return self.encoded[1]

    def wire(self, nested: bool = True, stream: bool = False) -> dict[str, Any]:
        """Return it as clients see it; legs within it where `nested`."""
        shown: dict[str, Any] = {
            "id": self.id,
            "client_order_id": self.client_order_id,
            "created_at": rfc3339(self.created_ns),
            "updated_at": rfc3339(self.updated_ns),
            "submitted_at": rfc3339(self.submitted_ns),
            "filled_at": rfc3339_of(self.filled_ns),
            "expired_at": rfc3339_of(self.expired_ns),
            "expires_at": rfc3339_of(self.expires_ns),
            "canceled_at": rfc3339_of(self.canceled_ns),
            "failed_at": rfc3339_of(self.failed_ns),
            "replaced_at": rfc3339_of(self.replaced_ns),
            "replaced_by": self.replaced_by,
            "replaces": self.replaces,
            "asset_id": self.asset.id,
            "symbol": self.asset.symbol,
            "asset_class": self.asset.asset_class,
            "notional": decimal_text_of(self.notional),
            "qty": decimal_text_of(self.qty),
            "filled_qty": decimal_text(self.filled_qty),
            "filled_avg_price": decimal_text_of(self.average),
            "order_class": self.order_class,
            "order_type": self.kind,
            "type": self.kind,
            "side": "buy" if self.side > 0 else "sell",
            "position_intent": self.intent,
            "time_in_force": self.tif,
            "limit_price": decimal_text_of(self.limit),
            "stop_price": decimal_text_of(self.stop),
            "status": self.status,
            "extended_hours": self.extended_hours,
            "legs": [leg.wire(nested, stream) for leg in self.legs] if nested and self.legs else None,
            "trail_percent": decimal_text_of(self.trail_percent),
            "trail_price": decimal_text_of(self.trail_price),
            "hwm": decimal_text_of(self.hwm),
            "ratio_qty": None,
        }
        if stream:
            shown["cancel_requested_at"] = rfc3339_of(self.cancel_requested_ns)
        return shown


_VALUES: Final = attrgetter(*(one.name for one in fields(Order)))
"""Return what the slots of an order hold; making another one of it is faster than `copy`."""

_UNSEEN: Final = frozenset(
    {"account", "advanced", "before", "cancel_requested_ns", "closing", "encoded", "legs", "parent", "reserved", "role", "seen_ns",
     "ticket_count", "tickets", "waits"}
)  # fmt: skip
_SHOWN: Final = attrgetter(*(one.name for one in fields(Order) if one.name not in _UNSEEN))
"""Return all that clients see of an order but for its legs."""
