"""Batch, incremental and restored: the compiled loop over an array, plain Python bar by bar and a checkpoint agree in every bit."""

import numpy as np
import pytest

from indicator_table import TABLE, fold_over, made_up
from tenfold.kernels import probe
from tenfold.kernels.compiling import compile_for
from tenfold.strategy.source import load_strategy

GROUP = 12
"""Indicators that are compiled as one fold: compiling is what takes the time."""

NAMES = list(TABLE)
GROUPS = [NAMES[at : at + GROUP] for at in range(0, len(NAMES), GROUP)]


@pytest.fixture(scope="module")
def bars():
    return made_up(260)


@pytest.fixture(scope="module")
def spoken(bars):
    return {name: fold_over(name, bars) for name in NAMES}


def source_of(names, values):
    """Return a strategy's file that says one value of one of these indicators, chosen by parameters."""
    fields = ", ".join(f"s{i}={TABLE[name].record}" for i, name in enumerate(names))
    lines = [
        "import math",
        "from tenfold.indicators import *",
        f"@fold(which=Integer(0, {len(names)}), part=Integer(0, 4), state=State({fields}))",
        "def chosen(state, bar, params):",
    ]
    for i, name in enumerate(names):
        targets = ", ".join(f"v{part}" for part in range(values[i]))
        lines += [
            f"    if params.which == {i}:",
            f"        {targets} = {TABLE[name].call.replace('state,', f'state.s{i},')}",
        ]
        lines += [f"        if params.part == {part}:\n            return v{part}" for part in range(values[i])]
    return "\n".join([*lines, "    return math.nan", ""])


@pytest.mark.parametrize("names", GROUPS, ids=lambda names: f"{names[0]} to {names[-1]}")
def test_batch_incremental_and_restored_are_identical(names, bars, spoken, tmp_path):
    path = tmp_path / "chosen.py"
    path.write_text(source_of(names, [len(spoken[name]) for name in names]))
    fold = load_strategy(path)
    kernel, half = compile_for(fold, probe.probe_symbols), 131
    for which, name in enumerate(names):
        for part, incremental in enumerate(spoken[name]):
            params = fold.params({"which": which, "part": part})
            states, batch, resumed = fold.states(1), np.empty(bars.rows.shape), np.empty(bars.rows.shape)
            kernel(states, bars.rows, params, batch)
            np.testing.assert_array_equal(batch[:, 0], incremental, err_msg=name)
            first = fold.states(1)
            kernel(first, bars.rows[:half], params, resumed[:half])
            restored = np.frombuffer(first.tobytes(), fold.state_dtype).copy()
            kernel(restored, bars.rows[half:], params, resumed[half:])
            np.testing.assert_array_equal(resumed, batch, err_msg=name)
            assert restored.tobytes() == states.tobytes(), name
