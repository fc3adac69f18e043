"""Tabulate what a result rests on: limits that bound, breakers that tripped, data, settings and definitions."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import UNDEFINED, money, number, percent
from tenfold.app.report.markup import Cell, Markup, element, joined, table
from tenfold.app.report.returns import signed
from tenfold.app.summary import Summary
from tenfold.domain.units import format_ns
from tenfold.metrics.definitions import GROUPS

_LOSSES: Final = frozenset({"daily_loss", "drawdown", "maintenance", "ruin", "halt"})
"""Breakers that measure fractions of equity."""


def limit_table(analysis: Analysis) -> Markup:
    """Return how often each limit cut or refused an order."""
    limits = analysis.run.rules.limits
    levels = {
        "position": limits.position_frac_max,
        "gross": limits.gross_frac_max,
        "leverage": analysis.run.rules.account.leverage_max,
        "net": limits.net_frac_max,
        "margin": limits.margin_frac_min,
        "concentration": limits.concentration_max,
        "collar": limits.collar_frac_max,
    }
    told = {name: percent(level) for name, level in levels.items() if level is not None}
    if limits.positions_max is not None:
        told["positions"] = str(limits.positions_max)
    if limits.correlation_max is not None:
        told["correlation"] = number(limits.correlation_max)
    rows = [
        [rule.replace("_", " "), told.get(rule, "none" if rule in levels else UNDEFINED), f"{count:,}"]
        for rule, count in analysis.run.bindings.items()
    ]
    return table(["Limit", "Level", "Orders cut or refused"], rows, class_="narrow")


def trip_table(analysis: Analysis, without: NDArray[np.float64] | None) -> Markup:
    """Return each breaker trip with the change of equity from it to its reset, and what it would have been without."""
    run = analysis.run
    rows = []
    for trip in run.trips:
        start = int(np.searchsorted(run.bars.ts_ns, trip.ts_ns))
        stop = len(run.bars) - 1 if trip.reset_ns is None else int(np.searchsorted(run.bars.ts_ns, trip.reset_ns))
        start, stop = min(start, len(run.bars) - 1), min(stop, len(run.bars) - 1)
        other: object = UNDEFINED
        if without is not None:
            other = signed(float(without[stop] - without[start]))
        rows.append(
            [format_ns(trip.ts_ns, run.bars.period_ns), f"{trip.rule.replace('_', ' ')}: {trip.stage}",
             *((percent if trip.rule in _LOSSES else number)(amount) for amount in (trip.value, trip.limit)),
             format_ns(trip.reset_ns, run.bars.period_ns) if trip.reset_ns is not None else "never",
             signed(float(run.equity[stop] - run.equity[start])), other]
        )  # fmt: skip
    head = ["Tripped", "Rule and step", "Measured", "Limit", "Reset", "P&L to the reset", "P&L without breakers"]
    return table(head, rows, words=2)


def settings_table(analysis: Analysis) -> Markup:
    """Return every rule of the run by its dotted name."""
    rows = [[name, Cell(shown(value), "word")] for name, value in flattened(msgspec.to_builtins(analysis.run.rules))]
    return table(["Setting", Cell("Value", "word")], rows, class_="narrow")


def quality_table(sources: Mapping[str, Any]) -> Markup:
    """Return what is known of the data: a row a symbol where that is how it is told, else a row a fact."""
    nested = {key: value for key, value in sources.items() if isinstance(value, Mapping)}
    flat = [[key, Cell(shown(value), "word")] for key, value in sources.items() if key not in nested]
    parts = [table(["Fact", Cell("Value", "word")], flat, class_="narrow")] if flat else []
    if nested:
        names = list(dict.fromkeys(name for value in nested.values() for name in value))
        rows = [[key, *(Cell(shown(value.get(name)), "word") for name in names)] for key, value in nested.items()]
        parts.append(table(["", *(Cell(str(name).replace("_", " "), "word") for name in names)], rows))
    return joined(parts)


def definition_tables(summary: Summary) -> Markup:
    """Return every metric with its value and definition, a table a group."""
    return joined(
        element("h3", group)
        + table(
            ["Metric", "Value", Cell("Definition", "word")],
            [
                [Cell(m.label, "word", title=m.key), summary.text(m.key), Cell(m.definition, "word definition")]
                for m in metrics
            ],
            class_="definitions",
        )
        for group, metrics in GROUPS.items()
    )


def flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted names and values of nested mappings."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def shown(value: Any) -> str:
    """Return any value as short text."""
    match value:
        case None:
            written = "none"
        case bool():
            written = "yes" if value else "no"
        case int() | np.integer():
            written = f"{int(value):,}"
        case float() | np.floating():
            size = abs(float(value))
            written = money(float(value)) if size >= 1000.0 else number(float(value)) if size >= 1.0 else f"{value:g}"
        case Mapping():
            written = ", ".join(f"{key} {shown(inner)}" for key, inner in value.items()) or "none"
        case list() | tuple() | set() | frozenset():
            written = ", ".join(shown(inner) for inner in value) or "none"
        case _:
            written = str(value)
    return written
