"""Show a live session: a screen on a terminal, else a line for what happens."""

import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tenfold.app.cli.output import note

if TYPE_CHECKING:
    from tenfold.app.live.paper import Shown


@contextmanager
def screen(
    options: Namespace, title: str
) -> "Iterator[tuple[Callable[[str], None], Callable[[Shown], Awaitable[None]]]]":
    """Yield what takes a line, and what is awaited every second."""
    if options.json or not sys.stdout.isatty():

        async def unseen(_: "Shown") -> None:
            """Show nothing."""

        yield note, unseen
        return
    from rich.live import Live

    from tenfold.app.live.screen import Screen

    shown_on = Screen(title)
    with Live(auto_refresh=False) as live:

        async def show(shown: "Shown") -> None:
            live.update(shown_on.rendered(shown), refresh=True)

        yield lambda text: live.console.print(text, markup=False, highlight=False), show
