"""Hold each gate of a study beside what was found."""

from typing import Any, Final

import msgspec

from tenfold.app.formatting import formatted
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.metrics.definitions import Form
from tenfold.research.gates import Check
from tenfold.research.result import StudyResult

GATES: Final[dict[str, tuple[str, Form]]] = {
    "quality_min": ("Quality of the data, 0 to 100", "count"),
    "members_min": ("Members", "count"),
    "consistency_min": ("Lowest regime consistency of a member", "ratio"),
    "correlation_max": ("Highest correlation of two members", "ratio"),
    "oos_sharpe_min": ("Sharpe ratio out of sample", "ratio"),
    "excess_min": ("Sharpe ratio above buy and hold", "ratio"),
    "oos_psr_min": ("Chance that it is above 0 in truth", "probability"),
    "dsr_min": ("Deflated Sharpe ratio", "probability"),
    "pbo_max": ("Probability of backtest overfitting", "percent"),
    "superiority_p_max": ("p-value against buy and hold", "probability"),
    "robustness_min": ("Robustness", "ratio"),
    "track_record": ("Length of the record", "text"),
}
"""What each gate is called, and how its numbers are written; a text is a yes or no."""


def gate_name(gate: str) -> str:
    """Return what a gate is called."""
    return GATES[gate][0] if gate in GATES else gate.replace("_", " ").capitalize()


def gate_phrase(gate: str) -> str:
    """Return what a gate is called inside a sentence; a name keeps its capital."""
    name = gate_name(gate)
    return name if name.startswith("Sharpe") else name[0].lower() + name[1:]


def found_words(check: Check) -> str:
    """Return what was found, as text; more of its digits where it failed and would read as what was needed."""
    found = _written(check.gate, check.found)
    alike = not check.passed and found == _written(check.gate, check.threshold)
    return f"{check.found:.8g}" if alike and _form(check.gate) != "text" else found


def needed_words(check: Check) -> str:
    """Return what was needed, as text."""
    least = check.gate.endswith("_min") or (
        not check.gate.endswith("_max") and check.passed == (check.found >= check.threshold)
    )
    sign = "" if _form(check.gate) == "text" else "at least " if least else "at most "
    return sign + _written(check.gate, check.threshold)


def _form(gate: str) -> Form:
    return GATES[gate][1] if gate in GATES else "decimal"


def _written(gate: str, value: float) -> str:
    if _form(gate) == "text":
        return "enough" if value >= 1.0 else "not enough"
    return formatted(value, _form(gate))


def gate_section(result: StudyResult) -> Markup:
    """Return each gate: what was found, what was needed, whether it passed, and the sentence that says so."""
    rows = [_row(check) for check in result.checks]
    asked = {check.gate for check in result.checks}
    given: dict[str, Any] = msgspec.to_builtins(result.gates)
    left = [gate_phrase(name) for name, threshold in given.items() if threshold is None and name not in asked]
    head = ["Gate", Cell("Verdict", "word"), "Found", "Needed", Cell("In words", "word")]
    parts: list[object] = [table(head, rows)]
    if left:
        parts.append(element("p", f"Not asked for: {', '.join(left)}.", class_="note"))
    passed = sum(check.passed for check in result.checks)
    lead = f"{passed} of {len(result.checks)} passed. One that fails is enough: then nothing is approved."
    return section("gates", "The gates", *parts, lead=lead)


def _row(check: Check) -> list[object]:
    mark = ("✓ passed", "word call gain") if check.passed else ("✗ failed", "word call loss")
    found = Cell(found_words(check), "number total" if check.passed else "number total loss")
    return [gate_name(check.gate), Cell(*mark), found, needed_words(check), Cell(check.words, "word definition names")]
