"""State what must hold beside what was measured."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Claim:
    """Hold one line of the table: `value` against `limit`; without a limit it is told for comparison only."""

    what: str
    value: float
    unit: str
    sense: Literal["at least", "at most", "below"] = "at least"
    limit: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it holds; None where nothing was promised."""
        if self.limit is None:
            return None
        if self.sense == "at least":
            return self.value >= self.limit
        return self.value < self.limit or (self.sense == "at most" and self.value == self.limit)

    def record(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {**asdict(self), "met": self.met}
