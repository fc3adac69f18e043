"""`import tenfold` and `tenfold --help` load nothing heavy."""

import json
import os
import subprocess
import sys

import pytest

HEAVY = {
    "numpy", "numba", "llvmlite", "polars", "pandas", "scipy", "sklearn", "plotly", "pyarrow", "exchange_calendars",
    "arch", "skfolio", "bokeh_sampledata", "rich", "torch", "ray", "hypothesis", "pytest",
}  # fmt: skip

PROBE = """
import json, resource, sys
{code}
used = resource.getrusage(resource.RUSAGE_SELF)
sys.stderr.write(json.dumps([sorted({{name.partition(".")[0] for name in sys.modules}}), used.ru_utime + used.ru_stime]))
"""

HELP = """
import contextlib, io
from tenfold.__main__ import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
"""


def cold(code):
    """Return the modules that code loads in a fresh process, and the processor seconds of the whole process."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE", "COV_"))}
    answer = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code)], capture_output=True, check=True, text=True, env=environment
    )
    modules, seconds = json.loads(answer.stderr.splitlines()[-1])
    return set(modules), seconds


@pytest.mark.parametrize(("code", "seconds_max"), [("import tenfold", 0.15), (HELP, 0.3)], ids=["import", "help"])
def test_start_is_quick(code, seconds_max):
    runs = [cold(code) for _ in range(5)]
    assert not runs[0][0] & HEAVY
    assert min(seconds for _, seconds in runs) < seconds_max


def test_a_heavy_import_would_be_found():
    assert cold("import numpy")[0] & HEAVY
