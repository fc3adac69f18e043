"""Say how a session of live trading went, and how it leaves the account."""

import msgspec

from tenfold.app.formatting import times
from tenfold.domain.units import format_ns


class LiveReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what a session did.

    Parameters
    ----------
    run, journal : name and place of the recorded run
    account : which account traded
    shadow : no order left, fills were simulated
    compared : the account was read and held against what is known here; else it may hold more than is listed
    traded : it came so far; else it was stopped while it read the journal, or stood by
    begun_ns, ended_ns : on the venue's line of time
    sets : bar sets that were decided on
    orders, fills, requests : sent, booked, asked of the venue
    equity_before, equity : in currency; the one before with what was paid in and out since, positions that were taken over among it
    positions, values : signed lots by symbol, as they are left, and what they are worth in currency
    working : orders that are left at the venue
    unknown : orders of which nobody knows whether the venue has them
    differences : what was not the same here and at the venue, by kind
    trips : breakers that tripped
    bindings : how often each limit cut or refused an order
    failovers : when which symbols came from another source of market data, and why
    alarms : what a person should look at
    """

    run: str
    journal: str
    account: str
    shadow: bool = False
    traded: bool = True
    compared: bool = True
    begun_ns: int
    ended_ns: int
    sets: int
    orders: int
    fills: int
    requests: int
    equity_before: float
    equity: float
    positions: dict[str, int]
    values: dict[str, float]
    working: tuple[str, ...]
    unknown: int
    differences: dict[str, int]
    trips: tuple[str, ...]
    bindings: dict[str, int] = {}
    failovers: tuple[str, ...] = ()
    alarms: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return it as text."""
        if not self.traded:
            return [f"run {self.run} of {self.journal} was not traded from here: this process was stopped before"]
        held = ", ".join(f"{lots:+,} {symbol} ({self.values[symbol]:+,.2f})" for symbol, lots in self.positions.items())
        counted = ", ".join(f"{count} of {kind}" for kind, count in self.differences.items())
        working = f"{len(self.working)} left as they are: {', '.join(self.working)}" if self.working else "none"
        agrees = "orders, positions and cash are the same as ours"
        if not self.compared:
            agrees = "not compared yet: the account may hold, and have at work, what is not listed here"
        if self.shadow:
            agrees = "no order has left: fills are simulated on live quotes"
        lines = [
            f"run {self.run} of {self.journal}, {self.account} account, {format_ns(self.begun_ns)} to {format_ns(self.ended_ns)} UTC",
            f"  decided on       {self.sets:,} bar sets",
            f"  orders           {self.orders:,} sent, {self.fills:,} fills, {self.requests:,} requests",
            f"  equity           {self.equity:,.2f}, {self.equity - self.equity_before:+,.2f} since the start",
            f"  positions        {held or 'none'}",
            f"  orders working   {working}",
            f"  venue            {counted or agrees}",
            f"  limits           {times(self.bindings) or 'none was reached'}",
            f"  breakers         {', '.join(self.trips) or 'none tripped'}",
        ]
        if self.unknown:
            lines.append(
                f"  unknown          {self.unknown} orders: the next start looks for them before anything else"
            )
        lines += [f"  market data      {text}" for text in self.failovers]
        return [*lines, *(f"  alarm            {text}" for text in self.alarms)]
