"""What the page for those who come from another platform shows of Tenfold runs as it stands."""

import re
import subprocess
import sys

import pytest

PLATFORMS = ("backtesting.py", "vectorbt", "freqtrade", "LEAN", "NautilusTrader")


@pytest.fixture(scope="module")
def sections(root):
    text = (root / "docs/how-to/coming-from.md").read_text()
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_platform_has_theirs_and_ours(sections):
    assert tuple(sections) == PLATFORMS
    for text in sections.values():
        theirs, ours = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        assert "tenfold" not in theirs
        assert "from tenfold import" in ours


def test_ours_runs(sections, tmp_path):
    names = []
    for number, text in enumerate(sections.values()):
        names.append(f"ours_{number}.py")
        (tmp_path / names[-1]).write_text(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[1])
    every = f"import runpy\nfor name in {names}:\n    runpy.run_path(name)\n    print('ran', name)\n"
    done = subprocess.run([sys.executable, "-c", every], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert [line for line in done.stdout.splitlines() if line.startswith("ran")] == [f"ran {name}" for name in names]
