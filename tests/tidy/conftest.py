"""Hand the parsed source to the tests of structure."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Source:
    """One module: its file, dotted name and syntax tree."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def functions(self) -> list[ast.FunctionDef]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]


@pytest.fixture(scope="session")
def sources(root: Path) -> list[Source]:
    found = []
    for path in sorted((root / "src" / "tenfold").rglob("*.py")):
        parts = path.relative_to(root / "src").with_suffix("").parts
        found.append(Source(path, ".".join(parts).removesuffix(".__init__"), ast.parse(path.read_bytes())))
    assert len(found) > 50
    return found
