"""Judge the orders of strategies that work their own, by the worst that their symbol can come to."""

from collections.abc import Iterable

from tenfold.domain.order import Order
from tenfold.risk.admission import Exposure
from tenfold.risk.gate import BOUND_NAMES, Gate, Wish
from tenfold.risk.rules.finding import Finding


def refusal(
    gate: Gate, order: Order, exposure: Exposure, unit: int, equity: int, wish: Wish, *, short: bool, close: float = 0.0,
    working: Iterable[Order] = (),
) -> Finding | None:  # fmt: skip
    """Return why an order is refused, or None; `unit` is the value of a lot, `wish` holds what is committed elsewhere.

    An order is judged by position and every working order that adds to it. What opens is held against the rules for that, turning a
    position around included; what leaves more at risk against the limits on exposure. What by itself closes meets no rule of the first kind.
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
