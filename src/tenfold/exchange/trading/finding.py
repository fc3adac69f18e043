"""Find orders by id and by what a query asks for, as they are or as a lagging replica shows them."""

from bisect import bisect_right
from operator import attrgetter
from typing import Final

from tenfold.exchange.refusal import bad_parameter, not_found
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.queries import OrdersQuery
from tenfold.exchange.wire import is_uuid

LIMIT_MAX: Final = 500

_submitted = attrgetter("submitted_ns")


def order_of(account: Account, orders: dict[str, Order], order_id: str) -> Order:
    """Return an order of an account; Refusal where there is none."""
    if not is_uuid(order_id):
        raise bad_parameter("order_id is missing")
    order = orders.get(order_id.lower())
    if order is None or order.account != account.name:
        raise not_found(f"order not found for {order_id}")
    return order


def order_by_client_id(account: Account, client_order_id: str, ts_ns: int) -> Order:
    """Return an order by what its client called it; Refusal where there is none, or none that can be seen yet."""
    if not client_order_id:
        raise bad_parameter("client_order_id is missing")
    order = account.client_ids.get(client_order_id)
    if order is None or order.seen_ns > ts_ns:
        raise not_found(f"order not found for {client_order_id}")
    return order


def chosen(account: Account, query: OrdersQuery, shown: list[Order] | None = None) -> list[Order]:
    """Return the orders that a query asks for, in its order, out of those that are shown; Refusal for a limit out of bounds."""
    if not 1 <= query.limit <= LIMIT_MAX:
        raise bad_parameter(f"limit must be between 1 and {LIMIT_MAX}")
    pool = shown if shown is not None else list(account.open.values()) if query.status == "open" else account.orders
    if query.after_ns is not None and not query.nested:  # the head of a family may have come after its legs
        pool = pool[bisect_right(pool, query.after_ns, key=_submitted) :]
    found: list[Order] = []
    seen: set[str] = set()
    for order in pool if query.ascending else reversed(pool):
        head = order.parent if query.nested and order.parent is not None else order
        if head.id not in seen and _wanted(order, head, query):
            seen.add(head.id)
            found.append(head)
            if len(found) == query.limit:
                break
    return found


def _wanted(order: Order, head: Order, query: OrdersQuery) -> bool:
    if query.status == "open" and not order.live:
        return False
    # a family counts as open while any of it is
    if query.status == "closed" and any(one.live for one in ([order, *head.family] if query.nested else [order])):
        return False
    return (
        (query.after_ns is None or head.submitted_ns > query.after_ns)
        and (query.until_ns is None or head.submitted_ns < query.until_ns)
        and (not query.side or head.side == query.side)
        and (not query.symbols or head.symbol in query.symbols)
        and (not query.asset_class or head.asset.asset_class == query.asset_class)
    )
