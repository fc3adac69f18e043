"""Keep raw market data beside what is traded: where they cannot be kept any more, it is traded on all the same."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tenfold.domain.errors import StorageError
from tenfold.domain.events import Captured

if TYPE_CHECKING:
    from tenfold.adapters.capture import Capture


class RawData:
    """Hold a capture, None where nothing is kept; what fails of it is told once, and nothing further is kept then."""

    def __init__(self, capture: "Capture | None", tell: Callable[[str], None]) -> None:
        self._capture = capture
        self._tell = tell

    @property
    def record(self) -> Callable[[str, int, bytes], None] | None:
        """What takes each frame, None where nothing is kept."""
        return None if self._capture is None else self._write

    def marks(self, ts_ns: int) -> list[Captured]:
        """Return for the journal where the capture stands."""
        if self._capture is None:
            return []
        try:
            return [self._capture.mark(ts_ns)]
        except StorageError as error:
            self._failed(error)
            return []

    def close(self) -> None:
        """Write out what is left, and let go."""
        if self._capture is not None:
            try:
                self._capture.close()
            except StorageError as error:
                self._failed(error)

    def _write(self, source: str, received_ns: int, body: bytes) -> None:
        if self._capture is not None:
            try:
                self._capture.write(source, received_ns, body)
            except StorageError as error:
                self._failed(error)

    def _failed(self, error: StorageError) -> None:
        self._capture = None
        self._tell(f"{error}: it is traded on without")
