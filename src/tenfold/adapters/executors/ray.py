"""Run pieces of work on a Ray cluster, which is optional: nothing of Ray is imported before it is asked for.

How it works. What is shared goes into the object store once; a worker takes it from there once. Each item is a task of one
processor. Ray itself runs a task again whose worker died; where it gives up, or an object was lost with its machine, the item
is sent again from here. A few items a processor are under way at a time, so that neither memory nor queue grows with
the number of items, and a cluster that scales by demand sees some. What is under way when nobody wants results any more runs
off: Ray 2.60 kills the process that cancels a task which is just ending ("Tried to complete task that was not pending").
"""

import contextlib
import importlib
import logging
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice
from types import FrameType, TracebackType
from typing import Any, Final, TypeVar

from tenfold import __version__
from tenfold.adapters.executors.outcome import outcome, result_of
from tenfold.domain.errors import SettingsError, WorldError

A = TypeVar("A")
B = TypeVar("B")

AHEAD: Final = 4
"""Items a processor that are under way at a time."""

_RETRIES: Final = 1
"""Times that Ray itself runs a task again whose worker died, at once; then the item is sent again from here."""

_SHARED_KEPT: Final = 4
_ANSWER_S: Final = 5.0
_QUIET: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",
}
"""Variables that Ray reads: it reports nothing to anybody, and says less."""


class RayExecutor:
    """Run work on the cluster at an address; implements `ports.Executor`. Work, items and results have to pickle.

    Parameters
    ----------
    address : `HOST:PORT` of the head, on a machine of the cluster, or `ray://HOST:PORT` of its client server, from elsewhere
    tries : times that an item is sent before it is given up

    Raises
    ------
    SettingsError
        Ray is not installed, no cluster answers there, or its workers have another Tenfold.
    """

    def __init__(self, address: str, tries: int = 3) -> None:
        self.address, self.tries = address, tries
        self._ray = _package()
        _connect(self._ray, address)
        self._run = self._ray.remote(_run).options(max_retries=_RETRIES, num_cpus=1)
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "RayExecutor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the cluster; what is under way there is dropped."""
        self._ray.shutdown()

    def share(self, value: A) -> Callable[[], A]:
        """Return what gives the value in every worker, which takes it from the object store once."""
        return _Shared(value, self._ray.put(value))

    def describe(self) -> dict[str, Any]:
        """Return where the work runs: processors now, which a cluster that scales may change."""
        return {"kind": "ray", "address": self.address, "workers": self._processors(), "ray": self._ray.__version__}

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results in the order of the items, of which a few a processor are under way at a time.

        Raises
        ------
        WorldError
            An item was lost too often, or the cluster has gone.
        """
        where = self._ray.put(work)
        waiting = iter(items)
        under_way: deque[tuple[A, Any]] = deque()
        while True:
            room = max(self._processors(), 1) * AHEAD - len(under_way)  # below 0 where machines have gone
            for item in islice(waiting, max(room, 0)):
                under_way.append((item, self._run.remote(where, item)))
            if not under_way:
                return
            item, task = under_way[0]
            result = self._result(where, item, task)
            under_way.popleft()
            yield result

    def _result(self, where: Any, item: Any, task: Any) -> Any:
        """Return what a task comes to; sent again where it or what it needs was lost."""
        errors = self._ray.exceptions
        lost = (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError, errors.OutOfMemoryError)
        said = ""
        for _ in range(self.tries):
            try:
                return result_of(self._ray.get(task))
            except lost as error:
                said = _line(error)
                task = self._run.remote(where, item)
            except errors.RayError as error:
                raise WorldError(f"the Ray cluster at {self.address} failed: {_line(error)}") from None
        raise WorldError(
            f"a piece of the work was lost {self.tries} times on the Ray cluster at {self.address}: {said}"
        )

    def _processors(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 0))

    def _greet(self) -> None:
        """Ask one worker which Tenfold it runs: results are equal only where all run the same."""
        try:
            there = self._ray.get(self._ray.remote(_version).options(num_cpus=0).remote())
        except self._ray.exceptions.RayError as error:
            raise SettingsError(
                f"the workers of the Ray cluster at {self.address} cannot run Tenfold: {_line(error)}; "
                f"install tenfold[ray]=={__version__} on every machine"
            ) from None
        if there != __version__:
            raise SettingsError(
                f"the workers of the Ray cluster at {self.address} run Tenfold {there}, expected {__version__}: install the same"
            )


class _Shared:
    """Give a shared value: here it is at hand, in a worker it comes from the object store."""

    def __init__(self, value: Any, where: Any) -> None:
        self._value, self._where = value, where

    def __call__(self) -> Any:
        return self._value

    def __reduce__(self) -> tuple[Any, ...]:
        return _Stored, (self._where,)


class _Stored:
    """Give a value that lies in the object store; a worker takes it from there once."""

    def __init__(self, where: Any) -> None:
        self._where = where

    def __call__(self) -> Any:
        return _stored(self._where)


@lru_cache(_SHARED_KEPT)
def _stored(where: Any) -> Any:
    return importlib.import_module("ray").get(where)


def _run(work: Callable[[Any], Any], item: Any) -> bytes:
    """Run one piece, in a worker; Ray hands over the work itself in place of where it lies."""
    return outcome(partial(work, item))


def _version() -> str:
    return __version__


def _package() -> Any:
    """Return Ray, told to be quiet before it is imported."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise SettingsError("a Ray cluster needs the package ray: pip install 'tenfold[ray]'") from None


def _connect(ray: Any, address: str) -> None:
    """Join a cluster, or say in one line why not; never start one."""
    _knock(address)
    _hush()
    try:
        with interrupts_later():
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
    except Exception as error:  # Ray raises what its parts raise
        raise SettingsError(
            f"no Ray cluster can be joined at {address}: {_line(error)}; expected HOST:PORT of its head on a machine "
            "of the cluster, or ray://HOST:PORT from elsewhere"
        ) from None


@contextlib.contextmanager
def interrupts_later() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block, a second Ctrl-C not: Ray aborts where it is interrupted as it begins."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    pressed: list[FrameType | None] = []

    def note(number: int, frame: FrameType | None) -> None:
        if pressed:
            before(number, frame)
        pressed.append(frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            before(signal.SIGINT, pressed[0])


def _hush() -> None:
    """Keep Ray from printing each death of a worker to standard output, where results go: they are mended here."""
    with contextlib.suppress(ImportError):
        inner = importlib.import_module("ray._private.worker")
        setattr(inner, "print_to_stdstream", lambda *arguments, **options: None)  # noqa: B010 -- it has no such setting


def _knock(address: str) -> None:
    """Refuse an address at which nobody answers: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal() and int(port) < 65536):
        raise SettingsError(f"{address!r} is no address of a Ray cluster, expected HOST:PORT or ray://HOST:PORT")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_S).close()
    except OSError as error:
        raise SettingsError(f"no Ray cluster answers at {address}: {_line(error)}") from None


def _line(error: BaseException) -> str:
    """Return an error in one short line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines)[:300] or type(error).__name__
