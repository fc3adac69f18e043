"""The memory of the live loop: a short run trades, and ends well."""

import subprocess
import sys


def test_a_short_run_holds(root):
    command = [sys.executable, str(root / "benchmarks/live_memory.py"), "--events", "20000"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr[-2000:]
    assert "events, " in answer.stdout
