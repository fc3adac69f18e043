"""Say how robust an ensemble is by its dossier: the score, the thresholds asked for, and what a reader must know."""

from tenfold.app.formatting import formatted, percent
from tenfold.app.report.markup import Cell, Markup, element, joined, section, table
from tenfold.app.report.research_paths import cost_words
from tenfold.research.dossier import Dossier


def robustness_section(dossier: Dossier) -> Markup:
    """Return the score with its parts, each threshold, and the dossier in words."""
    score = dossier.score
    said = [
        f"It scores {formatted(score.total, 'ratio')} of 1 over {len(dossier.scenarios.sharpe):,} scenarios of volatility, costs, latency, "
        f"trends and shocks; {percent(dossier.failure_rate, 1)} of them fail.",
        cost_words(dossier),
        _random_words(dossier),
        *dossier.notes,
    ]
    parts = (
        ("Sharpe ratio of the worse quarter", 0.35, score.quartile),
        ("Steadiness", 0.25, score.steadiness),
        ("Drawdown", 0.25, score.drawdown),
        ("Not losing", 0.15, score.sign),
    )
    rows = [
        [name, f"{weight:.2f}", formatted(part, "ratio"), formatted(weight * part, "ratio")]
        for name, weight, part in parts
    ]
    rows.append([Cell("Score", "word total"), "1.00", "", Cell(formatted(score.total, "ratio"), "number total")])  # type: ignore[list-item]
    asked = [
        [
            Cell("✓ holds" if check.passed else "✗ fails", f"word call {'gain' if check.passed else 'loss'}"),
            Cell(check.words, "word"),
        ]
        for check in dossier.checks
    ]
    return section(
        "robustness",
        "Robustness",
        element("ul", joined(element("li", one) for one in said), class_="said"),
        table(["Part", "Weight", "From 0 to 1", "Adds"], rows, class_="narrow"),
        table(["Asked for", Cell("In words", "word")], asked),
        lead="What a threshold asks for is shown either way; it gates only where the gates say so.",
    )


def _random_words(dossier: Dossier) -> str:
    entry = dossier.random_entry
    if entry is None:
        return "The vote never took a side, so it cannot be held against entering at random."
    chance = formatted(entry.p, "probability")
    return (
        f"Entering at random, as often, for as long and on the same sides, does as well with probability {chance}: the best of "
        f"{len(entry.sharpe):,} had a Sharpe ratio of {formatted(float(entry.sharpe.max()), 'ratio')}, this one {formatted(entry.own, 'ratio')}."
    )
