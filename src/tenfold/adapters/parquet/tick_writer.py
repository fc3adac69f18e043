"""Write sets of ticks part by part, each judged as it comes, and put them in place together at the end."""

from pathlib import Path

import msgspec

from tenfold.adapters.parquet.frames import tick_frame
from tenfold.adapters.parquet.storage import Staging
from tenfold.adapters.parquet.tick_store import TickStore
from tenfold.market.quality_report import QualityReport
from tenfold.market.quality_ticks import TickCheck
from tenfold.market.ticks import Ticks


class TickWriter:
    """Collect the parts of one or several sets of ticks beside their places; `finish` joins them into the staging."""

    def __init__(self, store: TickStore, staging: Staging) -> None:
        self._store = store
        self._staging = staging
        self._checks: dict[tuple[str, str], TickCheck] = {}
        self._files: dict[tuple[str, str], list[Path]] = {}
        self._columns: dict[tuple[str, str], list[str]] = {}  # in the order of the first part

    def add(self, ticks: Ticks) -> None:
        """Judge and write the next part of a set; StorageError where the disk is full."""
        key = (ticks.symbol, ticks.kind)
        place = self._store.path(*key)
        room = self._staging.room_beside(place)
        frame = tick_frame(ticks)
        self._staging.fill(room, frame.select(self._columns.setdefault(key, frame.columns)))
        self._checks.setdefault(key, TickCheck()).add(ticks)
        self._files.setdefault(key, []).append(room)

    def finish(self) -> list[tuple[Path, QualityReport]]:
        """Join the parts of each set; return where each will lie, and its report."""
        done = []
        for key, check in self._checks.items():
            report = check.report()
            place = self._store.path(*key)
            self._staging.add_parts(place, self._files[key], msgspec.json.encode(report).decode())
            done.append((place, report))
        return done
