"""Refuse what a fold may not contain: one line that names the file, the line and what to write instead.

How it works. The syntax tree of every function that a fold reaches is walked once, when the fold is declared, before
anything runs. Names that lead to the bar or the parameters are followed through assignments and calls, since compiled
code could otherwise write into memory that belongs to everybody.
"""

import ast
import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from types import FunctionType
from typing import Any, Final

from tenfold.domain.errors import StrategyError
from tenfold.kernels.source import Source, source_of

_REFUSED: Final[tuple[tuple[tuple[type[ast.AST], ...], str], ...]] = (
    ((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), "a comprehension; write a `for` loop over range()"),
    ((ast.List, ast.Dict, ast.Set), "a list, dict or set; keep values in the state, e.g. State(closes=window)"),
    ((ast.JoinedStr,), "string formatting; a fold returns a number and prints nothing"),
    ((ast.Lambda, ast.FunctionDef, ast.ClassDef), "a definition inside a function; move it to the top of the file"),
    ((ast.AsyncFunctionDef, ast.Await, ast.Yield, ast.YieldFrom), "a coroutine or generator; return one score a bar"),
    ((ast.Try, ast.Raise, ast.Assert, ast.With), "an exception or context; test the value and return 0.0 to abstain"),
    ((ast.Import, ast.ImportFrom), "an import; import at the top of the file"),
    ((ast.Match,), "match; write if and elif"),
    ((ast.Starred,), "a * before an argument; write the arguments out"),
    ((ast.Delete,), "del; set the value to 0"),
    ((ast.Pow,), "**, which rounds differently when compiled; write x * x, or math.exp(y * math.log(x))"),
    ((ast.Global, ast.Nonlocal), "a global name for writing; keep what changes in the state"),
)


def check_body(source: Source) -> None:
    """Refuse syntax that is no part of a fold."""
    name = source.function.__name__
    for statement in source.node.body:
        if _is_docstring(statement):
            continue
        for node in ast.walk(statement):
            for kinds, what in _REFUSED:
                if isinstance(node, kinds):
                    raise StrategyError(f"{_place(source, node, statement)}: {name} uses {what}")
            if isinstance(node, ast.Subscript) and isinstance(key := _text(node.slice), str):
                written = f"{ast.unparse(node.value)}.{key}"
                raise StrategyError(f"{source.at(node)}: {name} uses {ast.unparse(node)}; write {written}")
            if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
                raise StrategyError(f"{source.at(node)}: {name} uses text; a fold works with numbers only")


def check_returns(source: Source, panel: bool) -> None:
    """Refuse a fold that may end without a score, or a panel that returns one."""
    name = source.function.__name__
    for node in ast.walk(source.node):
        if isinstance(node, ast.Return):
            nothing = node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
            if panel and not nothing:
                raise StrategyError(f"{source.at(node)}: {name} returns a value; a panel writes into scores[i]")
            if not panel and nothing:
                raise StrategyError(f"{source.at(node)}: {name} returns None, expected a score; return 0.0 to abstain")
            if not panel and isinstance(node.value, (ast.Tuple, ast.Compare)):
                found = "several values" if isinstance(node.value, ast.Tuple) else "True or False"
                raise StrategyError(f"{source.at(node)}: {name} returns {found}, expected one score in [-1, 1]")
    if not panel and not _ends(source.node.body):
        last = source.node.body[-1]
        raise StrategyError(f"{source.at(last)}: {name} can end without a score; add `return 0.0` (abstain) at its end")


def check_fields(source: Source, panel: bool, known: tuple[Collection[str], Collection[str], Collection[str]]) -> None:
    """Refuse attributes that state, bar and params do not have; `known` are the fields of each."""
    fields: dict[str, Collection[str]] = dict(zip(source.arguments, known, strict=False))
    for node in ast.walk(source.node):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value.value if panel and isinstance(node.value, ast.Subscript) else node.value
        if isinstance(owner, ast.Name) and owner.id in fields and node.attr not in fields[owner.id]:
            if panel and owner is node.value and owner.id != source.arguments[2]:
                continue  # an attribute of the array itself, which the compiler judges
            text = unknown_field(owner.id, node.attr, list(fields[owner.id]))
            further = owner.id == source.arguments[1] and "did you mean" not in text
            hint = f'; a column of your own needs @fold(columns=("{node.attr}",))' * further
            raise StrategyError(f"{source.at(node)}: {text}{hint}")


def check_moments(source: Source) -> None:
    """Refuse to treat the price of one bar as a series: `bar.close[1]`, `bar.close.shift(-1)`."""
    bar = source.arguments[1]
    for node in ast.walk(source.node):
        inner = node.value if isinstance(node, (ast.Subscript, ast.Attribute)) else None
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == bar:
            field = f"{bar}.{inner.attr}"
            raise StrategyError(
                f"{source.at(node)}: {field} is one number, that of the bar that just closed: there are no later ones, and an "
                f"earlier one is kept in the state, e.g. State(past=Delay) and delayed(state.past, {field}, 1)"
            )


def unknown_field(owner: str, name: str, known: Collection[str]) -> str:
    """Return the line about a field that is not there."""
    close = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {owner}.{close[0]}?" if close else f"; expected one of: {', '.join(known)}" * bool(known)
    return f"{owner} has no field {name}{hint}"


def check_writes(
    function: FunctionType, shielded: frozenset[str], scope: Callable[[FunctionType], Mapping[str, Any]]
) -> None:
    """Refuse writes into the arguments named in `shielded`, here and in every function that they are passed to."""
    waiting, seen = [(function, shielded)], set()
    while waiting:
        current, names = waiting.pop()
        if (current, names) in seen or not names:
            continue
        seen.add((current, names))
        source = source_of(current)
        led = _aliases(source.node, names)
        for target in _stores(source.node):
            if _roots(target) & led:
                owner = sorted(_roots(target) & led)[0]
                raise StrategyError(
                    f"{source.at(target)}: {current.__name__} writes into {owner}, which belongs to everybody; "
                    "keep what changes in the state"
                )
        values = scope(current)
        for call in ast.walk(source.node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                callee = values.get(call.func.id)
                if isinstance(callee, FunctionType):
                    waiting.append((callee, _passed(call, source_of(callee), led)))


def _passed(call: ast.Call, callee: Source, led: frozenset[str]) -> frozenset[str]:
    given = list(zip(callee.arguments, call.args, strict=False))
    given += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None]
    return frozenset(name for name, value in given if _roots(value) & led)


def _aliases(node: ast.FunctionDef, names: frozenset[str]) -> frozenset[str]:
    """Return the names that may lead to one of `names`, themselves included."""
    led = set(names)
    while True:
        before = len(led)
        for inner in ast.walk(node):
            if isinstance(inner, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and inner.value is not None:
                targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
                if _roots(inner.value) & led:
                    led |= {name for target in targets for name in _bound(target)}
            elif isinstance(inner, ast.For) and _roots(inner.iter) & led:
                led |= _bound(inner.target)
        if len(led) == before:
            return frozenset(led)


def _bound(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _roots(node: ast.AST) -> frozenset[str]:
    """Return the names whose records an expression may be or lie in; arithmetic makes a new number."""
    if isinstance(node, ast.Name):
        return frozenset([node.id])
    parts: list[ast.expr] = []
    if isinstance(node, (ast.Attribute, ast.Subscript, ast.NamedExpr)):
        parts = [node.value]
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    elif isinstance(node, ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.Call):
        parts = node.args
    return frozenset[str]().union(*(_roots(part) for part in parts))


def _stores(node: ast.FunctionDef) -> Iterator[ast.AST]:
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Attribute, ast.Subscript)) and isinstance(inner.ctx, ast.Store):
            yield inner


def _ends(body: list[ast.stmt]) -> bool:
    """Tell whether every way through these statements ends in a return."""
    last = body[-1]
    if isinstance(last, ast.Return):
        return True
    if isinstance(last, ast.If):
        return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
    return isinstance(last, ast.While) and isinstance(last.test, ast.Constant) and bool(last.test.value)


def _text(node: ast.AST) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _place(source: Source, node: ast.AST, statement: ast.stmt) -> str:
    return source.at(node if hasattr(node, "lineno") else statement)
