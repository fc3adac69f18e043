"""Translate what the compiler says about a fold into one line."""

import ast
import re
from typing import Final

from tenfold.domain.bars import BAR
from tenfold.domain.errors import StrategyError
from tenfold.kernels.fold import MARK, Fold
from tenfold.kernels.grammar import unknown_field
from tenfold.kernels.source import place, source_of

_FIELD: Final = re.compile(r"[Uu]nknown attribute '(\w+)' of type (Record|\w+)")
_CALL: Final = re.compile(r"No implementation of function Function\(<(?:built-in function|function|class) '?([\w.]+)")
_UNIFY: Final = re.compile(r"Cannot unify (\S+) and (\S+) for '(\w+?)(?:\.\d+)?'")
_GLOBAL: Final = re.compile(r"(?:Untyped global name|NameError: name) '(\w+)'")
_WHERE: Final = re.compile(r'File "([^"]+)", line (\d+)')
_KINDS: Final = {"float64": "a number", "int64": "a whole number", "none": "None", "bool": "True or False"}


def explain(error: Exception, fold: Fold) -> StrategyError:
    """Return the one line for an error that Numba raised while it compiled `fold`."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    where = _where(text, fold)
    return StrategyError(f"{where}: {_what(text, where, fold)}")


def _what(text: str, where: str, fold: Fold) -> str:
    if match := _FIELD.search(text):
        return _field(match[1], where, fold)
    if match := _UNIFY.search(text):
        kinds = " and ".join(_KINDS.get(kind.rstrip(","), kind) for kind in match.group(1, 2))
        name = "what it returns" if match[3].startswith("$") else match[3]
        return f"{name} is {kinds} by turns, expected one kind of number on every path"
    if match := _CALL.search(text):
        return f"{match[1]} cannot be applied to these values inside a fold"
    if match := _GLOBAL.search(text):
        return f"the name {match[1]} is not available inside a fold"
    lines = [line.strip() for line in text.splitlines() if line.strip() and "Failed in nopython mode" not in line]
    return f"{fold.name} cannot be compiled: {lines[0] if lines else 'no reason given'}"


def _field(name: str, where: str, fold: Fold) -> str:
    known = {
        "state": list(fold.state_dtype.names or ()),
        "bar": list(BAR.names or ()),
        "params": [field for field in fold.params_dtype.names or () if not field.startswith(MARK)],
    }
    for function in fold.functions:
        source = source_of(function)
        for node in ast.walk(source.node):
            if isinstance(node, ast.Attribute) and node.attr == name and source.at(node) == where:
                owner = ast.unparse(node.value)
                return unknown_field(owner, name, known.get(owner.rstrip("s") if owner == "bars" else owner, []))
    return f"there is no field {name}"


def _where(text: str, fold: Fold) -> str:
    """Return the last place that the message names within the source of the fold, else where the fold begins."""
    files = {function.__code__.co_filename: function for function in fold.functions}
    named = [(file, int(line)) for file, line in _WHERE.findall(text)]
    own = fold.function.__code__.co_filename
    for wanted in (own, *files):
        for file, line in reversed(named):
            if file == wanted or wanted.endswith("/" + file.lstrip("./")):
                return place(wanted, line)
    return place(own, fold.function.__code__.co_firstlineno)
