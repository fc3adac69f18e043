"""Find the indicators that the strategies of a sweep have in common, so that each is computed once.

How it works. In `sign(mean(state.fast, bar.close, params.fast) - mean(state.slow, bar.close, params.slow))` each call
keeps a record of its own and reads nothing but the bar and one parameter. A thousand strategies on a grid of 20 by 50 then
hold 70 different means, not 2,000. `shared` takes such calls out of the fold: each becomes a `Piece` of its own, folded
once for each set of values it reads, and the rest reads their values in place of the calls. The same functions see the
same numbers in the same order, so every score keeps its bits.

A call qualifies where nothing else touches its record, where its other arguments are made of the bar, the parameters and
constants alone, and where it runs at every bar, whatever the strategy decides.
"""

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import StrategyError
from tenfold.kernels.fold import FOLDS, MARK, Fold
from tenfold.kernels.source import source_of

CALLS_MAX: Final = 4
"""Calls that are taken out of one fold; further ones stay where they are."""

_GIVEN: Final = tuple(f"given_{number}" for number in range(CALLS_MAX))
_SIMPLE: Final = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)


@dataclass(frozen=True)
class Piece:
    """Hold a part of a fold that compiles like a fold.

    Attributes
    ----------
    function : `(state, bar, params) -> value`, or for the rest `(state, bar, params, given_0, ..., given_3) -> score`
    functions : every plain function that it reaches, itself last
    name : for the message that it compiles
    state_dtype, params_dtype : record types; the parameters are those that it reads
    reads : names of those parameters
    """

    function: FunctionType
    functions: tuple[FunctionType, ...]
    name: str
    state_dtype: np.dtype[np.void]
    params_dtype: np.dtype[np.void]
    reads: tuple[str, ...]

    def params(self, values: NDArray[np.void]) -> NDArray[np.void]:
        """Return parameter records with the values that this piece reads, shape as given."""
        records = np.zeros(len(values), self.params_dtype)
        for name in self.reads:
            records[name] = values[name]
        return records


@dataclass(frozen=True)
class Shared:
    """Hold a fold taken apart: the calls that strategies share, and the rest that reads their values."""

    calls: tuple[Piece, ...]
    rest: Piece


def shared(fold: Fold) -> Shared | None:
    """Return the fold with its shareable calls taken out, or None where it has none."""
    if fold.panel or fold.function.__closure__:
        return None
    try:
        source = source_of(fold.function)
    except StrategyError:
        return None
    state, bar, params = source.arguments
    found = [
        call for call in _certain_calls(source.node.body) if _qualifies(call, fold, source.node, (state, bar, params))
    ][:CALLS_MAX]
    if not found:
        return None
    fields = tuple(call.args[0].attr for call in found)  # type: ignore[attr-defined]
    calls = tuple(_call_piece(fold, call, (state, bar, params)) for call in found)
    return Shared(calls, _rest_piece(fold, source.node, found, fields))


def _certain_calls(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Yield the calls that run at every bar, in order."""
    for statement in body:
        if isinstance(statement, _SIMPLE):
            if statement.value is not None:
                yield from _certain(statement.value)
            if isinstance(statement, ast.Return):
                return
        elif any(isinstance(node, ast.Return) for node in ast.walk(statement)):
            return


def _certain(node: ast.expr) -> Iterator[ast.Call]:
    if isinstance(node, ast.IfExp):
        yield from _certain(node.test)
        return
    if isinstance(node, ast.BoolOp):
        yield from _certain(node.values[0])
        return
    if isinstance(node, ast.Compare):
        yield from _certain(node.left)
        yield from _certain(node.comparators[0])
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _certain(child)


def _qualifies(call: ast.Call, fold: Fold, node: ast.FunctionDef, names: tuple[str, str, str]) -> bool:
    state, bar, params = names
    if not isinstance(call.func, ast.Name) or call.keywords or not call.args:
        return False
    function = fold.function.__globals__.get(call.func.id)
    if not isinstance(function, FunctionType) or _gives_several(function):
        return False
    first = call.args[0]
    if not (isinstance(first, ast.Attribute) and isinstance(first.value, ast.Name) and first.value.id == state):
        return False
    if fold.state_dtype[first.attr].names is None or _uses(node, state, first.attr) != 1:
        return False
    return all(_plain(argument, bar, params) for argument in call.args[1:])


def _gives_several(function: FunctionType) -> bool:
    """Say whether a function returns several values, by itself or through another: there is room for one a bar."""
    for node in ast.walk(source_of(function).node):
        if not isinstance(node, ast.Return):
            continue
        value = node.value
        inner = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
        called = function.__globals__.get(inner)
        if isinstance(value, ast.Tuple) or (isinstance(called, FunctionType) and _gives_several(called)):
            return True
    return False


def _uses(node: ast.AST, name: str, attribute: str) -> int:
    """Count the uses of `name.attribute`, and any other use of `name` by itself as two."""
    count = 0
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id == name:
            count += child.attr == attribute
    bare = sum(isinstance(child, ast.Name) and child.id == name for child in ast.walk(node))
    taken = sum(
        isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id == name
        for child in ast.walk(node)
    )
    return count + 2 * (bare - taken)


def _plain(node: ast.expr, bar: str, params: str) -> bool:
    """Say whether an expression is made of the bar, the parameters and constants alone."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id in {bar, params}
    if isinstance(node, ast.BinOp):
        return _plain(node.left, bar, params) and _plain(node.right, bar, params)
    return isinstance(node, ast.UnaryOp) and _plain(node.operand, bar, params)


def _call_piece(fold: Fold, call: ast.Call, names: tuple[str, str, str]) -> Piece:
    state, bar, params = names
    field = call.args[0].attr  # type: ignore[attr-defined]
    reads = tuple(name for name in fold.parameters if any(_uses(argument, params, name) for argument in call.args[1:]))
    alone = copy.deepcopy(call)
    alone.args[0] = ast.Name(state, ast.Load())
    text = f"def piece({state}, {bar}, {params}):\n    return {ast.unparse(ast.fix_missing_locations(alone))}\n"
    return _piece(fold, text, fold.state_dtype[field], reads, f"{fold.name} ({ast.unparse(call.func)})")


def _rest_piece(fold: Fold, node: ast.FunctionDef, calls: list[ast.Call], fields: tuple[str, ...]) -> Piece:
    places = {id(call): number for number, call in enumerate(calls)}

    class Take(ast.NodeTransformer):
        def visit_Call(self, call: ast.Call) -> ast.AST:
            if id(call) in places:
                return ast.Name(_GIVEN[places[id(call)]], ast.Load())
            return self.generic_visit(call)

    memo = {id(call): call for call in calls}  # the copy keeps these very nodes, so that they are found in it
    rest = Take().visit(copy.deepcopy(node, memo))
    rest.name = "piece"
    rest.decorator_list = []
    rest.returns = None
    rest.args.args += [ast.arg(name) for name in _GIVEN]
    text = ast.unparse(ast.fix_missing_locations(rest))
    kept = [name for name in fold.state_dtype.names or () if name not in fields]
    fields_kept: list[tuple[str, Any]] = [(name, fold.state_dtype[name]) for name in kept]
    state = np.dtype(fields_kept or [("unused", "i8")], align=True)
    return _piece(fold, text, state, tuple(fold.parameters), f"{fold.name} (shared)")


def _piece(fold: Fold, text: str, state: np.dtype[Any], reads: tuple[str, ...], name: str) -> Piece:
    """Make a function from text in the scope of the fold, and give it a record type of its own."""
    scope = dict(fold.function.__globals__)
    exec(compile(text, f"<{name}>", "exec"), scope)  # noqa: S102 -- the text is the fold's own source, taken apart
    digest = hashlib.sha256((fold.source_hash + text + repr(state.descr)).encode()).hexdigest()[:20]
    fields = [(read, fold.params_dtype[read]) for read in reads]
    piece = Piece(
        function=scope["piece"],
        functions=(*fold.functions[:-1], scope["piece"]),
        name=name,
        state_dtype=state,
        params_dtype=np.dtype([*fields, (MARK + digest, "i1")], align=True),
        reads=reads,
    )
    FOLDS[digest] = piece  # type: ignore[assignment] # a piece compiles like a fold
    return piece
