"""Carry a user's strategy with everything of its folder that it imports, so that an ensemble is whole without it."""

import ast
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tenfold.app.writing import write_together
from tenfold.domain.errors import StrategyError


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold one Python file: its name without a folder, and its text."""

    name: str
    text: str


def sources_of(path: Path) -> tuple[SourceFile, ...]:
    """Return a strategy's file, and behind it the files of its folder that it imports, those that they import, and so on.

    Raises
    ------
    StrategyError
        A file cannot be read.
    """
    found: dict[str, SourceFile] = {}
    waiting = [path]
    while waiting:
        one = waiting.pop(0)
        if one.name in found:
            continue
        found[one.name] = SourceFile(name=one.name, text=_text(one))
        neighbours = (path.parent / f"{name}.py" for name in _imported(found[one.name].text))
        waiting += [neighbour for neighbour in neighbours if neighbour.is_file()]
    return tuple(found.values())


def packages_of(path: Path, sources: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """Return the files of the packages in a strategy's folder that any of its sources imports, and what those import of it; named from there on.

    Errors as `sources_of`.
    """
    found: list[SourceFile] = []
    carried, seen = {one.name for one in sources}, {"tenfold"}
    waiting = sorted({name for one in sources for name in _imported(one.text)})
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        files, beside = sorted((path.parent / name).rglob("*.py")), path.parent / f"{name}.py"
        if beside.name not in carried and beside.is_file():
            files.append(beside)
        more = [SourceFile(name=file.relative_to(path.parent).as_posix(), text=_text(file)) for file in files]
        waiting += sorted({one for file in more for one in _imported(file.text)})
        found += more
    return tuple(found)


def placed(sources: Sequence[SourceFile], folder: Path) -> Path:
    """Write files below a folder, under a name that says what is in them, and return the path of the first."""
    digest = hashlib.sha256(msgspec.msgpack.encode(sources)).hexdigest()[:16]
    paths = [folder / digest / Path(source.name).name for source in sources]
    if not all(path.is_file() and _text(path) == source.text for path, source in zip(paths, sources, strict=True)):
        write_together({path: source.text.encode() for path, source in zip(paths, sources, strict=True)})
    return paths[0]


def unchanged(sources: Sequence[SourceFile], path: Path) -> bool:
    """Say whether a strategy's file and its neighbours are those that were carried."""
    return all((there := path.parent / source.name).is_file() and _text(there) == source.text for source in sources)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise StrategyError(f"{path} cannot be read: {error}") from None


def _imported(text: str) -> Iterator[str]:
    """Yield the first names of the modules that a file imports."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
