"""What is written is what is there: generated pages are current, links lead somewhere, examples run."""

import json
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tenfold.app.cli.program import main


@pytest.fixture(scope="module")
def pages(root):
    return runpy.run_path(str(root / "docs/generate.py"))["PAGES"]


@pytest.mark.parametrize("name", ["settings.md", "commands.md", "venues.md"])
def test_generated_pages_are_current(root, pages, name):
    assert (root / "docs/reference" / name).read_text() == pages[name](), "run python docs/generate.py"


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
        commands.update(re.findall(r"^(?:    )?tenfold ([a-z]+)", page.read_text(), re.MULTILINE))
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


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial/first-backtest.md", "docs/how-to/write-a-strategy.md"])
def test_every_line_of_a_page_runs(root, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TENFOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for unseen in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(unseen, raising=False)
    text = (root / name).read_text()
    blocks = re.findall(r"```(python|sh|console)(?: title=\"(\S+)\")?\n(.*?)```", text, re.DOTALL)
    for kind, title, block in blocks:  # what a command runs may stand below it
        if kind == "python" and "fold(" in block:
            Path(title or "my_strategy.py").write_text(block)
    ran = 0
    for kind, _, block in blocks:
        if kind == "python":
            if "fold(" not in block:
                subprocess.run([sys.executable, "-c", block], capture_output=True, check=True)
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            if words and words[0] == "tenfold":
                kept = runs(capsys) if "RUN" in words else []
                assert main([kept.pop() if word == "RUN" else word for word in words[1:]]) == 0, line
                ran += 1
            else:
                assert words[:1] == ["make"], line  # the tests of the set-up itself
    assert ran >= 2


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
