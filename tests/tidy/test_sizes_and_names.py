"""Files, functions and names stay small, full and in their place."""

import ast
import json
import re
import subprocess

BANNED = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "tools"}
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
PUBLIC_NAMES_MAX = 25


def lines_of_code(function):
    """Return the lines of a function without its docstring."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        lines -= function.body[0].end_lineno - function.body[0].lineno + 1
    return lines


def test_files_are_short(root):
    long = {}
    for folder in ("src", "tests", "benchmarks", "examples"):
        for path in (root / folder).rglob("*.py"):
            if ".env" in path.parts:  # the environments of the peers
                continue
            count = len(path.read_text().splitlines())
            if count > FILE_LINES_MAX:
                long[str(path.relative_to(root))] = count
    assert not long


def test_functions_are_short(sources):
    long = {
        f"{source.name}.{function.name}": lines_of_code(function)
        for source in sources
        for function in source.functions
        if lines_of_code(function) > FUNCTION_LINES_MAX
    }
    assert not long


def test_a_long_function_would_be_found():
    body = "\n".join("    x = 1" for _ in range(80))
    function = ast.parse(f'def f():\n    """Say."""\n{body}').body[0]
    assert lines_of_code(function) == 81


def test_names_are_words_of_the_trade(sources):
    bad = [source.name for source in sources if BANNED & set(re.split(r"[._]", source.name.lower()))]
    bad += [
        f"{source.name}.{node.name}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, (ast.ClassDef, ast.FunctionDef))
        and BANNED & set(re.split(r"_|(?<=[a-z])(?=[A-Z])", node.name.lower() if node.name.islower() else node.name))
    ]
    assert not bad


def test_packages_are_empty(root):
    package = root / "src" / "tenfold"
    full = [str(path) for path in package.rglob("__init__.py") if path.parent != package and path.read_text().strip()]
    assert not full


def test_public_names(root):
    import tenfold

    assert len(tenfold.__all__) <= PUBLIC_NAMES_MAX
    inside = {path.stem for path in (root / "src" / "tenfold").iterdir()}
    assert not inside & set(tenfold.__all__), "a public name that equals a module's would be shadowed by it"
    for name in tenfold.__all__:
        assert getattr(tenfold, name) is not None


def tracked(root):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()]
    hidden = {".venv", ".git", ".hypothesis", "site", "dist", "build"}
    return [p for p in root.rglob("*") if p.is_file() and not hidden & set(p.relative_to(root).parts)]


def test_no_address_of_a_machine_or_an_index(root):
    machine = re.compile(rb"(^|[^a-zA-Z0-9_./-])/(" + b"work|farm|root" + rb")/", re.MULTILINE)
    index = re.compile(rb"--(extra-)?" + rb"index-url|https?://[^ \"]*/simple/?|files\.pythonhosted")
    found = {}
    for path in tracked(root):
        content = path.read_bytes()
        if b"\0" in content[:1024]:
            continue
        for pattern in (machine, index):
            if match := pattern.search(content):
                found[str(path.relative_to(root))] = match.group()
    assert not found


def test_kept_figures_can_be_read(root):
    kept = sorted((root / "benchmarks").glob("*.json"))
    assert [path.name for path in kept] == ["calibration.json", "live_memory.json", "results.json", "soak.json"]
    for path in kept:
        assert json.loads(path.read_bytes())
