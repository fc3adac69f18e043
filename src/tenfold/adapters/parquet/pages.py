"""Keep what was fetched page by page until all of it is there, so that a fetch that was cut off goes on where it stopped."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.parquet.frames import action_frame, bar_frame, frame_actions, frame_bars
from tenfold.adapters.parquet.storage import Staging, encode_name, read_frame
from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError
from tenfold.market.series import ACTION, Series, encode_period

_FILE: Final = re.compile(r"(-?\d+)_(-?\d+)_(\d+)\.parquet")

Span = tuple[int, int]


class PageStore:
    """Keep pages under `<root>/fetched/<source>/<symbol>/<period>`, one or two files each, written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root / "fetched"

    def spans(self, source: str, symbol: str, period_ns: int, day: int | None = None) -> list[Span]:
        """Return the spans that are kept, in order; with a day those alone that were fetched on it."""
        found = [(span, asked) for _, span, asked in self._pages(source, symbol, period_ns)]
        return sorted(span for span, asked in found if day is None or asked == day)

    def save(self, source: str, series: Series, span: Span, day: int) -> None:
        """Keep the page of a span that was fetched on a day; StorageError where the disk is full."""
        folder = self._folder(source, series.symbol, series.period_ns)
        name = f"{span[0]}_{span[1]}_{day}.parquet"
        with Staging() as staging:
            # The bars come last: a page counts once they are there.
            if len(series.actions):
                staging.add_frame(folder / "actions" / name, action_frame(series.actions))
            staging.add_frame(folder / name, bar_frame(series))

    def load(self, source: str, symbol: str, period_ns: int) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """Return the bars and actions of all pages, by span; pages do not overlap."""
        rows, actions = [np.zeros(0, BAR)], [np.zeros(0, ACTION)]
        for path, _, _ in sorted(self._pages(source, symbol, period_ns), key=lambda page: page[1]):
            try:
                rows.append(frame_bars(read_frame(path)))
                if (path.parent / "actions" / path.name).exists():
                    actions.append(frame_actions(read_frame(path.parent / "actions" / path.name)))
            except (DataError, pl.exceptions.PolarsError) as error:
                raise DataError(f"{path} is damaged; remove it and fetch again") from error
        return np.concatenate(rows), np.concatenate(actions)

    def clear(self, source: str, symbol: str, period_ns: int) -> None:
        """Forget the pages: their bars are in the catalogue, or are worth nothing."""
        for path, _, _ in self._pages(source, symbol, period_ns):
            path.unlink(missing_ok=True)
            (path.parent / "actions" / path.name).unlink(missing_ok=True)
        folder = self._folder(source, symbol, period_ns)
        for part in folder.rglob(".part-*"):  # of a process that was killed
            part.unlink(missing_ok=True)
        for empty in (folder / "actions", folder, folder.parent, folder.parent.parent, self.root):
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()

    def _pages(self, source: str, symbol: str, period_ns: int) -> Iterable[tuple[Path, Span, int]]:
        folder = self._folder(source, symbol, period_ns)
        found = [(path, _FILE.fullmatch(path.name)) for path in sorted(folder.glob("*.parquet"))]
        return [(path, (int(told[1]), int(told[2])), int(told[3])) for path, told in found if told is not None]

    def _folder(self, source: str, symbol: str, period_ns: int) -> Path:
        return self.root / encode_name(source) / encode_name(symbol) / encode_period(period_ns)
