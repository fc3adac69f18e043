"""Map the modules of this package: what depends on what, read from the source."""

import ast
from pathlib import Path
from typing import Final

PACKAGE: Final = "tenfold"
ROOT: Final = Path(__file__).parents[1]


def dependencies() -> dict[str, list[str]]:
    """Return every module with the modules of this package that its source imports, late imports included."""
    files = {_name(path): path for path in sorted(ROOT.rglob("*.py"))}
    return {name: _imports(name, path, set(files)) for name, path in files.items() if path.stat().st_size}


def packages() -> dict[str, list[str]]:
    """Return every package with the packages that its modules import."""
    found: dict[str, set[str]] = {}
    for name, imported in dependencies().items():
        own = _package(name)
        found.setdefault(own, set()).update(_package(inner) for inner in imported if _package(inner) != own)
    return {name: sorted(inner) for name, inner in found.items()}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *(part for part in parts if part != "__init__")))


def _package(name: str) -> str:
    return name.removeprefix(PACKAGE + ".").partition(".")[0]


def _imports(name: str, path: Path, known: set[str]) -> list[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found.update(inner or {node.module})
    return sorted((found & known) - {name})
