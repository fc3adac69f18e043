"""Keep raw market data beside a session: what is kept for later ends nothing of what is traded now."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.app import wiring
from tenfold.app.capture_settings import CaptureSettings
from tenfold.domain.errors import StorageError
from tenfold.domain.events import Captured

if TYPE_CHECKING:
    from tenfold.adapters.capture import Capture


class RawData:
    """Keep frames in a folder, None keeps none; where that cannot be written any more it is told once, and gone on without.

    Raises SettingsError or StorageError where the folder cannot be written from the beginning.
    """

    def __init__(self, kept: tuple[Path, CaptureSettings] | None, tell: Callable[[str], None]) -> None:
        self._capture: Capture | None = None if kept is None else wiring.capture(*kept)
        self._tell = tell

    @property
    def record(self) -> Callable[[str, int, bytes], None] | None:
        """What takes each frame, None where none is kept."""
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

    def _lost(self, error: StorageError) -> None:
        self._capture = None
        self._tell(f"{error}: raw market data are kept no more, and trading goes on without them")
