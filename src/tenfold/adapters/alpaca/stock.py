"""Take stock of an account: orders, what happened since a moment, positions and cash.

How it works. Positions and cash count only if nothing was executed while they were read, nor while the orders were of which only executions are
known, so executions are read before and after them. What moved cash or shares without a trade is known by its day: the venue names dividends, fees and splits by the midnight before, so that
those of the last days are read each time. Whatever fails on the way ends the reading: half of an account is not told.
"""

import asyncio
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final
from urllib.parse import quote

import msgspec

from tenfold.adapters.alpaca.activities import DATED, ActivityBody, executions, flows
from tenfold.adapters.alpaca.moments import moment_ns, moment_text
from tenfold.adapters.alpaca.orders import OrderBody, venue_order
from tenfold.adapters.alpaca.paging import all_pages
from tenfold.adapters.alpaca.quantities import Number, Quantities, decimal, money_units
from tenfold.adapters.alpaca.rest_client import NotThereError, RestClient
from tenfold.domain.errors import SettingsError, UnknownNameError, VenueError
from tenfold.domain.instrument import Symbol
from tenfold.domain.units import NS_PER_DAY
from tenfold.execution.reports import LookUp, Stock, TakeStock, VenueOrder
from tenfold.ports import Clock

ORDERS_A_PAGE: Final = 500
ACTIVITIES_A_PAGE: Final = 100
_DATED_NS: Final = 5 * NS_PER_DAY
"""Span before the moment that is asked for in which what is known by its day is looked for: a weekend and a holiday."""
_NO_TRADES: Final = "non_trade_activity"
_LOOKS_MAX: Final = 5
"""Times that positions are read again since something was executed meanwhile."""


class PositionBody(msgspec.Struct, frozen=True, gc=False):
    """Hold a position as it travels."""

    symbol: Symbol
    qty: Number
    side: str = "long"
    cost_basis: Number = "0"


class CashBody(msgspec.Struct, frozen=True, gc=False):
    """Hold what of the account is needed here."""

    cash: Number
    currency: str | None = None


class _Gathered:
    """Hold what was read so far."""

    def __init__(self) -> None:
        self.orders: dict[str, OrderBody] = {}
        self.missing: list[str] = []
        self.activities: dict[str, ActivityBody] = {}
        self.positions: list[PositionBody] = []
        self.cash: CashBody | None = None


class StockTaker:
    """Read an account; the sizes of pages are the venue's largest."""

    def __init__(
        self, rest: RestClient, quantities: Quantities, clock: Clock, orders_a_page: int = ORDERS_A_PAGE, activities_a_page: int = ACTIVITIES_A_PAGE
    ) -> None:  # fmt: skip
        self._rest = rest
        self._quantities = quantities
        self._clock = clock
        self._orders_a_page = orders_a_page
        self._activities_a_page = activities_a_page
        self._told: dict[str, tuple[OrderBody, VenueOrder]] = {}

    async def take(self, asked: TakeStock) -> Stock:
        """Return everything, or, where a part of it cannot be had, nothing: where the venue refuses the keys, too."""
        read = _Gathered()
        try:
            await self._read_orders(read, asked)
            await self._read_account(read, asked.since_ns)
            return self._stock(read, asked.number)
        except (VenueError, UnknownNameError, SettingsError) as error:
            return Stock(
                ts_ns=self._clock.now_ns(),
                orders=(),
                fills=(),
                positions={},
                cash_units=None,
                complete=False,
                text=str(error),
                number=asked.number,
            )

    def _stock(self, read: _Gathered, number: int) -> Stock:
        """Return what was read in our units; VenueError where it cannot be told in them."""
        quantities = self._quantities
        currency = (None if read.cash is None else read.cash.currency) or "USD"
        names = {one.id: one.client_order_id for one in read.orders.values()}
        orders = self._in_our_units(_by_submission(read.orders.values()))
        parts = {
            one.venue_id for one in orders if one.symbol != quantities.symbol(read.orders[one.venue_id].symbol or "")
        }
        parts |= {one.order_id for one in read.activities.values() if one.order_id not in names and self._is_part(one)}
        held = list(self._held(read.positions, currency))
        return Stock(
            ts_ns=self._clock.now_ns(),
            orders=orders,
            fills=tuple(executions(read.activities.values(), names, quantities, parts)),
            positions={symbol: lots for symbol, lots, _, _ in held},
            cash_units=None if read.cash is None else money_units(read.cash.cash, currency),
            flows=tuple(flows(read.activities.values(), quantities, currency, parts)),
            costs={symbol: units for symbol, _, units, _ in held},
            parts={symbol: f"{beyond.normalize():f}" for symbol, _, _, beyond in held if beyond},
            missing=tuple(read.missing),
            number=number,
        )

    def _is_part(self, one: ActivityBody) -> bool:
        """Say whether an execution is of less than a lot."""
        symbol = one.symbol or ""
        return one.is_fill and self._quantities.of_order(symbol, one.qty) != self._quantities.symbol(symbol)

    def _in_our_units(self, orders: Iterable[OrderBody]) -> tuple[VenueOrder, ...]:
        """Return orders in our units; most stand as they stood when stock was taken last, and are not put into them again."""
        told: dict[str, tuple[OrderBody, VenueOrder]] = {}
        for one in orders:
            known = self._told.get(one.id)
            told[one.id] = known if known is not None and known[0] == one else (one, venue_order(one, self._quantities))
        self._told = told
        return tuple([order for _, order in told.values()])

    async def _read_orders(self, read: _Gathered, asked: TakeStock) -> None:
        """Read open orders, those submitted since the moment, and those that are named."""
        read.orders |= await self._orders("open", 0)
        if asked.since_ns > 0:
            read.orders |= await self._orders("all", asked.since_ns)
        if any(one.order_class not in {"", "simple"} for one in read.orders.values()):
            read.orders |= await self._orders("open", 0, nested=True)
        ours = {one.client_order_id for one in read.orders.values()}
        wanted = [one for one in asked.orders if one.order_id not in ours and one.venue_id not in read.orders]
        read.orders |= await self._named(wanted, read.missing)

    async def _read_account(self, read: _Gathered, since_ns: int) -> None:
        """Read executions, flows, positions and cash of one moment."""
        read.activities = await self._activities(since_ns)
        read.activities |= await self._dated(since_ns)
        for _ in range(_LOOKS_MAX):
            read.positions = await self._rest.read("/v2/positions", list[PositionBody])
            read.cash = await self._rest.read("/v2/account", CashBody)
            await self._read_strangers(read)
            fills = [one.happened_ns for one in read.activities.values() if one.is_fill]  # other days may lie ahead
            last_ns = max(fills, default=since_ns)
            newer = await self._activities(max(last_ns, since_ns))
            if newer.keys() <= read.activities.keys():
                return
            read.activities |= newer
        raise VenueError(f"{self._rest.host} executes orders faster than the account can be read")

    async def _read_strangers(self, read: _Gathered) -> None:
        """Read the orders of executions that are not among those read: somebody else traded in the account."""
        strangers = {one.order_id for one in read.activities.values() if one.is_fill} - read.orders.keys()
        asked = [LookUp(order_id="", venue_id=one) for one in sorted(strangers)]
        read.orders |= await self._named(asked, [])

    async def _orders(self, status: str, since_ns: int, nested: bool = False) -> dict[str, OrderBody]:
        """Return orders by the venue's id, those submitted since a moment."""

        async def page(after_ns: int) -> list[OrderBody]:
            return await self._rest.read(
                "/v2/orders",
                list[OrderBody],
                status=status,
                limit=self._orders_a_page,
                direction="asc",
                after=moment_text(after_ns) if after_ns else None,
                nested="true" if nested else "false",
            )

        return await all_pages(page, self._orders_a_page, since_ns, _submitted_ns, lambda one: one.id)

    async def _dated(self, since_ns: int) -> dict[str, ActivityBody]:
        """Return what is known by its day and may have come since a moment: by its kinds, by its category where the venue has not all of these words."""
        first_ns = (since_ns - _DATED_NS) // NS_PER_DAY * NS_PER_DAY
        try:
            return await self._activities(first_ns, DATED)
        except UnknownNameError:
            pass
        try:
            return await self._activities(first_ns, category=_NO_TRADES)
        except UnknownNameError:
            return {}

    async def _activities(
        self, since_ns: int, kinds: str | None = None, category: str | None = None
    ) -> dict[str, ActivityBody]:
        """Return what moved the account since a moment, by id."""

        async def page(after_ns: int) -> list[ActivityBody]:
            return await self._rest.read(
                "/v2/account/activities",
                list[ActivityBody],
                direction="asc",
                page_size=self._activities_a_page,
                activity_types=kinds,
                category=category,
                after=moment_text(after_ns) if after_ns else None,
            )

        return await all_pages(page, self._activities_a_page, since_ns, lambda one: one.happened_ns, lambda one: one.id)

    async def _named(self, asked: Iterable[LookUp], missing: list[str]) -> dict[str, OrderBody]:
        """Return orders by the venue's id, and note those that it says not to have now as `missing`."""

        async def one(wanted: LookUp) -> OrderBody | None:
            try:
                return await self._rest.read(look_up_path(wanted), OrderBody)
            except NotThereError:
                missing.append(wanted.order_id)
            except UnknownNameError:
                pass  # it does not say
            return None

        return {found.id: found for found in await asyncio.gather(*map(one, asked)) if found is not None}

    def _held(self, positions: Iterable[PositionBody], currency: str) -> Iterator[tuple[str, int, int, Decimal]]:
        """Yield symbol, signed lots, the signed money that they cost, and what is held beyond whole lots."""
        for one in positions:
            symbol = self._quantities.symbol(one.symbol)
            lots, beyond = self._quantities.held(symbol, one.qty)
            if not self._quantities.trades(symbol):
                yield symbol, lots, 0, beyond
                continue
            units = abs(money_units(one.cost_basis, currency))
            if beyond:
                units = round(units * (1 - beyond / decimal(one.qty)))
            sign = -1 if one.side == "short" or lots < 0 else 1
            yield symbol, sign * abs(lots), sign * units, beyond


def look_up_path(asked: LookUp) -> str:
    """Return the path of one order, with what the venue keeps with it."""
    if asked.venue_id:
        return f"/v2/orders/{quote(asked.venue_id, safe='')}?nested=true"
    return f"/v2/orders:by_client_order_id?client_order_id={quote(asked.order_id, safe='')}&nested=true"


def _submitted_ns(order: OrderBody) -> int:
    moment = order.submitted_at or order.created_at
    if moment is None:
        raise VenueError(f"the venue's order {order.id} has no moment of submission")
    return moment_ns(moment)


def _by_submission(orders: Iterable[OrderBody]) -> list[OrderBody]:
    return sorted(orders, key=lambda one: (_submitted_ns(one), one.id))
