"""No function is written twice, whatever its locals are called."""

import ast
import hashlib

STATEMENTS_MIN = 4


class Renamed(ast.NodeTransformer):
    """Give locals and arguments the names of their order of appearance; names from outside stay."""

    def __init__(self, function):
        names = [argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)]
        names += [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self.names = {name: f"v{i}" for i, name in enumerate(dict.fromkeys(names))}

    def visit_Name(self, node):
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)

    def visit_arg(self, node):
        return ast.arg(self.names.get(node.arg, node.arg), None)


def statements(function):
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1


def fingerprint(function):
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    bare = ast.FunctionDef("f", function.args, body or [ast.Pass()], [], None)
    bare = ast.parse(ast.unparse(ast.fix_missing_locations(bare))).body[0]
    return hashlib.sha256(ast.dump(Renamed(bare).visit(bare)).encode()).hexdigest()


def test_no_function_is_written_twice(sources):
    seen, twice = {}, []
    for source in sources:
        for function in source.functions:
            body = function.body[1:] if ast.get_docstring(function) is not None else function.body
            if sum(isinstance(node, ast.stmt) for one in body for node in ast.walk(one)) < STATEMENTS_MIN:
                continue
            name = f"{source.name}.{function.name}"
            first = seen.setdefault(fingerprint(function), name)
            if first != name:
                twice.append((first, name))
    assert not twice


def test_a_copy_with_other_names_would_be_found():
    one = 'def f(a, b):\n    """Say."""\n    c = a + b\n    for i in range(c):\n        b += i\n    return b'
    two = "def g(x: int, y: int) -> int:\n    z = x + y\n    for k in range(z):\n        y += k\n    return y"
    other = two.replace("z = x + y", "z = x - y")
    one, two, other = (fingerprint(ast.parse(text).body[0]) for text in (one, two, other))
    assert one == two != other
