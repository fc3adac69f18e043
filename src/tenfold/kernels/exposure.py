"""Judge a position beside all others of the portfolio kernel."""

from typing import Any

from tenfold.kernels.bounds import bounded_beside, kept_lots
from tenfold.kernels.correlation import pair


def beside(
    symbols: Any, rule: Any, bars: Any, index: int, moment: int, facing: int, notional: float, equity: float, gross: int
) -> tuple[float, int]:  # fmt: skip
    """Return the notional allowed beside what is held and working in all other symbols, and the rule that cut it."""
    net = 0
    count = 0
    squares = 0.0
    correlation = 0.0
    for other in range(len(symbols)):
        lots = symbols[other].lots + symbols[other].pending
        if other != index and lots != 0:
            worth = lots * symbols[other].mark
            net += worth
            squares += float(worth) * float(worth)
            count += 1
            if rule.correlation_max > 0.0:
                sides = facing if lots > 0 else -facing
                correlation += pair(bars, moment, rule.correlation_window, index, other, sides)
    held = kept_lots(facing, symbols[index].lots, symbols[index].pending)
    return bounded_beside(
        notional,
        facing,
        float(held * symbols[index].mark),
        equity,
        float(gross),
        float(net),
        squares,
        count,
        correlation / count if count > 0 else 0.0,
        rule.net_max,
        rule.margin_min,
        rule.concentration_max,
        rule.positions_max,
        rule.correlation_max,
    )
