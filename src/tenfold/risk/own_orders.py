"""Judge the orders of strategies that work their own, by the worst that their symbol can come to."""

from collections.abc import Iterable
from typing import Final

from tenfold.domain.order import Order
from tenfold.kernels import bounds
from tenfold.risk.admission import Exposure
from tenfold.risk.gate import BOUND_NAMES, Gate, Wish
from tenfold.risk.rules.finding import Finding

_SIDED: Final = frozenset({bounds.NET, bounds.CORRELATION})
"""Limits that ask which way a position faces."""


def refusal(
    gate: Gate, order: Order, exposure: Exposure, unit: int, equity: int, wish: Wish, *, short: bool, close: float = 0.0,
    working: Iterable[Order] = (),
) -> Finding | None:  # fmt: skip
    """Return why an order is refused, or None; `unit` is the value of a lot, `wish` holds what is committed elsewhere.

    An order is judged by position and every working order that adds to it. What opens is held against the rules for that, turning a
    position around included; what leaves more at risk against the limits on exposure, and what turns it around against those that know its side.
    What by itself closes meets no rule of the first kind.
    """
    if not short and exposure.shorts:
        return Finding("short", float(exposure.short), 0.0)
    raises = exposure.after > exposure.before
    if raises and unit <= 0:
        return Finding("price", 0.0, 0.0)
    found = None
    if exposure.opens(order):
        adds = max(exposure.after - exposure.before, 0) * unit
        found = gate.admission.refusal(order, adds, close, shorts=exposure.shorts, working=working)
    if found is None and raises:
        found = _too_large(gate, order, unit) or _beyond(gate, order, exposure, unit, equity, wish)
    elif found is None and gate.beside and exposure.opens(order):
        found = _turned(gate, order, exposure, unit, equity, wish)
    if found is not None:
        gate.count(found.rule)
    return found


def _too_large(gate: Gate, order: Order, unit: int) -> Finding | None:
    most = gate.order_most(order.symbol, float(unit))
    return Finding("order", float(order.qty), float(most)) if 0 <= most < order.qty else None


def _beyond(gate: Gate, order: Order, exposure: Exposure, unit: int, equity: int, wish: Wish) -> Finding | None:
    notional = float(exposure.after) * float(unit)
    allowed, cut = gate.bounded(order.symbol, notional, equity, wish.gross, unit, wish)
    return Finding(BOUND_NAMES[cut], notional, allowed) if cut else None


def _turned(gate: Gate, order: Order, exposure: Exposure, unit: int, equity: int, wish: Wish) -> Finding | None:
    """Judge what becomes no larger, and faces the other way: beside the other positions that may be more at risk."""
    side = order.side.sign
    lots, before = (exposure.long, exposure.long_before) if side > 0 else (-exposure.short, -exposure.short_before)
    notional = float(max(lots, 0)) * float(unit)
    kept = wish._replace(held=side * max(before, 0))
    allowed, cut = gate.bounded(order.symbol, notional, equity, wish.gross, unit, kept)
    return Finding(BOUND_NAMES[cut], notional, allowed) if cut in _SIDED else None
