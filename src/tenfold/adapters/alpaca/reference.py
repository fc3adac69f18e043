"""Ask the venue what does not change with orders: its clock, its calendar, what may be traded, past bars, the account."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

import msgspec

from tenfold.adapters.alpaca.moments import day_of, moment_ns, moment_text
from tenfold.adapters.alpaca.quantities import Number, decimal, money_units
from tenfold.adapters.alpaca.rest_client import RestClient
from tenfold.adapters.alpaca.stock import ORDERS_A_PAGE
from tenfold.domain.account import AccountState
from tenfold.domain.errors import VenueError
from tenfold.domain.instrument import Instrument
from tenfold.domain.live_market import VenueBar
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.ports import Clock

Period = Literal["1Min", "1Day"]

BARS_A_PAGE: Final = 10_000
SYMBOLS_A_REQUEST: Final = 100
_SHARE_TICK: Final = 0.01
_CURRENCY: Final = "USD"
"""In which shares are priced, and all money is kept here."""
_PERIODS: Final[dict[Period, tuple[Literal["minute", "daily"], int]]] = {
    "1Min": ("minute", NS_PER_MINUTE),
    "1Day": ("daily", NS_PER_DAY),
}
_EASY: Final = "easy_to_borrow"
"""How shares stand that anybody may borrow; what is hard to borrow has to be located first, and costs."""


class VenueTime(NamedTuple):
    """Hold the venue's clock beside ours: ours is ahead by `offset_ns`, give or take `uncertainty_ns`."""

    venue_ns: int
    offset_ns: int
    uncertainty_ns: int
    is_open: bool
    next_open_ns: int
    next_close_ns: int


class VenueDay(NamedTuple):
    """Hold a session as the venue's calendar has it, in its own time: days since 1970-01-01, "HH:MM"."""

    day: int
    open: str
    close: str


class Standing(NamedTuple):
    """Hold how the account stands; `blocked` says why it may not trade, "" where it may, `shorts` whether it may sell short. Money in units.

    `number` tells the account from any other, "" where the venue does not say it.
    """

    account: AccountState
    buying_power: int
    blocked: str
    shorts: bool
    number: str = ""


class _ClockBody(msgspec.Struct, frozen=True, gc=False):
    timestamp: str
    is_open: bool
    next_open: str
    next_close: str


class _DayBody(msgspec.Struct, frozen=True, gc=False):
    date: str
    open: str
    close: str


class _NamedBody(msgspec.Struct, frozen=True, gc=False):
    """Hold what an order was sent as."""

    client_order_id: str = ""


class _AssetBody(msgspec.Struct, frozen=True, gc=False):
    symbol: str
    tradable: bool
    shortable: bool = True
    borrow_status: str | None = None
    easy_to_borrow: bool = True  # what venues said before they told the status
    min_trade_increment: Number = None
    price_increment: Number = None


class _BarBody(msgspec.Struct, frozen=True, gc=False):
    t: str
    o: float
    h: float
    l: float  # noqa: E741 -- the name on the wire
    c: float
    v: float
    n: int = 0
    vw: float = 0.0


class _BarsBody(msgspec.Struct, frozen=True, gc=False):
    bars: dict[str, list[_BarBody]] | None
    next_page_token: str | None = None


class _AccountBody(msgspec.Struct, frozen=True, gc=False):
    status: str
    cash: Number
    equity: Number
    buying_power: Number
    long_market_value: Number = None
    short_market_value: Number = None
    last_equity: Number = None
    currency: str | None = None
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    trade_suspended_by_user: bool | None = None
    shorting_enabled: bool | None = None
    account_number: str | int | None = None


class AlpacaReference:
    """Ask the venue; every answer is asked for again where it failed for a moment. Errors as `RestClient.read`.

    Parameters
    ----------
    trading, data : both REST interfaces
    feed : of stocks
    """

    def __init__(self, trading: RestClient, data: RestClient, clock: Clock, feed: str) -> None:
        self._trading = trading
        self._data = data
        self._clock = clock
        self._feed = feed

    def close(self) -> None:
        """Close the connections."""
        self._trading.close()
        self._data.close()

    async def time(self, within_s: float | None = None) -> VenueTime:
        """Return the venue's clock; it was read half way between question and answer, give or take that half."""
        sent_ns, began_ns = self._clock.now_ns(), self._clock.monotonic_ns()
        told = await self._trading.read("/v2/clock", _ClockBody, within_s=within_s)
        half_ns = (self._clock.monotonic_ns() - began_ns) // 2
        venue_ns = moment_ns(told.timestamp)
        return VenueTime(
            venue_ns=venue_ns,
            offset_ns=sent_ns + half_ns - venue_ns,
            uncertainty_ns=half_ns,
            is_open=told.is_open,
            next_open_ns=moment_ns(told.next_open),
            next_close_ns=moment_ns(told.next_close),
        )

    async def calendar(self, first: str, last: str) -> list[VenueDay]:
        """Return the sessions between two dates, both included."""
        told = await self._trading.read("/v2/calendar", list[_DayBody], start=first, end=last)
        return [VenueDay(day_of(one.date), one.open, one.close) for one in told]

    async def standing(self) -> Standing:
        """Return how the account stands now."""
        told = await self._trading.read("/v2/account", _AccountBody)
        currency = told.currency or "USD"
        long, short = (money_units(one or "0", currency) for one in (told.long_market_value, told.short_market_value))
        equity = money_units(told.equity, currency)
        state = AccountState(
            ts_ns=self._clock.now_ns(),
            cash=money_units(told.cash, currency),
            equity=equity,
            peak_equity=max(equity, money_units(told.last_equity or "0", currency)),
            gross=long + abs(short),
            net=long - abs(short),
            open_orders=0,
        )
        power = money_units(told.buying_power, currency)
        number = "" if told.account_number is None else str(told.account_number)
        return Standing(state, power, "; ".join(_obstacles(told)), told.shorting_enabled is not False, number)

    async def borrowable(self, symbols: Iterable[str]) -> frozenset[str]:
        """Return those symbols that may be sold short: shares that are easy to borrow, and no coins."""
        found = set()
        for symbol in symbols:
            if "/" not in symbol:
                told = await self._trading.read(f"/v2/assets/{quote(symbol, safe='')}", _AssetBody)
                easy = told.easy_to_borrow if told.borrow_status is None else told.borrow_status == _EASY
                found |= {symbol} if told.tradable and told.shortable and easy else set()
        return frozenset(found)

    async def instruments(self, symbols: Iterable[str]) -> list[Instrument]:
        """Return the terms of those symbols that may be traded: shares whole, coins in the steps that the venue says."""
        wanted = set(symbols)
        classes = {"crypto" if "/" in symbol else "us_equity" for symbol in wanted}
        found: list[Instrument] = []
        for one in sorted(classes):
            told = await self._trading.read("/v2/assets", list[_AssetBody], status="active", asset_class=one)
            found += [_instrument(asset) for asset in told if asset.tradable and asset.symbol in wanted]
        return found

    async def order_names(self) -> tuple[str, ...]:
        """Return the client order ids of the newest orders, of whatever state."""
        told = await self._trading.read(
            "/v2/orders", list[_NamedBody], status="all", limit=ORDERS_A_PAGE, direction="desc"
        )
        return tuple([one.client_order_id for one in told])

    async def bars(
        self, symbols: Iterable[str], period: Period, start_ns: int, stop_ns: int, *, divided: bool = False
    ) -> list[VenueBar]:
        """Return the bars that begin in [start, stop), by time and then symbol; prices as they were, or divided by the splits since."""
        named = sorted(set(symbols))
        coins = [one for one in named if "/" in one]
        stocks = [one for one in named if "/" not in one]
        found: list[VenueBar] = []
        for path, group, feed in (("/v2/stocks/bars", stocks, self._feed), ("/v1beta3/crypto/us/bars", coins, None)):
            for start in range(0, len(group), SYMBOLS_A_REQUEST):
                part = ",".join(group[start : start + SYMBOLS_A_REQUEST])
                adjustment = "split" if divided and group is stocks else None
                found += await self._pages(path, part, feed, adjustment, period, start_ns, stop_ns)
        return sorted(found, key=lambda bar: (bar.open_ns, bar.symbol))

    async def _pages(
        self,
        path: str,
        symbols: str,
        feed: str | None,
        adjustment: str | None,
        period: Period,
        start_ns: int,
        stop_ns: int,
    ) -> list[VenueBar]:
        found: list[VenueBar] = []
        seen: set[str] = set()
        token: str | None = None
        while True:
            told = await self._data.read(
                path,
                _BarsBody,
                symbols=symbols,
                timeframe=period,
                start=moment_text(start_ns),
                end=moment_text(stop_ns - 1),
                limit=BARS_A_PAGE,
                feed=feed,
                adjustment=adjustment,
                page_token=token,
            )
            found += [bar for symbol, bars in (told.bars or {}).items() for bar in _bars(symbol, bars, period)]
            token = told.next_page_token
            if not token:
                return found
            if token in seen:
                raise VenueError(f"{self._data.host} goes round in circles: its pages of bars do not end")
            seen.add(token)


def _bars(symbol: str, bars: Iterable[_BarBody], period: Period) -> Iterator[VenueBar]:
    kind, length_ns = _PERIODS[period]
    for one in bars:
        open_ns = moment_ns(one.t)
        yield VenueBar(
            ts_ns=open_ns + length_ns, symbol=symbol, kind=kind, open_ns=open_ns, open=one.o, high=one.h, low=one.l, close=one.c,
            volume=one.v, trades=one.n, vwap=one.vw,
        )  # fmt: skip


def _obstacles(told: _AccountBody) -> Iterator[str]:
    """Yield why the account may not trade."""
    if told.status != "ACTIVE":
        yield f"the account is {told.status}"
    if told.trading_blocked or told.account_blocked:
        yield "the venue has blocked it"
    if told.trade_suspended_by_user:
        yield "its owner has suspended trading"
    if (told.currency or _CURRENCY) != _CURRENCY:
        yield f"it is kept in {told.currency}, expected {_CURRENCY}"


def _instrument(one: _AssetBody) -> Instrument:
    """Return the terms of an asset; what the venue says of parts of shares is not gone by, since none are traded and money could not say their worth."""
    lot, tick = 1.0, _SHARE_TICK
    if "/" in one.symbol:
        lot = lot if one.min_trade_increment is None else float(decimal(one.min_trade_increment))
        tick = tick if one.price_increment is None else float(decimal(one.price_increment))
    try:
        return Instrument(symbol=one.symbol, venue="alpaca", tick_size=tick, lot_size=lot)
    except ValueError as error:
        raise VenueError(f"the venue tells of terms that cannot be: {error}") from None
