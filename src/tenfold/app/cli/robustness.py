"""Examine how robust a strategy or an ensemble is."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from tenfold.app.cli.options import (
    add_market,
    add_params,
    add_rules,
    market_of,
    member_params,
    params_of,
    rules_of,
    settings_of,
)
from tenfold.app.cli.output import note, table, write
from tenfold.app.cli.progress import compiling, progress

if TYPE_CHECKING:
    from tenfold.research.dossier import Dossier, Spread

SUMMARY = (
    "examine a strategy or an ensemble under scenarios, on resampled prices, with dearer costs and other parameters"
)
EXAMPLES = """\
examples:
  tenfold robustness crossing SPY -p fast=20 -p slow=100
  tenfold robustness crossing,channel,calm SPY --report robustness.html
  tenfold robustness ensemble.toml --sample us-large-caps
  tenfold robustness crossing SPY --scenarios 200 --seed 7 --json

The score and the thresholds are told, and decide nothing: `tenfold research` has the gates.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "strategy",
        metavar="STRATEGY",
        help="a name, a file.py, file.py:name, or several with commas; or an ensemble.toml",
    )
    add_market(parser)
    add_params(parser)
    add_rules(parser)
    parser.add_argument(
        "--scenarios", type=int, default=1000, metavar="N", help="stratified scenarios, 1000 by default"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all that is drawn, 0 by default")
    parser.add_argument("--workers", type=int, metavar="N", help="threads to use, one a core by default")
    parser.add_argument("--report", metavar="FILE", help="also write everything as one HTML file")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Examine, and write what was found."""
    from tenfold.app.ensemble import Ensemble
    from tenfold.app.examining import examine
    from tenfold.app.facade import resolve
    from tenfold.domain.errors import ParameterError

    if options.workers is not None and options.workers < 1:
        raise ParameterError(f"--workers is {options.workers}, expected at least 1")
    settings = settings_of(options)
    strategies = options.strategy.split(",")
    alone = len(strategies) == 1
    chosen: Any = resolve(strategies[0]) if alone else strategies
    bars = market_of(options)
    with compiling(), progress("examining") as report:
        found = examine(
            chosen,
            bars,
            params=params_of(options.param) if alone else member_params(options.param, strategies),
            rules=rules_of(options, chosen.rules) if isinstance(chosen, Ensemble) else settings.rules_in_force,
            seed=options.seed,
            scenarios=options.scenarios,
            threads=options.workers,
            progress=report,
        )
    write(options, summary(found), lines(found))
    if options.report:
        from pathlib import Path

        from tenfold.app.report.robustness_page import write_robustness_page

        note(f"report: {write_robustness_page(found, bars, Path(options.report), title=', '.join(strategies))}")
    return 0


def summary(found: "Dossier") -> dict[str, Any]:
    """Return what programs read of a dossier: every figure but the paths themselves."""
    entry = found.random_entry
    return {
        "members": list(found.names),
        "symbols": list(found.symbols),
        "label": found.label,
        "seed": found.seed,
        "sharpe": found.sharpe,
        "annual_return": found.annual_return,
        "max_drawdown": found.drawdown,
        "score": {name: getattr(found.score, name) for name in ("total", "quartile", "steadiness", "drawdown", "sign")},
        "failure_rate": found.failure_rate,
        "checks": list(found.checks),
        "paths": {spread.name: _quantiles(spread) for spread in found.spreads},
        "neighbours": {
            near.member: {"own": near.own, "median": near.median, "low": near.low} for near in found.neighbourhoods
        },
        "random_entry": None if entry is None else {"own": entry.own, "p": entry.p},
        "costs": {
            "paid_bps": found.costs.paid_bps,
            "break_even_bps": found.costs.break_even_bps,
            "multiples": found.costs.multiples.tolist(),
            "sharpe": found.costs.sharpe.tolist(),
        },
        "latency": {"bars_late": found.latency.bars_late.tolist(), "sharpe": found.latency.sharpe.tolist()},
        "notes": list(found.notes),
    }


def lines(found: "Dossier") -> list[str]:
    """Return what a person reads of a dossier."""
    rows = [(one.name, len(one.sharpe), *_row(one)) for one in found.spreads]
    near = [(one.member, one.own, one.median, one.low) for one in found.neighbourhoods]
    entry, costs = found.random_entry, found.costs
    told = [
        f"robustness {found.score.total:.2f} of 1 over {len(found.scenarios.sharpe):,} scenarios; Sharpe ratio of the run itself "
        f"{found.sharpe:.2f}",
        *(f"  {'holds' if check.passed else 'fails'}: {check.words}" for check in found.checks),
        "",
        *table(["paths", "number", "Sharpe 5 %", "median", "95 %", "below 0", "drawdown 95 %"], rows),
        "",
    ]
    if near:
        told += [*table(["parameters near", "itself", "median", "5 % below"], near), ""]
    if entry is not None:
        told.append(f"entering at random does as well with probability {entry.p:.3f}")
    told.append(f"costs paid {costs.paid_bps:.1f} bp a side; nothing is left at {costs.break_even_bps:.1f} bp")
    late = zip(found.latency.bars_late.tolist(), found.latency.sharpe.tolist(), strict=True)
    told.append("Sharpe ratio by bars late: " + ", ".join(f"{bars:g}: {sharpe:.2f}" for bars, sharpe in late))
    return [*told, *(f"note: {one}" for one in found.notes)]


def _row(spread: "Spread") -> tuple[float, ...]:
    told = _quantiles(spread)
    return tuple(
        round(told[name], 3) for name in ("sharpe_low", "sharpe_median", "sharpe_high", "below_zero", "drawdown_high")
    )


def _quantiles(spread: "Spread") -> dict[str, float]:
    import numpy as np

    low, middle, high = np.quantile(spread.sharpe, [0.05, 0.5, 0.95]).tolist()
    return {
        "paths": len(spread.sharpe),
        "sharpe_low": low,
        "sharpe_median": middle,
        "sharpe_high": high,
        "below_zero": float(np.mean(spread.sharpe < 0.0)),
        "annual_return_median": float(np.median(spread.annual_return)),
        "drawdown_median": float(np.median(spread.drawdown)),
        "drawdown_high": float(np.quantile(spread.drawdown, 0.95)),
    }
