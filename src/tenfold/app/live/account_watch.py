"""Watch the account while it trades: whether it may and for how much, what it may sell short, what else it holds, and which shares were split."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from tenfold.app.symbol_names import listed
from tenfold.domain.account import Position
from tenfold.domain.errors import TenfoldError, UnknownNameError
from tenfold.domain.events import PositionRestated
from tenfold.execution.reports import Stock
from tenfold.ledger.ledger import divided

if TYPE_CHECKING:
    from tenfold.adapters.alpaca.reference import AlpacaReference

BORROWING_LOOKS: Final = 240
"""Looks between two at what can be borrowed: venues change their list by the day."""


class AccountWatch:
    """Look at the account every so often.

    Parameters
    ----------
    symbols : that are traded
    say, tell : get a line where something changed, `tell` one that a person should look at
    known : returns what is held of a symbol by what was lived through so far, which may lie before a start
    """

    def __init__(
        self, symbols: Sequence[str], say: Callable[[str], None], tell: Callable[[str], None],
        known: Callable[[str], Position],
    ) -> None:  # fmt: skip
        self._lent: frozenset[str] | None = None
        self._symbols = symbols
        self._say = say
        self._tell = tell
        self._known = known
        self._others: dict[str, bool] = {}  # whether it is short of them
        self._parts: frozenset[str] = frozenset()  # symbols of which less than a lot is held beside whole ones
        self._held: dict[str, Position] = {}
        self._blocked = ""
        self._looks = 0
        self._read = asyncio.Event()

    @property
    def borrowable(self) -> frozenset[str] | None:
        """The symbols that may be sold short now, None where nobody has told: none of which a part of a lot is held, since no sale may turn that round."""
        if self._lent is None and not self._parts:
            return None
        return (frozenset(self._symbols) if self._lent is None else self._lent) - self._parts

    async def power(self, reference: "AlpacaReference") -> int:
        """Return what may be opened now, money units: nothing while the account is blocked. Errors as `AlpacaReference.standing`."""
        standing = await reference.standing()
        if standing.blocked != self._blocked:
            self._tell(
                f"nothing may be traded: {standing.blocked}" if standing.blocked else "the account may trade again"
            )
            self._blocked = standing.blocked
        if not standing.shorts:
            self._lent, self._looks = frozenset(), -1  # what is lent is asked for once it may sell short again
        elif self._looks % BORROWING_LOOKS == 0 or self._lent is None:
            try:
                self._lent = await self._lendable(reference)
            except TenfoldError:
                self._looks = -1  # it is asked again with the next look, and what was told holds until then
        self._looks += 1
        return 0 if standing.blocked else standing.buying_power

    async def _lendable(self, reference: "AlpacaReference") -> frozenset[str]:
        """Return what may be sold short; nobody lends what the venue does not know any more."""
        found: set[str] = set()
        for symbol in self._symbols:
            with suppress(UnknownNameError):
                found |= await reference.borrowable((symbol,))
        return frozenset(found)

    async def known(self) -> None:
        """Wait until the account was read: before that nothing can be traded anyway."""
        await self._read.wait()

    def holds(self, stock: Stock) -> None:
        """Name what the account holds beside what is traded, once for as long as it does, and shares that were split since the stock before, or the last one before a start."""
        self._read.set()
        self._parts = frozenset(stock.parts)
        self._splits(stock)
        others = {symbol: lots < 0 for symbol, lots in stock.positions.items() if symbol not in self._symbols}
        fresh = {symbol: short for symbol, short in others.items() if self._others.get(symbol) is not short}
        self._others = others
        if held := sorted(symbol for symbol, short in fresh.items() if not short):
            self._say(
                f"the account holds {listed(held)} too, which is not traded here: left alone, and no part of the equity of this run"
            )
        if short := sorted(symbol for symbol, short in fresh.items() if short):
            self._tell(
                f"the account is short of {listed(short)}, which is not traded here: left alone, but what that sale brought counts as equity "
                "of this run; buy it back, or trade it here too"
            )

    def _splits(self, stock: Stock) -> None:
        """Name what was split: strategies were shown its prices of before."""
        held = {
            symbol: Position(lots=stock.positions.get(symbol, 0), cost=stock.costs.get(symbol, 0))
            for symbol in self._symbols
        }
        for symbol, now in held.items():
            event = PositionRestated(ts_ns=stock.ts_ns, symbol=symbol, lots=now.lots, cost_units=now.cost)
            before = self._known(symbol)
            if now.lots not in {before.lots, self._held.get(symbol, before).lots} and divided(before, event):
                self._tell(
                    f"{symbol} was split, {before.lots:+,} are {now.lots:+,}: to strategies, which remember its prices of before, it moved by as much; "
                    "look at what is decided, or begin another run with --name"
                )
        self._held = held
