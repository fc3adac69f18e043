"""Every module is reachable from a root: the command line, the public names, or a name of the registry."""

import ast

import grimp
import pytest


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("tenfold", cache_dir=None)


def roots(root):
    from tenfold.registry import STRATEGIES

    stub = ast.parse((root / "src" / "tenfold" / "__init__.pyi").read_text())
    public = {f"tenfold.{node.module}" for node in ast.walk(stub) if isinstance(node, ast.ImportFrom)}
    named = {place.partition(":")[0] for place in STRATEGIES.table.values()}
    return {"tenfold.__main__", "tenfold.indicators"} | public | named


def reachable(graph, starts):
    found, waiting = set(starts), list(starts)
    while waiting:
        for inner in graph.find_modules_directly_imported_by(waiting.pop()):
            if inner not in found:
                found.add(inner)
                waiting.append(inner)
    return found


def test_no_orphan_module(root, graph, sources):
    full = {source.name for source in sources if source.path.stat().st_size and source.name != "tenfold"}
    assert not full - reachable(graph, roots(root))


def test_an_orphan_would_be_found(root, graph):
    graph.add_module("tenfold.kernels.forgotten")
    assert "tenfold.kernels.forgotten" not in reachable(graph, roots(root))


def test_the_roots_exist(root, graph):
    assert roots(root) <= graph.modules


def circle(graph, modules):
    """Return the modules of the first circle of imports, lazy ones and those for types included."""
    for module in sorted(modules):
        inner = graph.find_modules_directly_imported_by(module)
        if module in reachable(graph, inner):
            return sorted(one for one in reachable(graph, inner) if module in reachable(graph, {one}))
    return []


def test_imports_go_one_way(graph):
    assert not circle(graph, graph.modules)


def test_a_circle_would_be_found(graph):
    graph.add_import(importer="tenfold.domain.errors", imported="tenfold.codec")
    try:
        assert "tenfold.codec" in circle(graph, graph.modules)
    finally:
        graph.remove_import(importer="tenfold.domain.errors", imported="tenfold.codec")
