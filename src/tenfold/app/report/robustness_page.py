"""Write the dossier of robustness: one HTML file that needs nothing else and asks for nothing from outside."""

from pathlib import Path

import numpy as np

from tenfold.app.formatting import formatted, percent, ratio
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, joined
from tenfold.app.report.page import SYNTHETIC, data_section, tile
from tenfold.app.report.research_paths import path_section
from tenfold.app.report.research_plateaus import plateau_section
from tenfold.app.report.research_robustness import robustness_section
from tenfold.app.report.robustness_scenarios import scenario_section
from tenfold.app.report.robustness_trading import entry_section, made_section, trading_section
from tenfold.app.writing import write_whole
from tenfold.domain.bars import Bars
from tenfold.domain.units import format_ns
from tenfold.research.dossier import Dossier


def write_robustness_page(dossier: Dossier, bars: Bars, path: Path, *, title: str = "") -> Path:
    """Write the dossier of a run on `bars` to `path`, whole or not at all, and return where it is."""
    return write_whole(path, robustness_page(dossier, bars, title=title).encode())


def robustness_page(dossier: Dossier, bars: Bars, *, title: str = "") -> str:
    """Return the dossier of a run on `bars` as one HTML document."""
    document = Document(ts_ns=bars.ts_ns, period_ns=bars.period_ns)
    name = f"Robustness of {title or _few(dossier.names)}"
    body = joined(
        (
            _header(dossier, bars, name),
            robustness_section(dossier),
            scenario_section(dossier, document),
            path_section(dossier, document),
            trading_section(dossier, document),
            entry_section(dossier, document),
            plateau_section(dossier, document) if dossier.neighbourhoods else "",
            data_section(bars),
            made_section(dossier),
        )
    )
    return document.html(name, body)


def _few(names: tuple[str, ...], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _header(dossier: Dossier, bars: Bars, name: str) -> Markup:
    first, last = (format_ns(int(bars.ts_ns[i]), bars.period_ns) for i in (0, -1))
    low = float(np.quantile(dossier.scenario_fan.sharpe, 0.05))
    entry = dossier.random_entry
    tiles = (
        ("Robustness", ratio(dossier.score.total), "of 1", "The score of the scenarios: its parts and weights stand below."),
        ("Sharpe", ratio(dossier.sharpe), "of the run itself", "The annual Sharpe ratio of the run, net, that is examined here."),
        ("Scenarios, 5 %", ratio(low), "Sharpe ratio", "One scenario in twenty has a lower Sharpe ratio."),
        ("Fail", percent(dossier.failure_rate, 1), "of scenarios", "They lose, or fall by more than 30 % at 10 % volatility a year."),
        ("At random", formatted(entry.p, "probability") if entry else "–", "does as well", "How likely entering at random does as well as the vote."),
        ("Break-even", f"{dossier.costs.break_even_bps:.1f} bp" if np.isfinite(dossier.costs.break_even_bps) else "–",
         f"paid {dossier.costs.paid_bps:.1f} bp" if np.isfinite(dossier.costs.paid_bps) else "nothing paid",
         "Costs a side, in basis points, at which nothing is left."),
    )  # fmt: skip
    return element(
        "header",
        element("h1", name),
        element("p", f"{_few(dossier.symbols, 8)} · {first} to {last} · {len(bars):,} bars", class_="facts"),
        element("p", SYNTHETIC, class_="banner") if "synthetic" in f"{bars.label} {dossier.label}".lower() else "",
        element("p", verdict(dossier), class_="headline"),
        element("div", joined(tile(*one) for one in tiles), class_="tiles wide"),
    )


def verdict(dossier: Dossier) -> str:
    """Return what the dossier says, in a sentence or two."""
    if not dossier.returns.any():
        return "It never traded, so nothing can be said about it."
    held = sum(check.passed for check in dossier.checks)
    entry = dossier.random_entry
    timing = (
        "its timing cannot be told from chance"
        if entry is None or entry.p > 0.05
        else "its timing is better than chance"
    )
    asked = f"{held} of {len(dossier.checks)} thresholds hold" if held else "none of the thresholds holds"
    return f"Over {len(dossier.scenarios.sharpe):,} scenarios {asked}; {timing}, and {_cost_verdict(dossier)}."


def _cost_verdict(dossier: Dossier) -> str:
    paid, even = dossier.costs.paid_bps, dossier.costs.break_even_bps
    if not even > 0.0:
        return "it would not earn anything even if trading were free"
    if even <= paid:
        return "what it pays to trade is more than it earns"
    return (
        f"it could pay {even / paid:.1f} times what it pays to trade"
        if paid > 0.0
        else f"it could pay {even:.1f} basis points a side"
    )
