"""Say why an order is refused."""

from typing import NamedTuple


class Finding(NamedTuple):
    """Hold the rule that refuses, what was measured and what is allowed."""

    rule: str
    value: float
    limit: float
