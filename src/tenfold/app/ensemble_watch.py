"""Say of a run of an ensemble what its file forbids, on which symbols it was studied, what the research had seen, and which members drifted."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tenfold.app.ensemble import Ensemble
from tenfold.app.settings import load_settings
from tenfold.backtesting.compiled import run_compiled
from tenfold.backtesting.compiles import obstacles
from tenfold.backtesting.run import Run
from tenfold.domain.units import format_ns
from tenfold.domain.upkeep import Upkeep
from tenfold.ensemble.drift import mark_drift


def ensemble_notes(ensemble: Ensemble, run: Run) -> dict[str, Any]:
    """Return what a run keeps of the ensemble that it traded: its file, its verdict, and what is to be said."""
    upkeep = load_settings().live
    says = [
        *ensemble.obstacles(upkeep),
        *ensemble.elsewhere(run.bars.symbols),
        *_seen(ensemble, run),
        *_drifted(ensemble, run, upkeep),
    ]
    return {
        "file": str(ensemble.path),
        "approved": ensemble.approved,
        "verdict": ensemble.verdict,
        "digest": ensemble.digest,
        "says": says,
    }


def _seen(ensemble: Ensemble, run: Run) -> Iterator[str]:
    """Yield how much of the run the research had seen, where it had."""
    bars = run.bars
    if not set(bars.symbols) & set(ensemble.symbols):
        return
    known = int(np.searchsorted(bars.ts_ns, ensemble.end_ns, side="right"))
    if known:
        until = format_ns(ensemble.end_ns, bars.period_ns)
        yield (
            f"{known / len(bars):.0%} of these bars were known to the research, which ended on {until}: what is earned there "
            "was chosen to be good"
        )


def _drifted(ensemble: Ensemble, run: Run, upkeep: Upkeep) -> Iterator[str]:
    """Yield the members that would have been demoted on the bars that the research had not seen."""
    fresh = int(np.searchsorted(run.bars.ts_ns, ensemble.end_ns, side="right"))
    if run.scores is None or fresh == len(run.bars) or obstacles([], run.rules, run.bars):
        return
    for index, (member, state) in enumerate(zip(ensemble.members, ensemble.watch(upkeep), strict=True)):
        if state is None:
            continue
        scores = np.ascontiguousarray(run.scores[:, :, index : index + 1])
        alone = run_compiled(run.bars, run.rules, [member.name], [1.0], scores, {}).returns[fresh:]
        for moment, one in enumerate(alone.tolist(), fresh):
            if mark_drift(state, one):
                when = format_ns(int(run.bars.ts_ns[moment]), run.bars.period_ns)
                yield f"{member.name} fell short of its record and would have been demoted on {when}"
                break
