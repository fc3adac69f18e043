"""Find kept runs, list them, compare them, and export them again."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.app.formatting import formatted
from tenfold.app.result import Result
from tenfold.app.wiring import run_store
from tenfold.app.writing import write_whole
from tenfold.domain.errors import ParameterError, StorageError, UnknownNameError
from tenfold.domain.units import format_ns
from tenfold.metrics.definitions import METRICS

if TYPE_CHECKING:
    import polars as pl

_LISTED = ("total_return", "sharpe_ratio", "max_drawdown", "trades")


def load(name: str | None = None, *, root: str | PathLike[str] | None = None) -> Result:
    """Return a kept run by its id or an unambiguous beginning or end of it; the newest without one."""
    return Result(run_store(root).load(find(name, root=root)))


def find(name: str | None = None, *, root: str | PathLike[str] | None = None) -> str:
    """Return the id of the run that is meant.

    Raises
    ------
    UnknownNameError
        Where no run is kept, none fits, or several do.
    """
    store = run_store(root)
    ids = store.ids()
    if name is None:
        if not ids:
            raise UnknownNameError(f"no run is kept in {store.root} yet; `tenfold backtest` keeps one")
        return ids[0]
    if name in ids:
        return name
    fitting = [one for one in ids if one.startswith(name) or one.endswith(f"-{name}")] if name else []
    if len(fitting) > 1:
        raise UnknownNameError(f"{name} is ambiguous: {', '.join(fitting[:5])}")
    return fitting[0] if fitting else store.head(name).run_id


def list_runs(*, root: str | PathLike[str] | None = None) -> "pl.DataFrame":
    """Return one row a kept run, the newest first; a damaged one shows its id alone."""
    import polars as pl

    store = run_store(root)
    rows: list[dict[str, Any]] = []
    for run_id in store.ids():
        try:
            head = store.head(run_id)
        except StorageError:
            rows.append({"run": run_id, "strategies": "damaged"})
            continue
        symbols = [instrument.symbol for instrument in head.instruments]
        rows.append(
            {
                "run": run_id,
                "kept": format_ns(head.created_ns)[:19],
                "strategies": ", ".join(head.members[:3]) + (" ..." if len(head.members) > 3 else ""),
                "symbols": ", ".join(symbols[:3]) + (" ..." if len(symbols) > 3 else ""),
                "start": head.start[:10],
                "end": head.end[:10],
                **{key: head.summary.get(key) for key in _LISTED},
            }
        )
    text = ("run", "kept", "strategies", "symbols", "start", "end")
    schema = {**dict.fromkeys(text, pl.String), **dict.fromkeys(_LISTED, pl.Float64), "trades": pl.Int64}
    return pl.DataFrame(rows, schema=schema)


def summaries(names: list[str], *, root: str | PathLike[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the metrics of each run by its id, as numbers, for programs."""
    store = run_store(root)
    return {run_id: dict(store.head(run_id).summary) for run_id in (find(name, root=root) for name in names)}


def compare_runs(names: list[str], *, root: str | PathLike[str] | None = None) -> "pl.DataFrame":
    """Return one row a metric and one column a run, as people read them.

    Raises
    ------
    ParameterError
        For fewer than two runs.
    """
    import polars as pl

    ids = list(dict.fromkeys(find(name, root=root) for name in names))
    if len(ids) < 2:
        raise ParameterError("comparing needs at least two different runs; `tenfold runs list` names them")
    store = run_store(root)
    heads = [store.head(run_id) for run_id in ids]
    columns: dict[str, list[str]] = {"metric": [metric.label for metric in METRICS.values()]}
    for head in heads:
        columns[head.run_id] = [formatted(head.summary.get(metric.key), metric.form) for metric in METRICS.values()]
    return pl.DataFrame(columns)


def export_run(
    name: str | None = None,
    format: str = "html",
    output: str | PathLike[str] | None = None,
    *,
    root: str | PathLike[str] | None = None,
) -> Path:
    """Write a kept run as "html", "json" or "parquet", and return where: `report.html`, `run.json`, `run/`."""
    result = load(name, root=root)
    if format == "html":
        return result.report(output or "report.html")
    if format == "json":
        return write_whole(Path(output or "run.json"), result.to_json().encode())
    if format == "parquet":
        return result.to_parquet(output or "run")
    raise ParameterError(f"format is {format!r}, expected html, json or parquet")
