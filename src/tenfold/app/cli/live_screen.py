"""Show a live session: a screen on a terminal, else a line for what happens."""

import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from tenfold.app.cli.output import note
from tenfold.app.cli.teller import Teller, Writers

if TYPE_CHECKING:
    from tenfold.app.live.paper import Shown


@contextmanager
def screen(
    options: Namespace, title: str
) -> "Iterator[tuple[Callable[[str], None], Callable[[Shown], Awaitable[None]]]]":
    """Yield what takes a line, and what is awaited every second; neither waits for whoever reads."""
    if options.json or not sys.stdout.isatty():

        async def unseen(_: "Shown") -> None:
            """Show nothing."""

        with _told(_lines) as teller:
            yield teller.say, unseen
        return
    from tenfold.app.live.screen import Screen

    shown_on = Screen(title)
    with _told(_terminal) as teller:

        async def show(shown: "Shown") -> None:
            teller.draw(shown_on.rendered(shown))

        yield teller.say, show


@contextmanager
def _told(opened: Callable[[], AbstractContextManager[Writers]]) -> Iterator[Teller]:
    teller = Teller(opened)
    try:
        yield teller
    finally:
        teller.close()


@contextmanager
def _lines() -> Iterator[Writers]:
    yield note, lambda _: None


@contextmanager
def _terminal() -> Iterator[Writers]:
    from rich.live import Live

    with Live(auto_refresh=False) as live:
        yield (
            lambda text: live.console.print(text, markup=False, highlight=False),
            lambda shown: live.update(shown, refresh=True),
        )
