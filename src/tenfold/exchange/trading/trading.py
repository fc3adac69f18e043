"""Keep accounts and orders: what clients may ask of the trading side, and how it lives through the market.

Every method that a client calls raises `Refusal` with the answer where it cannot do what it was asked.
"""

from collections.abc import Mapping
from typing import Any

from tenfold.domain.units import NS_PER_SECOND
from tenfold.exchange.api.assets import Assets
from tenfold.exchange.events import Corporate, Edge, MarketEvent, Status
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.orders_to_match import Matching
from tenfold.exchange.refusal import not_found
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import TradingSettings
from tenfold.exchange.trading import (
    activities,
    cancelling,
    closing,
    days,
    finding,
    history,
    replacing,
    replica,
    submitting,
)
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.admission import open_account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.corporate import on_corporate
from tenfold.exchange.trading.filling import settle
from tenfold.exchange.trading.margin import account_view
from tenfold.exchange.trading.mishaps import pass_rare_state
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.outside import foreign_order
from tenfold.exchange.trading.queries import ActivityQuery, HistoryQuery, OrdersQuery
from tenfold.exchange.trading.request import OrderRequest, ReplaceRequest
from tenfold.exchange.wire import Ids


class Trading:
    """Hold the trading side of the exchange; `account` is the name of an account, `ts_ns` the replayed time."""

    def __init__(
        self,
        settings: TradingSettings,
        assets: Assets,
        sessions: Sessions,
        matching: Matching,
        latest: Latest,
        faults: Faults,
        ids: Ids,
    ) -> None:
        self._b = Brokerage(settings, assets, sessions, matching, latest, faults, ids)

    def _account(self, name: str, ts_ns: int) -> Account:
        b = self._b
        b.now_ns = max(b.now_ns, ts_ns)
        return b.accounts.get(name) or open_account(b, name, ts_ns)

    @property
    def restarts(self) -> int:
        """How often the exchange restarted: each time all connections break."""
        return self._b.restarts

    def submit(self, account: str, asked: OrderRequest, ts_ns: int) -> Order:
        """Take an order, and return it as it is before a venue knows of it."""
        b, held = self._b, self._account(account, ts_ns)
        order = submitting.submit(b, held, asked, ts_ns)
        settle(b)
        pass_rare_state(b, b.orders[order.id], ts_ns)
        if b.faults.strikes("manual_trade"):
            foreign_order(b, held, ts_ns, resting=False)
            settle(b)
        return order

    def outside(self, account: str, ts_ns: int) -> None:
        """Let an order appear in an account that none of its clients sent."""
        foreign_order(self._b, self._account(account, ts_ns), ts_ns, resting=True)
        settle(self._b)

    def replace(self, account: str, order_id: str, asked: ReplaceRequest, ts_ns: int) -> Order:
        """Replace an order, and return its successor as it is before a venue knows of it."""
        b, held = self._b, self._account(account, ts_ns)
        order = replacing.replace(b, held, finding.order_of(held, b.orders, order_id), asked, ts_ns)
        settle(b)
        return order

    def cancel(self, account: str, order_id: str, ts_ns: int) -> None:
        """Cancel an order."""
        b, held = self._b, self._account(account, ts_ns)
        cancelling.cancel(b, finding.order_of(held, b.orders, order_id), ts_ns)
        settle(b)

    def cancel_all(self, account: str, ts_ns: int) -> list[dict[str, Any]]:
        """Cancel every open order: {id, status, body where it failed}."""
        answers = cancelling.cancel_all(self._b, self._account(account, ts_ns), ts_ns)
        settle(self._b)
        return answers

    def orders(self, account: str, query: OrdersQuery, ts_ns: int) -> list[Order]:
        """Return the orders that a query asks for."""
        held = self._account(account, ts_ns)
        return finding.chosen(held, query, replica.orders_at(self._b, held, replica.seen_ns(self._b, ts_ns)))

    def order(self, account: str, order_id: str, ts_ns: int) -> Order:
        """Return an order."""
        order = finding.order_of(self._account(account, ts_ns), self._b.orders, order_id)
        return self._seen(order, order_id, ts_ns)

    def _seen(self, order: Order, name: str, ts_ns: int) -> Order:
        """Return an order as it is, or as a lagging replica shows it."""
        shown = replica.order_at(self._b, order, replica.seen_ns(self._b, ts_ns))
        if shown is None:
            raise not_found(f"order not found for {name}")
        return shown

    def order_by_client_id(self, account: str, client_order_id: str, ts_ns: int) -> Order:
        """Return an order by what its client called it."""
        order = finding.order_by_client_id(self._account(account, ts_ns), client_order_id, ts_ns)
        return self._seen(order, client_order_id, ts_ns)

    def positions(self, account: str, ts_ns: int) -> list[dict[str, Any]]:
        """Return every position as REST shows it."""
        b, held = self._b, self._account(account, ts_ns)
        shown = replica.positions_at(b, held, replica.seen_ns(b, ts_ns))
        return [closing.view(b, held, position) for _, position in sorted(shown.items())]

    def position(self, account: str, name: str, ts_ns: int) -> dict[str, Any]:
        """Return a position as REST shows it."""
        b, held = self._b, self._account(account, ts_ns)
        shown = replica.positions_at(b, held, replica.seen_ns(b, ts_ns))
        return closing.view(b, held, closing.position_of(b, shown, name))

    def close(
        self, account: str, name: str, ts_ns: int, *, qty: int | None = None, percentage: int | None = None
    ) -> Order:
        """Close a position, or a part of it in billionths of a share or of a percent."""
        order = closing.close(self._b, self._account(account, ts_ns), name, qty, percentage, ts_ns)
        settle(self._b)
        return order

    def close_all(self, account: str, cancel_orders: bool, ts_ns: int) -> list[dict[str, Any]]:
        """Close every position: {symbol, status, body}."""
        answers = closing.close_all(self._b, self._account(account, ts_ns), cancel_orders, ts_ns)
        settle(self._b)
        return answers

    def account_view(self, account: str, ts_ns: int) -> dict[str, Any]:
        """Return an account as REST shows it."""
        held = self._account(account, ts_ns)
        return account_view(held, self._b.margin(held), self._b.settings)

    def configurations(self, account: str, ts_ns: int) -> dict[str, Any]:
        """Return what the owner of an account set."""
        return self._account(account, ts_ns).configuration.wire()

    def configure(self, account: str, changes: Mapping[str, Any], ts_ns: int) -> dict[str, Any]:
        """Set what is named, and return all of it."""
        held = self._account(account, ts_ns)
        held.configuration = held.configuration.changed(changes)
        return held.configuration.wire()

    def activities(self, account: str, query: ActivityQuery, ts_ns: int) -> list[dict[str, Any]]:
        """Return one page of what moved cash and positions."""
        b, held = self._b, self._account(account, ts_ns)
        return activities.activities(b, held, query, replica.seen_ns(b, ts_ns))

    def portfolio_history(self, account: str, query: HistoryQuery, ts_ns: int) -> dict[str, Any]:
        """Return what an account was worth over a period."""
        return history.portfolio_history(self._b, self._account(account, ts_ns), query, ts_ns)

    def told_ns(self, ts_ns: int) -> int:
        """Return the time that the exchange's clock tells, which a fault makes wrong."""
        faults = self._b.faults
        return ts_ns + round(faults.value("clock_skew") * NS_PER_SECOND) if faults.strikes("clock_skew") else ts_ns

    def on_market(self, event: MarketEvent) -> None:
        """Live through an event of the market."""
        b, ts_ns = self._b, event.ts_ns
        if ts_ns > b.now_ns:
            b.now_ns = ts_ns
        if ts_ns >= b.due_ns:
            self.on_time(ts_ns)
        outcomes = b.matching.on_market(event)
        if outcomes:
            b.outcomes.extend(outcomes)
            settle(b)
        if isinstance(event, Status):
            (b.halted.add if event.halted else b.halted.discard)(event.symbol)
        elif isinstance(event, Edge):
            days.on_edge(b, event)
            settle(b)
        elif isinstance(event, Corporate):
            on_corporate(b, event)
            settle(b)
        if ts_ns >= b.sample_ns:
            history.sample(b, ts_ns)

    def on_time(self, ts_ns: int) -> None:
        """Do what was due up to a moment."""
        b = self._b
        b.now_ns = max(b.now_ns, ts_ns)
        while (due := b.pop_due(ts_ns)) is not None:
            due_ns, action = due
            self._match(due_ns)
            action(due_ns)
            settle(b)
        self._match(ts_ns)

    def _match(self, ts_ns: int) -> None:
        due_ns = self._b.matching.next_due_ns()
        if due_ns is not None and due_ns <= ts_ns:
            self._b.outcomes.extend(self._b.matching.on_time(ts_ns))
            settle(self._b)

    def next_due_ns(self) -> int | None:
        """Return when something is due by itself next, None where nothing is."""
        return self._b.next_due_ns()

    @property
    def has_updates(self) -> bool:
        """Whether there are events of the trading stream to take."""
        return bool(self._b.updates)

    def take_updates(self) -> list[TradeUpdate]:
        """Return the events of the trading stream since the last call, in order."""
        updates, self._b.updates = self._b.updates, []
        return updates
