"""Say which limits hold, and which bound for the first time: whoever looks at a strategy that sends nothing, or less than it wants, is told why."""

from collections.abc import Callable

from tenfold.domain.rules import Limits
from tenfold.domain.units import format_ns
from tenfold.engine.engine import Engine
from tenfold.risk.limits import limits_of


def in_words(limits: Limits) -> str:
    """Return which limits hold: the largest sizes and the daily loss, in per cent of equity, and the profile where they are one."""
    if limits == Limits():
        return "none"
    sizes = (
        (limits.position_frac_max, "in a position"),
        (limits.gross_frac_max, "in all positions"),
        (limits.daily_loss_frac_max, "lost in a day"),
    )
    most = ", ".join(f"{100.0 * frac:g}% {what}" for frac, what in sizes if frac is not None)
    usual = limits_of("live")
    whose = "those of the profile live" if limits == usual else "its own"
    return f"{whose}{f', at most, of equity, {most}' if most else ''}"


class BindingWatch:
    """Say once of each limit that it cut or refused an order; what bound before the first look is no news."""

    def __init__(self, engine: Engine, say: Callable[[str], None]) -> None:
        self._engine = engine
        self._say = say
        self._known: set[str] | None = None

    def look(self, ts_ns: int) -> None:
        """Say what bound since the last look and had not bound before."""
        gate = self._engine.gate
        bound = {rule for rule, count in gate.bindings.items() if count}
        for rule in sorted(bound - (bound if self._known is None else self._known)):
            where = next(
                (f" in {one.symbol}" for one in reversed(gate.rejections) if one.rule == rule and one.symbol), ""
            )
            self._say(
                f"{format_ns(ts_ns)}  limit {rule} cut or refused an order{where}; how often it does is told at the end"
            )
        self._known = bound
