"""Hold an order that is simulated on live quotes, and say it in the words of books and of order management."""

from typing import Final, cast

from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, OrderStatus, OrderType
from tenfold.exchange.orders_to_match import NANO, OrderKind, Ticket, TimeInForce
from tenfold.exchange.wire import nano_of
from tenfold.execution.lifecycle import WORKING
from tenfold.execution.reports import VenueOrder

_KINDS: Final[dict[OrderType, tuple[OrderKind, str]]] = {
    OrderType.MARKET: ("market", ""),
    OrderType.MARKET_ON_OPEN: ("market", "opg"),
    OrderType.MARKET_ON_CLOSE: ("market", "cls"),
    OrderType.LIMIT: ("limit", ""),
    OrderType.STOP: ("stop", ""),
    OrderType.STOP_LIMIT: ("stop_limit", ""),
    OrderType.TRAILING_STOP: ("trailing_stop", ""),
}
"""Kind of each type in the books, and the time in force that goes with it: those that Alpaca has."""
_TIMES: Final = frozenset({"day", "gtc", "opg", "cls", "ioc", "fok"})
_OWNER: Final = "shadow"


class ShadowOrder:
    """Hold an order and how it stands.

    Attributes
    ----------
    venue_id : its name here, the same after a restart
    filled : lots
    """

    def __init__(self, order: Order, instrument: Instrument, ts_ns: int, filled: int) -> None:
        self.order = order
        self.instrument = instrument
        self.venue_id = venue_id_of(order)
        self.filled = filled
        self.status = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.ACCEPTED
        self.updated_ns = ts_ns
        self._units = _lot_units(instrument)
        self._over, self._paid = 0, 0  # of a lot that is not whole yet: billionths of a share, and what they cost

    @property
    def live(self) -> bool:
        """Whether it may still fill."""
        return self.status in WORKING

    def executed(self, qty: int, price: int, ts_ns: int) -> tuple[int, float]:
        """Take an execution in billionths; return the whole lots that are filled by it, and their price."""
        self._over, self._paid = self._over + qty, self._paid + qty * price
        lots = min(self._over // self._units, self.order.qty - self.filled)
        if lots < 1:
            return 0, 0.0
        average = self._paid / self._over
        self._over -= lots * self._units
        self._paid = round(self._over * average)
        self.filled += lots
        self.status = OrderStatus.FILLED if self.filled >= self.order.qty else OrderStatus.PARTIALLY_FILLED
        self.updated_ns = ts_ns
        return lots, round(average / NANO, 9)

    def end(self, status: OrderStatus, ts_ns: int) -> None:
        """Let it end."""
        self.status, self.updated_ns = status, ts_ns

    def shown(self) -> VenueOrder:
        """Return it as a venue tells it."""
        order = self.order
        return VenueOrder(
            venue_id=self.venue_id, order_id=order.order_id, symbol=order.symbol, side=order.side, qty=order.qty, filled=self.filled,
            status=self.status, state=self.status.value, updated_ns=self.updated_ns, order=order,
        )  # fmt: skip


def venue_id_of(order: Order) -> str:
    """Return the name of an order in the books."""
    return f"{_OWNER}:{order.order_id}"


def ticket_of(order: Order, instrument: Instrument, lots: int, ts_ns: int) -> Ticket | None:
    """Return so many lots of an order for the books, None where they have no word for it."""
    known = _KINDS.get(order.type)
    if known is None or (known[1] or order.tif) not in _TIMES:
        return None
    kind, auction = known
    return Ticket(
        order_id=venue_id_of(order),
        owner=_OWNER,
        symbol=order.symbol,
        side=order.side.sign,
        kind=kind,
        tif=cast("TimeInForce", auction or order.tif),
        qty=lots * _lot_units(instrument),
        ts_ns=ts_ns,
        limit=None if order.limit_price is None else nano_of(order.limit_price),
        stop=None if order.stop_price is None else nano_of(order.stop_price),
        trail=None if order.trail is None else nano_of(order.trail),
        trail_frac=order.trail_frac,
    )


def _lot_units(instrument: Instrument) -> int:
    return nano_of(instrument.lot_size)
