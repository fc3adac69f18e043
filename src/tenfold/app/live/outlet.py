"""Say where the orders of a session go: to the venue, or, on stage shadow, to a stand-in from which nothing leaves."""

from collections.abc import Callable, Iterable
from typing import Protocol

from tenfold.app import wiring
from tenfold.app.live.live_plan import LivePlan
from tenfold.app.live.shadow import ShadowVenue
from tenfold.domain.live_market import LiveValue
from tenfold.execution.blotter import Blotter
from tenfold.execution.lease import Lease
from tenfold.execution.reports import Answered, Report, Request, Stock


class Outlet(Protocol):
    """Take requests of order management; what becomes of orders is told as it happens."""

    @property
    def trouble(self) -> str:
        """Why nothing is told at the moment, "" where it is."""

    def restore(self, blotter: Blotter) -> None:
        """Be told how the account stands by the journal, before anything else."""

    async def run(self) -> None:
        """Tell what becomes of orders, until the task is cancelled."""

    async def ask(self, request: Request, wanted: Callable[[Request], bool] | None = None) -> Answered | Stock:
        """Return the answer to a request; `wanted` says in the last moment before it leaves whether it still is to."""

    def show(self, values: Iterable[LiveValue]) -> None:
        """Be shown the market."""

    def power(self, told_units: int) -> int:
        """Return what may be opened, of what the account is told to be able to."""

    def close(self) -> None:
        """Close the connections."""


class AccountOutlet:
    """Carry orders to the account."""

    def __init__(self, plan: LivePlan, lease: Lease, run: str, hear: Callable[[Report], None]) -> None:
        venue = plan.venue
        self._trading = wiring.alpaca_trading(
            plan.access, plan.keys, venue.instruments, venue.clock, lambda: lease.deadline_ns, (run, lambda: lease.epoch)
        )  # fmt: skip
        self._updates = wiring.alpaca_updates(plan.access, plan.keys, venue.instruments, venue.clock, hear)

    @property
    def trouble(self) -> str:
        """Why the stream of orders does not stand, "" where it does."""
        return self._updates.trouble

    def restore(self, blotter: Blotter) -> None:
        """Take nothing: the venue knows."""

    async def run(self) -> None:
        """Hear the stream of orders until the task is cancelled."""
        await self._updates.run()

    async def ask(self, request: Request, wanted: Callable[[Request], bool] | None = None) -> Answered | Stock:
        """Return the venue's answer."""
        return await self._trading.ask(request, wanted)

    def show(self, values: Iterable[LiveValue]) -> None:
        """Take nothing: the venue knows."""

    def power(self, told_units: int) -> int:
        """Return what the venue told."""
        return told_units

    def close(self) -> None:
        """Close the connections."""
        self._trading.close()


def outlet_of(plan: LivePlan, lease: Lease, run: str, hear: Callable[[Report], None]) -> Outlet:
    """Return where the orders of a run go; on stage shadow nothing is made that could carry one to the venue."""
    if plan.shadow:
        return ShadowVenue(plan.venue.instruments, plan.venue.sessions, plan.venue.clock, hear)
    return AccountOutlet(plan, lease, run, hear)
