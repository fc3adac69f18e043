"""Hold what waits for a client, in the order in which it goes out."""

from collections import deque
from collections.abc import Callable, Iterator

from tenfold.exchange.streams.codec import Codec, Frame


def _nobody() -> None:
    """Wake nobody."""


class Outbox:
    """Join messages of data into frames of at most `frame_max`, and keep frames of control alone.

    Attributes
    ----------
    wake : called when something comes into an empty box
    closing : whether nothing comes after what is in it: the connection is closed then
    """

    def __init__(self, codec: Codec, frame_max: int, waiting_max: int) -> None:
        self.wake: Callable[[], None] = _nobody
        self.closing = False
        self._codec = codec
        self._frame_max = frame_max
        self._waiting_max = waiting_max
        self._waiting: deque[bytes | Frame] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether more waits than may wait."""
        return len(self._waiting) > self._waiting_max

    def put(self, message: bytes) -> None:
        """Add an encoded message of data."""
        if self.closing:
            return
        self._waiting.append(message)
        if len(self._waiting) == 1:
            self.wake()

    def put_frame(self, frame: Frame) -> None:
        """Add a frame that stays alone; who lets too many wait is cut off."""
        if self.closing:
            return
        self._waiting.append(frame)
        if len(self._waiting) == 1:
            self.wake()
        if self.full:
            self.close(drop=True)

    def close(self, last: Frame | None = None, drop: bool = False) -> None:
        """Let nothing come after what is in it and a last frame; `drop` forgets what is in it."""
        if drop:
            self._waiting.clear()
        if last is not None and not self.closing:
            self._waiting.append(last)
        self.closing = True
        self.wake()

    def take(self) -> Frame | None:
        """Return the next frame, None where nothing waits."""
        waiting = self._waiting
        if not waiting:
            return None
        first = waiting.popleft()
        if isinstance(first, Frame):
            return first
        messages = [first]
        while waiting and len(messages) < self._frame_max and isinstance(waiting[0], bytes):
            messages.append(waiting.popleft())  # type: ignore[arg-type]
        return self._codec.frame(messages)

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self.take()) is not None:
            yield frame
