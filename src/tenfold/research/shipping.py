"""Send a fold to another process or machine, and make the very same fold there.

How it works. A fold is plain functions and constants; `kernels.fold` refuses all else. So a parcel holds the source of each
function that the fold reaches, with the constants and functions that its names stand for. The rest of the user's file does
not travel: its other imports need not be there, nothing of it runs, and neighbours of the file come along as far as the fold
calls them. What belongs to Tenfold travels as a name. The hash of the source decides: a fold that was made from a parcel has
the hash of the one that was packed, or is refused; and since equal source gives equal bits only under equal kernels, so is a
parcel of another build.
"""

import ast
import importlib
import linecache
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

import numpy as np

from tenfold.domain.errors import SettingsError
from tenfold.domain.parameters import Parameter
from tenfold.kernels.code_cache import build
from tenfold.kernels.fold import FOLDS, Fold, names_of
from tenfold.kernels.source import source_of

_OWN: Final = "tenfold."


@dataclass(frozen=True)
class Member:
    """Name what stands in a module that is there wherever Tenfold is: one of its own, or `math`; "" is the module itself."""

    module: str
    name: str

    def found(self) -> Any:
        """Return it, or None where the module or the name is not there."""
        try:
            module = importlib.import_module(self.module)
        except ImportError:
            return None
        return getattr(module, self.name, None) if self.name else module


@dataclass(frozen=True)
class Local:
    """Name a function of the same parcel by its place."""

    place: int


@dataclass(frozen=True)
class Snippet:
    """Hold the source of one function, where it stood, and what its names and defaults stand for.

    `names` holds constants, `Member` and `Local` by name.
    """

    file: str
    line: int
    text: str
    module: str
    qualified: str
    names: dict[str, Any]
    defaults: tuple[Any, ...] | None


@dataclass(frozen=True)
class Body:
    """Hold what a fold is made of; `snippets` hold the functions that it reaches, itself last."""

    snippets: tuple[Snippet, ...]
    parameters: dict[str, Parameter]
    state_dtype: np.dtype[np.void]
    panel: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Parcel:
    """Hold a fold on its way: its name alone where it is one of Tenfold's, else what it is made of."""

    name: str
    source_hash: str
    build: str
    content: Member | Body


def pack(fold: Fold) -> Parcel:
    """Return a fold as a parcel that pickles, some kilobytes."""
    return Parcel(fold.name, fold.source_hash, build(), _content(fold))


def _content(fold: Fold) -> Member | Body:
    member = Member(fold.function.__module__, fold.name)
    if fold.function.__module__.startswith(_OWN) and member.found() is fold:
        return member
    places = {function: place for place, function in enumerate(filter(_travels, fold.functions))}
    snippets = tuple(_snippet(function, places) for function in places)
    return Body(snippets, fold.parameters, fold.state_dtype, fold.panel, fold.columns)


def unpack(parcel: Parcel) -> Fold:
    """Return the fold of a parcel: the one of this process where it is known here, else made from its source.

    Raises
    ------
    SettingsError
        This process runs another build of Tenfold, or its source makes another fold.
    """
    if parcel.build != build():
        raise SettingsError(
            f"strategy {parcel.name} came from another build of Tenfold, Python, Numba or NumPy (there {parcel.build}, here "
            f"{build()}); its results would differ: install the same versions on every worker"
        )
    if parcel.source_hash in FOLDS:
        return FOLDS[parcel.source_hash]
    made = parcel.content.found() if isinstance(parcel.content, Member) else _made(parcel.content)
    if not isinstance(made, Fold) or made.source_hash != parcel.source_hash:
        raise SettingsError(
            f"strategy {parcel.name} is another one here than where it was sent from; install the same Tenfold on every worker"
        )
    return made


def _travels(function: FunctionType) -> bool:
    """Say whether a function is sent as source: those of Tenfold are there already."""
    return not (
        function.__module__.startswith(_OWN) and Member(function.__module__, function.__name__).found() is function
    )


def _snippet(function: FunctionType, places: Mapping[FunctionType, int]) -> Snippet:
    source = source_of(function)  # as it was read when the fold was declared: the file may have been edited since
    return Snippet(
        file=function.__code__.co_filename,
        line=source.offset + 1,
        text=source.text,
        module=function.__module__,
        qualified=function.__qualname__,
        names={name: _named(value, places) for name, value in names_of(function).items()},
        defaults=function.__defaults__,
    )


def _named(value: Any, places: Mapping[FunctionType, int]) -> Any:
    if isinstance(value, FunctionType):
        return Local(places[value]) if value in places else Member(value.__module__, value.__name__)
    if value is math:
        return Member("math", "")
    return Member("math", value.__name__) if callable(value) else value


def _made(body: Body) -> Fold:
    """Return the fold that a body makes."""
    _lay(body.snippets)
    functions = [_function(snippet) for snippet in body.snippets]
    for function, snippet in zip(functions, body.snippets, strict=True):
        function.__globals__.update({name: _meant(value, functions) for name, value in snippet.names.items()})
    return Fold(functions[-1], body.parameters, body.state_dtype, body.panel, body.columns)


def _meant(value: Any, functions: Sequence[FunctionType]) -> Any:
    if isinstance(value, Member):
        return value.found()
    return functions[value.place] if isinstance(value, Local) else value


def _function(snippet: Snippet) -> FunctionType:
    """Return the function of a snippet, at its old place for whoever reads its source; its names come later."""
    node: Any = ast.parse(textwrap.dedent(snippet.text)).body[0]
    node.decorator_list, node.returns = [], None
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args):
        argument.annotation = None
    # only for their number: values come from the snippet, whatever names their source used
    arguments.defaults = [ast.copy_location(ast.Constant(None), one) for one in arguments.defaults]
    ast.increment_lineno(node, snippet.line - 1)
    scope: dict[str, Any] = {"__name__": snippet.module}
    exec(compile(ast.Module([node], []), snippet.file, "exec", dont_inherit=True), scope)  # noqa: S102 -- a fold runs
    function: FunctionType = scope[node.name]
    function.__qualname__ = snippet.qualified
    function.__defaults__ = snippet.defaults
    return function


def _lay(snippets: Sequence[Snippet]) -> None:
    """Show lines where `inspect` and tracebacks look for those of their files, which need not be here.

    A page holds one parcel and nothing else, and what is not in it reads `pass`: a line of an earlier version of the
    file, or a nested function behind a blank line, would count as part of the function before it.
    """
    pages: dict[str, list[str]] = {}
    for snippet in snippets:
        page, text = pages.setdefault(snippet.file, []), snippet.text.splitlines(keepends=True)
        page += ["pass\n"] * (snippet.line + len(text) - len(page))
        page[snippet.line - 1 : snippet.line - 1 + len(text)] = text
    for file, page in pages.items():
        linecache.cache[file] = (sum(map(len, page)), None, page, file)
