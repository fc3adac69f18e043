import ast

from tenfold.app import doctor
from tenfold.app.modules import ROOT, dependencies, packages
from tenfold.app.wiring import catalogue_folder


def test_this_installation_is_healthy():
    found = {finding.subject: finding for finding in doctor.examine()}
    assert {"python", "numpy", "numba", "polars", "clock", "home", "catalogue", "module kernels"} <= set(found)
    assert all(finding.healthy for finding in found.values())
    assert "empty" in found["catalogue"].text


def test_files_of_the_catalogue_are_counted(home):
    catalogue_folder().mkdir(parents=True)
    (catalogue_folder() / "x.parquet").touch()
    assert any("1 file" in finding.text for finding in doctor.examine() if finding.subject == "catalogue")


def test_what_is_missing_is_told():
    missing = ["nothing-of-this-name>=1", "nothing-else; extra == 'yaml'"]
    required, optional = doctor.dependencies_of(missing)
    assert (required.healthy, required.text) == (False, "missing, expected nothing-of-this-name>=1")
    assert (optional.healthy, optional.text) == (True, "not installed: pip install 'tenfold[yaml]'")


def test_the_map_is_that_of_the_source():
    found = dependencies()
    assert "tenfold.domain.errors" in found["tenfold.codec"]
    assert "tenfold.app.facade" in found["tenfold.app.cli.backtest"], "late imports count"
    full = [path for path in ROOT.rglob("*.py") if ast.parse(path.read_bytes()).body]
    assert len(found) == len(full)
    assert packages()["domain"] == []
    assert "adapters" in packages()["app"]
