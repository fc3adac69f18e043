"""Admit or refuse the orders of strategies that work their own; what lowers risk always passes."""

from typing import NamedTuple

from tenfold.domain.order import Order, Rejection
from tenfold.kernels import bounds
from tenfold.risk.gate import BOUND_NAMES, Gate


class Exposure(NamedTuple):
    """Hold the worst that a symbol's position can become: before an order, and with it; signed lots."""

    long_before: int
    short_before: int
    long: int
    short: int

    @property
    def before(self) -> int:
        """Largest size before."""
        return max(abs(self.long_before), abs(self.short_before))

    @property
    def after(self) -> int:
        """Largest size with the order."""
        return max(abs(self.long), abs(self.short))


def refusal(
    gate: Gate, order: Order, exposure: Exposure, unit: int, equity: int, others: int, *, short: bool
) -> Rejection | None:
    """Return why an order is refused, or None; `unit` is the value of a lot, `others` the gross committed elsewhere.

    An order is judged by the worst that its symbol can come to: position and every working order that adds to it.
    """
    if not short and exposure.short < min(exposure.short_before, 0):
        return Rejection(ts_ns=order.ts_ns, symbol=order.symbol, rule="short", value=float(exposure.short), limit=0.0)
    if exposure.after <= exposure.before:
        return None
    if unit <= 0:
        return Rejection(ts_ns=order.ts_ns, symbol=order.symbol, rule="price", value=0.0, limit=0.0)
    notional = float(exposure.after) * float(unit)
    allowed, cut = bounds.bounded(
        notional, float(equity), float(others), gate.position_max, gate.gross_max, gate.leverage
    )
    if not cut:
        return None
    name = BOUND_NAMES[cut]
    gate.bindings[name] += 1
    return Rejection(ts_ns=order.ts_ns, symbol=order.symbol, rule=name, value=notional, limit=allowed)
