"""Keep cash, positions and P&L exact, in whole lots and money units."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from tenfold.domain.account import Position
from tenfold.domain.errors import InvariantError, MoneyOverflowError
from tenfold.domain.events import Busted, CashFlow, PositionRestated
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar
from tenfold.domain.order import Fill
from tenfold.domain.units import LOTS_LIMIT, MONEY_LIMIT, to_units
from tenfold.kernels.accounting import exceeds, filled, unit_value

_FLAT: Final = Position()
DEPOSIT: Final = "deposit"
_OUTSIDE: Final = frozenset({DEPOSIT, "MA", "OPASN", "OPCSH", "OPEXC", "OPTRD", "REO", "REORG", "SPIN"})
"""Kinds of cash that nothing was earned by: a deposit or a withdrawal, and what a venue pays where shares go or come by a merger, an assignment
or an exercise of options, a reorganisation or a spin-off."""


class Ledger:
    """Hold one cash account.

    Attributes
    ----------
    cash : money units
    deposits, flows : what came in from outside, by which nothing was earned: the starting cash, cash and shares that were paid in less those
        that were paid out; then dividends less borrow cost and interest
    positions : by symbol, flat ones included once traded
    closes : last close by symbol, 0 before the first
    unpriced : symbols of which shares came from outside before a close was known: they count at their cost
    net, gross : value of all positions at their marks, signed and absolute; valid after `mark`
    """

    def __init__(self, instruments: Iterable[Instrument], cash: float) -> None:
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self._scale = {symbol: instrument.units_per_price for symbol, instrument in self.instruments.items()}
        currency = next(iter(self.instruments.values())).currency
        self.cash = to_units(cash, currency)
        self.deposits = self.cash
        self.flows = 0
        self.positions: dict[str, Position] = {}
        self.closes: dict[str, float] = dict.fromkeys(self.instruments, 0.0)
        self.unpriced: set[str] = set()
        self.net = 0
        self.gross = 0

    @property
    def equity(self) -> int:
        """Cash and positions at their last marks, money units."""
        return self.cash + self.net

    def position(self, symbol: str) -> Position:
        """Return the position of a symbol, flat where it was never traded."""
        return self.positions.get(symbol, _FLAT)

    def mark_of(self, symbol: str) -> int:
        """Return the value of one lot at the last close."""
        return unit_value(self.closes[symbol], self._scale[symbol])

    def worth_of(self, symbol: str) -> int:
        """Return what one lot that is held counts for: its value at the last close, what it cost before the first."""
        position = self.position(symbol)
        return self.mark_of(symbol) or (position.cost // position.lots if position.lots else 0)

    def apply(self, fill: Fill) -> Position:
        """Book a fill and return the position that results."""
        if exceeds(fill.qty, fill.price, self._scale[fill.symbol]):
            raise MoneyOverflowError(f"a fill of {fill.qty} lots of {fill.symbol} leaves the range of exact money")
        unit = unit_value(fill.price, self._scale[fill.symbol])
        qty = fill.side.sign * fill.qty
        before = self.position(fill.symbol)
        lots, cost, realised = filled(before.lots, before.cost, qty, unit)
        if abs(lots) >= LOTS_LIMIT:
            raise MoneyOverflowError(f"a position of {lots} lots of {fill.symbol} is beyond 2^31 lots")
        after = Position(lots=lots, cost=cost, realised=before.realised + realised, fees=before.fees + fill.fee_units)
        self.positions[fill.symbol] = after
        self.cash -= qty * unit + fill.fee_units
        return after

    def gained(self, fill: Fill) -> int:
        """Return what a fill has brought at the last close, less its fee, money units."""
        paid = unit_value(fill.price, self._scale[fill.symbol])
        return fill.side.sign * fill.qty * ((self.mark_of(fill.symbol) or paid) - paid) - fill.fee_units

    def undo(self, bust: Busted) -> Position:
        """Take a fill back and return the position that results; money and lots are as if it had never been.

        Where it opened what is still held, its cost leaves with it. Where that cannot be said any more, because the position was
        closed or turned since, the same is traded back at the same price: equity is equal, and only the split between cost and realised differs.
        """
        unit = unit_value(bust.price, self._scale[bust.symbol])
        qty = -bust.side.sign * bust.qty
        before = self.position(bust.symbol)
        lots, cost, realised = before.lots + qty, before.cost + qty * unit, 0
        if lots == 0 and before.lots != 0:
            cost, realised = 0, -cost
        elif (before.lots > 0) == (qty > 0) or (lots > 0) != (before.lots > 0) or (cost > 0) != (lots > 0):
            lots, cost, realised = filled(before.lots, before.cost, qty, unit)
        after = Position(lots=lots, cost=cost, realised=before.realised + realised, fees=before.fees - bust.fee_units)
        self.positions[bust.symbol] = after
        self.cash -= qty * unit - bust.fee_units
        return after

    def restate(self, event: PositionRestated) -> Position:
        """Put a position in the place of the one that is there, without a trade.

        Where their cost stays, the shares were divided, and the last close with them. Else shares came from outside or went there, at the last
        close; before the first at their cost, until a close is known. What they had earned before is none of what is realised here.
        """
        before, symbol = self.position(event.symbol), event.symbol
        unit = self.mark_of(symbol)
        more = (event.lots - before.lots) * unit
        larger = (abs(event.lots) - abs(before.lots)) * unit
        if not unit:
            more = event.cost_units - before.cost
            larger = abs(event.cost_units) - abs(before.cost)
            self.unpriced.add(symbol)
        elif divided(before, event):
            self.closes[symbol] *= price_factor(before, event)
            more = larger = 0
        self.net += more
        self.gross += larger
        self.deposits += more
        realised = before.realised + event.cost_units - before.cost - more
        after = replace(before, lots=event.lots, cost=event.cost_units, realised=realised)
        self.positions[symbol] = after
        return after

    def _pay_in(self, symbol: str, worth: int) -> None:
        """Take so much of what a position is worth for paid in."""
        position = self.positions[symbol]
        self.positions[symbol] = replace(position, realised=position.realised - worth)
        self.deposits += worth

    def _price(self) -> None:
        """Take what came from outside for worth its first close, not its cost."""
        for symbol in sorted(self.unpriced):
            if unit := self.mark_of(symbol):
                position = self.positions[symbol]
                self._pay_in(symbol, position.lots * unit - position.cost)
                self.unpriced.discard(symbol)

    def price(self, symbol: str, price: float) -> None:
        """Take the price of a trade for the first close of what came from outside before there was one."""
        self.closes[symbol] = price
        self._price()

    def credit(self, flow: CashFlow) -> None:
        """Book a dividend, a borrow cost, interest or a deposit; what is paid for shares that go without a trade came from outside, as they went there."""
        self.cash += flow.units
        if flow.kind in _OUTSIDE:
            self.deposits += flow.units
        else:
            self.flows += flow.units

    def mark(self, bars: Iterable[Bar]) -> None:
        """Value all positions at their last closes, those of these bars included."""
        closes = self.closes
        for bar in bars:
            closes[bar.symbol] = bar.close
        if self.unpriced:
            self._price()
        net = gross = 0
        for symbol, position in self.positions.items():
            if position.lots:
                close = closes[symbol]  # what was taken over is worth what it cost until a price is known
                worth = position.lots * unit_value(close, self._scale[symbol]) if close else position.cost
                net += worth
                gross += worth if worth >= 0 else -worth
        if gross + abs(self.cash) >= MONEY_LIMIT:
            raise MoneyOverflowError("the account leaves the range of exact money: lower the cash or the leverage")
        self.net = net
        self.gross = gross

    def valued(self, price: Callable[[str], float]) -> tuple[int, int]:
        """Return equity and gross value at prices by symbol, at the last close where a price is 0, at cost where that is too; the marks stay as they are."""
        net = gross = 0
        for symbol, position in self.positions.items():
            if position.lots:
                known = price(symbol) or self.closes[symbol]
                worth = position.lots * unit_value(known, self._scale[symbol]) if known else position.cost
                net += worth
                gross += abs(worth)
        return self.cash + net, gross

    def verify(self) -> None:
        """Assert that cash, cost, realised P&L, fees and flows balance to the unit."""
        held = self.positions.values()
        cost = sum(position.cost for position in held)
        realised = sum(position.realised for position in held)
        fees = sum(position.fees for position in held)
        if self.cash + cost - realised + fees != self.deposits + self.flows:
            raise InvariantError(
                f"the ledger does not balance: cash {self.cash} + cost {cost} - realised {realised} + fees {fees} "
                f"is not {self.deposits} + {self.flows}"
            )


def divided(before: Position, event: PositionRestated) -> bool:
    """Say whether shares were divided: what they cost changed by less than half as much as their number, since venues round and reckon costs in other ways."""
    larger = max(abs(before.lots), abs(event.lots))
    cost = abs(event.cost_units - before.cost) * 2 * larger
    return before.lots * event.lots > 0 and cost <= abs(before.cost) * abs(event.lots - before.lots)


def price_factor(before: Position, event: PositionRestated) -> float:
    """Return what prices of shares that were divided are multiplied by."""
    return 1.0 / event.ratio if event.ratio > 0.0 else before.lots / event.lots
