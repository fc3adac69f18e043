"""Hold the live orders of a symbol, by what they wait for."""

from collections.abc import Iterator
from typing import get_args

from tenfold.exchange.matching.live import Live, State
from tenfold.exchange.orders_to_match import Ticket


class Lives:
    """Hold live orders by id, number, state and group; all answers are in the order of their arrival, which is that of their numbers.

    Attributes
    ----------
    by_number : orders by their number
    """

    def __init__(self) -> None:
        self.by_number: dict[int, Live] = {}
        self._by_id: dict[str, Live] = {}
        self._of_state: dict[State, dict[int, Live]] = {state: {} for state in get_args(State)}
        self._of_group: dict[str, dict[int, Live]] = {}

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._by_id

    def __getitem__(self, order_id: str) -> Live:
        return self._by_id[order_id]

    def __iter__(self) -> Iterator[Live]:
        return iter(list(self.by_number.values()))

    def add(self, live: Live) -> None:
        """Take an order, the last to arrive so far."""
        self.by_number[live.number] = self._by_id[live.ticket.order_id] = live
        self._of_state[live.state][live.number] = live
        if live.ticket.group:
            self._of_group.setdefault(live.ticket.group, {})[live.number] = live

    def remove(self, live: Live) -> None:
        """Let go of an order that is done; nothing where it is gone already."""
        if self.by_number.pop(live.number, None) is None:
            return
        del self._by_id[live.ticket.order_id], self._of_state[live.state][live.number]
        live.state = "done"
        group = self._of_group.get(live.ticket.group)
        if group is not None:
            del group[live.number]
            if not group:
                del self._of_group[live.ticket.group]

    def turn(self, live: Live, state: State) -> None:
        """Let an order wait for something else."""
        del self._of_state[live.state][live.number]
        live.state = state
        self._of_state[state][live.number] = live

    def rename(self, live: Live, ticket: Ticket) -> None:
        """Let an order go on under another ticket of its group, in its place."""
        del self._by_id[live.ticket.order_id]
        live.ticket = ticket
        self._by_id[ticket.order_id] = live

    def of(self, *states: State) -> list[Live]:
        """Return the orders in some states."""
        found = [number for state in states for number in self._of_state[state]]
        found.sort()
        return [self.by_number[number] for number in found]

    def any_of(self, *states: State) -> bool:
        """Say whether an order is in one of some states."""
        return any(self._of_state[state] for state in states)

    def beside(self, live: Live) -> list[Live]:
        """Return the other orders of an order's group."""
        group = self._of_group.get(live.ticket.group, {})
        return [other for other in group.values() if other is not live]
