"""Disturb the updates of one connection: lose, repeat and reorder them as the faults say."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from tenfold.exchange.faults import Faults
from tenfold.exchange.messages import TradeUpdate
from tenfold.exchange.wire import named_uuid

ENDINGS: Final = {"fill", "canceled", "expired", "rejected", "replaced"}
"""Events after which an order is over."""
REPLAYED: Final = {"new", "fill"}
"""Events that come again when replays are switched on."""


class Disturbance:
    """Hold back at most one update, and remember what may come again while that fault is on."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._held: TradeUpdate | None = None
        self._until: Callable[[str], bool] = bool
        self._remembered: dict[str, list[TradeUpdate]] = {}

    @property
    def holding(self) -> bool:
        """Whether an update waits for what is to come before it."""
        return self._held is not None

    def pass_on(self, update: TradeUpdate) -> list[TradeUpdate | None]:
        """Return what a client gets to see when an update happens; None is an update without data."""
        strikes = self._faults.strikes
        if strikes("lost_event"):
            return self._after(update, [])
        if strikes("null_data"):
            return self._after(update, [None])
        if self._held is None and self._holds(update):
            return []
        seen: list[TradeUpdate | None] = [update]
        if strikes("duplicate_event"):
            seen.append(update)
        if update.execution_id is not None and strikes("duplicate_event_new_id"):
            other = named_uuid(f"{self._faults.seed} again {update.seq}")
            seen.append(replace(update, execution_id=other))
        return self._after(update, seen)

    def release(self) -> list[TradeUpdate | None]:
        """Return what was held back and is not followed by anything."""
        held, self._held = self._held, None
        return [] if held is None else [held]

    def other_frame(self) -> bool:
        """Say whether the next frame is of the other kind than usual."""
        return self._faults.strikes("text_frames")

    def _holds(self, update: TradeUpdate) -> bool:
        """Hold an update back until the next one of the same order, or of another, if a fault says so."""
        order = _order_id(update)
        if update.event not in ENDINGS and self._faults.strikes("reordered_events"):
            self._until = lambda other: other == order
        elif self._faults.strikes("reordered_orders"):
            self._until = lambda other: other != order
        else:
            return False
        self._held = update
        return True

    def _after(self, update: TradeUpdate, seen: list[TradeUpdate | None]) -> list[TradeUpdate | None]:
        """Return what is seen of an update, with what was held until it and what is told again at the end of its order."""
        if self._held is not None and self._until(_order_id(update)):
            seen = [*seen, *self.release()]
        return [*seen, *self._again(update)]

    def _again(self, update: TradeUpdate) -> list[TradeUpdate]:
        if "replayed_events" not in self._faults.switches:
            self._remembered.clear()
            return []
        known = self._remembered.setdefault(_order_id(update), [])
        if update.event in REPLAYED:
            known.append(update)
        if update.event not in ENDINGS:
            return []
        del self._remembered[_order_id(update)]
        return known if known and self._faults.strikes("replayed_events") else []


def _order_id(update: TradeUpdate) -> str:
    return str(update.order["id"])
