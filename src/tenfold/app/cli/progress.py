"""Show that work goes on: a bar for anything longer than a second, a line for each first compile."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tenfold.app.cli.output import note

QUIET_NS = 1_000_000_000


@contextmanager
def progress(text: str, quiet_ns: int = QUIET_NS) -> Iterator[Callable[[int, int], None]]:
    """Yield `report(done, total)`; a bar with rate and time left appears once a second has passed, on a terminal only."""
    bar = _Bar(text, quiet_ns)
    try:
        yield bar.report
    finally:
        bar.close()


@contextmanager
def compiling() -> Iterator[None]:
    """Say on the error stream what is being compiled; later runs start from the cache and say nothing."""
    from tenfold.kernels.announce import announcing

    with announcing(lambda name: note(f"compiling {name} (once; later runs start from the cache)")):
        yield


class _Bar:
    def __init__(self, text: str, quiet_ns: int) -> None:
        self.text = text
        self.quiet_ns = quiet_ns
        from tenfold.app.wiring import clock

        self.clock = clock()
        self.start_ns = self.clock.monotonic_ns()
        self.close: Callable[[], None] = lambda: None
        self.draw: Callable[[int, int], None] | None = None

    def report(self, done: int, total: int) -> None:
        if self.draw is None and sys.stderr.isatty() and self.clock.monotonic_ns() - self.start_ns > self.quiet_ns:
            self._open()
        if self.draw is not None:
            self.draw(done, total)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeRemainingColumn(),
        )
        shown = Progress(*columns, console=Console(stderr=True), transient=True)
        task = shown.add_task(self.text, rate=0.0)
        shown.start()
        self.close = shown.stop

        def draw(done: int, total: int) -> None:
            rate = done * 1e9 / max(self.clock.monotonic_ns() - self.start_ns, 1)
            shown.update(task, completed=done, total=total, rate=rate)

        self.draw = draw
