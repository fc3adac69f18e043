"""Go on with work that was cut off: results that are kept are not made again."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any, TypeVar

import msgspec
import numpy as np

from tenfold import codec
from tenfold.kernels.code_cache import build
from tenfold.ports import Executor
from tenfold.research.search import Chunk
from tenfold.research.testbed import Evaluated, Testbed

A = TypeVar("A")
B = TypeVar("B")


class ResumingExecutor:
    """Run work on another executor unless its result is kept, and keep each as it comes; implements `ports.Executor`.

    Parameters
    ----------
    executor : where the work runs
    kept : results as bytes by key; what is damaged must be absent there
    key_of : key of an item, equal where and only where its result is
    encode, decode : a result to bytes and back, exactly
    """

    def __init__(
        self,
        executor: Executor,
        kept: MutableMapping[str, bytes],
        key_of: Callable[[Any], str],
        encode: Callable[[Any], bytes],
        decode: Callable[[bytes], Any],
    ) -> None:
        self._executor, self._kept = executor, kept
        self._key_of, self._encode, self._decode = key_of, encode, decode

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results in the order of the items, those that are kept without work."""
        order: deque[tuple[str, bool]] = deque()  # keys of the items taken so far, and whether each is kept

        def missing() -> Iterator[A]:
            for item in items:
                key = self._key_of(item)
                order.append((key, key in self._kept))
                if not order[-1][1]:
                    yield item

        for result in self._executor.map(work, missing()):
            yield from self._before(order)
            key, _ = order.popleft()
            self._kept[key] = self._encode(result)
            yield result
        yield from self._before(order)

    def _before(self, order: deque[tuple[str, bool]]) -> Iterator[Any]:
        """Yield the results that are kept, up to the first that had to be made."""
        while order and order[0][1]:
            yield self._decode(self._kept[order.popleft()[0]])

    def share(self, value: A) -> Callable[[], A]:
        """Return what gives the value wherever the work runs."""
        return self._executor.share(value)

    def describe(self) -> dict[str, Any]:
        """Return where the work runs."""
        return self._executor.describe()


class _Column(msgspec.Struct, frozen=True, array_like=True):
    dtype: str
    shape: tuple[int, ...]
    data: bytes


def resuming(executor: Executor, kept: MutableMapping[str, bytes], testbed: Testbed) -> Executor:
    """Return an executor that makes no evaluation on this testbed again whose result is kept."""
    market = market_digest(testbed)

    def key_of(chunk: Chunk) -> str:
        return chunk_key(market, testbed, chunk)

    return ResumingExecutor(executor, kept, key_of, encode_evaluated, decode_evaluated)


def chunk_key(market: str, testbed: Testbed, chunk: Chunk) -> str:
    """Return what tells a chunk on a testbed from every other: strategies, parameters, data, rules and kernels."""
    digest = hashlib.sha256(market.encode())
    digest.update(testbed.families[chunk.family].source_hash.encode())
    _update(digest, chunk.params)
    return digest.hexdigest()


def market_digest(testbed: Testbed) -> str:
    """Return the hash of everything but the strategies on which an evaluation depends."""
    digest = hashlib.sha256(build().encode())
    _update(digest, testbed.bars.rows)
    digest.update(codec.encode([testbed.bars.instruments, testbed.bars.period_ns, testbed.rules], "msgpack"))
    _update(digest, testbed.regimes.labels)
    digest.update(repr((testbed.regimes.names, testbed.windows)).encode())
    return digest.hexdigest()


def _update(digest: Any, array: np.ndarray[Any, Any]) -> None:
    """Take in an array field by field: what lies between the fields of a record means nothing."""
    digest.update(repr((array.shape, array.dtype.str if array.dtype.names is None else array.dtype.names)).encode())
    for name in array.dtype.names or ():
        _update(digest, array[name])
    if array.dtype.names is None:
        digest.update(np.ascontiguousarray(array))


def encode_evaluated(found: Evaluated) -> bytes:
    """Return evaluations as bytes that `decode_evaluated` turns back exactly."""
    arrays = {name: np.ascontiguousarray(getattr(found, name)) for name in Evaluated.__dataclass_fields__}
    columns = {name: _Column(array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}
    return codec.encode(columns, "msgpack")


def decode_evaluated(raw: bytes) -> Evaluated:
    """Return the evaluations of `encode_evaluated`."""
    columns = codec.decode(dict[str, _Column], raw, "msgpack")
    return Evaluated(
        **{name: np.frombuffer(one.data, one.dtype).reshape(one.shape).copy() for name, one in columns.items()}
    )
