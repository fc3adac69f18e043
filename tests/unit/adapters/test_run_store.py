from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tenfold.adapters.runs import RunStore
from tenfold.app import runs
from tenfold.app.result import Result
from tenfold.domain.errors import ParameterError, StorageError, UnknownNameError

NOW = 1_767_605_400_000_000_000  # 2026-01-05 09:30:00


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


def same_bytes(one, other):
    if one is None or other is None:
        return one is other
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == np.ascontiguousarray(other).tobytes()
    )


def test_a_loaded_run_is_the_saved_one(store, tripped_run):
    bars = replace(
        tripped_run.bars, sources={"AAA": {"score": np.float64(93.5), "defects": ("gap",)}, "n": np.int64(3)}
    )
    run = replace(tripped_run, bars=bars, notes={**tripped_run.notes, "seed": 7, "grid": np.arange(3)})
    run_id = store.save(run, Result(run).summary(), NOW, "My first run!")
    assert run_id == "20260105-093000-my-first-run"
    again = store.load(run_id)
    for name in ("equity_units", "cash_units", "gross_units", "net_units", "lots", "fills", "trades", "direction", "agreement", "scores"):  # fmt: skip
        assert same_bytes(getattr(run, name), getattr(again, name)), name
    assert same_bytes(run.bars.rows, again.bars.rows)
    for name in (
        "rules",
        "members",
        "weights",
        "engine",
        "trips",
        "bindings",
        "failures",
        "borrow_units",
        "dividend_units",
    ):
        assert getattr(run, name) == getattr(again, name), name
    assert again.bars.instruments == run.bars.instruments
    assert again.bars.sources == {"AAA": {"score": 93.5, "defects": ["gap"]}, "n": 3}
    assert again.notes["seed"] == 7
    assert again.notes["grid"] == [0, 1, 2]
    assert same_bytes(again.notes["without_breakers"], run.notes["without_breakers"])
    assert Result(again).summary() == Result(run).summary()


def test_scores_that_were_not_kept(store, make_run):
    run = make_run(bars=30, keep_scores=False, missing=0.2)
    assert store.load(store.save(run, {}, NOW)).scores is None


def test_ids_are_never_taken_twice(store, make_run):
    run = make_run(bars=5, members=("solo",))
    ids = [store.save(run, {}, NOW) for _ in range(3)]
    assert ids == ["20260105-093000-solo", "20260105-093000-solo-2", "20260105-093000-solo-3"]
    older = store.save(run, {}, NOW - 10**12, "../../evil")
    assert older.endswith("-evil")
    assert store.ids() == [*reversed(ids), older]
    store.remove(older)
    assert older not in store.ids()


def test_unknown_and_damaged(store, make_run, tmp_path):
    with pytest.raises(UnknownNameError, match="none is kept yet"):
        store.head("x")
    run_id = store.save(make_run(bars=5), {}, NOW)
    with pytest.raises(UnknownNameError, match="did you mean"):
        store.load(run_id[:-1])
    with pytest.raises(UnknownNameError):
        store.load("../runs/" + run_id)
    folder = store.root / run_id
    fills = (folder / "fills.parquet").read_bytes()
    (folder / "fills.parquet").write_bytes(fills[: len(fills) // 2])
    with pytest.raises(StorageError, match=r"is damaged: .*; remove"):
        store.load(run_id)
    (folder / "fills.parquet").unlink()
    with pytest.raises(StorageError, match="is damaged"):
        store.load(run_id)
    (folder / "meta.json").write_text('{"format": 1}')
    with pytest.raises(StorageError, match="is damaged"):
        store.head(run_id)
    listed = runs.list_runs(root=store.root)
    assert listed.row(0, named=True)["strategies"] == "damaged"


def test_nothing_half_written(store, make_run, tmp_path):
    store.root.mkdir()
    run = make_run(bars=5)
    broken = replace(run, lots=run.lots[:2])
    with pytest.raises(StorageError, match="nothing was left there"):
        store.save(broken, {}, NOW)
    assert list(store.root.iterdir()) == []
    blocked = RunStore(tmp_path / "file")
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be kept"):
        blocked.save(run, {}, NOW)


def test_find_list_compare_export(make_run, tmp_path):
    root = tmp_path / "kept"
    assert len(runs.list_runs(root=root)) == 0
    with pytest.raises(UnknownNameError, match="no run is kept"):
        runs.find(root=root)
    first = Result(make_run(bars=40)).save("alpha", root=root)
    second = Result(make_run(bars=40, seed=1)).save("beta", root=root)
    assert runs.find(root=root) == second
    assert runs.find("alpha", root=root) == first
    assert runs.find(first, root=root) == first
    with pytest.raises(UnknownNameError, match="ambiguous"):
        runs.find("20", root=root)
    with pytest.raises(UnknownNameError):
        runs.find("", root=root)
    listed = runs.list_runs(root=root)
    assert listed["run"].to_list() == [second, first]
    assert listed.schema["sharpe_ratio"] == pl.Float64
    compared = runs.compare_runs(["alpha", "beta"], root=root)
    assert compared.columns == ["metric", first, second]
    assert runs.summaries(["beta"], root=root)[second] == dict(runs.load("beta", root=root).summary())
    with pytest.raises(ParameterError, match="two different runs"):
        runs.compare_runs(["alpha", first], root=root)
    page = runs.export_run(None, "html", tmp_path / "r.html", root=root)
    assert page.read_text().startswith("<!doctype html>")
    assert runs.export_run("alpha", "json", tmp_path / "r.json", root=root).read_bytes()[:1] == b"{"
    assert (runs.export_run("alpha", "parquet", tmp_path / "r", root=root) / "votes.parquet").is_file()
    with pytest.raises(ParameterError, match="expected html, json or parquet"):
        runs.export_run("alpha", "pdf", root=root)


def test_a_place_that_another_process_took_meanwhile_is_left_alone(store, plain_run, monkeypatch):
    first = store.save(plain_run, {}, NOW, "same")
    asked = iter([first, f"{first}-2"])  # what both processes found free
    monkeypatch.setattr(store, "_free_id", lambda *_: next(asked))
    assert store.save(plain_run, {}, NOW, "same") == f"{first}-2"
    assert store.head(f"{first}-2").run_id == f"{first}-2"
    assert not list(store.root.glob(".part-*"))
