"""Simulate a venue from bars: working orders, attached exits, fees, slippage, borrow and dividends.

How it works. The broker sees a bar set before the engine does. Working orders fill at the open, then attached stops and
targets are checked inside the bar; orders that the engine sends at the close wait for the next bar. One working
order and one pair of exits a symbol: a new entry replaces the exits, and a triggered exit cancels the working order.
The rules are the scalar kernels that the compiled path loops over.
"""

import math
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from tenfold.domain.account import AccountState
from tenfold.domain.errors import InvariantError, MoneyOverflowError
from tenfold.domain.events import CashFlow, Event
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import (
    EXIT,
    Cancel,
    Command,
    Fill,
    Flatten,
    Order,
    OrderStatus,
    OrderType,
    OrderUpdate,
    Reason,
    Replace,
    Side,
    Submit,
)
from tenfold.domain.rules import Rules
from tenfold.domain.units import money_scale, to_units
from tenfold.kernels import costs, fills
from tenfold.kernels.accounting import average_price, exceeds, filled, unit_value

_SLIPPAGE: Final = {"fixed": costs.FIXED, "half_spread": costs.HALF_SPREAD, "volume_share": costs.VOLUME_SHARE}
_ALWAYS: Final = -(1 << 40)


class _Venue:
    """Hold what the venue knows of one symbol."""

    __slots__ = ("after", "close", "cost", "entry", "instrument", "lots", "order", "pending", "scale", "stop", "target")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.scale = instrument.units_per_price
        self.order: Order | None = None
        self.pending = 0  # signed lots of `order` still to fill
        self.after = _ALWAYS  # `order` fills only in sessions after this one
        self.entry: Order | None = None
        self.stop = 0.0
        self.target = 0.0
        self.lots = 0
        self.cost = 0
        self.close = 0.0  # last price, for borrow and the account


class SimulatedBroker:
    """Fill orders from bars; a `Broker` whose reports follow from `on_bars`."""

    def __init__(self, rules: Rules, instruments: Sequence[Instrument]) -> None:
        self._costs = rules.costs
        self._participation = rules.costs.participation_frac_max or 0.0
        self._slippage = _SLIPPAGE[rules.costs.slippage]
        self._slippage_frac = rules.costs.slippage_bps / 10_000.0
        money = float(10 ** money_scale(instruments[0].currency))
        self._minimum = rules.costs.fee_minimum * money
        self._per_lot = {i.symbol: rules.costs.fee_per_share * i.lot_size * money for i in instruments}
        self._venues = {i.symbol: _Venue(i) for i in instruments}
        self._cash = to_units(rules.account.cash, instruments[0].currency)
        self._reports: list[Event] = []
        self._session: int | None = None
        self._ts_ns = 0
        self._fills = 0

    # the Broker port

    def send(self, commands: Sequence[Command]) -> None:
        """Take commands at the close of a bar; they work from the next one."""
        for command in commands:
            match command:
                case Submit(order=order):
                    self._submit(order)
                case Cancel(order_id=order_id, symbol=symbol) if symbol in self._venues:
                    self._cancel(self._venues[symbol], order_id)
                case Replace(order_id=order_id, symbol=symbol, qty=qty) if symbol in self._venues:
                    self._replace(self._venues[symbol], order_id, qty)
                case Flatten():
                    self._flatten(command)

    def reports(self) -> list[Event]:
        """Return what happened since the last call."""
        found, self._reports = self._reports, []
        return found

    def account(self) -> AccountState:
        """Return the account at the last close."""
        worth = [venue.lots * unit_value(venue.close, venue.scale) for venue in self._venues.values()]
        equity = self._cash + sum(worth)
        return AccountState(
            ts_ns=self._ts_ns, cash=self._cash, equity=equity, peak_equity=equity, gross=sum(map(abs, worth)),
            net=sum(worth), open_orders=sum(venue.pending != 0 for venue in self._venues.values()),
        )  # fmt: skip

    def positions(self) -> dict[str, int]:
        """Return signed lots by symbol."""
        return {symbol: venue.lots for symbol, venue in self._venues.items() if venue.lots}

    # the simulation

    def on_bars(self, bars: BarSet) -> None:
        """Move the venue through a bar set: borrow and dividends, then fills."""
        self._ts_ns = bars.ts_ns
        if self._session is not None and bars.session != self._session and self._costs.borrow_annual_frac > 0.0:
            self._charge_borrow(bars.ts_ns, bars.session - self._session)
        self._session = bars.session
        for bar in bars.bars:
            venue = self._venues[bar.symbol]
            if bar.dividend > 0.0:
                self._pay_dividend(venue, bar)
            if venue.pending != 0 or venue.stop > 0.0 or venue.target > 0.0:
                self._match(venue, bar)
            venue.close = bar.close

    def _charge_borrow(self, ts_ns: int, days: int) -> None:
        for symbol, venue in self._venues.items():
            if venue.lots < 0:
                owed = (
                    float(-venue.lots * unit_value(venue.close, venue.scale))
                    * self._costs.borrow_annual_frac
                    * days
                    / 365.0
                )
                self._credit(CashFlow(ts_ns=ts_ns, symbol=symbol, kind="borrow", units=-math.floor(owed + 0.5)))

    def _pay_dividend(self, venue: _Venue, bar: Bar) -> None:
        if venue.lots:
            if exceeds(abs(venue.lots), bar.dividend, venue.scale):
                raise MoneyOverflowError(f"a dividend of {bar.symbol} leaves the range of exact money")
            units = venue.lots * unit_value(bar.dividend, venue.scale)
            self._credit(CashFlow(ts_ns=bar.open_ns, symbol=bar.symbol, kind="dividend", units=units))

    def _credit(self, flow: CashFlow) -> None:
        self._cash += flow.units
        self._reports.append(flow)

    def _match(self, venue: _Venue, bar: Bar) -> None:
        used = 0
        first = bar.open
        order = venue.order
        if order is not None and venue.pending != 0 and bar.session > venue.after:
            side = 1 if venue.pending > 0 else -1
            used = fills.fillable(side * venue.pending, bar.volume, self._participation, venue.instrument.lot_size)
            if used > 0:
                before = venue.lots
                price = self._slipped(venue, side, bar.open, used, bar)
                venue.pending -= side * used
                self._fill(venue, bar, order, side * used, price, bar.open, order.reason)
                if before == 0 or (before > 0) != (venue.lots > 0):
                    first = price
                if venue.pending == 0:
                    venue.order = None
        lots = venue.lots
        if lots == 0 or (venue.stop == 0.0 and venue.target == 0.0):
            return
        which = fills.triggered(lots, first, bar.high, bar.low, venue.stop, venue.target)
        if which:
            self._leave(venue, bar, which, first, used)

    def _leave(self, venue: _Venue, bar: Bar, which: int, first: float, used: int) -> None:
        """Fill a triggered exit as far as the bar allows; the rest works on as a market order."""
        entry = venue.entry
        if entry is None:
            raise InvariantError(f"an exit of {bar.symbol} triggered without an entry")
        lots = venue.lots
        side = -1 if lots > 0 else 1
        reason = Reason.STOP if which == fills.STOP else Reason.TARGET
        price = fills.exit_price(lots, which, first, venue.stop, venue.target)
        if venue.order is not None and venue.pending != 0:
            done = venue.order.qty - abs(venue.pending)
            self._update(venue.order, bar.ts_ns, OrderStatus.CANCELED, filled=done)
        size = abs(lots)
        leaving = Order(
            order_id=entry.order_id + EXIT, ts_ns=bar.ts_ns, symbol=bar.symbol,
            side=Side.SELL if lots > 0 else Side.BUY, qty=size, parent_id=entry.order_id, reason=reason,
        )  # fmt: skip
        filling = fills.fillable(size + used, bar.volume, self._participation, venue.instrument.lot_size) - used
        venue.order, venue.pending, venue.after = leaving, -lots, _ALWAYS
        venue.stop = venue.target = 0.0
        if filling > 0:
            paid = price
            if which != fills.TARGET:
                paid = self._slipped(venue, side, price, filling, bar)
            else:
                paid = costs.snapped(price, venue.instrument.tick_size)
            venue.pending -= side * filling
            self._fill(venue, bar, leaving, side * filling, paid, price, reason)
        if venue.pending == 0:
            venue.order = None
        else:
            self._update(leaving, bar.ts_ns, OrderStatus.ACCEPTED, filled=size - abs(venue.pending))

    def _slipped(self, venue: _Venue, side: int, price: float, lots: int, bar: Bar) -> float:
        moved = costs.slipped(
            side, price, self._slippage, self._slippage_frac, self._costs.impact,
            float(lots) * venue.instrument.lot_size, bar.volume, bar.bid_open, bar.ask_open,
        )  # fmt: skip
        return costs.snapped(moved, venue.instrument.tick_size)

    def _fill(
        self, venue: _Venue, bar: Bar, order: Order, qty: int, price: float, unslipped: float, reason: Reason
    ) -> None:
        """Report and book a fill of signed lots."""
        size = abs(qty)
        if exceeds(size, price, venue.scale) or exceeds(size, unslipped, venue.scale):
            raise MoneyOverflowError(f"a fill of {size} lots of {bar.symbol} leaves the range of exact money")
        unit = unit_value(price, venue.scale)
        self._fills += 1
        fill = Fill(
            ts_ns=bar.open_ns,
            fill_id=f"{order.order_id}-{self._fills}",
            order_id=order.order_id,
            symbol=bar.symbol,
            side=Side.BUY if qty > 0 else Side.SELL,
            qty=size,
            price=price,
            fee_units=costs.fee_units(size, unit, self._costs.fee_frac, self._per_lot[bar.symbol], self._minimum),
            slippage_units=qty * (unit - unit_value(unslipped, venue.scale)),
            reason=reason,
        )
        venue.lots, venue.cost, _ = filled(venue.lots, venue.cost, qty, unit)
        self._cash -= qty * unit + fill.fee_units
        self._reports.append(fill)
        if venue.lots == 0:
            venue.stop = venue.target = 0.0
        elif (venue.lots > 0) == (qty > 0):
            venue.entry = order
            anchor = average_price(venue.cost, venue.lots, venue.scale)
            venue.stop = self._level(venue, venue.lots, anchor, order.stop_frac, fills.STOP)
            venue.target = self._level(venue, venue.lots, anchor, order.target_frac, fills.TARGET)

    def _level(self, venue: _Venue, lots: int, anchor: float, frac: float | None, which: int) -> float:
        price = 0.0 if frac is None else fills.exit_level(lots, anchor, frac, which)
        return costs.snapped(price, venue.instrument.tick_size) if price > 0.0 else 0.0

    # commands

    def _submit(self, order: Order) -> None:
        venue = self._venues.get(order.symbol)
        if venue is None or venue.pending != 0:
            text = "the symbol is unknown" if venue is None else "another order is working; cancel it first"
            self._update(order, order.ts_ns, OrderStatus.REJECTED, text=text)
            return
        venue.order = order
        venue.pending = order.side.sign * order.qty
        later = order.type is OrderType.MARKET_ON_OPEN and self._session is not None
        venue.after = self._session if later and self._session is not None else _ALWAYS

    def _cancel(self, venue: _Venue, order_id: str) -> None:
        if venue.order is not None and venue.order.order_id == order_id:
            order, done = venue.order, venue.order.qty - abs(venue.pending)
            venue.order, venue.pending = None, 0
            self._update(order, self._ts_ns, OrderStatus.CANCELED, filled=done)

    def _replace(self, venue: _Venue, order_id: str, qty: int) -> None:
        order = venue.order
        if order is None or order.order_id != order_id:
            return
        done = order.qty - abs(venue.pending)
        if qty <= done:  # nothing is left to fill
            self._cancel(venue, order_id)
            return
        venue.order = replace(order, qty=qty)
        venue.pending = order.side.sign * (qty - done)

    def _flatten(self, command: Flatten) -> None:
        for symbol, venue in self._venues.items():
            if venue.order is not None:
                self._cancel(venue, venue.order.order_id)
            lots = venue.lots
            if lots:
                venue.order = Order(
                    order_id=f"flatten-{command.ts_ns}-{symbol}", ts_ns=command.ts_ns, symbol=symbol,
                    side=Side.SELL if lots > 0 else Side.BUY, qty=abs(lots), reason=command.reason,
                )  # fmt: skip
                venue.pending, venue.after = -lots, _ALWAYS

    def _update(self, order: Order, ts_ns: int, status: OrderStatus, filled: int = 0, text: str = "") -> None:
        self._reports.append(
            OrderUpdate(
                ts_ns=ts_ns, order_id=order.order_id, symbol=order.symbol, status=status, filled=filled, text=text
            )
        )
