"""Hold lots and cash as the records tell them against what the venue says, and name each difference."""

from collections.abc import Iterable
from itertools import chain, combinations
from typing import Final

from tenfold.domain.events import Busted, CashFlow, Difference, Event, PositionRestated, Reconciled, Started
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Fill
from tenfold.domain.units import NS_PER_DAY, to_units
from tenfold.execution.reports import Stock, VenueFlow
from tenfold.kernels.accounting import unit_value

_KEPT_NS: Final = 10 * NS_PER_DAY
_TRIED_MAX: Final = 8
"""Flows of which every choice is tried against a gap of cash."""
_CASH: Final = "cash:"
"""Stands for cash among symbols, none of which has a colon."""


class Reconciliation:
    """Keep a second account of lots and cash, and compare it; the ledger's own is not asked.

    A venue's answers on orders, positions and cash may be of different moments, so that a difference counts once two
    answers in a row have the same.

    Attributes
    ----------
    lots : signed, by symbol
    cash_units : money units
    """

    def __init__(self, instruments: Iterable[Instrument], cash: float) -> None:
        listed = list(instruments)
        self.lots = {instrument.symbol: 0 for instrument in listed}
        self.cash_units = to_units(cash, listed[0].currency)
        self._scale = {instrument.symbol: instrument.units_per_price for instrument in listed}
        self._tolerance = to_units(0.01, listed[0].currency)
        self._flows: dict[str, int] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._parts: dict[str, str] = {}
        self._beside: dict[str, str] = {}  # the parts that were held beside the lots that are kept
        self._lot = {instrument.symbol: instrument.lot_size for instrument in listed}
        self._began_ns = 0  # the latest process

    @property
    def state(self) -> tuple[dict[str, int], int, dict[str, int]]:
        """What is kept, for a hash."""
        return self.lots, self.cash_units, self._flows

    def apply(self, record: object) -> None:
        """Take one record of the journal."""
        match record:
            case Fill() if record.symbol in self.lots:
                self._trade(record.symbol, record.side.sign * record.qty, record.price, record.fee_units)
            case Busted() if record.symbol in self.lots:
                self._trade(record.symbol, -record.side.sign * record.qty, record.price, -record.fee_units)
            case PositionRestated():
                self.lots[record.symbol] = record.lots
            case CashFlow():
                self.cash_units += record.units
                if record.flow_id:
                    self._flows[record.flow_id] = record.ts_ns
            case Started():
                self._began_ns = record.ts_ns
            case Reconciled():  # what is asked for from here on; until then it is from where it was before
                kept_ns = record.since_ns - _KEPT_NS
                if any(ts <= kept_ns for ts in self._flows.values()):
                    self._flows = {key: ts for key, ts in self._flows.items() if ts > kept_ns}

    def _trade(self, symbol: str, qty: int, price: float, fee_units: int) -> None:
        self.lots[symbol] += qty
        self.cash_units -= qty * unit_value(price, self._scale[symbol]) + fee_units

    def flows(self, stock: Stock, *, opening: bool, began_ns: int = 0, settled: bool = True) -> list[Event]:
        """Return the flows of cash that were not booked yet; at the `opening` they are in the cash that is taken over, and move nothing.

        The venue names some by the midnight before. Of one from before the run began nobody can say whether it was in the cash that was
        taken over, since the list may be behind: once all executions are `settled`, those are booked that bring ours nearest to the venue's.
        """
        fresh = [
            flow for flow in {flow.flow_id: flow for flow in stock.flows}.values() if flow.flow_id not in self._flows
        ]
        booked = [flow for flow in fresh if opening or flow.ts_ns >= began_ns or not flow.units]
        if settled and stock.cash_units is not None and len(booked) < len(fresh):
            gap = stock.cash_units - self.cash_units - sum(flow.units for flow in booked)
            booked += _explaining([flow for flow in fresh if flow not in booked], gap)
        return [
            CashFlow(
                ts_ns=stock.ts_ns,
                symbol=flow.symbol,
                kind=flow.kind,
                units=0 if opening else flow.units,
                flow_id=flow.flow_id,
                done_ns=0 if opening or flow.ts_ns >= self._began_ns else flow.ts_ns,
            )
            for flow in booked
        ]

    def opening(self, stock: Stock) -> list[Event]:
        """Return what makes a new account equal to the venue's: positions as they are, and the difference of cash as a deposit."""
        events: list[Event] = [
            PositionRestated(ts_ns=stock.ts_ns, symbol=symbol, lots=lots, cost_units=stock.costs.get(symbol, 0))
            for symbol, lots in stock.positions.items()
            if symbol in self.lots and lots != self.lots[symbol]
        ]
        events += [
            PositionRestated(ts_ns=stock.ts_ns, symbol=symbol, lots=0, cost_units=0)
            for symbol, lots in self.lots.items()
            if lots and symbol not in stock.positions
        ]
        moved = 0 if stock.cash_units is None else stock.cash_units - self.cash_units
        if moved:
            events.append(CashFlow(ts_ns=stock.ts_ns, symbol="", kind="deposit", units=moved))
        return events

    def restated(self, stock: Stock, unsettled: frozenset[str]) -> list[Event]:
        """Return the positions that are other since shares moved without a trade: by what is told the first time, or since the answer before."""
        moved: dict[str, bool] = {}
        for flow in stock.flows:
            if flow.shares and flow.symbol in self.lots and flow.symbol not in unsettled:
                moved[flow.symbol] = moved.get(flow.symbol, False) or flow.flow_id not in self._flows
        found: list[Event] = []
        for symbol, fresh in moved.items():
            ours, theirs = self.lots[symbol], stock.positions.get(symbol, 0)
            if ours != theirs and (fresh or self._seen.get(symbol) == (ours, theirs)):
                units, ratio = stock.costs.get(symbol, 0), self._ratio(stock, symbol)
                found.append(
                    PositionRestated(ts_ns=stock.ts_ns, symbol=symbol, lots=theirs, cost_units=units, ratio=ratio)
                )
        return found

    def _ratio(self, stock: Stock, symbol: str) -> float:
        """Return how many shares became of one, 0 where whole lots alone tell it, or what was held beside them before is not known."""
        lot, whole = self._lot[symbol], abs(self.lots[symbol])
        before, now = abs(float(self._beside.get(symbol, "0"))), abs(float(stock.parts.get(symbol, "0")))
        if not whole or symbol not in self._beside or before == now == 0.0:
            return 0.0
        return (abs(stock.positions.get(symbol, 0)) + now / lot) / (whole + before / lot)

    def differences(self, stock: Stock, unsettled: frozenset[str]) -> list[Event]:
        """Return each difference that the answer before had too; symbols that are `unsettled` have executions on their way.

        What is held beyond whole lots is named once for as long as it stays the same.
        """
        found: dict[str, tuple[int, int]] = {}
        for symbol, ours in self.lots.items():
            theirs = stock.positions.get(symbol, 0)
            if ours != theirs and symbol not in unsettled:
                found[symbol] = (ours, theirs)
        cash = stock.cash_units
        if cash is not None and not unsettled and abs(cash - self.cash_units) >= self._tolerance:
            found[_CASH] = (self.cash_units, cash)
        before, self._seen = self._seen, found
        named, self._parts = self._parts, stock.parts
        self._beside |= {
            symbol: stock.parts.get(symbol, "0")
            for symbol, ours in self.lots.items()
            if ours == stock.positions.get(symbol, 0)
        }
        parts = [
            Difference(
                ts_ns=stock.ts_ns, kind="part", symbol=symbol, ours=self.lots[symbol], theirs=stock.positions.get(symbol, 0),
                text=f"and {beyond} more, less than a lot: left alone",
            )
            for symbol, beyond in stock.parts.items()
            if named.get(symbol) != beyond
        ]  # fmt: skip
        moved = [
            Difference(
                ts_ns=stock.ts_ns, kind="cash" if key == _CASH else "position", symbol="" if key == _CASH else key,
                ours=ours, theirs=theirs,
            )
            for key, (ours, theirs) in found.items()
            if before.get(key) == (ours, theirs)
        ]  # fmt: skip
        return [*parts, *moved]


def _explaining(flows: list[VenueFlow], gap: int) -> list[VenueFlow]:
    """Return those of the latest flows that together bring a gap nearest to nothing, of equal choices that of the fewest."""
    tried = sorted(flows, key=lambda flow: flow.ts_ns)[-_TRIED_MAX:]
    choices = chain.from_iterable(combinations(tried, count) for count in range(len(tried) + 1))
    return list(min(choices, key=lambda some: abs(gap - sum(flow.units for flow in some))))
