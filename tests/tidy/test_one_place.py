"""What may be done in one place is done there alone."""

import ast

CLOCKS = {
    "time": {
        "time",
        "time_ns",
        "perf_counter",
        "perf_counter_ns",
        "monotonic",
        "monotonic_ns",
        "process_time",
        "process_time_ns",
        "clock_gettime",
        "clock_gettime_ns",
    },
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}
RANDOM = {"random", "secrets", "uuid"}
DECISION_PATH = ("engine", "strategy", "ensemble", "risk", "execution", "ledger", "kernels", "domain", "metrics")


def reads_clock(tree):
    """Return the lines that read a clock."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in CLOCKS.get(owner, ()):
                found.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found.append(node.lineno)
    return found


def test_only_the_clock_reads_a_clock(sources):
    found = {s.name: reads_clock(s.tree) for s in sources if s.name != "tenfold.adapters.clock" and reads_clock(s.tree)}
    assert not found


def test_a_read_of_the_clock_would_be_found(sources):
    clock = next(source for source in sources if source.name == "tenfold.adapters.clock")
    assert len(reads_clock(clock.tree)) >= 3
    assert reads_clock(ast.parse("import datetime\ndatetime.datetime.now()")) == [2]


def modes(tree):
    """Return the lines of comparisons with the name of a mode."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.Compare, ast.Match))
        and any(
            isinstance(one, ast.Constant) and one.value in {"paper", "live", "replay", "dry_run"}
            for one in ast.walk(node)
        )
    ]


def test_only_the_wiring_branches_on_the_mode(sources):
    assert not {s.name: modes(s.tree) for s in sources if s.name != "tenfold.app.wiring" and modes(s.tree)}
    assert modes(ast.parse('if mode == "paper":\n    pass')) == [1]


def test_the_decision_path_draws_no_lots_and_writes_no_log(sources):
    bad = []
    for source in sources:
        if source.name.split(".")[1:2] and source.name.split(".")[1] in DECISION_PATH:
            for node in ast.walk(source.tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                bad += [(source.name, name) for name in names if name.split(".")[0] in RANDOM | {"logging", "socket"}]
    assert not bad


def test_one_validator(sources):
    others = {"pydantic", "attrs", "attr", "marshmallow", "cerberus", "jsonschema", "voluptuous", "cattrs"}
    bad = [
        (source.name, node.lineno)
        for source in sources
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Import) and any(alias.name.split(".")[0] in others for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in others)
    ]
    assert not bad
