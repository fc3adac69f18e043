"""Declare a strategy as a fold: one function from (state, bar, params) to a score.

How it works. `@fold(...)` collects every function and constant that the body reaches, refuses what could change
between two calls, and hashes the lot. The hash becomes the name of a one-byte field in the record type of the
parameters, so that compiled code is cached per source: an edited strategy is another type and compiles again by
itself. Nothing is compiled, and Numba is not imported, before the first run.
"""

import ast
import dis
import hashlib
import inspect
import math
import textwrap
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import ParameterError, StrategyError
from tenfold.domain.parameters import Integer, Parameter, Real
from tenfold.kernels.layout import Layout, State, state_dtype

MARK: Final = "source_"
"""Prefix of the field that carries the hash of the source in the parameters' record type."""

ALLOWED_MATH: Final = frozenset(["sqrt", "exp", "log", "tanh", "fabs", "floor", "ceil", "isnan", "isfinite", "isinf", "nan", "inf", "pi", "e"])
_ALLOWED_BUILTINS: Final = frozenset(["abs", "min", "max", "range", "len", "int", "float", "bool", "True", "False", "None"])
_CONSTANTS: Final = (int, float, bool, str, type(None))

FOLDS: Final[dict[str, "Fold"]] = {}
"""Every fold declared in this process, by the hash of its source."""


class Fold:
    """Hold a declared strategy.

    Attributes
    ----------
    name : name of the function
    function : the undecorated function `(state, bar, params) -> score`, or for a panel
        `(states, bars, params, scores) -> None` over one record a symbol
    parameters : space of each parameter, by name
    state_dtype, params_dtype : record types; zeros are the initial state
    panel : whether it folds over all symbols at once
    source_hash : hash of the function and of all that it calls
    """

    def __init__(self, function: FunctionType, parameters: Mapping[str, Parameter], state: Layout, panel: bool) -> None:
        self.function = function
        self.name = function.__name__
        self.doc = inspect.getdoc(function) or ""
        self.parameters = dict(parameters)
        self.panel = panel
        _check_signature(function, panel)
        self.state_dtype = state_dtype(state, self.parameters)
        self.functions, source = reachable(function)
        digest = hashlib.sha256(source.encode())
        digest.update(repr((self.name, panel, self.state_dtype.descr, sorted(self.parameters))).encode())
        self.source_hash = digest.hexdigest()[:20]
        fields: list[tuple[str, str]] = [
            (name, "i8" if isinstance(p, Integer) else "f8") for name, p in self.parameters.items()
        ]
        self.params_dtype = np.dtype([*fields, (MARK + self.source_hash, "i1")], align=True)
        FOLDS[self.source_hash] = self

    def __repr__(self) -> str:
        return f"Fold({self.name}: {', '.join(self.parameters) or 'no parameters'})"

    def __call__(self, *arguments: Any) -> Any:
        """Call the undecorated function: slow, for tests and for reading."""
        return self.function(*arguments)

    @property
    def defaults(self) -> dict[str, int | float]:
        """Initial value of each parameter."""
        return {name: p.initial for name, p in self.parameters.items()}

    def accept(self, values: Mapping[str, Any] | None = None) -> dict[str, int | float]:
        """Return a full set of parameters, defaults filled in, or refuse in one line."""
        given = dict(values or {})
        for name in given:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise ParameterError(f"strategy {self.name} has no parameter {name}, expected one of: {known}")
        return {name: p.accept(name, given.get(name, p.initial)) for name, p in self.parameters.items()}

    def params(self, values: Mapping[str, Any] | None = None) -> NDArray[np.void]:
        """Return one validated parameter record, shape (1,)."""
        record = np.zeros(1, self.params_dtype)
        for name, value in self.accept(values).items():
            record[name] = value
        return record

    def states(self, count: int) -> NDArray[np.void]:
        """Return `count` initial states; a panel has one a symbol."""
        return np.zeros(count, self.state_dtype)


def fold(*, state: Layout | None = None, **parameters: Parameter) -> Callable[[FunctionType], Fold]:
    """Declare `(state, bar, params) -> score in [-1, 1]` as a strategy; NaN abstains until warm."""
    return _declare(state, parameters, panel=False)


def panel_fold(*, state: Layout | None = None, **parameters: Parameter) -> Callable[[FunctionType], Fold]:
    """Declare `(states, bars, params, scores)` as a strategy over all symbols' bars of one moment.

    `states` and `bars` have one record a symbol; the function writes one score each into `scores`. A symbol that
    has no bar at this moment has `bars[i].flags & 1`; leave its score NaN.
    """
    return _declare(state, parameters, panel=True)


def _declare(state: Layout | None, parameters: Mapping[str, Parameter], panel: bool) -> Callable[[FunctionType], Fold]:
    for name, parameter in parameters.items():
        if not isinstance(parameter, (Integer, Real)):
            raise StrategyError(f"parameter {name} is {parameter!r}, expected Integer(low, high) or Real(low, high)")

    def decorate(function: FunctionType) -> Fold:
        return Fold(function, parameters, state if state is not None else State(), panel)

    return decorate


def _check_signature(function: FunctionType, panel: bool) -> None:
    expected = 4 if panel else 3
    count = len(inspect.signature(function).parameters)
    if count != expected:
        form = "(states, bars, params, scores)" if panel else "(state, bar, params)"
        raise StrategyError(f"strategy {function.__name__} takes {count} arguments, expected {form}")


def reachable(function: FunctionType) -> tuple[tuple[FunctionType, ...], str]:
    """Return every plain function that `function` reaches, itself last, and the text that identifies them all.

    Raises `StrategyError` where a name is neither a function, a constant nor an allowed member of `math`.
    """
    found: dict[FunctionType, str] = {}
    _collect(function, found, ())
    return tuple(found), "\n".join(found.values())


def _collect(function: FunctionType, found: dict[FunctionType, str], path: tuple[FunctionType, ...]) -> None:
    if function in path:
        raise StrategyError(f"{function.__name__} calls itself: a fold may not recurse")
    if function in found:
        return
    text = [_normal_source(function)]
    values = inspect.getclosurevars(function)
    scope = {**values.globals, **values.nonlocals}
    used = _global_names(function.__code__) | set(function.__code__.co_freevars)
    for name in sorted(used):  # attributes such as `params.exit` are no global names
        if name in scope:
            text.append(_describe(function, name, scope[name], found, (*path, function)))
        elif name in values.builtins and name not in _ALLOWED_BUILTINS:
            raise StrategyError(f"{function.__name__} uses {name}(): not available inside a fold")
    for name in values.unbound:
        if name in used:
            raise StrategyError(f"{function.__name__} uses the name {name}, which is not defined")
    _check_math(function, scope)
    found[function] = "\n".join(text)


def _describe(
    owner: FunctionType, name: str, value: Any, found: dict[FunctionType, str], path: tuple[FunctionType, ...]
) -> str:
    if isinstance(value, FunctionType):
        _collect(value, found, path)
        return f"{name}: function {value.__qualname__}"
    if isinstance(value, _CONSTANTS) or (
        isinstance(value, tuple) and all(isinstance(item, _CONSTANTS) for item in value)
    ):
        return f"{name} = {value!r}"
    if isinstance(value, ModuleType) and value is math:
        return f"{name}: math"
    if callable(value) and getattr(math, getattr(value, "__name__", ""), None) is value:
        if value.__name__ not in ALLOWED_MATH:
            raise StrategyError(f"{owner.__name__} uses math.{value.__name__}: not available inside a fold")
        return f"{name}: math.{value.__name__}"
    kind = f"the module {value.__name__}" if isinstance(value, ModuleType) else f"a {type(value).__name__}"
    raise StrategyError(
        f"{owner.__name__} uses the global {name}, {kind}: a fold may use only constants, functions and math, "
        "so that it cannot see what its arguments do not show; keep what changes in its state"
    )


def _check_math(function: FunctionType, scope: Mapping[str, Any]) -> None:
    tree = ast.parse(_source(function))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if scope.get(node.value.id) is math and node.attr not in ALLOWED_MATH:
                raise StrategyError(f"{function.__name__} uses math.{node.attr}: not available inside a fold")
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            raise StrategyError(f"{function.__name__} declares {node.names[0]} global: keep it in the state")


def _global_names(code: CodeType) -> set[str]:
    return {i.argval for i in dis.get_instructions(code) if i.opname in {"LOAD_GLOBAL", "LOAD_NAME"}}


def _source(function: FunctionType) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise StrategyError(f"the source of {function.__name__} cannot be read: put the strategy into a file") from None


def _normal_source(function: FunctionType) -> str:
    tree = ast.parse(_source(function))
    node = tree.body[0]
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = []
        if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)
