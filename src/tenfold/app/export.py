"""Export a run for other programs: JSON and Parquet."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tenfold import codec
from tenfold.app.writing import write_together

if TYPE_CHECKING:
    from tenfold.app.result import Result

TABLES = ("equity", "trades", "fills", "votes")


def to_json(result: "Result") -> str:
    """Return summary, settings, equity, round trips, fills, trips and bindings as one JSON object.

    Times are ISO 8601 in UTC; what is not finite is null. Votes, the largest table, are left to Parquet.
    """
    run = result.run
    value: dict[str, Any] = {
        "summary": result.summary(),
        "members": [{"name": name, "weight": weight} for name, weight in zip(run.members, run.weights, strict=True)],
        "symbols": run.bars.symbols,
        "data": {"label": run.bars.label, "adjustment": run.bars.adjustment, "synthetic": result.analysis.synthetic},
        "rules": run.rules,
        "bindings": run.bindings,
        "failures": run.failures,
        "trips": [msgspec.to_builtins(trip) for trip in run.trips],
        **{name: getattr(result, name).to_dict(as_series=False) for name in TABLES[:3]},
    }
    return codec.encode(value).decode()


def to_parquet(result: "Result", folder: Path) -> Path:
    """Write equity, trades, fills and votes into a folder, all of them or none, and return the folder."""
    contents = {}
    for name in TABLES:
        content = io.BytesIO()
        getattr(result, name).write_parquet(content, compression="zstd")
        contents[folder / f"{name}.parquet"] = content.getvalue()
    write_together(contents)
    return folder
