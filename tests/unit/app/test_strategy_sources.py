"""A strategy is carried with what it imports from its folder, once each, and nothing else."""

import pytest

from tenfold.app.strategy_sources import packages_of, placed, sources_of, unchanged
from tenfold.domain.errors import StrategyError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "main.py").write_text(
        "import math, first\nfrom second import x\nfrom . import third\nfrom numpy import pi\n"
    )
    (tmp_path / "first.py").write_text("import second\nimport main\n")
    (tmp_path / "second.py").write_text("x = 'Ä'\n")
    (tmp_path / "third.py").write_text("not python at all (\n")
    return tmp_path


def test_neighbours_come_once_and_the_strategy_first(folder):
    assert [one.name for one in sources_of(folder / "main.py")] == ["main.py", "first.py", "second.py"]


def test_what_is_no_python_is_carried_without_its_imports(folder):
    assert [one.name for one in sources_of(folder / "third.py")] == ["third.py"]


def test_a_file_that_cannot_be_read_is_one_line(folder):
    (folder / "second.py").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(StrategyError, match=r"second\.py cannot be read"):
        sources_of(folder / "main.py")


def test_it_is_placed_under_a_name_that_says_what_is_in_it(folder, tmp_path):
    sources = sources_of(folder / "main.py")
    place = placed(sources, tmp_path / "kept")
    assert place.name == "main.py"
    assert unchanged(sources, place)
    assert placed(sources, tmp_path / "kept") == place
    (place.parent / "second.py").write_text("x = 2\n")
    assert not unchanged(sources, place)
    assert unchanged(sources, placed(sources, tmp_path / "kept"))  # mended
    assert placed(sources[:1], tmp_path / "kept").parent != place.parent


def test_packages_that_any_of_them_imports_are_told_by_all_their_files(folder):
    package = folder / "fourth" / "deep"
    package.mkdir(parents=True)
    (folder / "fourth" / "__init__.py").write_text("")
    (package / "signals.py").write_text("y = 1\n")
    sources = sources_of(folder / "main.py")
    assert packages_of(folder / "main.py", sources) == ()
    (folder / "first.py").write_text("from fourth.deep.signals import y\n")
    found = packages_of(folder / "main.py", sources_of(folder / "main.py"))
    assert [(one.name, one.text) for one in found] == [
        ("fourth/__init__.py", ""),
        ("fourth/deep/signals.py", "y = 1\n"),
    ]


def test_what_only_a_package_imports_of_the_folder_is_told_too(folder):
    for name, text in (("fourth", "import fifth, sixth, fourth, math"), ("fifth", "from seventh import z")):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"{text}\n")
    (folder / "sixth.py").write_text("import first, seventh\n")
    (folder / "seventh.py").write_text("z = 1\n")
    (folder / "first.py").write_text("import fourth\n")
    found = packages_of(folder / "main.py", sources_of(folder / "main.py"))
    assert [one.name for one in found] == ["fourth/__init__.py", "fifth/__init__.py", "sixth.py", "seventh.py"]
