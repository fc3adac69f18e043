"""Say which limit orders every contestant of the orders part sends: at each bar five new ones about the close.

Those of the bar before are moved to where the new ones stand, those of the bar before that are cancelled, as far as they still work.
"""

EACH = 5
STEP = 0.0004
"""Distance of a level from the next, as a fraction of the close."""


def levels(close: float) -> list[tuple[int, float]]:
    """Return side (+1 or -1) and price of each new order: buy and sell in turn, each pair farther from the close."""
    sides = [1 if rank % 2 == 0 else -1 for rank in range(EACH)]
    return [(side, round(close * (1.0 - side * STEP * (rank // 2 + 1)), 4)) for rank, side in enumerate(sides)]
