"""Describe what was evaluated: the records of the trial log, and the numbers that are read back from it."""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Who = Literal["search", "sweep", "backtest"]

OVERLAP_MIN: Final = 0.2
"""Share of the shorter of two periods that they must have in common to count together."""

SAMPLE_MAX: Final = 4096
"""Trials of one family that keep their sketch: those of the smallest hash, so that their order decides nothing."""

Hashes = NDArray[np.uint64]
Sketches = NDArray[np.float32]


class TrialData(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the market that trials were evaluated on.

    Parameters
    ----------
    symbols : S names
    period_ns, start_ns, stop_ns : length of a bar; the first bar's open and the last bar's close
    key : hash of times, prices and terms; neither names nor files are part of it
    block_s, block_first, blocks : the calendar of all sketches: seconds a block, number of the first one since 1970, count B
    sketch : (S, B) float32, the logarithmic return of each symbol over each block; NaN before its first close
    """

    symbols: tuple[str, ...]
    period_ns: int
    start_ns: int
    stop_ns: int
    key: str
    block_s: int
    block_first: int
    blocks: int
    sketch: bytes

    @property
    def market(self) -> Sketches:
        """The returns of each symbol by block, (S, B)."""
        return np.frombuffer(self.sketch, "<f4").reshape(-1, self.blocks)

    def contains(self, other: "TrialData") -> bool:
        """Say whether the period of another market lies in this one's."""
        return self.start_ns <= other.start_ns and other.stop_ns <= self.stop_ns

    def overlaps(self, start_ns: int, stop_ns: int) -> bool:
        """Say whether a period has at least a fifth of the shorter of the two in common with this one."""
        common = min(stop_ns, self.stop_ns) - max(start_ns, self.start_ns)
        shorter = min(stop_ns - start_ns, self.stop_ns - self.start_ns)
        return common > 0 and common >= OVERLAP_MIN * shorter


class TrialChunk(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold N evaluations of one family on one market under the same rules.

    Parameters
    ----------
    family : name of the strategy
    source_hash : hash of its source, wherever the file lies; of what it did, where there is no source
    data_key, rules_hash : `TrialData.key`, and a hash of costs, limits and account
    trials : (N,) uint64, hash of strategy, parameters, data and costs: equal where the evaluation was the same
    params_hash : hash of all parameters of the chunk
    sharpe_mean, sharpe_variance, sharpe_max : of the N annual Sharpe ratios
    who : which part of Tenfold asked
    at_ns : when, UTC
    sampled, sharpes, sketches : (K,) uint64, (K,) and (K, B) float32: hash, annual Sharpe ratio and net return by block of
        those trials that keep a sketch
    """

    family: str
    source_hash: str
    data_key: str
    rules_hash: str
    trials: bytes
    params_hash: str
    sharpe_mean: float
    sharpe_variance: float
    sharpe_max: float
    who: Who
    at_ns: int
    sampled: bytes = b""
    sharpes: bytes = b""
    sketches: bytes = b""

    @property
    def count(self) -> int:
        """Evaluations in the chunk."""
        return len(self.trials) // 8

    @property
    def hashes(self) -> Hashes:
        """Hash of each evaluation, (N,)."""
        return np.frombuffer(self.trials, "<u8")


class LedgerHead(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold where a log ends: how many records, and the hash that stands for all of them."""

    records: int
    digest: str


@dataclass(frozen=True, eq=False)
class SketchedTrials:
    """Hold the sketches of K trials over one calendar of B blocks, smallest hash first.

    `family` (K,) is the place of each in `TrialSample.families`; `sharpes` (K,) are annual; `sketches` (K, B) are sums of net
    returns by block.
    """

    block_s: int
    block_first: int
    trials: Hashes
    family: NDArray[np.int64]
    sharpes: NDArray[np.float32]
    sketches: Sketches


@dataclass(frozen=True, eq=False)
class TrialSample:
    """Hold what the log knows of all trials that count for a market.

    `counts` (F,) different trials of each of `families`; `parts` their sketches, at most `SAMPLE_MAX` a family in all.
    """

    families: tuple[str, ...]
    counts: NDArray[np.int64]
    parts: tuple[SketchedTrials, ...]

    @property
    def count(self) -> int:
        """Different trials: N."""
        return int(self.counts.sum())
