"""Read the source of a function and say where in it something stands."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType

from tenfold.domain.errors import StrategyError


@dataclass(frozen=True)
class Source:
    """Hold the parsed source of a function.

    Attributes
    ----------
    function : the function
    node : its definition
    offset : what to add to a line number of `node` to get the line in the file
    text : the lines of the definition as they stood in the file when it was read
    """

    function: FunctionType
    node: ast.FunctionDef
    offset: int
    text: str

    def at(self, node: ast.AST) -> str:
        """Return the place of a node as `file.py:line`."""
        return place(self.function.__code__.co_filename, getattr(node, "lineno", 1) + self.offset)

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the positional arguments."""
        return tuple(argument.arg for argument in (*self.node.args.posonlyargs, *self.node.args.args))


@cache
def source_of(function: FunctionType) -> Source:
    """Return the parsed source of a plain function, or refuse in one line."""
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise StrategyError(f"the source of {function.__name__} cannot be read: put the strategy into a file") from None
    node = ast.parse(textwrap.dedent("".join(lines))).body[0] if not _is_lambda(function) else None
    if not isinstance(node, ast.FunctionDef):
        raise StrategyError(f"{place(function.__code__.co_filename, first)}: a fold is made of plain functions (def)")
    return Source(function, node, first - 1, "".join(lines))


def place(file: str, line: int) -> str:
    """Return `file.py:line`, relative to the working directory where the file is below it."""
    path, here = Path(file), Path.cwd()
    return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{line}"


def _is_lambda(function: FunctionType) -> bool:
    return function.__name__ == "<lambda>"
