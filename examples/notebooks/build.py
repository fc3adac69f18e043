"""Make the notebooks of `examples` from the Python files beside this one: every cell runs in a fresh kernel.

    python examples/notebooks/build.py             # all of them
    python examples/notebooks/build.py 3           # those whose name begins with 3
    python examples/notebooks/build.py --into DIR  # elsewhere, e.g. to compare

How it works. `# %%` begins a cell of code, `# %% [markdown]` one of text. The kernel works in an empty folder with an empty
catalogue, and nothing that differs from run to run (times, ids, paths) is kept.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SOURCES = Path(__file__).parent
TIMEOUT_S = 300


def cells_of(text: str) -> list[nbformat.NotebookNode]:
    """Return the cells of a source; what stands before the first `# %%` is left out."""
    cells = []
    for number, (kind, body) in enumerate(
        re.findall(r"^# %%( \[markdown\])?\n(.*?)(?=^# %%|\Z)", text, re.M | re.S), 1
    ):
        if kind:
            cell = new_markdown_cell(
                "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines())
            )
        else:
            cell = new_code_cell(body.strip())
        cell["id"] = f"cell-{number}"
        cells.append(cell)
    return cells


def build(source: Path, into: Path) -> Path:
    """Run the cells of a source in order in a fresh kernel, and write the notebook with their outputs."""
    notebook = new_notebook(cells=cells_of(source.read_text()))
    with tempfile.TemporaryDirectory() as folder:
        own = {
            name: str(Path(folder) / name)
            for name in ("TENFOLD_HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "XDG_CONFIG_HOME")
        }
        os.environ |= own
        work = Path(folder) / "work"
        work.mkdir()
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT_S,
            kernel_name="python3",
            coalesce_streams=True,
            resources={"metadata": {"path": str(work)}},
            extra_arguments=["--log-level=ERROR"],
        )
        client.execute()
    for cell in notebook.cells:
        cell["metadata"] = {}
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    path = into / f"{source.stem}.ipynb"
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
    return path


def main() -> int:
    """Make the notebooks that were asked for."""
    parser = argparse.ArgumentParser(description="Make the notebooks of `examples` from Python files.")
    parser.add_argument("begins", nargs="?", default="", help="make those whose name begins so")
    parser.add_argument("--into", type=Path, default=SOURCES.parent, help="folder of the notebooks")
    options = parser.parse_args()
    for source in sorted(SOURCES.glob("[0-9]*.py")):
        if source.stem.startswith(options.begins):
            path = build(source, options.into)
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
