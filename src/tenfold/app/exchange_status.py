"""Show on one screen how the exchange fares: its clock, its clients, orders, fills and the faults that struck."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from tenfold.domain.units import format_ns

if TYPE_CHECKING:
    from rich.console import RenderableType

FAULTS_SHOWN: Final = 12


class Status(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold what there is to see at one moment.

    Parameters
    ----------
    now_ns, start_ns, end_ns : replayed time, and its span
    speed : as it was asked for
    ended : whether everything was played
    phase : of the trading day
    clients : open connections by what they are
    requests, orders, fills, events : how many so far
    faults : how often each struck
    """

    now_ns: int
    start_ns: int
    end_ns: int
    speed: str
    ended: bool
    phase: str
    clients: Mapping[str, int]
    requests: int
    orders: int
    fills: int
    events: int
    faults: Mapping[str, int]

    @property
    def done_frac(self) -> float:
        """Share of the span that was played."""
        span = self.end_ns - self.start_ns
        return 1.0 if self.ended or span <= 0 else min(max((self.now_ns - self.start_ns) / span, 0.0), 1.0)


def lines_of(status: Status) -> list[tuple[str, str]]:
    """Return what is shown as (name, text), one line each."""
    clients = ", ".join(f"{count} {name}" for name, count in status.clients.items() if count) or "none"
    struck = sorted(((count, name) for name, count in status.faults.items() if count), reverse=True)
    faults = ", ".join(f"{name} {count:,}" for count, name in struck[:FAULTS_SHOWN]) or "none"
    more = f" and {len(struck) - FAULTS_SHOWN} more" if len(struck) > FAULTS_SHOWN else ""
    played = "played to its end" if status.ended else f"{status.phase}, {status.done_frac:.0%} played"
    return [
        ("clock", f"{format_ns(status.now_ns)} UTC  ({played}, speed {status.speed})"),
        ("clients", clients),
        ("requests", f"{status.requests:,}"),
        ("orders", f"{status.orders:,}"),
        ("fills", f"{status.fills:,}"),
        ("market events", f"{status.events:,}"),
        ("faults fired", f"{faults}{more}"),
    ]


def screen(status: Status, title: str) -> "RenderableType":
    """Return the screen of a terminal."""
    from rich.panel import Panel
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in lines_of(status):
        table.add_row(name, text)
    return Panel(table, title=title, title_align="left", subtitle="Ctrl-C stops it", subtitle_align="left")
