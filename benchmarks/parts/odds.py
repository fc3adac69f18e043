"""Compare the bootstrap and the test of superiority with arch, and measure every split of CSCV."""

from collections.abc import Callable
from functools import partial
from math import comb
from typing import Any

from claim import Claim
from trial import PYTHON, Measured, interleave, summary, work

from parts.size import Size

TITLE = "Odds"
BLOCK = 10.0
BLOCKS = 16
RESAMPLES = 1_000
GIB = float(2**30)


def measure(size: Size) -> dict[str, Any]:
    """Return figures and claims of the statistics that judge a search."""
    bars, paths = size.bootstrap
    long, strategies, compared = size.overfitting
    bootstrap = {"bars": bars, "paths": paths, "block": BLOCK}
    overfitting = {"bars": long, "strategies": strategies, "blocks": BLOCKS}
    superiority = {"bars": long, "strategies": compared, "resamples": RESAMPLES, "block": BLOCK}
    contestants: dict[str, Callable[[], Measured]] = {
        "tenfold_bootstrap": _of("tenfold_bootstrap", bootstrap, times=5),
        "arch_bootstrap": _of("arch_bootstrap", bootstrap, times=1),
        "tenfold_cscv": _of("tenfold_overfitting", overfitting, times=3, band=False),
        "tenfold_band": _of("tenfold_overfitting", overfitting, times=1, band=True),
        "tenfold_superiority": _of("tenfold_superiority", superiority, times=3),
        "arch_superiority": _of("arch_superiority", superiority, times=1),
    }
    taken = summary(interleave(contestants, size.repeats), ("wall_s", "cpu_s", "peak_bytes"))
    return {
        "settings": {
            "bars": bars,
            "paths": paths,
            "block": BLOCK,
            "long": long,
            "strategies": strategies,
            "splits": comb(BLOCKS, BLOCKS // 2),
            "compared": compared,
            "resamples": RESAMPLES,
            "clock": "wall, all cores",
        },
        "figures": taken,
        "missing": [],
        "claims": [claim.record() for claim in _claims(taken, size)],
    }


def _of(script: str, job: dict[str, Any], **more: Any) -> Callable[[], Measured]:
    return partial(work, PYTHON, script, {**job, **more})


def _claims(taken: dict[str, Measured], size: Size) -> list[Claim]:
    (bars, paths), (long, strategies, compared) = size.bootstrap, size.overfitting
    ours, theirs = taken["tenfold_bootstrap"], taken["arch_bootstrap"]
    splits = comb(BLOCKS, BLOCKS // 2)
    peak = max(figures["peak_bytes"] for name, figures in taken.items() if name.startswith("tenfold"))
    return [
        Claim(f"bootstrap of {paths:,} paths of {bars:,} bars against arch", theirs["wall_s"] / ours["wall_s"], "times",
              limit=8.0, note=f"return, drawdown and Sharpe ratio in {1e3 * ours['wall_s']:.0f} ms"),
        Claim("the same by processor time", theirs["cpu_s"] / ours["cpu_s"], "times", note="arch uses one core"),
        Claim(f"CSCV, {splits:,} splits of {strategies:,} strategies over {long:,} bars", taken["tenfold_cscv"]["wall_s"],
              "s", "below", 5.0),
        Claim("its band, 100 resamples", taken["tenfold_band"]["wall_s"], "s"),
        Claim(f"SPA and StepM, {compared} strategies over {long:,} bars, {RESAMPLES:,} resamples",
              taken["tenfold_superiority"]["wall_s"], "s", "below", 3.0),
        Claim("the same against arch", taken["arch_superiority"]["wall_s"] / taken["tenfold_superiority"]["wall_s"], "times"),
        Claim("peak memory of a process of these", peak / GIB, "GiB", "below", 2.0),
    ]  # fmt: skip
