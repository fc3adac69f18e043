"""Tell about sets of market data: what an import found, what the catalogue holds."""

from typing import Any, Final

import msgspec
import numpy as np

from tenfold.domain.instrument import Instrument
from tenfold.domain.units import format_ns
from tenfold.market.quality_report import QualityReport
from tenfold.market.terms import described
from tenfold.market.ticks import Ticks

_OUTSIDE_FRAC: Final = 0.2
"""Share of rows outside the sessions from which on the time zone is doubted."""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Tell what an import read, assumed, stored and found.

    `dialect` says how the file was read, `assumed` what could not be known from it, `remarks` what to mind about the
    terms in which its symbols are traded.
    """

    path: str
    kind: str
    symbols: tuple[str, ...]
    rows: int
    dialect: dict[str, str]
    assumed: tuple[str, ...]
    instruments: tuple[Instrument, ...]
    remarks: tuple[str, ...]
    stored: tuple[str, ...]
    quality: tuple[QualityReport, ...]

    def lines(self) -> list[str]:
        """Return the report as text."""
        lines = [f"{self.path}: {self.rows:,} rows of {self.kind} of {', '.join(self.symbols)}"]
        lines += [f"  {name}: {value}" for name, value in self.dialect.items()]
        traded: dict[str, list[str]] = {}
        for instrument in self.instruments:
            traded.setdefault(described(instrument), []).append(instrument.symbol)
        for terms, symbols in traded.items():
            lines.append(f"  traded in: {terms}" + (f" ({', '.join(symbols)})" if len(traded) > 1 else ""))
        lines += [f"  assumed: {text}" for text in self.assumed]
        lines += [f"  note: {text}" for text in (*self.remarks, *self.zone_remarks())]
        for report in self.quality:
            lines += report.lines()
        return lines

    def zone_remarks(self) -> list[str]:
        """Return a line for each symbol many of whose rows lie outside the sessions: its times are in another zone."""
        return [
            f"{report.counts['off_session']:,} of {report.rows:,} rows of {report.symbol} lie outside the sessions of the calendar; "
            "if the times are in another zone, import again with it, e.g. --tz America/New_York"
            for report in self.quality
            if report.counts.get("off_session", 0) > _OUTSIDE_FRAC * report.rows
        ]


class SetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one set that can be read: of the catalogue ("bars", or a kind of `market.ticks.KINDS`) or a sample."""

    symbol: str
    kind: str
    period: str = ""
    rows: int = 0
    start: str = ""
    end: str = ""
    score: float = 100.0
    currency: str = ""
    lot_size: float | None = None
    tick_size: float | None = None
    adjustment: str = ""
    calendar: str = ""
    label: str = ""


class SetView(msgspec.Struct, frozen=True, kw_only=True):
    """Show a set: its description, first and last rows, actions and later names."""

    summary: SetSummary
    notes: tuple[str, ...]
    head: tuple[dict[str, Any], ...]
    tail: tuple[dict[str, Any], ...]
    actions: tuple[dict[str, Any], ...]
    instrument: Instrument
    quality: QualityReport

    def lines(self) -> list[str]:
        """Return the view as text."""
        one = self.summary
        what = f"{one.period} bars" if one.kind == "bars" else one.kind
        stored = f", stored {one.adjustment}" if one.adjustment else ""
        lines = [
            f"{one.symbol}: {one.rows:,} {what}, {one.start} to {one.end}"
            f"{stored}{', calendar ' + one.calendar if one.calendar else ''}",
            f"  traded in: {described(self.instrument)}",
        ]
        lines += [f"  {note}" for note in self.notes]
        shown = [*self.head, *([{"time": "..."}] if self.tail else []), *self.tail]
        for row in shown:
            lines.append(
                "  " + "  ".join(f"{name} {value}" if name != "time" else str(value) for name, value in row.items())
            )
        for action in self.actions:
            lines.append(f"  {action['day']}: split {action['split']:g}, dividend {action['dividend']:g}")
        return lines


def summary_of(report: QualityReport, info: Any, instrument: Instrument | None) -> SetSummary:
    """Return the line of a set in lists; `info` is its description in the catalogue, None of ticks."""
    return SetSummary(
        symbol=report.symbol,
        kind=report.kind,
        period=report.period,
        rows=report.rows,
        start=format_ns(report.first_ns),
        end=format_ns(report.last_ns),
        score=report.score,
        currency=instrument.currency if instrument is not None else "",
        lot_size=instrument.lot_size if instrument is not None else None,
        tick_size=instrument.tick_size if instrument is not None else None,
        adjustment=info.adjustment if info is not None else "",
        calendar=info.calendar if info is not None else "",
        label=info.label if info is not None else "",
    )


def shown_row(row: Any, period_ns: int) -> dict[str, Any]:
    """Return a bar as people read it: time, prices, volume, and dividend or flags where it has some."""
    shown: dict[str, Any] = {"time": format_ns(int(row["ts_ns"]), period_ns)}
    for name in ("open", "high", "low", "close", "volume", "dividend", "flags"):
        value = row[name].item()
        if name not in ("dividend", "flags") or value:
            shown[name] = value
    return shown


def shown_ticks(ticks: Ticks) -> tuple[dict[str, Any], ...]:
    """Return ticks as people read them: the time to the millisecond, then each column by name."""
    moments = np.datetime_as_string(ticks.ts_ns.astype("datetime64[ns]"), unit="ms").tolist()
    columns = {name: values.tolist() for name, values in ticks.columns.items() if name != "receipt_ns"}
    rows: list[dict[str, Any]] = [{"time": moment.replace("T", " ")} for moment in moments]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return tuple(rows)
