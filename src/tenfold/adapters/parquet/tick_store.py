"""Keep ticks by symbol and kind, and give them back in parts, so that a set may be larger than memory."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from tenfold.adapters.parquet.frames import frame_ticks
from tenfold.adapters.parquet.storage import decode_name, encode_name, read_description
from tenfold.codec import decode
from tenfold.domain.errors import DataError, DecodeError, UnknownNameError, did_you_mean
from tenfold.market.quality_report import QualityReport
from tenfold.market.series import FUNDING
from tenfold.market.ticks import Ticks

_PART_ROWS: Final = 500_000


class TickStore:
    """Keep one file a symbol and kind under `<root>/ticks`; each describes itself by the report of its validation."""

    def __init__(self, root: Path) -> None:
        self.root = root / "ticks"

    def path(self, symbol: str, kind: str) -> Path:
        """Return where the ticks of a kind lie; they need not exist yet."""
        return self.root / encode_name(symbol) / f"{kind}.parquet"

    def paths(self) -> list[Path]:
        """Return the files that are there, sorted."""
        return sorted(path for path in self.root.glob("*/*.parquet") if not path.name.startswith("."))

    def reports(self) -> list[QualityReport]:
        """Return the reports of the sets; what is damaged is left out."""
        found = []
        for path in self.paths():
            with suppress(DataError, DecodeError):
                found.append(decode(QualityReport, read_description(path)))
        return found

    def kinds(self, symbol: str) -> list[str]:
        """Return the kinds of ticks that a symbol has, sorted."""
        folder = self.root / encode_name(symbol)
        return sorted(path.stem for path in folder.glob("*.parquet") if not path.name.startswith("."))

    def report(self, symbol: str, kind: str) -> QualityReport:
        """Return the report of one set; UnknownNameError where it is not there."""
        return decode(QualityReport, read_description(self._there(symbol, kind)))

    def parts(self, symbol: str, kind: str, rows: int = _PART_ROWS) -> Iterator[Ticks]:
        """Yield the ticks of a set in its order, so many rows at a time."""
        path = self._there(symbol, kind)
        total = self.report(symbol, kind).rows
        for start in range(0, total, rows):
            yield self._slice(path, symbol, kind, start, rows)

    def ends(self, symbol: str, kind: str, rows: int) -> tuple[Ticks, Ticks]:
        """Return the first rows and the last, without reading those between."""
        path = self._there(symbol, kind)
        total = self.report(symbol, kind).rows
        tail = max(rows, total - rows)
        return self._slice(path, symbol, kind, 0, rows), self._slice(path, symbol, kind, tail, rows)

    def funding(self, symbol: str) -> np.ndarray[tuple[int], np.dtype[np.void]]:
        """Return the rates of funding of a symbol, records of `FUNDING` in order of time; none where none are kept."""
        if not self.path(symbol, "funding").exists():
            return np.zeros(0, FUNDING)
        ticks = list(self.parts(symbol, "funding"))
        found = np.zeros(sum(len(part) for part in ticks), FUNDING)
        found["ts_ns"] = np.concatenate([part.ts_ns for part in ticks])
        found["rate"] = np.concatenate([part.numbers("funding_rate") for part in ticks])
        return found[np.argsort(found["ts_ns"], kind="stable")]

    def _slice(self, path: Path, symbol: str, kind: str, start: int, rows: int) -> Ticks:
        try:
            frame = pl.scan_parquet(path).slice(start, rows).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise DataError(f"{path} is damaged or no Parquet file; import the set again") from error
        return frame_ticks(symbol, kind, frame)

    def _there(self, symbol: str, kind: str) -> Path:
        path = self.path(symbol, kind)
        if not path.exists():
            have = self.kinds(symbol)
            hint = f"expected one of {', '.join(have)}" if have else did_you_mean(symbol, self._symbols())
            raise UnknownNameError(f"{symbol} has no {kind} in the catalogue; {hint}")
        return path

    def _symbols(self) -> Sequence[str]:
        return sorted({decode_name(path.parent.name) for path in self.paths()})
