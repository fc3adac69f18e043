"""The soak of the exchange: a short one holds, and what the documentation says of a long one is what was kept."""

import json
import re
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def kept(root):
    return json.loads((root / "benchmarks/soak.json").read_text())


def test_two_days_hold(root, tmp_path):
    record = tmp_path / "soak.json"
    command = [sys.executable, str(root / "benchmarks/soak.py"), "--days", "2", "--keep", str(record)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr[-2000:]
    found = json.loads(record.read_text())
    assert all(found["holds"].values())
    assert len(found["holds"]) >= 6
    assert [day["day"] for day in found["by_day"]] == ["2024-03-04", "2024-03-05"]
    assert all(day["orders"] >= 50 and day["fills"] >= 20 and day["messages"] >= 3_000 for day in found["by_day"])
    assert found["seen"]["order answered 200"] == sum(day["orders"] for day in found["by_day"])
    assert re.search(r"hash [0-9a-f]{32}", found["said"][0])


def test_what_was_kept_of_thirty_days_held(kept):
    assert kept["days"] == 30
    assert all(kept["holds"].values())
    assert any(what.startswith("memory grew by less than") for what in kept["holds"])


def test_the_documentation_states_what_was_kept(root, kept):
    by_day, seen = kept["by_day"], kept["seen"]
    first, last = by_day[max(len(by_day) // 6, 1) - 1]["mb"], by_day[-1]["mb"]
    cut = sum(count for name, count in seen.items() if ": cut off" in name)
    nonsense = sum(count for name, count in seen.items() if name.startswith("nonsense answered 4"))
    text = " ".join((root / "docs/how-to/simulated-exchange.md").read_text().split())
    assert f"{seen['orders']:,} orders taken, {nonsense} refused that were none, {cut} streams cut off" in text
    assert f"at most {max(day['connections'] for day in by_day)} connections at the end of a day" in text
    assert f"memory grew by {last / first - 1:.1%} from {first:.0f} MB".replace("%", " %") in text
