"""Declare a strategy as a fold: one function from (state, bar, params) to a score.

How it works. `@fold(...)` collects every function and constant that the body reaches, refuses what could change
between two calls, and hashes the lot. The hash becomes the name of a one-byte field in the record type of the
parameters, so that compiled code is cached per source: an edited strategy is another type and compiles again by
itself. Nothing is compiled, and Numba is not imported, before the first run.
"""

import ast
import copy
import dis
import hashlib
import inspect
import math
from collections.abc import Callable, Collection, Mapping
from types import FunctionType, ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import bar_dtype
from tenfold.domain.errors import ParameterError, StrategyError, suggestion
from tenfold.domain.parameters import Integer, Parameter, Real
from tenfold.kernels import grammar
from tenfold.kernels.layout import Layout, State, state_dtype
from tenfold.kernels.source import Source, place, source_of

MARK: Final = "source_"
"""Prefix of the field that carries the hash of the source in the parameters' record type."""

ALLOWED_MATH: Final = frozenset(
    ["sqrt", "exp", "log", "tanh", "fabs", "floor", "ceil", "isnan", "isfinite", "isinf", "nan", "inf", "pi", "e"]
)
_ALLOWED_BUILTINS: Final = frozenset(
    ["abs", "min", "max", "range", "len", "int", "float", "bool", "True", "False", "None"]
)
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
    columns : further columns of the bars that it reads
    source_hash : hash of the function, of all that it calls, and of the module it stands in
    content_hash : the same without the module: equal wherever a copy of the file lies
    """

    def __init__(
        self,
        function: FunctionType,
        parameters: Mapping[str, Parameter],
        state: Layout | np.dtype[np.void],
        panel: bool,
        columns: Collection[str] = (),
    ) -> None:
        self.function = function
        self.name = function.__name__
        self.doc = inspect.getdoc(function) or ""
        self.parameters = dict(parameters)
        self.panel = panel
        self.columns = tuple(columns)
        _check_signature(function, panel)
        self.state_dtype = state if isinstance(state, np.dtype) else state_dtype(state, self.parameters)
        self.functions, source = reachable(function)
        known = (self.state_dtype.names or (), bar_dtype(self.columns).names or (), tuple(self.parameters))
        _check_grammar(function, panel, known)
        digest = hashlib.sha256(source.encode())
        digest.update(repr((self.name, panel, self.state_dtype.descr, tuple(self.parameters))).encode())
        self.content_hash = digest.hexdigest()[:20]
        # the module too: machine code looks up the one it was made from, which may not be there for a copy of the source
        digest.update(repr(function.__module__).encode())
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
                hint = suggestion(name, self.parameters) or f"expected one of: {known}"
                raise ParameterError(f"strategy {self.name} has no parameter {name}; {hint}")
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


def fold(
    *bare: Any, state: Layout | None = None, columns: Collection[str] = (), **parameters: Parameter
) -> Callable[[Callable[..., Any]], Fold]:
    """Declare `(state, bar, params) -> score in [-1, 1]` as a strategy; NaN abstains until warm.

    `columns` names the further columns of the user's data that it reads, as `bar.sentiment`.
    """
    return _declare(bare, state, parameters, columns, panel=False)


def panel_fold(
    *bare: Any, state: Layout | None = None, columns: Collection[str] = (), **parameters: Parameter
) -> Callable[[Callable[..., Any]], Fold]:
    """Declare `(states, bars, params, scores)` as a strategy over all symbols' bars of one moment.

    `states` and `bars` have one record a symbol; the function writes one score each into `scores`. A symbol that
    has no bar at this moment has `bars[i].flags & 1`; leave its score NaN.
    """
    return _declare(bare, state, parameters, columns, panel=True)


def _declare(
    bare: tuple[Any, ...],
    state: Layout | None,
    parameters: Mapping[str, Parameter],
    columns: Collection[str],
    panel: bool,
) -> Callable[[Callable[..., Any]], Fold]:
    if bare:
        name = "@panel_fold" if panel else "@fold"
        if isinstance(bare[0], FunctionType):
            raise StrategyError(f"{bare[0].__name__} stands below {name} without parentheses; write {name}()")
        raise StrategyError(f"{name} takes parameters by name, e.g. length=Integer(5, 60), found {bare[0]!r}")
    if isinstance(columns, str):
        raise StrategyError(f'columns is {columns!r}, expected several names, e.g. columns=("{columns}",)')
    for name, parameter in parameters.items():
        if not isinstance(parameter, (Integer, Real)):
            raise StrategyError(f"parameter {name} is {parameter!r}, expected Integer(low, high) or Real(low, high)")

    def decorate(function: Callable[..., Any]) -> Fold:
        if not isinstance(function, FunctionType):
            raise StrategyError(f"@fold stands above {function!r}, expected a function (def)")
        return Fold(function, parameters, state if state is not None else State(), panel, columns)

    return decorate


def _check_signature(function: FunctionType, panel: bool) -> None:
    expected = 4 if panel else 3
    code = function.__code__
    count = len(inspect.signature(function).parameters)
    if count != expected:
        form = "(states, bars, params, scores)" if panel else "(state, bar, params)"
        where = place(code.co_filename, code.co_firstlineno)
        raise StrategyError(f"{where}: strategy {function.__name__} takes {count} arguments, expected {form}")


def _check_grammar(
    function: FunctionType, panel: bool, known: tuple[Collection[str], Collection[str], Collection[str]]
) -> None:
    source = source_of(function)
    grammar.check_returns(source, panel)
    grammar.check_fields(source, panel, known)
    if not panel:
        grammar.check_moments(source)
    grammar.check_writes(function, frozenset(source.arguments[1:3]), _scope)


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
    source = source_of(function)
    text = [_normal_source(source)]
    scope, builtins = names_of(function), inspect.getclosurevars(function).builtins
    for name, value in scope.items():
        text.append(_describe(source, name, value, found, (*path, function)))
    grammar.check_body(source)  # after the globals: who calls pandas is told so, and not about the list in the call
    for name in sorted(_used(function).difference(scope)):
        if name not in builtins:
            hint = suggestion(name, function.__globals__) or "import it, or define it above"
            raise StrategyError(
                f"{_at(source, name)}: {function.__name__} uses the name {name}, which is not defined; {hint}"
            )
        if name not in _ALLOWED_BUILTINS:
            raise StrategyError(f"{_at(source, name)}: {function.__name__} uses {name}(): not available inside a fold")
    _check_math(source, scope)
    found[function] = "\n".join(text)


def _describe(
    owner: Source, name: str, value: Any, found: dict[FunctionType, str], path: tuple[FunctionType, ...]
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
    where = _at(owner, name)
    called = str(getattr(value, "__name__", ""))
    if callable(value) and getattr(math, called, None) is value:
        if called not in ALLOWED_MATH:
            raise StrategyError(f"{where}: math.{called} is not available inside a fold")
        return f"{name}: math.{called}"
    if isinstance(value, ModuleType):
        raise StrategyError(
            f"{where}: {owner.function.__name__} uses the global {name}, the module {value.__name__}: a fold takes numbers bar by bar, with math "
            "and the building blocks of tenfold.indicators"
        )
    raise StrategyError(
        f"{where}: {owner.function.__name__} uses the global {name}, a {type(value).__name__}: a fold may use only constants, functions "
        "and math, so that it cannot see what its arguments do not show; keep what changes in its state"
    )


def _check_math(source: Source, scope: Mapping[str, Any]) -> None:
    for node in ast.walk(source.node):
        if not isinstance(node, ast.Attribute) or node.attr in ALLOWED_MATH:
            continue
        if isinstance(node.value, ast.Name) and scope.get(node.value.id) is math:
            raise StrategyError(f"{source.at(node)}: math.{node.attr} is not available inside a fold")


def _scope(function: FunctionType) -> Mapping[str, Any]:
    """Return what the global and enclosing names of a function stand for."""
    values = inspect.getclosurevars(function)
    return {**values.globals, **values.nonlocals}


def names_of(function: FunctionType) -> dict[str, Any]:
    """Return what the global and enclosing names that a function reads stand for, by name, sorted."""
    scope = _scope(function)
    return {name: scope[name] for name in sorted(_used(function)) if name in scope}


def _used(function: FunctionType) -> set[str]:
    """Return the global and enclosing names that a function reads; those of attributes are none."""
    code = function.__code__
    read = {i.argval for i in dis.get_instructions(code) if i.opname in {"LOAD_GLOBAL", "LOAD_NAME"}}
    return read | set(code.co_freevars)


def _at(source: Source, name: str) -> str:
    """Return the place where a function first uses a name."""
    for node in ast.walk(source.node):
        if isinstance(node, ast.Name) and node.id == name:
            return source.at(node)
    return source.at(source.node)


def _normal_source(source: Source) -> str:
    """Return the syntax tree as text, without decorators, comments and docstring."""
    node = copy.deepcopy(source.node)
    node.decorator_list = []
    if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
        node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(node)
