"""Compile a kernel for one fold: tried in plain Python first, and errors in the words of whoever wrote it."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import Any

from tenfold.kernels.diagnosis import explain
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import DISABLED, cache_folder, compiled
from tenfold.kernels.trial import SYMBOLS, SYMBOLS_MAX, plainly, try_fold


def compile_for(fold: Fold, kernel: Callable[..., Any], symbols: int = SYMBOLS) -> Callable[..., Any]:
    """Return the compiled twin of a kernel that will run `fold` on so many symbols; it compiles at its first call.

    Raises `StrategyError` in one line with file and line, here or at the first call, where the fold is no fold, or a panel
    asks for symbols that are not there.
    """
    _try_once(fold, min(symbols, SYMBOLS_MAX) if fold.panel else SYMBOLS)
    return _compiled_for(fold, kernel)


@cache
def _compiled_for(fold: Fold, kernel: FunctionType) -> Callable[..., Any]:
    if DISABLED:
        return plainly(fold, kernel)
    run = compiled(kernel)
    from numba.core.errors import NumbaError

    def guarded(*arguments: Any) -> Any:
        try:
            return run(*arguments)
        except (NumbaError, KeyError) as error:  # KeyError: Numba's own answer to a field that is not there
            raise explain(error, fold) from None

    return guarded


@cache
def _try_once(fold: Fold, symbols: int) -> None:
    """Try a fold on so many symbols unless this very source has passed before: the mark lies beside the machine code.

    The strategies of this package pass in its own tests.
    """
    if fold.function.__module__.startswith("tenfold.strategy."):
        return
    mark = cache_folder() / f"tried_{fold.source_hash}_{symbols}"
    if not mark.exists():
        try_fold(fold, symbols)
        with suppress(OSError):  # a full disk: it is tried again next time
            mark.touch()
