"""What is written is what is there: generated pages are current, links lead somewhere, examples run."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tenfold.app.cli.arguments import build_parser
from tenfold.app.cli.program import main

ROOT = Path(__file__).parents[2]
OTHER_PLATFORMS = {"backtesting", "vectorbt", "freqtrade", "AlgorithmImports", "nautilus_trader"}


@pytest.fixture(scope="module")
def pages(root):
    return runpy.run_path(str(root / "docs/generate.py"))["PAGES"]


def test_generated_pages_are_current(root, pages):
    kept = {name: (root / "docs/reference" / name).read_text() for name in pages}
    assert len(kept) >= 9
    assert not [name for name, page in pages.items() if page() != kept[name]], "run python docs/generate.py"


def test_every_part_of_the_benchmarks_is_described(root):
    parts = {path.stem for path in (root / "benchmarks/parts").glob("*.py")} - {"__init__", "size"}
    described = re.findall(r"^\| `(\w+)` \|", (root / "benchmarks/README.md").read_text(), re.MULTILINE)
    assert sorted(described) == sorted(parts)


def test_links_lead_somewhere(root):
    broken = []
    for page in [*root.glob("*.md"), *(root / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not target.startswith("http") and not (page.parent / target).exists():
                broken.append((page.name, target))
    assert not broken


def test_every_page_stands_in_the_navigation(root):
    listed = (root / "mkdocs.yml").read_text()
    for page in (root / "docs").rglob("*.md"):
        name = page.relative_to(root / "docs").as_posix()
        assert name.startswith("decisions/") or name in listed


def test_documents_name_commands_that_are_there(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    commands = set()
    for page in [root / "README.md", *(root / "docs").rglob("*.md")]:
        commands.update(re.findall(r"^(?:    |\$ )?tenfold ([a-z]+)", page.read_text(), re.MULTILINE))
    assert len(commands) >= 8
    for command in commands:
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0


def test_python_of_the_readme_runs(root, tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    (tmp_path / "first.py").write_text(blocks[0])
    (tmp_path / "my_strategy.py").write_text(blocks[1])
    answer = subprocess.run([sys.executable, "first.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Sharpe ratio" in answer.stdout
    assert (tmp_path / "report.html").is_file()
    assert main(["check", str(tmp_path / "my_strategy.py")]) == 0


PAGES_THAT_RUN = [
    "README.md",
    *(
        path.relative_to(ROOT).as_posix()
        for part in ("tutorial", "how-to")
        for path in sorted((ROOT / "docs" / part).glob("*.md"))
    ),
]


@pytest.mark.parametrize("name", PAGES_THAT_RUN)
def test_every_line_of_a_page_runs_and_shows_what_it_says(root, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for unseen in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(unseen, raising=False)
    text = (root / name).read_text()
    given_data(tmp_path, text)
    blocks = re.findall(r"```(python|toml|sh|console|text)(?: title=\"(\S+)\")?\n(.*?)```", text, re.DOTALL)
    for kind, title, block in blocks:  # what a command runs may stand below it
        if (kind == "python" and (title or "fold(" in block)) or (kind == "toml" and title):
            Path(title or "my_strategy.py").write_text(block)
    said, ran = "", 0
    for kind, title, block in blocks:
        if kind == "python" and not title:
            said = python_shows(block)
            ran += 1
        elif kind == "text":
            assert not said or holds(said, block.splitlines()), said
        elif kind in {"sh", "console"}:
            for line, expected in commands_of(kind, block):
                ran += runs_and_shows(line, expected, capsys)
    assert ran or "```bash" in text  # what needs a second terminal, or keys, is shown alone


def commands_of(kind, block):
    """Yield each command of a block with the lines that it is said to show."""
    block = block.replace("\\\n", " ")
    if kind == "sh":
        yield from ((line, []) for line in block.splitlines() if line.strip())
        return
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, *expected = part.splitlines()
        yield line, expected


def runs_and_shows(line, expected, capsys):
    """Run one command, and tell whether it was one of ours; those of the set-up have tests of their own."""
    words = shlex.split(line, comments=True)
    if words[:1] != ["tenfold"]:
        assert words[:1] in (["make"], ["source"], ["pip"]), line
        return False
    if "fetch" in words:  # asks the network; its sources have tests of their own
        build_parser().parse_args(words[1:])
        return True
    kept = runs(capsys) if "RUN" in words else []
    code = main([kept.pop() if word == "RUN" else word for word in words[1:]])
    out, err = capsys.readouterr()
    assert code == 0, (line, err)
    assert holds(out, expected), (line, out)
    return True


def python_shows(block):
    """Run a block as a file of its own and return what it prints; a block of another platform is read alone."""
    others = [name for name in re.findall(r"^(?:from|import) (\w+)", block, re.MULTILINE) if name in OTHER_PLATFORMS]
    if others:
        compile(block, others[0], "exec")
        return ""
    Path("block.py").write_text(block)
    answer = subprocess.run([sys.executable, "block.py"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, (block, answer.stderr[-2000:])
    return answer.stdout


def holds(text, expected):
    """Tell whether lines stand in a text, in their order."""
    lines = iter(text.replace("\xa0", " ").splitlines())
    return all(any(line.rstrip() == wanted.rstrip() for line in lines) for wanted in expected)


def given_data(folder, text):
    """Write the files that pages name as the reader's own, and import the symbols that a page takes to be there."""
    days = [np.datetime64("2015-01-01") + i for i in range(60)]
    prices = "\n".join(
        f"{day},{100 + i % 7},{102 + i % 7},{99 + i % 7},{101 + i % 7},1000" for i, day in enumerate(days)
    )
    bars = f"date,open,high,low,close,volume\n{prices}\n"
    for name in ("prices.csv", "btc.csv"):
        (folder / name).write_text(bars)
    for symbol in ("ETH/USDT", "FB", "WMI"):
        if symbol in text:
            assert main(["data", "import", "prices.csv", "--symbol", symbol]) == 0
    extra = ["date,open,high,low,close,volume,sentiment,oi", *(f"{line},0.5,3" for line in prices.splitlines())]
    (folder / "aapl.csv").write_text("\n".join(extra))
    (folder / "xrp-funding.csv").write_text("time,funding_rate\n" + "\n".join(f"{day} 08:00,0.0001" for day in days))
    trades = [f"2015-01-02 14:{i // 60:02d}:{i % 60:02d},{100 + i % 5},{1 + i % 3}" for i in range(600)]
    (folder / "BTCUSDT-trades.csv").write_text("\n".join(["time,price,size", *trades]))


def runs(capsys):
    capsys.readouterr()
    main(["runs", "list", "--json"])
    return [run["run"] for run in json.loads(capsys.readouterr().out)]


def test_examples_run(root, tmp_path):
    found = sorted((root / "examples").glob("*.py"))
    assert found
    for path in found:
        if "@fold(" in path.read_text() or "@panel_fold(" in path.read_text():
            assert main(["check", str(path)]) == 0
        else:
            subprocess.run([sys.executable, str(path)], cwd=tmp_path, capture_output=True, check=True)
