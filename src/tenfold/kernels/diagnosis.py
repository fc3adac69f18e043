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
_UNIFY: Final = re.compile(r"Cannot unify (.+?) and (.+) for '([$\w]+?)(?:\.\d+)*'")
_GLOBAL: Final = re.compile(r"(?:Untyped global name|NameError: name) '(\w+)'")
_WHERE: Final = re.compile(r'File "([^"]+)", line (\d+)')
_KINDS: Final = {
    "float": "a number",
    "int": "a whole number",
    "bool": "True or False",
    "none": "None",
    "UniTuple": "several values",
    "Tuple": "several values",
    "Record": "a record",
}


def explain(error: Exception, fold: Fold) -> StrategyError:
    """Return the one line for an error that Numba raised while it compiled `fold`."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    match = _FIELD.search(text)
    field = str(error.args[0]) if isinstance(error, KeyError) else match and match[1]
    if field:
        return _field(field, fold)
    return StrategyError(f"{_where(text, fold)}: {_what(text, fold)}")


def _what(text: str, fold: Fold) -> str:
    if match := _UNIFY.search(text):
        kinds = " and ".join(_kind(kind) for kind in match.group(1, 2))
        name = "what it returns" if match[3].startswith("$") else match[3]
        return f"{name} is {kinds} by turns, expected one kind of number on every path"
    if calls := [name for name in _CALL.findall(text) if name not in {"fold_step", "panel_step"}]:
        return f"{calls[-1]} cannot be applied to these values inside a fold"
    if match := _GLOBAL.search(text):
        return f"the name {match[1]} is not available inside a fold"
    lines = [line.strip() for line in text.splitlines() if line.strip() and "Failed in nopython mode" not in line]
    return f"{fold.name} cannot be compiled: {lines[0] if lines else 'no reason given'}"


def _kind(name: str) -> str:
    """Return a type of Numba's in plain words."""
    return next((words for start, words in _KINDS.items() if name.startswith(start)), "something else")


def _field(name: str, fold: Fold) -> StrategyError:
    """Return the line about a field that is not there: the compiler names the field, the source knows the place."""
    known = {
        "state": list(fold.state_dtype.names or ()),
        "bar": list(BAR.names or ()),
        "params": [field for field in fold.params_dtype.names or () if not field.startswith(MARK)],
    }
    for source in map(source_of, reversed(fold.functions)):
        for node in ast.walk(source.node):
            if isinstance(node, ast.Attribute) and node.attr == name:
                owner = ast.unparse(node.value)
                return StrategyError(f"{source.at(node)}: {unknown_field(owner, name, known.get(owner, []))}")
    return StrategyError(f"{_where('', fold)}: there is no field {name}")


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
