"""Keep runs on disk: a folder a run, with its head as JSON and its records as Parquet.

How it works. A run is written into a hidden folder beside its place, which is renamed when it is whole: a crash or
a full disk leaves no half of a run. `meta.json` holds what a list of runs shows, and everything that is no array.
"""

import contextlib
import errno
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold import codec
from tenfold.backtesting.run import Run
from tenfold.domain.account import Trip
from tenfold.domain.bars import BAR, Bars, bar_dtype
from tenfold.domain.errors import StorageError, TenfoldError, UnknownNameError, did_you_mean
from tenfold.domain.instrument import Instrument
from tenfold.domain.records import FILL, TRADE
from tenfold.domain.rules import Rules
from tenfold.domain.units import format_ns

FORMAT: Final = 1
_SERIES: Final = ("equity_units", "cash_units", "gross_units", "net_units")
_NOTE: Final = "note:"


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold what is known of a kept run without its records."""

    format: int
    run_id: str
    created_ns: int
    name: str
    start: str
    end: str
    members: tuple[str, ...]
    weights: tuple[float, ...]
    engine: str
    bindings: dict[str, int]
    failures: dict[str, int]
    borrow_units: int
    dividend_units: int
    interest_units: int = 0
    trips: tuple[Trip, ...]
    rules: Rules
    instruments: tuple[Instrument, ...]
    period_ns: int
    label: str
    adjustment: str
    sources: dict[str, Any]
    notes: dict[str, Any]
    summary: dict[str, float | int | str | None]
    has_scores: bool


class RunStore:
    """Save and load runs below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def save(self, run: Run, summary: dict[str, Any], created_ns: int, name: str = "") -> str:
        """Keep a run, and return its id: the time, and a name.

        Raises
        ------
        StorageError
            Where it cannot be written; nothing is left behind.
        """
        temporary: Path | None = None
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(dir=self.root, prefix=".part-"))
            _write_records(run, temporary)
            temporary.chmod(0o755)
            while True:
                run_id = self._free_id(created_ns, name or _default_name(run))
                head = _head(run, run_id, summary, created_ns, name)
                (temporary / "meta.json").write_bytes(codec.encode(head))
                if _placed(temporary, self.root / run_id):
                    return run_id
        except (OSError, pl.exceptions.PolarsError) as error:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            raise StorageError(
                f"the run cannot be kept in {self.root}: {_reason(error)}; nothing was left there; "
                "free space, or name a folder that can be written with TENFOLD_HOME"
            ) from None

    def load(self, run_id: str) -> Run:
        """Return a kept run, equal to the one that was saved.

        Raises
        ------
        UnknownNameError
            Where there is none of this id.
        StorageError
            Where its files are damaged.
        """
        head = self.head(run_id)
        folder = self.root / head.run_id
        try:
            return _read_records(head, folder)
        except (OSError, KeyError, ValueError, pl.exceptions.PolarsError, TenfoldError) as error:
            raise StorageError(f"run {run_id} is damaged: {_reason(error)}; remove {folder} and run it again") from None

    def head(self, run_id: str) -> Head:
        """Return the head of a kept run; errors as `load`."""
        if run_id not in self.ids():
            kept = self.ids()
            hint = did_you_mean(run_id, kept) if kept else "none is kept yet"
            raise UnknownNameError(f"there is no run {run_id!r} in {self.root}; {hint}")
        path = self.root / run_id / "meta.json"
        try:
            return codec.decode(Head, path.read_bytes())
        except (OSError, TenfoldError) as error:
            raise StorageError(f"run {run_id} is damaged: {_reason(error)}; remove {path.parent}") from None

    def ids(self) -> list[str]:
        """Return the ids of all kept runs, the newest first."""
        if not self.root.is_dir():
            return []
        found = [path for path in self.root.iterdir() if path.name[0] != "." and (path / "meta.json").is_file()]
        # within one second the file system's time decides
        order = {path.name: (path.name[:15], (path / "meta.json").stat().st_mtime_ns) for path in found}
        return sorted(order, key=order.__getitem__, reverse=True)

    def remove(self, run_id: str) -> None:
        """Forget a run."""
        head = self.head(run_id)
        shutil.rmtree(self.root / head.run_id)

    def _free_id(self, created_ns: int, name: str) -> str:
        """Return an id that is not taken: UTC time to the second, then the name in plain letters."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "run"
        moment = np.datetime64(created_ns // 1_000_000_000, "s").item()
        wanted = f"{moment:%Y%m%d-%H%M%S}-{plain}"
        number, chosen = 1, wanted
        while (self.root / chosen).exists():
            number += 1
            chosen = f"{wanted}-{number}"
        return chosen


def _placed(folder: Path, place: Path) -> bool:
    """Rename a folder, or return False where another process took the place a moment before."""
    try:
        folder.rename(place)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            return False
        raise
    return True


def _default_name(run: Run) -> str:
    return run.members[0] if len(run.members) == 1 else f"vote-of-{len(run.members)}"


def _head(run: Run, run_id: str, summary: dict[str, Any], created_ns: int, name: str) -> Head:
    bars = run.bars
    return Head(
        format=FORMAT,
        run_id=run_id,
        created_ns=created_ns,
        name=name or _default_name(run),
        start=format_ns(int(bars.ts_ns[0]), bars.period_ns),
        end=format_ns(int(bars.ts_ns[-1]), bars.period_ns),
        members=run.members,
        weights=run.weights,
        engine=run.engine,
        bindings=run.bindings,
        failures=run.failures,
        borrow_units=run.borrow_units,
        dividend_units=run.dividend_units,
        interest_units=run.interest_units,
        trips=run.trips,
        rules=run.rules,
        instruments=bars.instruments,
        period_ns=bars.period_ns,
        label=bars.label,
        adjustment=bars.adjustment,
        sources=_plain(bars.sources),
        notes={key: _plain(value) for key, value in run.notes.items() if not _is_series(value, len(bars))},
        summary=dict(summary),
        has_scores=run.scores is not None,
    )


def _write_records(run: Run, folder: Path) -> None:
    total = len(run.bars)
    series = {name: getattr(run, name) for name in _SERIES}
    notes = {_NOTE + key: value for key, value in run.notes.items() if _is_series(value, total)}
    frame = pl.DataFrame({**series, **notes})
    panel: dict[str, NDArray[Any]] = {
        "lots": run.lots.ravel(),
        "direction": run.direction.ravel(),
        "agreement": run.agreement.ravel(),
    }
    if run.scores is not None:
        panel |= {f"score_{k}": np.ascontiguousarray(run.scores[:, :, k]).ravel() for k in range(len(run.members))}
    frames = {
        "series": frame,
        "votes": pl.DataFrame(panel),
        "bars": _frame(run.bars.rows.reshape(-1)),
        "fills": _frame(run.fills),
        "trades": _frame(run.trades),
    }
    for name, content in frames.items():
        content.write_parquet(folder / f"{name}.parquet", compression="zstd")


def _read_records(head: Head, folder: Path) -> Run:
    def read(name: str) -> pl.DataFrame:
        return pl.read_parquet(folder / f"{name}.parquet")

    series, votes = read("series"), read("votes")
    shape = (len(series), len(head.instruments))
    members = len(head.members)
    bars = Bars(
        rows=_bar_rows(read("bars")).reshape(shape),
        instruments=head.instruments,
        period_ns=head.period_ns,
        label=head.label,
        adjustment=head.adjustment,
        sources=head.sources,
    )
    scores = None
    if head.has_scores:
        scores = np.stack([votes[f"score_{k}"].to_numpy().reshape(shape) for k in range(members)], axis=2)
    notes = {name.removeprefix(_NOTE): series[name].to_numpy() for name in series.columns if name.startswith(_NOTE)}
    return Run(
        bars=bars,
        rules=head.rules,
        members=head.members,
        weights=head.weights,
        engine=head.engine,
        **{name: series[name].to_numpy() for name in _SERIES},
        lots=votes["lots"].to_numpy().reshape(shape),
        fills=_records(read("fills"), FILL),
        trades=_records(read("trades"), TRADE),
        direction=votes["direction"].to_numpy().reshape(shape),
        agreement=votes["agreement"].to_numpy().reshape(shape),
        scores=scores,
        trips=head.trips,
        bindings=head.bindings,
        failures=head.failures,
        borrow_units=head.borrow_units,
        dividend_units=head.dividend_units,
        interest_units=head.interest_units,
        notes={**head.notes, **notes},
    )


def _frame(records: NDArray[np.void]) -> pl.DataFrame:
    """Return records as a frame, a column a field."""
    return pl.DataFrame({name: np.ascontiguousarray(records[name]) for name in records.dtype.names or ()})


def _bar_rows(frame: pl.DataFrame) -> NDArray[np.void]:
    """Return bars with whatever further columns they were kept with."""
    return _records(frame, bar_dtype([name for name in frame.columns if name not in (BAR.names or ())]))


def _records(frame: pl.DataFrame, dtype: np.dtype[np.void]) -> NDArray[np.void]:
    """Return a frame as records of a type."""
    records = np.zeros(len(frame), dtype)
    for name in dtype.names or ():
        records[name] = frame[name].to_numpy()
    return records


def _is_series(value: Any, total: int) -> bool:
    """Say whether a note is an array of one number a bar."""
    return isinstance(value, np.ndarray) and value.shape == (total,) and value.dtype.kind in "iuf"


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it."""

    def simple(other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return other.tolist()
        if isinstance(other, np.generic):
            return other.item()
        return str(other)

    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=simple))


def _reason(error: BaseException) -> str:
    """Return why, in one line."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if "No space left on device" in said:
        return "the disk is full"
    with contextlib.suppress(IndexError):
        return said.splitlines()[0]
    return said


__all__ = ["FORMAT", "Head", "RunStore"]
