"""The notebooks in `examples` are what their sources give in a fresh kernel, with the outputs that are committed."""

import math
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCES = sorted((EXAMPLES / "notebooks").glob("[0-9]*.py"))
BYTES_MAX = 300_000
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def test_each_source_has_its_notebook_and_each_notebook_its_source():
    assert len(SOURCES) == 5
    assert [path.stem for path in sorted(EXAMPLES.glob("*.ipynb"))] == [path.stem for path in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_notebook_runs_and_gives_what_is_committed(source, tmp_path):
    command = [sys.executable, str(EXAMPLES / "notebooks/build.py"), source.stem, "--into", str(tmp_path)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-3000:]
    committed = EXAMPLES / f"{source.stem}.ipynb"
    assert committed.stat().st_size < BYTES_MAX
    one, other = (nbformat.read(path, as_version=4).cells for path in (committed, tmp_path / committed.name))
    assert [cell.source for cell in one] == [cell.source for cell in other], "run make notebooks"
    for cell, again in zip(one, other, strict=True):
        if cell.cell_type == "code":
            assert shown(cell), "a cell that shows nothing"
            assert all(map(same, shown(cell), shown(again))), (cell.source, shown(cell), shown(again))
            assert len(shown(cell)) == len(shown(again))


def shown(cell):
    """Return the texts that a cell shows; none of them is an error or a warning."""
    assert not [output for output in cell.outputs if output.output_type == "error" or output.get("name") == "stderr"]
    return [output["text"] if "text" in output else output["data"]["text/plain"] for output in cell.outputs]


def same(one, other):
    """Tell whether two texts agree: the words exactly, the numbers to 6 digits."""
    numbers, again = ([float(word.replace(",", "")) for word in NUMBER.findall(text)] for text in (one, other))
    words = NUMBER.sub("#", one) == NUMBER.sub("#", other)
    return words and all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(numbers, again, strict=True))
