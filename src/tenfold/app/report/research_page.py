"""Write the report of a study: one HTML file by which a person can judge what survived, and what it is worth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from tenfold.app.report.document import Document
from tenfold.app.report.markup import Cell, Markup, element, joined, section, table
from tenfold.app.report.page import SYNTHETIC, data_section
from tenfold.app.report.provenance import flattened, shown
from tenfold.app.report.research_attribution import attribution_section
from tenfold.app.report.research_choice import scatter_section, size_section
from tenfold.app.report.research_equity import equity_section, step_section
from tenfold.app.report.research_funnel import family_section, funnel_section
from tenfold.app.report.research_gates import gate_section
from tenfold.app.report.research_judged import Judged, judged
from tenfold.app.report.research_members import member_section
from tenfold.app.report.research_odds import odds_section
from tenfold.app.report.research_paths import path_section
from tenfold.app.report.research_plateaus import plateau_section
from tenfold.app.report.research_regimes import regime_section
from tenfold.app.report.research_robustness import robustness_section
from tenfold.app.report.research_verdict import tiles, verdict
from tenfold.app.writing import write_whole
from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError
from tenfold.domain.rules import Rules
from tenfold.domain.units import format_ns
from tenfold.research.dossier import Dossier
from tenfold.research.result import StudyResult


def write_research_page(
    path: Path,
    result: StudyResult,
    bars: Bars,
    *,
    dossier: Dossier | None = None,
    rules: Rules | None = None,
    name: str = "",
) -> Path:
    """Write the report of a study to `path`, whole or not at all, and return where it is."""
    return write_whole(path, research_page(result, bars, dossier=dossier, rules=rules, name=name).encode())


def research_page(
    result: StudyResult, bars: Bars, *, dossier: Dossier | None = None, rules: Rules | None = None, name: str = ""
) -> str:
    """Return the report of a study over `bars`, and of its ensemble's robustness where it was looked at, as one HTML document.

    Raises `DataError` where the bars are not those that were studied.
    """
    if not np.array_equal(bars.ts_ns, result.ts_ns) or bars.symbols != result.symbols:
        raise DataError(
            f"the bars are {len(bars):,} of {', '.join(bars.symbols)}, expected the {len(result.ts_ns):,} of {', '.join(result.symbols)} "
            "that were studied; load the same data"
        )
    tests = judged(result)
    stretch = result.ts_ns[tests.start : tests.stop] if len(tests.vote) > 1 else result.ts_ns
    document = Document(ts_ns=stretch, period_ns=bars.period_ns)
    title = name or f"Research on {_few(bars.symbols)}"
    body = joined(
        (
            _header(result, bars, tests, title),
            gate_section(result),
            odds_section(result, tests, document),
            equity_section(result, tests, document),
            funnel_section(result),
            member_section(result, document),
            attribution_section(result, document),
            regime_section(result, bars, tests, document),
            scatter_section(result, document),
            size_section(result, document),
            *_robustness(dossier, document),
            step_section(result, bars.period_ns),
            family_section(result),
            data_section(bars),
            _provenance(result, rules),
        )
    )
    return document.html(title, body)


def _few(symbols: tuple[str, ...]) -> str:
    return ", ".join(symbols[:8]) + (f" and {len(symbols) - 8} more" if len(symbols) > 8 else "")


def _header(result: StudyResult, bars: Bars, tests: Judged, title: str) -> Markup:
    first, last = (format_ns(int(bars.ts_ns[i]), bars.period_ns) for i in (0, -1))
    facts = f"{_few(bars.symbols)} · {first} to {last} · {len(bars):,} bars · {result.odds.here:,} strategies tried"
    synthetic = "synthetic" in f"{bars.label} {result.label}".lower()
    return element(
        "header",
        element("h1", title),
        element("p", facts, class_="facts"),
        element("p", SYNTHETIC, class_="banner") if synthetic else "",
        verdict(result, tests),
        tiles(result, tests),
    )


def _robustness(dossier: Dossier | None, document: Document) -> tuple[Markup, ...]:
    """Return the sections of a dossier; none where there is none."""
    if dossier is None:
        return ()
    return (robustness_section(dossier), path_section(dossier, document), plateau_section(dossier, document))


def _provenance(result: StudyResult, rules: Rules | None) -> Markup:
    """Return what the study rests on: data, gates, seed, digest and whatever it noted."""
    facts: dict[str, Any] = {
        "market": result.label or "no label was given",
        "symbols": result.symbols,
        "seed": str(result.seed),
        "digest": result.digest,
    }
    for key, value in result.notes.items():
        facts |= dict(flattened(value, f"{key}.")) if isinstance(value, Mapping) else {key: value}
    facts |= dict(flattened(msgspec.to_builtins(result.gates), "gates."))
    if rules is not None:
        facts |= dict(flattened(msgspec.to_builtins(rules), "rules."))
    rows = [[key, Cell(shown(value), "word names")] for key, value in facts.items() if value != ""]
    lead = "The same data, rules, families and seed give the same result, to the digest, on any number of workers."
    listed = element("div", table(["Fact", Cell("Value", "word")], rows, class_="narrow"), class_="tall")
    return section("provenance", "What it rests on", listed, lead=lead)
