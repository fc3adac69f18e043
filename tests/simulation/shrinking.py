"""Make a failing seed small: leave out what is not needed for it to fail, and tell what is left."""

from dataclasses import replace

from world import World

COMMAND = "python tests/simulation/seeds.py --first {seed} --count 1 --trace"


def failure_of(drawn, bugs=None):
    """Return (error, world) of a run, error None where everything holds."""
    world = World(drawn, bugs)
    try:
        world.run()
    except Exception as error:
        return error, world
    return None, world


def shrunk(drawn, bugs=None, tries=60):
    """Return (draw, error, world) of a smaller world that fails in the same way: the invariant's name is the same."""
    error, world = failure_of(drawn, bugs)
    if error is None:
        return drawn, None, world
    kind = kind_of(error)
    for name in [*drawn.faults, *drawn.habits]:
        if name == "latency_s" or tries <= 0:
            continue
        tries -= 1
        smaller = drawn.without(name)
        found, there = failure_of(smaller, bugs)
        if found is not None and kind_of(found) == kind:
            drawn, error, world = smaller, found, there
    sooner = replace(drawn, seconds=min(drawn.seconds, world.loop.time() + 1.0))
    found, there = failure_of(sooner, bugs)
    if found is not None and kind_of(found) == kind:
        drawn, error, world = sooner, found, there
    return drawn, error, world


def kind_of(error):
    """Return what tells failures apart: the class, and the number of the invariant."""
    return type(error).__name__, str(error).partition(":")[0][:40]


def told(drawn, error, world):
    """Return the report of a failure: what failed, how to repeat it, what is needed for it, and what happened last."""
    lines = [
        f"seed {drawn.seed}: {type(error).__name__}: {error}",
        "repeat it with: " + COMMAND.format(seed=drawn.seed),
    ]
    lines.append(f"it needs {sorted(drawn.faults)} and {sorted(drawn.habits)}, {drawn.engines} engines")
    lines += [f"{at:10.3f} {text}" for at, text in list(world.trace)[-40:]]
    return "\n".join(lines)
