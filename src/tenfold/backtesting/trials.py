"""Describe evaluations for the log of trials: on which market, of what, and what came of them."""

import hashlib
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold import codec
from tenfold.backtesting.job import Marks
from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules
from tenfold.domain.trials import SAMPLE_MAX, Hashes, Sketches, TrialChunk, TrialData, Who
from tenfold.domain.units import NS_PER_SECOND, to_units
from tenfold.kernels.fold import Fold
from tenfold.metrics.sketch import calendar_blocks, market_sketch

_FIELDS: Final = ("flags", "open", "high", "low", "close", "volume", "dividend")
_QUOTES: Final = ("bid", "ask", "bid_open", "ask_open")
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)

_KNOWN: Final[WeakKeyDictionary[Bars, TrialData]] = WeakKeyDictionary()
"""What was described once in this process: bars never change."""


RECORD: Final = 512
"""Trials of a sweep that make one record, at least."""

Record = Callable[[TrialChunk, TrialData], None]
"""Where records go: `TrialLog.record`, or what stamps them with the time first."""


def unrecorded(chunk: TrialChunk, data: TrialData) -> None:
    """Keep nothing: for evaluations that nobody chooses by."""


def trial_data(bars: Bars) -> TrialData:
    """Return the market of trials: its symbols, period, content and sketch."""
    if bars not in _KNOWN:
        blocks, length = calendar_blocks(bars.ts_ns)
        first = int(bars.ts_ns[0])
        _KNOWN[bars] = TrialData(
            symbols=bars.symbols,
            period_ns=bars.period_ns,
            start_ns=first - bars.period_ns,
            stop_ns=int(bars.ts_ns[-1]),
            key=_content(bars),
            block_s=length,
            block_first=first // NS_PER_SECOND // length,
            blocks=int(blocks[-1]) + 1,
            sketch=market_sketch(bars, blocks).astype("<f4").tobytes(),
        )
    return _KNOWN[bars]


def _content(bars: Bars) -> str:
    """Return a hash of what can change a result: times, prices, terms and further columns, but no names."""
    terms = [msgspec.structs.replace(one, symbol="-", venue="-") for one in bars.instruments]
    digest = hashlib.sha256(codec.encode((bars.period_ns, terms, bars.columns)))
    digest.update(np.ascontiguousarray(bars.ts_ns).data)
    digest.update(np.ascontiguousarray(bars.rows["session"][:, 0]).data)
    quoted = [name for name in _QUOTES if not np.isnan(bars.rows[name]).all()]
    for name in (*_FIELDS, *quoted, *bars.columns):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(bars.rows[name]).data)
    return digest.hexdigest()[:32]


def rules_hash(rules: Rules) -> str:
    """Return a hash of costs, sizing, limits, matching and account."""
    return hashlib.sha256(codec.encode(rules)).hexdigest()[:20]


def trial_hashes(source_hash: str, params: NDArray[np.void], data: TrialData, rules: Rules) -> Hashes:
    """Return the hash of each evaluation, (N,), from records of parameters: equal where everything that decides it is."""
    return _mixed(_seed(source_hash, data, rules), _words(params))


def fold_chunk(
    fold: Fold,
    params: NDArray[np.void],
    data: TrialData,
    rules: Rules,
    sharpes: NDArray[Any],
    sketches: NDArray[Any] | None = None,
    sketched: NDArray[np.int64] | None = None,
    *,
    who: Who,
    at_ns: int,
) -> TrialChunk:
    """Return the record of N parameter sets of a fold.

    Parameters
    ----------
    params : (N,) records of `fold.params_dtype`
    sharpes : (N,) annual Sharpe ratios
    sketches : (K, B) sums of net returns over `calendar_blocks` of the bars
    sketched : (K,) positions of the trials that have a sketch; all where left out
    """
    words = _words(params)
    trials = _mixed(_seed(fold.content_hash, data, rules), words)
    return trial_chunk(
        fold.name, fold.content_hash, trials, words.tobytes(), data, rules, sharpes, sketches, sketched, who=who, at_ns=at_ns
    )  # fmt: skip


def single_chunk(
    family: str,
    did: bytes,
    data: TrialData,
    rules: Rules,
    sharpe: float,
    sketch: NDArray[Any],
    *,
    who: Who,
    at_ns: int,
) -> TrialChunk:
    """Return the record of one evaluation that is no single fold; `did` is what tells it from others, `sketch` (1, B)."""
    source = hashlib.sha256(did).hexdigest()[:20]
    trials = _mixed(_seed(source, data, rules), np.zeros((1, 0), np.uint64))
    return trial_chunk(family, source, trials, b"", data, rules, np.array([sharpe]), sketch, who=who, at_ns=at_ns)


def trial_chunk(
    family: str,
    source_hash: str,
    trials: Hashes,
    params: bytes,
    data: TrialData,
    rules: Rules,
    sharpes: NDArray[Any],
    sketches: NDArray[Any] | None = None,
    sketched: NDArray[np.int64] | None = None,
    *,
    who: Who,
    at_ns: int,
) -> TrialChunk:
    """Return the record of N evaluations of one family by their hashes; the rest as in `fold_chunk`."""
    known = np.nan_to_num(np.asarray(sharpes, np.float64), posinf=0.0, neginf=0.0)
    kept = np.zeros((0, data.blocks)) if sketches is None else np.asarray(sketches)
    which = np.arange(len(kept)) if sketched is None else sketched
    return TrialChunk(
        family=family,
        source_hash=source_hash,
        data_key=data.key,
        rules_hash=rules_hash(rules),
        trials=trials.astype("<u8").tobytes(),
        params_hash=hashlib.sha256(params).hexdigest()[:20],
        sharpe_mean=float(known.mean()),
        sharpe_variance=float(known.var()),
        sharpe_max=float(known.max()),
        who=who,
        at_ns=at_ns,
        sampled=trials[which].astype("<u8").tobytes(),
        sharpes=known[which].astype("<f4").tobytes(),
        sketches=kept.astype("<f4").tobytes(),
    )


class SweepTrials:
    """Record the trials of a sweep as they are done.

    Those of the smallest hashes keep a sketch; which these are is known before the first is traded, so that the equity at the
    ends of blocks is taken on the way.
    """

    def __init__(self, fold: Fold, params: NDArray[np.void], bars: Bars, rules: Rules, record: Record) -> None:
        self._fold, self._params, self._rules, self._record = fold, params, rules, record
        self._data = trial_data(bars)
        self._cash = to_units(rules.account.cash, bars.currency)
        self._sharpes = np.zeros(len(params))
        hashes = trial_hashes(fold.content_hash, params, self._data, rules)
        self._wanted = np.ones(len(params), bool)
        if len(params) > SAMPLE_MAX:
            self._wanted = hashes <= np.partition(hashes, SAMPLE_MAX - 1)[SAMPLE_MAX - 1]
        blocks, _ = calendar_blocks(bars.ts_ns)
        self._stops = (np.flatnonzero(np.diff(blocks, append=blocks[-1] + 1)) + 1).tolist()
        self._columns = blocks[np.array(self._stops) - 1]
        self._done = self._recorded = 0
        self._pending: list[tuple[NDArray[np.int64], Sketches]] = []

    def marks(self, where: slice) -> Marks | None:
        """Return what is to be taken on the way from a part of the trials; None where none of them keeps a sketch."""
        count = len(self._sharpes[where])
        return Marks(count, self._stops) if self._wanted[where].any() else None

    def done(self, where: slice, sharpes: NDArray[np.float64], marks: Marks | None) -> None:
        """Take in a part; the parts follow each other."""
        self._sharpes[where] = sharpes
        self._done = where.start + len(sharpes)
        if marks is not None:
            rows = np.flatnonzero(self._wanted[where])
            self._pending.append((rows + where.start, self._sketches(marks.equities[rows])))
        if self._done - self._recorded >= RECORD:
            self.flush()

    def flush(self) -> None:
        """Record what is done and not recorded yet."""
        part = slice(self._recorded, self._done)
        if part.start == part.stop:
            return
        empty = (np.zeros(0, np.int64), np.zeros((0, self._data.blocks), np.float32))
        rows, sketches = (np.concatenate(found) for found in zip(empty, *self._pending, strict=True))
        self._recorded, self._pending = self._done, []
        chunk = fold_chunk(
            self._fold, self._params[part], self._data, self._rules, self._sharpes[part], sketches, rows - part.start, who="sweep", at_ns=0
        )  # fmt: skip
        self._record(chunk, self._data)

    def _sketches(self, equities: NDArray[np.int64]) -> Sketches:
        """Return the return of each block, (K, B), from the equity at the end of those that have bars; 0 from nothing."""
        before = np.concatenate([np.full((len(equities), 1), self._cash), equities[:, :-1]], axis=1)
        sums = np.zeros((len(equities), self._data.blocks), np.float32)
        sums[:, self._columns] = np.divide(equities - before, before, out=np.zeros(before.shape), where=before > 0)
        return sums


def _seed(source_hash: str, data: TrialData, rules: Rules) -> np.uint64:
    digest = hashlib.sha256(f"{source_hash} {data.key} {rules_hash(rules)}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "little"))


def _words(params: NDArray[np.void]) -> Hashes:
    """Return the values of parameters as words of 64 bits, (N, P); the field that carries the hash of the source is none."""
    names = [name for name in params.dtype.names or () if params.dtype[name].itemsize == 8]
    words = np.empty((len(params), len(names)), np.uint64)
    for column, name in enumerate(names):
        values = params[name] + params.dtype[name].type(0)  # -0.0 is 0.0
        words[:, column] = values.view(np.uint64)
    return words


def _mixed(seed: np.uint64, words: Hashes) -> Hashes:
    """Return one hash a row by the finaliser of SplitMix64, word after word."""
    state = np.full(len(words), seed)
    for column in (*words.T, np.zeros(len(words), np.uint64)):
        state = (state ^ column) + _GOLDEN
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return state
