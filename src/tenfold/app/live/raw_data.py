"""Keep raw market data beside a session: what is kept for later ends nothing of what is traded now."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.app import wiring
from tenfold.app.capture_settings import CaptureSettings
from tenfold.domain.errors import SettingsError, StorageError
from tenfold.domain.events import Captured

if TYPE_CHECKING:
    from tenfold.adapters.capture import Capture


class RawData:
    """Keep frames in a folder, None keeps none; where that cannot be written, or not any more, it is told once, and gone on without.

    Raises SettingsError where there is something else in the place of the folder.
    """

    def __init__(self, kept: tuple[Path, CaptureSettings] | None, tell: Callable[[str], None]) -> None:
        if kept is not None and kept[0].exists() and not kept[0].is_dir():
            raise SettingsError(f"{kept[0]} is no folder, expected one for the capture of market data")
        self._kept = kept
        self._capture: Capture | None = None
        self._tell = tell

    def begun(self) -> Callable[[str, int, bytes], None] | None:
        """Begin a segment, and return what takes each frame, None where none is kept.

        Call it once nobody else trades the run: a segment that who stands by has begun is in the way of who trades.
        """
        try:
            self._capture = None if self._kept is None else wiring.capture(*self._kept)
        except (SettingsError, StorageError) as error:
            self._lost(error)
        return None if self._capture is None else self._write

    def marks(self, ts_ns: int) -> Iterator[Captured]:
        """Yield for the journal where it stands, where something is kept."""
        if self._capture is None:
            return
        try:
            yield self._capture.mark(ts_ns)
        except StorageError as error:
            self._lost(error)

    def close(self) -> None:
        """Write out what is buffered, and let go."""
        if self._capture is None:
            return
        try:
            self._capture.close()
        except StorageError as error:
            self._lost(error)

    def _write(self, source: str, received_ns: int, body: bytes) -> None:
        if self._capture is None:
            return
        try:
            self._capture.write(source, received_ns, body)
        except StorageError as error:
            self._lost(error)

    def _lost(self, error: SettingsError | StorageError) -> None:
        self._capture = None
        self._tell(f"{error}: raw market data are kept no more, and trading goes on without them")
