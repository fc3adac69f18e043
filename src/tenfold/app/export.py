"""Export a run for other programs: JSON and Parquet."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from tenfold import codec
from tenfold.app.analysis import Analysis
from tenfold.app.frames import equity_frame, fills_frame, trades_frame, votes_frame
from tenfold.app.summary import Summary
from tenfold.app.writing import write_together

TABLES: Final[dict[str, Callable[[Analysis], pl.DataFrame]]] = {
    "equity": equity_frame,
    "trades": trades_frame,
    "fills": fills_frame,
}


def to_json(analysis: Analysis, summary: Summary) -> str:
    """Return summary, settings, equity, round trips, fills, trips and bindings as one JSON object.

    Times are ISO 8601 in UTC; what is not finite is null. Votes, the largest table, are left to Parquet.
    """
    run = analysis.run
    value: dict[str, Any] = {
        "summary": summary,
        "members": [{"name": name, "weight": weight} for name, weight in zip(run.members, run.weights, strict=True)],
        "symbols": run.bars.symbols,
        "data": {"label": run.bars.label, "adjustment": run.bars.adjustment, "synthetic": analysis.synthetic},
        "rules": run.rules,
        "bindings": run.bindings,
        "failures": run.failures,
        "trips": [msgspec.to_builtins(trip) for trip in run.trips],
        **{name: frame(analysis).to_dict(as_series=False) for name, frame in TABLES.items()},
    }
    return codec.encode(value).decode()


def to_parquet(analysis: Analysis, folder: Path) -> Path:
    """Write equity, trades, fills and votes into a folder, all of them or none, and return the folder."""
    contents = {}
    for name, frame in {**TABLES, "votes": votes_frame}.items():
        content = io.BytesIO()
        frame(analysis).write_parquet(content, compression="zstd")
        contents[folder / f"{name}.parquet"] = content.getvalue()
    write_together(contents)
    return folder
