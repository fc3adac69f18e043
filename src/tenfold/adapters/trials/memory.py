"""Keep the log of trials in memory: what the one on disk answers from, and what tests and calibrations record into.

How it works. Which trials count for a market is decided in two steps. First by what it is: a market is related to those that
share a symbol with it, or have one whose prices or returns are the same under another name. Then by when: a related market counts
where it overlaps the period. For both, related markets that contain the period speak for it too: what is left of a market
after a day was dropped must count all that the whole did, and a day less may just be too little to recognise another name by.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold import codec
from tenfold.domain.trials import (
    SAMPLE_MAX,
    Hashes,
    LedgerHead,
    SketchedTrials,
    Sketches,
    TrialChunk,
    TrialData,
    TrialSample,
)
from tenfold.metrics.sketch import Blocks, same_markets


@dataclass(eq=False)
class _Family:
    """Hold the trials of one family on one market: every hash, and the chunks that have sketches."""

    trials: list[Hashes] = field(default_factory=list)
    sampled: list[TrialChunk] = field(default_factory=list)
    _smallest: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    _merged: int = 0

    def add(self, chunk: TrialChunk) -> None:
        self.trials.append(chunk.hashes)
        if chunk.sampled:
            self.sampled.append(chunk)

    @property
    def smallest(self) -> Hashes:
        """The hashes of the sample, in order; what came since it was last asked for is merged now."""
        if self._merged < len(self.sampled):
            fresh = [_sampled(chunk) for chunk in self.sampled[self._merged :]]
            self._smallest = _distinct([self._smallest, *fresh])[:SAMPLE_MAX]
            self._merged = len(self.sampled)
        return self._smallest

    def wanted(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Say which trials belong to the sample of the smallest hashes and have no sketch there yet."""
        smallest = self.smallest
        if len(smallest) == 0:
            return np.ones(len(hashes), bool)
        at = np.minimum(np.searchsorted(smallest, hashes), len(smallest) - 1)
        fresh: NDArray[np.bool_] = smallest[at] != hashes
        return fresh if len(smallest) < SAMPLE_MAX else fresh & (hashes < smallest[-1])


class _Frame:
    """Hold the sketches of all markets over one calendar: a row a symbol."""

    def __init__(self, length_s: int, first: int) -> None:
        self._length_s, self._first = length_s, first
        self._markets: list[TrialData] = []
        self._stacked: Sketches | None = None
        self.symbols: list[str] = []

    def add(self, data: TrialData) -> None:
        self._markets.append(data)
        self.symbols.extend(data.symbols)
        self._stacked = None

    @property
    def blocks(self) -> Blocks:
        """The sketches, (rows, B)."""
        if self._stacked is None:
            self._stacked = np.concatenate([market.market for market in self._markets])
        return Blocks(self._stacked, self._length_s, self._first)

    def rows_of(self, names: set[str], data: TrialData) -> Blocks:
        """Return the rows of some symbols in the markets that contain a period."""
        chosen = [market.contains(data) and name in names for market in self._markets for name in market.symbols]
        return Blocks(self.blocks.values[chosen], self._length_s, self._first)


class TrialIndex:
    """Answer which trials count for a market, from records in the order in which they were made."""

    def __init__(self) -> None:
        self.markets: list[TrialData] = []
        self._families: list[dict[str, _Family]] = []
        self._places: dict[TrialData, int] = {}
        self._frames: dict[tuple[int, int, int], _Frame] = {}
        self._same: dict[str, list[TrialData]] = {}

    def add(self, chunk: TrialChunk, data: TrialData) -> None:
        """Take in a record."""
        self._families[self._place(data)].setdefault(chunk.family, _Family()).add(chunk)

    def thinned(self, chunk: TrialChunk, data: TrialData) -> TrialChunk:
        """Return a chunk with the sketches that the sample wants, and no others."""
        if not chunk.sampled:
            return chunk
        family = self._families[self._place(data)].get(chunk.family, _Family())
        taken = _sampled(chunk)
        wanted = family.wanted(taken)
        if wanted.sum() > SAMPLE_MAX:
            wanted &= taken <= np.partition(taken[wanted], SAMPLE_MAX - 1)[SAMPLE_MAX - 1]
        if wanted.all():
            return chunk
        return replace(
            chunk,
            sampled=taken[wanted].tobytes(),
            sharpes=np.frombuffer(chunk.sharpes, "<f4")[wanted].tobytes(),
            sketches=np.frombuffer(chunk.sketches, "<f4").reshape(len(taken), -1)[wanted].tobytes(),
        )

    def count(self, data: TrialData) -> int:
        """Return how many different trials count for a market."""
        found = [
            hashes for place in self._counting(data) for one in self._families[place].values() for hashes in one.trials
        ]
        return len(_distinct(found))

    def sample(self, data: TrialData) -> TrialSample:
        """Return their number by family, and the sketches of those of the smallest hashes."""
        places = self._counting(data)
        names = sorted({name for place in places for name in self._families[place]})
        parts: dict[tuple[int, int, int], list[tuple[int, Hashes, TrialChunk]]] = {}
        counts = []
        for number, name in enumerate(names):
            mine = [(place, self._families[place][name]) for place in places if name in self._families[place]]
            counts.append(len(_distinct([hashes for _, one in mine for hashes in one.trials])))
            smallest = _distinct([one.smallest for _, one in mine])[:SAMPLE_MAX]
            for place, one in mine:
                market = self.markets[place]
                frame = (market.block_s, market.block_first, market.blocks)
                parts.setdefault(frame, []).extend((number, smallest, chunk) for chunk in one.sampled)
        sketched = tuple(_part(frame, chunks) for frame, chunks in sorted(parts.items()) if chunks)
        return TrialSample(tuple(names), np.array(counts, np.int64), sketched)

    def _place(self, data: TrialData) -> int:
        if data not in self._places:
            self._places[data] = len(self.markets)
            self.markets.append(data)
            self._families.append({})
            self._same.setdefault(data.key, []).append(data)
            frame = (data.block_s, data.block_first, data.blocks)
            self._frames.setdefault(frame, _Frame(data.block_s, data.block_first)).add(data)
        return self._places[data]

    def _counting(self, data: TrialData) -> list[int]:
        """Return the places of the markets whose trials count for this one."""
        names = self._names(data)
        related = [place for place, market in enumerate(self.markets) if not names.isdisjoint(market.symbols)]
        periods = {(data.start_ns, data.stop_ns)}
        for place in related:
            market = self.markets[place]
            if market.contains(data):
                periods.add((market.start_ns, market.stop_ns))
        return [place for place in related if any(self.markets[place].overlaps(*period) for period in periods)]

    def _names(self, data: TrialData) -> set[str]:
        """Return the symbols of a market and all others that are the same, for itself or for markets that contain it."""
        names = set(data.symbols)
        known = 0
        names |= self._renamed(data, names) | self._alike(Blocks(data.market, data.block_s, data.block_first))
        while known < len(names):
            known = len(names)
            for market in self.markets:
                if market.contains(data):
                    names |= self._renamed(market, names)
            for frame in self._frames.values():
                names |= self._alike(frame.rows_of(names, data))
        return names

    def _renamed(self, market: TrialData, names: set[str]) -> set[str]:
        """Return what some symbols of a market are called where its prices are in the log under other names."""
        return {
            other
            for twin in self._same.get(market.key, ())
            for symbol, other in zip(market.symbols, twin.symbols, strict=True)
            if symbol in names
        }

    def _alike(self, rows: Blocks) -> set[str]:
        """Return the symbols in the log whose returns are those of one of the rows."""
        found: set[str] = set()
        if len(rows.values):
            for frame in self._frames.values():
                same = same_markets(rows, frame.blocks)
                found.update(frame.symbols[row] for row in np.flatnonzero(same).tolist())
        return found


def _part(frame: tuple[int, int, int], chunks: list[tuple[int, Hashes, TrialChunk]]) -> SketchedTrials:
    """Return the sketches over one calendar, each trial once, smallest hash first; those beyond their family's sample left out."""
    length, first, blocks = frame
    trials = np.concatenate([_sampled(chunk) for _, _, chunk in chunks])
    family = np.repeat([number for number, _, _ in chunks], [len(chunk.sampled) // 8 for _, _, chunk in chunks])
    inside = np.concatenate([_sampled(chunk) <= smallest[-1] for _, smallest, chunk in chunks])
    sharpes = np.concatenate([np.frombuffer(chunk.sharpes, "<f4") for _, _, chunk in chunks])
    sketches = np.concatenate([np.frombuffer(chunk.sketches, "<f4").reshape(-1, blocks) for _, _, chunk in chunks])
    at = np.flatnonzero(inside)
    chosen = at[np.unique(trials[at], return_index=True)[1]]
    return SketchedTrials(length, first, trials[chosen], family[chosen], sharpes[chosen], sketches[chosen])


def _distinct(hashes: list[Hashes]) -> Hashes:
    """Return all hashes once, in order: sorted, which costs a tenth of what NumPy's own unique takes for whole numbers."""
    found = np.sort(np.concatenate([*hashes, np.zeros(0, np.uint64)]), kind="stable" if len(hashes) < 4 else None)
    first = np.ones(len(found), bool)
    np.not_equal(found[1:], found[:-1], out=first[1:])
    return found[first]


def _sampled(chunk: TrialChunk) -> Hashes:
    return np.frombuffer(chunk.sampled, "<u8")


class MemoryTrialLog:
    """Keep a log of trials for as long as the process lives."""

    def __init__(self) -> None:
        self._index = TrialIndex()
        self._records: list[tuple[TrialChunk, TrialData]] = []

    def record(self, chunk: TrialChunk, data: TrialData) -> None:
        """Keep a chunk of evaluations on a market."""
        kept = self._index.thinned(chunk, data)
        self._records.append((kept, data))
        self._index.add(kept, data)

    def count(self, data: TrialData) -> int:
        """Return how many different trials count for a market."""
        return self._index.count(data)

    def sample(self, data: TrialData) -> TrialSample:
        """Return their number by family, and the sketches of a sample."""
        return self._index.sample(data)

    def records(self) -> Iterator[tuple[TrialChunk, TrialData]]:
        """Yield every chunk with its market, from the first."""
        return iter(list(self._records))

    def verify(self) -> LedgerHead:
        """Return how many records there are, and a hash of them all."""
        digest = hashlib.sha256()
        for record in self._records:
            digest.update(codec.encode(record, "msgpack"))
        return LedgerHead(records=len(self._records), digest=digest.hexdigest())
