"""Compile a kernel for one fold: tried in plain Python first, and errors in the words of whoever wrote it."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from types import FunctionType
from typing import Any

from tenfold.kernels.diagnosis import explain
from tenfold.kernels.fold import Fold
from tenfold.kernels.jit import DISABLED, cache_folder, compiled
from tenfold.kernels.trial import plainly, try_fold


@cache
def compile_for(fold: Fold, kernel: FunctionType) -> Callable[..., Any]:
    """Return the compiled twin of a kernel that will run `fold`; it compiles at its first call.

    Raises `StrategyError` in one line with file and line, here or at the first call, where the fold is no fold.
    """
    _try_once(fold)
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


def _try_once(fold: Fold) -> None:
    """Try a fold unless this very source has passed before: the mark lies beside the machine code.

    The strategies of this package pass in its own tests.
    """
    if fold.function.__module__.startswith("tenfold.strategy."):
        return
    mark = cache_folder() / f"tried_{fold.source_hash}"
    if not mark.exists():
        try_fold(fold)
        with suppress(OSError):  # a full disk: it is tried again next time
            mark.touch()
