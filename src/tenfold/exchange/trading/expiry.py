"""Say how long an order stands, and end those that stood so long.

How it works. Orders of a session end with it, see `days`. What is good till canceled stands for 90 days: of these, the live ones are kept
in the order in which they expire, and one timer waits for the first of them, so that orders which end sooner leave nothing behind.
"""

from typing import Final

from tenfold.domain.units import NS_PER_DAY
from tenfold.exchange.api.assets import Asset
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.routing import end

GTC_DAYS: Final = 90


def expiry(b: Brokerage, asset: Asset, tif: str, extended: bool, ts_ns: int) -> int | None:
    """Return when an order expires by itself: at the end of its session, or after 90 days."""
    if tif == "gtc":
        return ts_ns + GTC_DAYS * NS_PER_DAY
    if asset.is_crypto or tif in {"ioc", "fok"}:
        return None
    if extended:
        return b.sessions.next_post(ts_ns)
    return b.sessions.next_open(ts_ns) if tif == "opg" else b.sessions.next_close(ts_ns)


def await_expiry(b: Brokerage, order: Order) -> None:
    """Let an order expire in time where nothing else ends it with its session."""
    if order.tif != "gtc" or order.expires_ns is None:
        return
    b.lasting[order.id] = order
    if not b.awaits_expiry:
        b.awaits_expiry = True
        b.at(order.expires_ns, lambda now_ns: _expire(b, now_ns))


def _expire(b: Brokerage, ts_ns: int) -> None:
    """End what has stood for as long as it may, and wait for the next."""
    while (first := next(iter(b.lasting.values()), None)) is not None and (first.expires_ns or 0) <= ts_ns:
        end(b, first, "expired", ts_ns)
    b.awaits_expiry = first is not None
    if first is not None:
        b.at(first.expires_ns or 0, lambda now_ns: _expire(b, now_ns))
