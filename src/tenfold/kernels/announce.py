"""Tell that machine code is being made: the first run of a strategy takes a second and should say why.

How it works. Numba raises an event when it compiles, and none when it loads from the disk cache. Compiling one
kernel compiles what it calls, so only the outermost event counts.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from tenfold.kernels.fold import FOLDS, MARK

_listening: Final[list[Callable[[str], None]]] = []


@contextmanager
def announcing(show: Callable[[str], None]) -> Iterator[None]:
    """Call `show(name)` whenever compiling begins within the block: name of the strategy, else of the kernel."""
    _listening.append(show)
    try:
        yield
    finally:
        _listening.remove(show)


def listen(event: Any) -> None:
    """Register with Numba's event module; called once, when Numba is imported."""

    class Compiling(event.Listener):  # type: ignore[misc]
        depth = 0

        def on_start(self, event: Any) -> None:
            self.depth += 1
            if self.depth == 1:
                for show in tuple(_listening):
                    show(_name(event.data["dispatcher"], event.data["args"]))

        def on_end(self, event: Any) -> None:
            self.depth -= 1

    event.register("numba:compile", Compiling())


def _name(dispatcher: Any, types: Any) -> str:
    for kind in types:
        record = getattr(kind, "dtype", kind)
        for field in getattr(record, "fields", None) or ():
            if field.startswith(MARK) and field[len(MARK) :] in FOLDS:
                return FOLDS[field[len(MARK) :]].name
    return str(dispatcher.py_func.__name__)
