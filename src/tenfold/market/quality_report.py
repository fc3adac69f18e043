"""Hold what the validation of one set found, as counts, examples, a score and readable lines."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.domain.market import Flag
from tenfold.domain.units import format_ns

EXAMPLES_MAX: Final = 5


class Defect(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Describe one kind of defect: its flag on the row, and what it costs in the score.

    The cost is `fixed` for its presence plus `weight` times the per cent of rows concerned, at most `cap`.
    """

    text: str
    flag: Flag = Flag.CLEAN
    weight: float = 1.0
    fixed: float = 0.0
    cap: float = 40.0


DEFECTS: Final[dict[str, Defect]] = {
    "missing_price": Defect(text="open, high, low or close is absent", flag=Flag.NAN_PRICE),
    "nonpositive_price": Defect(text="a price is zero or negative", flag=Flag.NONPOSITIVE, fixed=0.5),
    "ohlc": Defect(text="open or close outside [low, high]", flag=Flag.OHLC),
    "duplicate": Defect(text="time stamp seen before", flag=Flag.DUPLICATE),
    "disorder": Defect(text="row out of order in the source", flag=Flag.DISORDER),
    "gap": Defect(text="expected bars are absent before this row", flag=Flag.GAP, weight=0.5),
    "outlier": Defect(text="price jumps and comes back at once", flag=Flag.OUTLIER, fixed=0.5),
    "split": Defect(text="jump of an unadjusted split", flag=Flag.SPLIT, fixed=10.0),
    "mixed": Defect(text="adjusted beside unadjusted prices", flag=Flag.MIXED, fixed=10.0),
    "crossed": Defect(text="ask below bid", flag=Flag.CROSSED),
    "one_sided": Defect(text="bid or ask is absent", flag=Flag.ONE_SIDED, weight=0.25),
    "stale": Defect(text="price unchanged for suspiciously long", flag=Flag.STALE, weight=0.5),
    "zero_volume": Defect(text="volume is zero or absent", flag=Flag.ZERO_VOLUME, weight=0.2, cap=15.0),
    "dividend": Defect(text="dividend that the price does not show", flag=Flag.DIVIDEND, fixed=5.0),
    "off_session": Defect(text="outside the sessions of the calendar", flag=Flag.OFF_SESSION, weight=0.05, cap=5.0),
    "missing_bars": Defect(text="bars that the calendar or the grid expects", weight=0.0),
    "zero_spread": Defect(text="ask equal to bid", weight=0.1, cap=10.0),
    "close_only": Defect(text="only a close: open, high and low repeat it", weight=0.05, cap=5.0),
    "suspicious": Defect(text="print or quote marked as suspicious by the source", flag=Flag.OUTLIER),
    "same_time": Defect(text="several ticks share a time stamp: their order is the file's", weight=0.05, cap=5.0),
    "early_receipt": Defect(text="received before the exchange's time: clocks disagree", weight=0.2, cap=20.0),
    "missing_value": Defect(text="a value is absent", weight=0.25),
    "broken_sequence": Defect(text="updates were lost between others", weight=5.0, fixed=5.0),
    "severed": Defect(text="seconds without a connection while the market was open", weight=5.0, cap=60.0),
    "silent": Defect(text="seconds in which nothing came while the market was open", weight=5.0, cap=60.0),
}
"""Every defect that the validation knows, in the order of the report."""


class QualityReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hold the findings about one set of one symbol.

    `counts` and `examples` (times in UTC nanoseconds) are by name of `DEFECTS`; a score of 100 is clean.
    `kind` is "bars", "quotes", "trades", "depth", "funding" or "values".
    """

    symbol: str
    kind: str
    rows: int
    first_ns: int
    last_ns: int
    counts: dict[str, int]
    examples: dict[str, tuple[int, ...]]
    score: float
    period: str = ""
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Say whether nothing was found."""
        return not self.counts

    def lines(self) -> list[str]:
        """Return the report as text, one line a finding."""
        words = {"bars": f"{self.period} bars", "depth": "changes of levels", "funding": "rates of funding"}
        what = words.get(self.kind, self.kind)
        lines = [
            f"{self.symbol}: {self.rows:,} {what}, {format_ns(self.first_ns)} to {format_ns(self.last_ns)}, "
            f"quality {self.score:.1f} of 100"
        ]
        for name, count in self.counts.items():
            shown = self.examples.get(name, ())
            where = "" if not shown else ": " + ", ".join(format_ns(ts_ns) for ts_ns in shown)
            more = ", ..." if shown and count > len(shown) else ""
            lines.append(f"  {name:<18}{count:>9,}  {DEFECTS[name].text}{where}{more}")
        return lines + [f"  note: {note}" for note in self.notes]

    def summary(self) -> dict[str, object]:
        """Return what a result states about its data: score, rows, counts and notes."""
        return {"score": self.score, "rows": self.rows, "counts": dict(self.counts), "notes": list(self.notes)}


def quality_score(counts: dict[str, int], rows: int) -> float:
    """Return the score: 100 less each defect's cost, at least 0; below 100 as soon as anything costs.

    Cost of a defect = min(cap, fixed + weight * 100 * count / rows); see `DEFECTS`.
    """
    cost = 0.0
    for name, count in counts.items():
        defect = DEFECTS[name]
        if count:
            cost += min(defect.cap, defect.fixed + defect.weight * 100.0 * count / max(rows, 1))
    if cost <= 0.0:
        return 100.0
    return max(0.0, min(99.9, round(100.0 - cost, 1)))


def build_report(
    symbol: str,
    kind: str,
    ts_ns: NDArray[np.int64],
    found: dict[str, NDArray[np.bool_]],
    *,
    counts: dict[str, int] | None = None,
    period: str = "",
    notes: tuple[str, ...] = (),
) -> QualityReport:
    """Build the report from one mask (N,) for each defect and counts that no row stands for."""
    totals: dict[str, int] = {}
    examples: dict[str, tuple[int, ...]] = {}
    for name in DEFECTS:
        if name in found and found[name].any():
            where = np.flatnonzero(found[name])
            totals[name] = len(where)
            examples[name] = tuple(int(ts_ns[i]) for i in where[:EXAMPLES_MAX])
        elif counts and counts.get(name):
            totals[name] = counts[name]
    return QualityReport(
        symbol=symbol,
        kind=kind,
        rows=len(ts_ns),
        first_ns=int(ts_ns.min()) if len(ts_ns) else 0,
        last_ns=int(ts_ns.max()) if len(ts_ns) else 0,
        counts=totals,
        examples=examples,
        score=quality_score(totals, len(ts_ns)) if len(ts_ns) else 0.0,
        period=period,
        notes=notes,
    )
