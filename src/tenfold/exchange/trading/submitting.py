"""Take an order: judge it, put it into the books, send it on."""

from collections.abc import Callable
from typing import Any

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.api.assets import Asset
from tenfold.exchange.orders_to_match import NANO, OrderKind
from tenfold.exchange.refusal import INTERNAL, Refusal, forbidden, unprocessable
from tenfold.exchange.trading import rules
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.expiry import await_expiry, expiry
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.request import OrderRequest
from tenfold.exchange.trading.routing import end, route

REJECTED_LATER_NS = NS_PER_SECOND // 10


def submit(b: Brokerage, account: Account, asked: OrderRequest, ts_ns: int) -> Order:
    """Put an order into the books, and return what its client is answered; Refusal where there is none."""
    asset = b.assets.find(asked.symbol)
    if asset is None:
        raise unprocessable(f'asset "{asked.symbol}" not found')
    if account.configuration.suspend_trade:
        raise forbidden("new orders are rejected by user request")
    rules.check_client_id(b, account, asked.client_order_id)
    rules.check_asset(asset, asked, account)
    rules.check_time(b, asset, asked, ts_ns)
    rules.check_legs(b, asset, asked)
    qty = asked.qty if asked.qty is not None else _shares(b, asset, asked)
    closing = rules.check_position(b, account, asset, asked, qty)
    rules.check_wash(account, asset, asked)
    rules.check_day_trades(b, account, asset, closing, ts_ns)
    cost = 0 if closing else rules.cost_of(b, asset, asked, qty)
    if asset.is_crypto and asked.side > 0 and cost < rules.COST_MIN:
        raise forbidden("cost basis must be >= minimal amount of order 1")
    if cost:
        rules.check_buying_power(b, account, asset, cost)
    if b.faults.strikes("restart_with_loss"):
        b.restarts += 1
        raise Refusal(503, INTERNAL, "service unavailable")
    order = _entered(b, account, asset, asked, closing, cost, ts_ns)
    _attach_legs(b, account, order, asked, ts_ns)
    answered = _start(b, order, ts_ns)
    if b.faults.strikes("restart"):
        b.restarts += 1
    return answered


def _shares(b: Brokerage, asset: Asset, asked: OrderRequest) -> int:
    price = asked.limit or b.latest.mark(asset.symbol)
    if price == 0:
        raise unprocessable(f"there is no price for {asset.symbol} yet")
    return (asked.notional or 0) * NANO // price


def _entered(
    b: Brokerage, account: Account, asset: Asset, asked: OrderRequest, closing: bool, cost: int, ts_ns: int
) -> Order:
    """Put the order itself into the books; of an OCO that is the leg that takes the profit."""
    submitted_ns = stamp(b, account, ts_ns)
    seen_ns = ts_ns
    if b.faults.strikes("order_not_found_yet"):
        seen_ns += round(b.faults.value("order_not_found_yet") * NS_PER_SECOND)
    order = Order(
        id=b.ids.uuid("order"),
        account=account.name,
        client_order_id=asked.client_order_id or b.ids.uuid("client order"),
        asset=asset,
        side=asked.side,
        kind=asked.kind,
        tif=asked.tif,
        qty=asked.qty,
        notional=asked.notional,
        created_ns=submitted_ns,
        submitted_ns=submitted_ns,
        updated_ns=submitted_ns,
        limit=asked.limit,
        stop=asked.stop,
        trail_price=asked.trail_price,
        trail_percent=asked.trail_percent,
        extended_hours=asked.extended_hours,
        order_class=asked.order_class,
        intent=rules.intent_of(asked.side, account.qty_of(asset.symbol)),
        advanced=asked.advanced,
        expires_ns=expiry(b, asset, asked.tif, asked.extended_hours, ts_ns),
        closing=closing,
        reserved=cost,
        role="take_profit" if asked.order_class == "oco" else "",
        seen_ns=seen_ns,
    )
    b.enter(order)
    return order


def stamp(b: Brokerage, account: Account, ts_ns: int) -> int:
    """Return the moment of submission: of two orders of an account it is the same by a fault alone."""
    if account.last_submitted_ns == 0 or not b.faults.strikes("paging_ties"):
        account.last_submitted_ns = max(ts_ns, account.last_submitted_ns + 1)
    return account.last_submitted_ns


def _attach_legs(b: Brokerage, account: Account, order: Order, asked: OrderRequest, ts_ns: int) -> None:
    if asked.order_class not in {"bracket", "oco", "oto"}:
        return
    side = order.side if asked.order_class == "oco" else -order.side
    if asked.take_profit is not None and asked.order_class != "oco":
        _attach(b, account, order, side, "limit", "take_profit", ts_ns, limit=asked.take_profit)
    if asked.stop_loss is not None:
        kind: OrderKind = "stop" if asked.stop_loss.limit is None else "stop_limit"
        prices = {"stop": asked.stop_loss.stop, "limit": asked.stop_loss.limit}
        _attach(b, account, order, side, kind, "stop_loss", ts_ns, **prices)


def _attach(
    b: Brokerage, account: Account, order: Order, side: int, kind: OrderKind, role: str, ts_ns: int, **prices: Any
) -> None:
    submitted_ns = stamp(b, account, ts_ns)
    leg = Order(
        id=b.ids.uuid("order"),
        account=account.name,
        client_order_id=b.ids.uuid("client order"),
        asset=order.asset,
        side=side,
        kind=kind,
        tif=order.tif,
        qty=order.qty,
        notional=None,
        created_ns=submitted_ns,
        submitted_ns=submitted_ns,
        updated_ns=submitted_ns,
        status="held",
        order_class=order.order_class,
        intent="sell_to_close" if side < 0 else "buy_to_close",
        expires_ns=order.expires_ns,
        closing=True,
        role=role,
        parent=order,
        **prices,
    )
    order.legs.append(leg)
    b.enter(leg)


def _start(b: Brokerage, order: Order, ts_ns: int) -> Order:
    """Send an order and what stands beside it on, and return it as its client is answered."""
    for one in order.family:
        await_expiry(b, one)
    if b.faults.strikes("async_reject"):
        b.emit(order, "accepted", ts_ns)
        b.at(ts_ns + REJECTED_LATER_NS, _rejection(b, order))
        return order
    answered = route(b, order, ts_ns)
    if order.order_class == "oco" and order.live:
        for leg in order.legs:
            route(b, leg, ts_ns)
    return answered


def _rejection(b: Brokerage, order: Order) -> Callable[[int], None]:
    def reject(now_ns: int) -> None:
        if order.live:
            end(b, order, "rejected", now_ns)

    return reject
