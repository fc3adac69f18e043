"""Say which limit bound for the first time: whoever looks at a strategy that sends nothing, or less than it wants, is told why."""

from collections.abc import Callable

from tenfold.domain.units import format_ns
from tenfold.engine.engine import Engine


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
