"""Read what moved the account as executions and flows of cash."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from tenfold.adapters.alpaca.moments import moment_ns, stamp_ns
from tenfold.adapters.alpaca.quantities import Number, Quantities, decimal, is_nothing, money_units, without_sign
from tenfold.domain.errors import VenueError
from tenfold.domain.order import Side
from tenfold.execution.reports import VenueFill, VenueFlow

_STAMP_LENGTH: Final = 17
_FILL: Final = "FILL"
_KINDS: Final[dict[str, Literal["fill", "bust", "correct"]]] = {"trade_bust": "bust", "trade_correct": "correct"}
_RANKS: Final = ("fill", "trade_bust", "trade_correct")
_SHARES: Final = ("ACATS", "JNLS", "MA", "NC", "OPASN", "OPEXC", "OPTRD", "REO", "REORG", "SPIN", "SPLIT")
"""Kinds that move shares without a trade; a dividend does where it is paid in shares, and not in cash."""
_DIVIDEND: Final = "DIV"
_CASH: Final = (
    "ACATC", "CFEE", "CGD", "CIL", "CSD", "CSW", "DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA", "DIVROC", "DIVTW", "DIVTXEX", "DIVWH", "FEE",
    "INT", "INTNRA", "INTPNL", "INTTW", "JNLC", "OPCSH", "PTC", "PTR", "VOF", "WH",
)  # fmt: skip
DATED: Final = ",".join((*_CASH, *_SHARES))
"""Kinds that are known by their day, as the venue takes a list of them."""
_OUTSIDE: Final = frozenset({"ACATC", "CSD", "CSW", "JNLC", "TRANS"})
"""Kinds of cash that came from outside or went there: neither earned nor lost."""
_DEPOSIT: Final = "deposit"
_OPTION: Final = re.compile(r"[A-Z.]{1,6}\d{6}[CP]\d{8}", re.ASCII)
_SHARES_AN_OPTION: Final = 100


class ActivityBody(msgspec.Struct, frozen=True, gc=False):
    """Hold an activity as it travels: an execution, or cash or shares that moved; the id begins with its moment, to the millisecond, or its day."""

    id: str
    activity_type: str
    type: str = ""
    transaction_time: str = ""
    price: Number = None
    qty: Number = None
    side: str = ""
    symbol: str | None = None
    order_id: str = ""
    cum_qty: Number = None
    net_amount: Number = None

    @property
    def stamp_ns(self) -> int:
        """The moment that its id begins with, in the time of New York; VenueError where there is none."""
        text = self.id[:_STAMP_LENGTH]
        if len(text) < _STAMP_LENGTH or not text.isdecimal():
            raise VenueError(f"the id of the activity {self.id[:60]!r} does not begin with its moment")
        return stamp_ns(text)

    @property
    def happened_ns(self) -> int:
        """The moment by which the venue lists it: of an execution its own, to the nanosecond."""
        return moment_ns(self.transaction_time) if self.is_fill else self.stamp_ns

    @property
    def execution_id(self) -> str:
        """What of the id is the execution's."""
        return self.id.rpartition("::")[2]

    @property
    def moves_shares(self) -> bool:
        """Whether it may move shares without a trade."""
        unpaid = self.net_amount is None or is_nothing(self.net_amount)
        return self.activity_type in _SHARES or (self.activity_type == _DIVIDEND and unpaid)

    @property
    def is_fill(self) -> bool:
        """Whether it is an execution, or what was done to one."""
        return self.activity_type == _FILL


def executions(
    activities: Iterable[ActivityBody], names: Mapping[str, str], quantities: Quantities, parts: Collection[str] = ()
) -> list[VenueFill]:
    """Return executions, and what was done to them, the oldest first; `names` are our ids by the venue's, `parts` orders for parts of lots.

    A correction comes as what takes an execution back and, at the same moment, what stands in its place, by an id of its own. One of no shares
    is left out.
    """
    fills = sorted(
        (one for one in activities if one.is_fill and one.order_id not in parts and not is_nothing(one.qty)),
        key=lambda one: (moment_ns(one.transaction_time), _rank(one.type)),
    )
    return [_fill(one, names.get(one.order_id, ""), quantities) for one in fills]


def flows(
    activities: Iterable[ActivityBody], quantities: Quantities, currency: str, parts: Collection[str] = ()
) -> list[VenueFlow]:
    """Return what moved cash or shares without a trade in what is traded here, the oldest first; trades in other symbols move cash alone.

    What is paid for another symbol, a dividend say, came from outside: those shares are no part of what is traded with.
    `parts` are orders for parts of lots: what they trade moves cash, and whole lots where it completes some.
    """
    found: list[VenueFlow] = []
    for one in sorted(activities, key=lambda one: one.id):
        symbol = quantities.symbol(one.symbol or "")
        if one.is_fill:
            ours = quantities.trades(symbol)
            found += [] if ours and one.order_id not in parts else _elsewhere(one, symbol, currency, shares=ours)
        elif one.net_amount is not None or one.moves_shares:
            others = symbol != "" and not quantities.trades(symbol)
            kind = _DEPOSIT if others or one.activity_type in _OUTSIDE else one.activity_type
            units = 0 if one.net_amount is None else money_units(one.net_amount, currency)
            shares = one.moves_shares
            found.append(
                VenueFlow(flow_id=one.id, ts_ns=one.stamp_ns, kind=kind, units=units, symbol=symbol, shares=shares)
            )
    return found


def _elsewhere(one: ActivityBody, symbol: str, currency: str, *, shares: bool) -> Iterator[VenueFlow]:
    """Yield the cash that a trade moved in what is not traded here: for us it went out or came in.

    What takes one back is told as the reverse trade, or as the same one of fewer: either way its cash is that of a trade. A coin that is
    paid in another one moves none.
    """
    paid_in = symbol.partition("/")[2]
    if one.qty is None or one.price is None or paid_in not in {"", currency}:
        return
    sign = -1 if one.side == "buy" else 1
    size = _SHARES_AN_OPTION if _OPTION.fullmatch(symbol) else 1
    paid = decimal(one.qty) * decimal(one.price) * size
    units = sign * money_units(f"{paid:f}", currency)
    yield VenueFlow(flow_id=one.id, ts_ns=one.stamp_ns, kind=_DEPOSIT, units=units, symbol=symbol, shares=shares)


def _fill(one: ActivityBody, order_id: str, quantities: Quantities) -> VenueFill:
    symbol = quantities.symbol(one.symbol or "")
    side = quantities.side(symbol, one.side)
    kind = _KINDS.get(one.type, "fill")
    amount = without_sign(one.qty) if kind == "bust" else one.qty
    if kind == "bust" and amount == one.qty:  # it is told as the trade that takes the other back, and not as fewer
        side = Side.SELL if side is Side.BUY else Side.BUY
    qty, price = quantities.executed(symbol, amount, one.price)
    return VenueFill(
        execution_id=one.execution_id,
        venue_id=one.order_id,
        order_id=order_id,
        symbol=symbol,
        side=side,
        qty=qty,
        price=price,
        ts_ns=moment_ns(one.transaction_time),
        cumulative=None if one.cum_qty is None else quantities.lots(symbol, one.cum_qty),
        kind=kind,
    )


def _rank(kind: str) -> int:
    """Return the place of what happened at one moment: what takes back before what stands in its place."""
    return _RANKS.index(kind) if kind in _RANKS else 0
