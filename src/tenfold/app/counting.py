"""Count every evaluation in the log of trials, whoever asked for it; what cannot be counted is said, and goes on."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from tenfold.app.tick_market import BOOK
from tenfold.app.wiring import clock, trial_log
from tenfold.backtesting.backtest import Given, Opinion, Own
from tenfold.backtesting.run import Run
from tenfold.backtesting.scoring import Member
from tenfold.backtesting.trials import fold_chunk, single_chunk, trial_data
from tenfold.domain.errors import TenfoldError
from tenfold.domain.trials import TrialChunk, TrialData
from tenfold.metrics.performance import sharpe_ratio
from tenfold.metrics.sketch import block_sums, calendar_blocks

UNCOUNTED = "uncounted"
"""Note of a result that could not be counted: why."""


class Counter:
    """Keep records in the log, each with the time; `failure` says why that did not work, "" where it did."""

    def __init__(self) -> None:
        self.failure = ""

    def __call__(self, chunk: TrialChunk, data: TrialData) -> None:
        """Keep a record, unless an earlier one could not be kept."""
        if self.failure:
            return
        try:
            trial_log().record(replace(chunk, at_ns=clock().now_ns()), data)
        except TenfoldError as error:
            self.failure = str(error)

    def note(self, notes: dict[str, Any]) -> None:
        """Write the failure, if there was one, into the notes of a result."""
        if self.failure:
            notes[UNCOUNTED] = self.failure


def warning(notes: dict[str, Any]) -> list[str]:
    """Return the line that a result which was not counted carries."""
    if UNCOUNTED not in notes:
        return []
    return [f"this evaluation was not counted, so that its odds are not known: {notes[UNCOUNTED]}"]


def count_run(run: Run, voters: Sequence[Member | Opinion | Given] | Own, universe: NDArray[np.bool_] | None) -> None:
    """Count a backtest: a single fold by its parameters, whatever else by what it said or did."""
    counter = Counter()
    data, returns = trial_data(run.bars), run.returns
    sharpe = sharpe_ratio(returns, run.bars.periods_per_year)
    sketch = block_sums(returns[None, :], calendar_blocks(run.bars.ts_ns)[0])
    if universe is not None and universe.all():
        universe = None  # leaves out nothing, so it is no other trial
    first = None if isinstance(voters, Own) else voters[0]
    book = run.notes.get(BOOK)
    if isinstance(first, Member) and universe is None and len(run.members) == 1 and book is None:
        found = np.array([sharpe])
        counter(fold_chunk(first.fold, first.params, data, run.rules, found, sketch, who="backtest", at_ns=0), data)
    else:
        parts = [_did(run)] if isinstance(voters, Own) else sorted(_said(run, k, one) for k, one in enumerate(voters))
        chosen = b"" if universe is None else np.packbits(universe).tobytes()
        if book is not None:  # the same strategy over the same bars, filled otherwise
            chosen += repr(sorted(book.items())).encode()
        family = run.members[0] if len(run.members) == 1 else "vote"
        counter(
            single_chunk(family, b"".join([*parts, chosen]), data, run.rules, sharpe, sketch, who="backtest", at_ns=0),
            data,
        )
    counter.note(run.notes)


def _said(run: Run, number: int, voter: Member | Opinion | Given) -> bytes:
    """Return what tells a voter from others: source and parameters of a fold, the scores of anything else."""
    if isinstance(voter, Member):
        text = repr((voter.fold.content_hash, sorted(voter.values.items())))
        told = text.encode()
    elif isinstance(voter, Given):
        told = np.where(np.isnan(voter.scores), np.inf, voter.scores).tobytes()
    elif run.scores is not None:
        scores = run.scores[:, :, number]
        told = np.where(np.isnan(scores), np.inf, scores).tobytes()
    else:
        told = _did(run)
    weight = 1.0 if len(run.members) == 1 else voter.weight
    return hashlib.sha256(told + repr(weight).encode()).digest()


def _did(run: Run) -> bytes:
    return run.equity_units.tobytes() + np.ascontiguousarray(run.lots).tobytes()
