"""Compile the scalar rules and their loops: the same source that plain Python runs.

How it works. Every kernel is an undecorated function. `compiled(function)` registers each function that it reaches
with Numba and compiles it once a process, from a disk cache where there is one. The cache's folder is named by a
hash over all kernel sources and versions, so a changed rule can never meet old machine code; strategies carry the
hash of their own source in the record type of their parameters (`kernels.fold`).
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, Final

from tenfold.kernels.announce import listen
from tenfold.kernels.code_cache import cache_folder, forgive
from tenfold.kernels.fold import FOLDS, MARK, reachable
from tenfold.kernels.layout import as_records

DISABLED: Final = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}
"""Whether kernels run as plain Python: for coverage and for tests of parity."""

_OPTIONS: Final[Any] = {"error_model": "numpy", "fastmath": False, "forceinline": True, "_nrt": False}
"""How kernels compile. They allocate nothing, so arrays need no reference counts: counting took most of a bar's time."""

SEPARATE: Final = frozenset({"run"})
"""Kernels that are compiled on their own and called, not compiled anew into each caller."""


def fold_step(state: Any, bar: Any, params: Any) -> float:
    """Return the score of the fold whose parameters these are; plain Python stand-in of the overload."""
    return float(_fold_of(params.dtype.names).function(state, bar, params))


def panel_step(states: Any, bars: Any, params: Any, scores: Any) -> None:
    """Let the panel fold whose parameters these are write its scores; plain Python stand-in of the overload."""
    _fold_of(params.dtype.names).function(states, bars, params, scores)


def rest_step(
    state: Any, bar: Any, params: Any, given_0: float, given_1: float, given_2: float, given_3: float
) -> float:
    """Return the score of a fold whose shared calls have been computed; plain Python stand-in of the overload."""
    function = _fold_of(params.dtype.names).function
    return float(function(state, bar, params, given_0, given_1, given_2, given_3))


_STAND_INS: Final = (fold_step, panel_step, rest_step)


def _fold_of(names: Any) -> Any:
    mark = next(name for name in names if name.startswith(MARK))
    return FOLDS[mark[len(MARK) :]]


@cache
def compiled(function: FunctionType) -> Callable[..., Any]:
    """Return the compiled twin of a kernel, from the disk cache where it is there."""
    if DISABLED:
        return function
    numba = _numba()
    for inner in reachable_kernels(function):
        _register(inner)
    return forgive(numba.njit(nogil=True, cache=True, **_OPTIONS)(function))


def viewed(records: Any) -> Any:
    """Return records as a kernel wants them: with attributes at every depth where it runs as plain Python."""
    return as_records(records) if DISABLED else records


def bound(function: FunctionType, *arguments: Any) -> Callable[..., Any]:
    """Return the machine code of a kernel for arguments of these types: a call skips looking at them, 0.4 µs.

    The kernel must have run with such arguments before; calling the result with others is undefined.
    """
    if DISABLED:
        return function
    numba, twin = _numba(), compiled(function)
    try:
        found: Callable[..., Any] = twin.get_overload(tuple(numba.typeof(argument) for argument in arguments))  # type: ignore[attr-defined]
    except KeyError:  # records that differ in a promise of alignment alone run by the code of whichever came first
        return twin
    return found


def reachable_kernels(function: FunctionType) -> tuple[FunctionType, ...]:
    """Return the plain kernels that a kernel calls, the stand-ins of folds apart."""
    found: list[FunctionType] = []
    waiting = [function]
    while waiting:
        current = waiting.pop()
        for name in current.__code__.co_names:
            value = current.__globals__.get(name)
            if not isinstance(value, FunctionType) or value in found or value in _STAND_INS:
                continue
            found.append(value)
            if value.__name__ not in SEPARATE:
                waiting.append(value)
    return tuple(found)


@cache
def _register(function: FunctionType) -> None:
    from numba.extending import overload, register_jitable

    if function.__name__ not in SEPARATE:
        register_jitable(**_OPTIONS)(function)
        return
    separate = compiled(function)

    @overload(function, jit_options=_OPTIONS)
    def _separate(*arguments: Any) -> Any:
        def call(*arguments: Any) -> Any:
            return separate(*arguments)

        return call


@cache
def _numba() -> Any:
    import numba
    from numba.core import event
    from numba.extending import overload

    listen(event)
    # Machine code remembers the module of each function it was made from, and looks it up when it is loaded; the file
    # of a user's strategy is no importable module, and Numba calls it so. Its globals are constants, compiled in.
    sys.modules.setdefault("<dynamic>", ModuleType("<dynamic>"))
    setattr(numba.config, "CACHE_DIR", str(cache_folder()))  # noqa: B010 -- the stubs do not name it

    @overload(fold_step, jit_options=_OPTIONS)
    def _fold_step(state: Any, bar: Any, params: Any) -> Any:
        function = _registered(params)

        def step(state: Any, bar: Any, params: Any) -> Any:
            return function(state, bar, params)

        return step

    @overload(rest_step, jit_options=_OPTIONS)
    def _rest_step(state: Any, bar: Any, params: Any, given_0: Any, given_1: Any, given_2: Any, given_3: Any) -> Any:
        function = _registered(params)

        def step(state: Any, bar: Any, params: Any, given_0: Any, given_1: Any, given_2: Any, given_3: Any) -> Any:
            return function(state, bar, params, given_0, given_1, given_2, given_3)

        return step

    @overload(panel_step, jit_options=_OPTIONS)
    def _panel_step(states: Any, bars: Any, params: Any, scores: Any) -> Any:
        function = _registered(params)

        def step(states: Any, bars: Any, params: Any, scores: Any) -> Any:
            return function(states, bars, params, scores)

        return step

    return numba


def _registered(params: Any) -> FunctionType:
    declared = _fold_of(params.fields)
    for inner in declared.functions:
        _register(inner)
    return declared.function


__all__ = ["DISABLED", "cache_folder", "compiled", "fold_step", "panel_step", "reachable", "reachable_kernels"]
