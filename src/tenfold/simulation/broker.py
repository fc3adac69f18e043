"""Simulate a venue from bars: the account, its orders, fees, slippage, borrow, interest and dividends.

How it works. The broker sees a bar set before the engine does, and hands each bar to the desk of its symbol; orders that
the engine sends at the close wait for the next bar. The rules are the scalar kernels that the compiled path loops over.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from tenfold.domain.account import AccountState
from tenfold.domain.errors import MoneyOverflowError
from tenfold.domain.events import CashFlow, Event, PositionRestated
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import (
    Cancel,
    Command,
    Fill,
    Flatten,
    Order,
    OrderStatus,
    OrderUpdate,
    Replace,
    Side,
    Submit,
    amended,
)
from tenfold.domain.rules import Rules
from tenfold.domain.units import money_scale, to_units
from tenfold.kernels import costs
from tenfold.kernels.accounting import exceeds, unit_value
from tenfold.simulation.book_desk import BookDesk, Tick
from tenfold.simulation.desk import Desk
from tenfold.simulation.fees import FeeRates
from tenfold.simulation.slippage import Slippage


class SimulatedBroker:
    """Fill orders from bars, those of symbols that have ticks in an order book; a `Broker` whose reports follow from `on_bars`.

    `ticks` are quotes, prints and changes of depth by symbol, in the order of their time.
    """

    def __init__(
        self, rules: Rules, instruments: Sequence[Instrument], ticks: Mapping[str, Iterable[Tick]] | None = None
    ) -> None:
        self._costs = rules.costs
        self._slippage = Slippage(rules.costs)
        self._fees = FeeRates(rules.costs, instruments)
        money = float(10 ** money_scale(instruments[0].currency))
        self._minimum = rules.costs.fee_minimum * money
        self._per_lot = {i.symbol: rules.costs.fee_per_share * i.lot_size * money for i in instruments}
        participation = rules.costs.participation_frac_max or 0.0
        self._ticks = ticks or {}
        self._desks: dict[str, Desk] = {
            i.symbol: BookDesk(i, rules.matching, self, self._ticks[i.symbol])
            if i.symbol in self._ticks
            else Desk(i, rules.matching, participation, self)
            for i in instruments
        }
        self._by_day = rules.costs.borrow_annual_frac > 0.0 or rules.costs.margin_annual_frac > 0.0
        self._cash = to_units(rules.account.cash, instruments[0].currency)
        self._reports: list[Event] = []
        self._session: int | None = None
        self._ts_ns = 0
        self._fills = 0
        self._flattened = 0
        self._known: dict[str, int] = {}  # lots that each order so far has filled
        self._full: set[str] = set()  # ids of those that have filled whole

    # the Broker port

    def send(self, commands: Sequence[Command]) -> None:
        """Take commands at the close of a bar; they work from the next one."""
        for command in commands:
            match command:
                case Submit(order=order):
                    self._submit(order)
                case Cancel(order_id=order_id, symbol=symbol) if symbol in self._desks:
                    self._cancel(self._desks[symbol], order_id)
                case Replace(symbol=symbol) if symbol in self._desks:
                    self._replace(self._desks[symbol], command)
                case Flatten():
                    self._flatten(command)

    def restate(self, told: PositionRestated) -> PositionRestated:
        """Hold a position that came without a trade, which has no exits of its own, or where it has a ratio divide what is held here; return what is held."""
        desk = self._desks[told.symbol]
        if told.ratio > 0.0:
            desk.divide(told.ratio)
            return replace(told, lots=desk.lots, cost_units=desk.cost)
        desk.lots, desk.cost = told.lots, told.cost_units
        return told

    def reports(self) -> list[Event]:
        """Return what happened since the last call."""
        found, self._reports = self._reports, []
        if self._ticks:  # within a bar each symbol was lived through by itself
            found.sort(key=lambda report: report.ts_ns)
        return found

    def account(self) -> AccountState:
        """Return the account at the last close."""
        worth = [desk.lots * unit_value(desk.close, desk.scale) for desk in self._desks.values()]
        equity = self._cash + sum(worth)
        return AccountState(
            ts_ns=self._ts_ns, cash=self._cash, equity=equity, peak_equity=equity, gross=sum(map(abs, worth)),
            net=sum(worth), open_orders=sum(len(desk.working) for desk in self._desks.values()),
        )  # fmt: skip

    def positions(self) -> dict[str, int]:
        """Return signed lots by symbol."""
        return {symbol: desk.lots for symbol, desk in self._desks.items() if desk.lots}

    # the simulation

    def on_bars(self, bars: BarSet) -> None:
        """Move the venue through a bar set: borrow, interest and dividends, then fills."""
        self._ts_ns = bars.ts_ns
        if self._by_day and self._session is not None and bars.session != self._session:
            self._charge_days(bars.ts_ns, bars.session - self._session)
        self._session = bars.session
        for bar in bars.bars:
            desk = self._desks[bar.symbol]
            if bar.dividend != 0.0:
                self._pay(desk, bar)
            desk.on_bar(bar)

    def _charge_days(self, ts_ns: int, days: int) -> None:
        """Charge borrow on short positions and interest on borrowed cash for the calendar days since the last session."""
        borrow, margin = self._costs.borrow_annual_frac, self._costs.margin_annual_frac
        for symbol, desk in self._desks.items() if borrow > 0.0 else ():
            if desk.lots < 0:
                owed = float(-desk.lots * unit_value(desk.close, desk.scale)) * borrow * days / 365.0
                self._credit(CashFlow(ts_ns=ts_ns, symbol=symbol, kind="borrow", units=-math.floor(owed + 0.5)))
        if margin > 0.0 and self._cash < 0:
            owed = float(-self._cash) * margin * days / 365.0
            symbol = next(iter(self._desks))
            self._credit(CashFlow(ts_ns=ts_ns, symbol=symbol, kind="interest", units=-math.floor(owed + 0.5)))

    def _pay(self, desk: Desk, bar: Bar) -> None:
        if desk.lots:
            if exceeds(abs(desk.lots), abs(bar.dividend), desk.scale):
                raise MoneyOverflowError(f"a dividend of {bar.symbol} leaves the range of exact money")
            units = desk.lots * unit_value(bar.dividend, desk.scale)
            self._credit(CashFlow(ts_ns=bar.open_ns, symbol=bar.symbol, kind="dividend", units=units))

    def _credit(self, flow: CashFlow) -> None:
        self._cash += flow.units
        self._reports.append(flow)

    # what the desks ask for

    def slipped(self, desk: Desk, side: int, price: float, lots: int, bar: Bar) -> float:
        """Return the price after slippage, on the tick."""
        return self._slippage.price(desk.instrument, side, price, lots, bar)

    def book(
        self, desk: Desk, bar: Bar, order: Order, qty: int, price: float, unslipped: float, maker: bool, at_close: bool
    ) -> None:
        """Report and pay for a fill of signed lots."""
        size = abs(qty)
        if exceeds(size, price, desk.scale) or exceeds(size, unslipped, desk.scale):
            raise MoneyOverflowError(f"a fill of {size} lots of {bar.symbol} leaves the range of exact money")
        unit = unit_value(price, desk.scale)
        self._fills += 1
        fee_frac = self._fees.rate(bar.symbol, bar.open_ns, maker=maker)
        self._fees.traded(bar.symbol, bar.open_ns, size * unit)
        fill = Fill(
            ts_ns=bar.ts_ns if at_close else bar.open_ns,
            fill_id=f"{order.order_id}-{self._fills}",
            order_id=order.order_id,
            symbol=bar.symbol,
            side=Side.BUY if qty > 0 else Side.SELL,
            qty=size,
            price=price,
            fee_units=costs.fee_units(size, unit, fee_frac, self._per_lot[bar.symbol], self._minimum),
            slippage_units=qty * (unit - unit_value(unslipped, desk.scale)),
            reason=order.reason,
            liquidity="maker" if maker else "taker",
        )
        self._cash -= qty * unit + fill.fee_units
        self._reports.append(fill)
        self._known[order.order_id] = done = self._known.get(order.order_id, 0) + size
        if done >= order.qty:
            self._full.add(order.order_id)

    def update(
        self, order: Order, ts_ns: int, status: OrderStatus, filled: int = 0, text: str = "", qty: int = 0
    ) -> None:
        """Report a change of an order; `qty` where its terms have changed."""
        self._reports.append(
            OrderUpdate(
                ts_ns=ts_ns,
                order_id=order.order_id,
                symbol=order.symbol,
                status=status,
                filled=filled,
                text=text,
                qty=qty,
            )
        )

    # commands

    def _submit(self, order: Order) -> None:
        desk = self._desks.get(order.symbol)
        if desk is None or order.order_id in self._known:
            text = "the symbol is unknown" if desk is None else "an order with this id was sent before"
            self.update(order, order.ts_ns, OrderStatus.REJECTED, text=text)
            return
        self._known[order.order_id] = 0
        desk.add(order, self._session)

    def _cancel(self, desk: Desk, order_id: str) -> None:
        one = desk.working.get(order_id)
        if one is not None:
            desk.drop(one, self._ts_ns, OrderStatus.CANCELED)

    def _replace(self, desk: Desk, command: Replace) -> None:
        one = desk.working.get(command.order_id)
        if one is None:
            if command.order_id in self._full and (command.qty or 0) > self._known[command.order_id]:
                self._came_late(command)
            return
        if not one.replaced(amended(one.order, command)):
            desk.drop(one, self._ts_ns, OrderStatus.CANCELED)
            return
        status = OrderStatus.PARTIALLY_FILLED if one.filled else OrderStatus.ACCEPTED
        self.update(one.order, command.ts_ns, status, filled=one.filled, text="replaced", qty=one.order.qty)

    def _came_late(self, command: Replace) -> None:
        """Tell that an order was full when it was made larger: who did so counts on more lots, and hears how many there were."""
        lots = self._known[command.order_id]
        self._reports.append(
            OrderUpdate(
                ts_ns=command.ts_ns, order_id=command.order_id, symbol=command.symbol, status=OrderStatus.FILLED, filled=lots, qty=lots
            )
        )  # fmt: skip

    def _flatten(self, command: Flatten) -> None:
        for symbol, desk in self._desks.items():
            desk.cancel_all(self._ts_ns)
            if desk.lots:
                self._flattened += 1
                leaving = Order(
                    order_id=f"flatten-{symbol}-{self._flattened}", ts_ns=command.ts_ns, symbol=symbol,
                    side=Side.SELL if desk.lots > 0 else Side.BUY, qty=abs(desk.lots), reason=command.reason,
                )  # fmt: skip
                desk.add(leaving, self._session)
                self.update(leaving, command.ts_ns, OrderStatus.ACCEPTED)
