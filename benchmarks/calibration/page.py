"""Summarise what was measured: the figures that are kept, and the page of the documentation."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from calibration.rates import CURVES, OPEN, Row, alone, by_group, curve, fresh, passes, rate

from tenfold.research.gates import Gates

NOISE_MAX, DRIFT_MAX, FRESH_MIN, SECONDS_MAX = 0.05, 0.05, 0.5, 20.0
POWER_MIN = {"planted 1.0": 0.5, "planted 1.5": 0.85}

HEAD = """# Calibration

How often does a study approve noise, and how often does it find what is there? 500 markets answer: 200 without drift, 100 with
the drift of shares, and 200 in which an edge was planted whose best strategy has a known Sharpe ratio. On each of them the whole study runs
as it ships: 2,000 trials over all families, a walk forward of six windows, the gates.

This page is written by `make calibrate`, which goes on where it was interrupted. Seeds and rates are in
`benchmarks/calibration.json`.
"""


def summary(rows: Sequence[Row], gates: Gates, about: dict[str, Any]) -> dict[str, Any]:
    """Return the figures that are kept."""
    groups = by_group(rows, gates)
    planted = {group: [row for row in rows if row["group"] == group] for group in POWER_MIN}
    kinds = [
        {"group": group, "kind": kind, "symbols": symbols, "seeds": _span(part),
         **rate(passes(row, gates) for row in part), "oos_sharpe": round(float(np.mean([row["oos_sharpe"] for row in part])), 3),
         "dsr": _quantiles(part, "dsr"), "oos_psr": _quantiles(part, "oos_psr")}
        for (group, kind, symbols), part in _kinds(rows).items()
    ]  # fmt: skip
    freshly = {group: fresh(part, gates) for group, part in planted.items()}
    return {
        **about,
        "gates": msgspec.to_builtins(gates),
        "rates": groups,
        "fresh": freshly,
        "claims": _claims(rows, groups, freshly),
        "kinds": kinds,
        "alone": alone(rows, gates),
        "honest": _honest([row for row in rows if row["group"] == "noise"]),
        "curves": {gate: curve(rows, OPEN, gate) for gate in CURVES},
        "around": {gate: curve(rows, gates, gate) for gate in CURVES},
        "seconds": {name: round(float(np.quantile([_seconds(row) for row in rows], q)), 1)
                    for name, q in (("median", 0.5), ("most", 1.0))},
    }  # fmt: skip


def _claims(rows: Sequence[Row], groups: dict[str, Any], freshly: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what must hold, each with what was measured."""
    found = [
        ("noise that is approved", groups["noise"]["rate"], "<=", NOISE_MAX),
        ("markets with drift that are approved", groups["drift"]["rate"], "<=", DRIFT_MAX),
        *((f"{group}: edges that are approved", groups[group]["rate"], ">=", least) for group, least in POWER_MIN.items()),
        *((f"{group}: Sharpe ratio on fresh years over that of the best strategy", one.get("quotient", 0.0), ">=", FRESH_MIN)
          for group, one in freshly.items()),
        ("seconds of the slowest market, where a core is its own", max(map(_seconds, rows)), "<=", SECONDS_MAX),
    ]  # fmt: skip
    return [
        {
            "what": what,
            "value": value,
            "sense": sense,
            "limit": limit,
            "met": value <= limit if sense == "<=" else value >= limit,
        }
        for what, value, sense, limit in found
    ]


def _honest(noise: Sequence[Row]) -> dict[str, float]:
    """Return what noise shows where a number is what it says."""

    def share(name: str, far: float, above: bool) -> float:
        return round(float(np.mean([row[name] is not None and (row[name] >= far) == above for row in noise])), 3)

    oos = np.array([row["oos_sharpe"] for row in noise])
    return {
        "oos_sharpe": round(float(oos.mean()), 3),
        "error": round(float(oos.std(ddof=1) / np.sqrt(len(oos))), 3),
        "oos_psr_95": share("oos_psr", 0.95, above=True),
        "dsr_95": share("dsr", 0.95, above=True),
        "superiority_05": share("superiority_p", 0.05, above=False),
        "pbo": round(float(np.mean([row["pbo"] for row in noise if row["pbo"] is not None])), 3),
    }


def _kinds(rows: Sequence[Row]) -> dict[tuple[str, str, int], list[Row]]:
    kinds: dict[tuple[str, str, int], list[Row]] = {}
    for row in rows:
        kinds.setdefault((row["group"], row["kind"], row["symbols"]), []).append(row)
    return dict(sorted(kinds.items()))


def _seconds(row: Row) -> float:
    """Return the processor time of a market: on a busy machine the clock on the wall measures the others."""
    return float(row.get("cpu_seconds", row["seconds"]))


def _span(part: Sequence[Row]) -> list[int]:
    seeds = [row["seed"] for row in part]
    return [min(seeds), max(seeds)]


def _quantiles(part: Sequence[Row], name: str) -> list[float]:
    values = [0.0 if row[name] is None else row[name] for row in part]
    return np.round(np.quantile(values, [0.05, 0.5, 0.95]), 3).tolist()


def page(figures: dict[str, Any]) -> str:
    """Return the page as Markdown."""
    lines = [HEAD, "## What must hold", "", "| what | measured | must be | holds |", "|---|--:|--:|---|"]
    lines += [
        f"| {one['what']} | {one['value']:.3g} | {one['sense']} {one['limit']:g} | {'yes' if one['met'] else '**no**'} |"
        for one in figures["claims"]
    ]
    lines += ["", "| markets | approved | of | share | 95 % interval |", "|---|--:|--:|--:|---|"]
    lines += [
        f"| {group} | {one['approved']} | {one['of']} | {one['rate']:.1%} | {one['low']:.1%} to {one['high']:.1%} |"
        for group, one in figures["rates"].items()
    ]
    lines += ["", *EXPLAINED, "", "## The gates that ship", "", *_gates(figures["gates"]), "", *TRADED]
    lines += ["", "## Each gate alone", "", *_alone(figures["alone"]), "", *_told(figures["honest"])]
    lines += ["", "## On fresh years", "", *_fresh(figures["fresh"])]
    lines += ["", "## By kind of market", "", *_table(figures["kinds"]), "", *MARKETS]
    lines += [
        "",
        f"Measured {figures['date']} at revision {figures['revision']}; {figures['seconds']['median']} s a market in the median, "
        f"{figures['seconds']['most']} s at most.",
    ]
    return "\n".join(lines) + "\n"


EXPLAINED = (
    "Intervals are those of Clopper and Pearson. A market is approved where every gate is passed; `oos_sharpe` and `oos_psr` look at the tests of the "
    "walk forward, `dsr` at the final ensemble on all data given every trial of the study.",
)
TRADED = (
    "![Edges that are approved over noise that is approved](../images/calibration.svg)",
    "",
    "Each coloured line moves the threshold of one gate, alone, from loose to strict (right to left); the dashed one moves that of the deflated Sharpe "
    "ratio with the other gates as shipped. The shaded corner is what must be reached.",
    "",
    "What the picture says: the record out of sample and a strict probability of overfitting separate best, each alone; the deflated Sharpe ratio adds "
    "little, since each study here is the first on its data. It is there for the hundredth study on the same data, whose tests have been seen "
    "ninety-nine times. The probability of overfitting and Hansen's p are taken over one trial of each cluster: what was "
    "chosen on the same data is left out, or both would lie too low.",
)
MARKETS = (
    "## How the markets are made",
    "",
    "- **Noise**: random walks and GARCH(1,1), some with Student's t of 5 degrees, volatilities from 10 % to 40 %; and real bars "
    "(S&P 500, NASDAQ, AAPL, IBM, MSFT, WTI; six of twenty large companies) whose blocks of one bar, or of 300, were put in another order, "
    "the shape of each bar kept, the mean log return of each symbol taken out. Inside a block of 300 bars stays what the real series has, so "
    "that an approval there need not be false.",
    "- **Drift**: random walks and GARCH whose index has a Sharpe ratio between 0.3 and 0.8. The approval would be false: nothing "
    "but the market itself is there to earn.",
    "- **Planted**: eight kinds of edge (`tenfold.market.planted`), 20 years of days, at the strength at which the best strategy of all "
    "families has a net Sharpe ratio of 1.0 or 1.5 over 80 markets of 20 years (`tenfold.market.strengths`, solved by "
    "`benchmarks/calibration/solve.py`).",
    "- **Fresh**: 20 further years of the same generator, traded by the ensemble that was approved and by that best strategy.",
    "",
    "Thresholds were chosen on markets of other seeds (`--seeds`), so that these markets judge them and did not make them.",
)


def _gates(gates: dict[str, Any]) -> list[str]:
    return [
        "| gate | threshold |",
        "|---|--:|",
        *(f"| `{name}` | {'off' if value is None else value} |" for name, value in gates.items()),
    ]


def _alone(gates: dict[str, dict[str, float]]) -> list[str]:
    """Return the share of each group that each gate would let through, were it the only one."""
    groups = sorted(next(iter(gates.values())))
    return [
        f"| gate | {' | '.join(groups)} |",
        f"|---|{'--:|' * len(groups)}",
        *(f"| `{gate}` | {' | '.join(f'{found[group]:.0%}' for group in groups)} |" for gate, found in gates.items()),
    ]


def _told(honest: dict[str, float]) -> list[str]:
    return [
        "Is each number what it says? On noise:",
        "",
        f"- The Sharpe ratio out of sample is {honest['oos_sharpe']:+.3f} on average (standard error {honest['error']:.3f}): were the future "
        "known anywhere in the search, it would be above zero.",
        f"- The probabilistic Sharpe ratio out of sample is at least 0.95 on {honest['oos_psr_95']:.1%} of the markets, where 5 % is right.",
        f"- The deflated Sharpe ratio of the final ensemble is at least 0.95 on {honest['dsr_95']:.1%}. It discounts the best of many "
        "trials; an ensemble of several that were chosen is a little more than that.",
        f"- Hansen's test says at most 0.05 on {honest['superiority_05']:.1%}, where 5 % is right.",
        f"- The probability of overfitting is {honest['pbo']:.2f} on average; of columns without any skill it is 0.5.",
    ]


def _table(kinds: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        "| group | kind | symbols | approved | of | mean Sharpe ratio out of sample | DSR: 5 %, median, 95 % | PSR out of sample: 5 %, median, 95 % |",
        "|---|---|--:|--:|--:|--:|---|---|",
    ]
    for one in kinds:
        dsr, psr = (", ".join(f"{value:.2f}" for value in one[name]) for name in ("dsr", "oos_psr"))
        lines.append(
            f"| {one['group']} | {one['kind'].replace('_', ' ')} | {one['symbols']} | {one['approved']} | {one['of']} "
            f"| {one['oos_sharpe']:+.2f} | {dsr} | {psr} |"
        )
    return lines


def _fresh(freshly: dict[str, dict[str, float]]) -> list[str]:
    lines = ["| fresh years | approved ensembles | their mean Sharpe ratio | that of the best strategy | quotient (standard error) |",
             "|---|--:|--:|--:|--:|"]  # fmt: skip
    for group, one in freshly.items():
        if one["of"]:
            lines.append(
                f"| {group} | {one['of']} | {one['ensemble']:.2f} | {one['best']:.2f} | {one['quotient']:.2f} ({one['error']:.2f}) |"
            )
    return lines
