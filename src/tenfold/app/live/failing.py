"""Say of strategies that trade live where they fail: they abstain there, and nobody else would tell."""

from collections.abc import Iterator
from typing import Final

from tenfold.app.live.alarms import Alarms
from tenfold.engine.engine import Engine

_SHOWN: Final = 200
_OWN: Final = "the strategy"
_NO_NUMBER: Final = "gave no score"
_ABSTAINS: Final = "abstains where it does: what too few others vote for then is closed"


class FailureWatch:
    """Say each kind of failure of each strategy once; what failed before the first look is no news."""

    def __init__(self, engine: Engine, alarms: Alarms) -> None:
        self._engine = engine
        self._alarms = alarms
        self._counts: dict[tuple[str, str], int] | None = None
        self._told: set[tuple[str, str]] = set()

    def look(self, ts_ns: int) -> None:
        """Say what failed since the last look and had not failed so before."""
        known = self._counts
        if known is None:
            self._counts = {(name, text): count for name, text, count in self._failures()}
            return
        for name, text, count in self._failures():
            if count > known.get((name, text), 0):
                known[name, text] = count
                self._tell(ts_ns, name, text)

    def _tell(self, ts_ns: int, name: str, text: str) -> None:
        kind = name, text.partition(":")[0]  # what it says of itself may be other each time
        if kind not in self._told:
            self._told.add(kind)
            said = " ".join(text.split())[:_SHOWN]
            follows = "decides nothing where it does, what is held stays" if name == _OWN else _ABSTAINS
            self._alarms.tell(ts_ns, f"{name} failed and {follows}: {said}")

    def _failures(self) -> Iterator[tuple[str, str, int]]:
        """Yield who failed of what, and how often."""
        for voter in self._engine.voters:
            errors: dict[str, int] = getattr(voter, "errors", {})
            if errors:
                yield from ((voter.name, text, count) for text, count in errors.items())
            elif voter.failures:
                yield voter.name, _NO_NUMBER, voter.failures
        if self._engine.trader is not None:
            yield from ((_OWN, text, count) for text, count in self._engine.trader.errors.items())
