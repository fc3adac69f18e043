import subprocess
import sys

import pytest

from tenfold.domain.errors import UnknownNameError
from tenfold.kernels.fold import Fold
from tenfold.registry import STRATEGIES, Registry


def test_every_name_leads_to_a_fold_of_that_name():
    for name in STRATEGIES.names():
        found = STRATEGIES.load(name)
        assert isinstance(found, Fold)
        assert found.name == name


def test_every_shipped_fold_has_a_name(root):
    import importlib

    for path in (root / "src/tenfold/strategy").glob("*.py"):
        module = importlib.import_module(f"tenfold.strategy.{path.stem}") if path.stem != "__init__" else None
        for name, value in vars(module).items() if module else ():
            if isinstance(value, Fold) and value.function.__module__ == module.__name__:
                assert STRATEGIES.place(name) == f"{module.__name__}:{name}"


def test_nothing_is_imported_before_its_use():
    code = (
        "import sys, tenfold.registry as r; r.STRATEGIES.names(); assert 'tenfold.strategy.trend' not in sys.modules; "
    )
    code += "r.STRATEGIES.load('crossing'); assert 'tenfold.strategy.trend' in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "said"), [("crosing", "did you mean crossing"), ("zzz", "expected one of: accumulation")]
)
def test_an_unknown_name_says_what_there_is(name, said):
    with pytest.raises(UnknownNameError, match=said):
        STRATEGIES.load(name)


def test_what_cannot_be_loaded_says_why():
    registry = Registry("strategy", {"gone": "tenfold.nowhere:x", "empty": "tenfold.domain.units:x"}, "tenfold.tests")
    with pytest.raises(UnknownNameError, match="strategy gone cannot be loaded: No module named"):
        registry.load("gone")
    with pytest.raises(UnknownNameError, match=r"strategy empty cannot be loaded: tenfold.domain.units has no x"):
        registry.load("empty")


def test_other_packages_add_names_but_replace_none(tmp_path, monkeypatch):
    folder = tmp_path / "other-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(
        "[tenfold.strategies]\nown = other_module:own\ncrossing = other_module:x\n"
    )
    (tmp_path / "other_module.py").write_text("own = 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry("strategy", STRATEGIES.table, STRATEGIES.group)
    assert registry.load("own") == 7
    assert registry.place("crossing") == "tenfold.strategy.trend:crossing"
    assert registry.load("crossing").name == "crossing"
