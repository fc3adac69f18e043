"""Run pieces of work in threads of this process: kernels let go of the interpreter, so that all cores work."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Any, Final, TypeVar

A = TypeVar("A")
B = TypeVar("B")

AHEAD: Final = 4
"""Items a thread that are taken before their results are asked for."""


class ThreadExecutor:
    """Run work in threads; implements `ports.Executor`. Nothing is sent anywhere."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="tenfold")

    def __enter__(self) -> "ThreadExecutor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # after an interrupt nobody waits: what is under way ends within a piece, what waits is dropped
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def close(self) -> None:
        """Wait for what is under way, and let the threads go."""
        self._pool.shutdown(cancel_futures=True)

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results in the order of the items, of which a few a thread are taken ahead."""
        waiting = iter(items)
        under_way: deque[Future[B]] = deque()
        try:
            while True:
                for item in islice(waiting, self.workers * AHEAD - len(under_way)):
                    under_way.append(self._pool.submit(work, item))
                if not under_way:
                    return
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()

    def share(self, value: A) -> Callable[[], A]:
        """Return what gives the value: all threads see the same."""
        return lambda: value

    def describe(self) -> dict[str, Any]:
        """Return where the work runs."""
        return {"kind": "threads", "workers": self.workers}
