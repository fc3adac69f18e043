"""Kernels use only what gives the same bits in CPython and compiled: a walk over their syntax."""

import ast
import builtins

import pytest

MACHINERY = {
    "announce", "code_cache", "compiling", "diagnosis", "fold", "grammar", "jit", "layout", "packing", "records", "sharing",
    "source", "trial",
}  # fmt: skip
"""Modules of kernels that declare, compile and describe; the others hold the rules themselves."""

OPERATORS = (
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub, ast.UAdd, ast.Not, ast.And, ast.Or,
    ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift, ast.Invert,
)  # fmt: skip
MATH = {"sqrt", "exp", "log", "tanh", "floor", "ceil", "fabs", "isnan", "isinf", "isfinite", "nan", "inf", "pi"}
BUILTINS = {"abs", "min", "max", "range", "len", "int", "float", "bool"}
STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.For, ast.While, ast.If, ast.Return, ast.Break,
    ast.Continue, ast.Pass,
)  # fmt: skip


def faults(function):
    """Yield what a kernel may not contain."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for node in (node for statement in body for node in ast.walk(statement)):
        what = bad_syntax(node) or bad_attribute(node) or bad_call(node)
        if what:
            yield f"{function.name}:{getattr(node, 'lineno', function.lineno)} {what}"


def bad_syntax(node):
    forms = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    statement = isinstance(node, ast.stmt) and not isinstance(node, STATEMENTS)
    operator = isinstance(node, (ast.operator, ast.unaryop, ast.boolop)) and not isinstance(node, OPERATORS)
    return type(node).__name__ if statement or operator or isinstance(node, forms) else ""


def bad_attribute(node):
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return ""
    owner = node.value.id
    bad = owner in {"np", "numpy", "numba"} or (owner == "math" and node.attr not in MATH)
    return f"{owner}.{node.attr}" if bad else ""


def bad_call(node):
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Name):
        name = node.func.id
        return f"{name}()" if hasattr(builtins, name) and name not in BUILTINS else ""
    return "" if ast.unparse(node.func).startswith("math.") else f"method {ast.unparse(node.func)}()"


def rules(sources):
    return [
        source
        for source in sources
        if source.name.startswith("tenfold.kernels.") and source.name.split(".")[2] not in MACHINERY
    ]


def test_kernels_use_exact_arithmetic(sources):
    found = {s.name: list(faults(f)) for s in rules(sources) for f in s.functions if list(faults(f))}
    assert len(rules(sources)) > 10
    assert not found


def test_kernels_import_no_numpy(sources):
    for source in rules(sources):
        for node in ast.walk(source.tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert "numpy" not in names, source.name


def test_the_machinery_is_there(sources):
    assert {f"tenfold.kernels.{name}" for name in MACHINERY} <= {source.name for source in sources}


@pytest.mark.parametrize(
    "line",
    [
        "x ** 2",
        "np.sum(x)",
        "sum(x)",
        "x.mean()",
        "math.pow(x, 2)",
        "[y for y in x]",
        "x @ x",
        "sorted(x)",
        "math.sin(x)",
    ],
)
def test_a_fault_would_be_found(line):
    assert list(faults(ast.parse(f"def f(x):\n    return {line}").body[0]))


def test_what_is_allowed_passes():
    body = "a = math.sqrt(x) + abs(x)\n    for i in range(3):\n        a += x[i] / 2.0\n    return a"
    assert not list(faults(ast.parse(f"def f(x):\n    {body}").body[0]))
