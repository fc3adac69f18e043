"""Name what a matcher is given and what it reports; quantities and prices are integers of a billionth."""

from typing import Literal, Protocol

import msgspec

from tenfold.exchange.events import MarketEvent

NANO = 1_000_000_000
"""Units of a share, a coin or a dollar."""

OrderKind = Literal["market", "limit", "stop", "stop_limit", "trailing_stop"]
TimeInForce = Literal["day", "gtc", "opg", "cls", "ioc", "fok"]
End = Literal["canceled", "expired", "rejected"]
"""How an order ends that does not fill."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what a matcher needs of a live order.

    `side` +1 buy, -1 sell; `qty` what is left to fill; `limit`, `stop` and `trail` prices, `trail_frac` a share of the best price;
    `owner` the account, whose orders never trade with each other; `display` what others may see of it; `destination` the venue
    that it was sent to, "" for the best; orders of one `group` take off one another what they fill, and the first that is done
    cancels the others.
    """

    order_id: str
    owner: str
    symbol: str
    side: int
    kind: OrderKind
    tif: TimeInForce
    qty: int
    ts_ns: int
    limit: int | None = None
    stop: int | None = None
    trail: int | None = None
    trail_frac: float | None = None
    extended_hours: bool = False
    display: int | None = None
    destination: str = ""
    group: str = ""
    algorithm: Literal["", "VWAP", "TWAP"] = ""
    start_ns: int | None = None
    end_ns: int | None = None
    max_frac: float | None = None


class Execution(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Report that an order traded; `fee` in billionths of a dollar, a rebate is negative."""

    order_id: str
    ts_ns: int
    qty: int
    price: int
    maker: bool = False
    venue: str = ""
    fee: int = 0


class Ended(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Report that nothing more of an order will trade."""

    order_id: str
    ts_ns: int
    status: End


class Trailed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Report where a trailing stop stands: best price seen, and its stop."""

    order_id: str
    best: int
    stop: int


Outcome = Execution | Ended | Trailed


class Matching(Protocol):
    """Match tickets against the market; time runs by the calls, nothing else."""

    def submit(self, ticket: Ticket) -> list[Outcome]:
        """Take a ticket at its time, and return what comes of it at once."""

    def cancel(self, order_id: str, ts_ns: int) -> bool:
        """Take an order away; False where it is not there any more."""

    def amend(self, ticket: Ticket, old_id: str) -> list[Outcome] | None:
        """Put a ticket in the place of an order, with its priority where only the quantity falls; None where it is gone."""

    def on_market(self, event: MarketEvent) -> list[Outcome]:
        """Live through an event of the market, and return what traded or ended, in order."""

    def on_time(self, ts_ns: int) -> list[Outcome]:
        """Do what was due by a time, such as an order that reaches its venue."""

    def next_due_ns(self) -> int | None:
        """Return when something is due next, None where nothing is."""
