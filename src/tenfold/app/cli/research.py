"""Search for an ensemble that survives, and say honestly where nothing does."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.app.cli.options import add_market, add_rules, market_of, rules_of, settings_of
from tenfold.app.cli.output import note, write
from tenfold.app.cli.progress import compiling, progress
from tenfold.domain.errors import SettingsError

if TYPE_CHECKING:
    from tenfold.app.ensemble import Ensemble
    from tenfold.app.study import Study
    from tenfold.domain.bars import Bars

SUMMARY = "search for at most ten strategies that survive every test; writes the evidence"
EXAMPLES = """\
examples:
  tenfold research SPY QQQ
  tenfold research --sample us-large-caps --end 2008-12-31 --out found/
  tenfold research SPY --strategy my_strategy.py --families crossing,channel
  tenfold research SPY --gates gates.toml --trials 20000 --resume
  tenfold research SPY --renew ensemble.toml               replace its worst member, if one comes through the gates
  tenfold research SPY --ray 10.0.0.5:6379                 the same search, the same result, on a cluster
  tenfold research --synthetic noise                       nothing is there: nothing must be approved
  tenfold backtest found/ensemble.toml SPY                 what was found, on data that it has not seen

Most of what looks good was lucky, so most studies end with "nothing survived": that is an answer, not an error.
Every evaluation is counted for good, by symbols and period; trying again does not make the gates easier.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_market(parser)
    parser.add_argument("--synthetic", metavar="KIND", help="a made-up market in place of symbols: noise, trend, ...")
    parser.add_argument(
        "--gates", metavar="FILE", help="what says what passes, as TOML; the gates that ship by default"
    )
    parser.add_argument("--trials", type=int, default=2000, metavar="N", help="strategies to try: 2000 by default")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything that is drawn")
    parser.add_argument("--windows", type=int, default=6, metavar="N", help="steps of the walk forward: 6 by default")
    parser.add_argument("--rolling", action="store_true", help="trains of one length, not all that went before")
    parser.add_argument(
        "--regimes",
        choices=["trend_volatility", "hidden_markov", "jump_model"],
        default="trend_volatility",
        help="how the state of the market is told",
    )
    parser.add_argument(
        "--scenarios", type=int, default=0, metavar="N", help="also examine how robust the choice is, e.g. 1000"
    )
    parser.add_argument("--families", metavar="NAMES", help="shipped strategies to search, with commas; all by default")
    parser.add_argument(
        "--strategy", action="append", default=[], metavar="FILE.py", help="a strategy of your own; may be repeated"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processors to use, all by default")
    parser.add_argument("--ray", metavar="ADDRESS", help="search on a Ray cluster, e.g. 10.0.0.5:6379")
    parser.add_argument("--out", default="research", metavar="FOLDER", help="where the files go: research/ by default")
    parser.add_argument("--renew", metavar="FILE", help="an ensemble whose worst member may be replaced")
    parser.add_argument("--resume", action="store_true", help="go on where a search into the same folder was cut off")
    add_rules(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Search, judge, write the evidence and say what became of it."""
    from tenfold.app.renewal import renewal
    from tenfold.app.study import gates_in, study

    settings = settings_of(options)
    gates = gates_in(options.gates)
    families = _families(options)
    old = _old(options)
    rules = settings.rules_in_force if old is None else rules_of(options, old.rules)
    bars = _market(options)
    many = "1 family" if len(families) == 1 else f"{len(families)} families"
    note(f"searching {many} on {len(bars):,} bars of {_named(bars.symbols)}")
    with compiling(), progress("searching") as report:
        found = study(
            bars,
            families,
            gates=gates,
            rules=rules,
            trials=options.trials,
            seed=options.seed,
            windows=options.windows,
            rolling=options.rolling,
            regimes=options.regimes,
            scenarios=options.scenarios,
            upkeep=settings.live,
            workers=options.workers,
            ray=options.ray,
            checkpoints=Path(options.out) / "checkpoints",
            resume=options.resume,
            progress=report,
        )
    files = found.save(options.out)
    told, lines = _told(found), found.lines()
    if old is not None:
        change = renewal(old, found, settings.live)
        if change.result is not None:
            files["renewed"] = found.save_ensemble(
                Path(options.out) / "renewed.toml", change.result, list(files.values())[:2], change.change.words
            )
        told["change"] = change.change
        lines += ["", f"{options.renew}: {change.change.words}"]
    told["files"] = {name: str(path) for name, path in files.items()}
    write(options, told, [*lines, "", *(f"{name}: {path}" for name, path in files.items())])
    return 0


def _old(options: Namespace) -> "Ensemble | None":
    """Return the ensemble that is to be renewed, None where there is none."""
    if options.renew is None:
        return None
    from tenfold.app.ensemble_file import load_ensemble

    return load_ensemble(options.renew)


def _market(options: Namespace) -> "Bars":
    """Return the bars to search on, real or made up."""
    if options.synthetic is None:
        return market_of(options)
    from tenfold.app.synthetic import synthetic_bars

    for name in ("sample", "start", "end", "period", "calendar", "adjust"):
        if getattr(options, name):
            raise SettingsError(f"--synthetic makes a market of its own: leave out --{name}")
    if options.symbols:
        raise SettingsError(f"--synthetic makes a market of its own: leave out {' '.join(options.symbols)}")
    return synthetic_bars(options.synthetic, seed=options.seed)


def _families(options: Namespace) -> list[Any]:
    """Return the folds to search: the shipped ones that were named, all where none was, and the user's own."""
    from tenfold.app.study import families_of

    named = None if options.families is None else [name.strip() for name in options.families.split(",") if name.strip()]
    if named == [] and not options.strategy:
        raise SettingsError("--families names nothing: give names such as crossing,channel, or leave it out")
    return [*families_of(named), *families_of(options.strategy)]


def _named(symbols: tuple[str, ...]) -> str:
    return ", ".join(symbols[:6]) + (f" and {len(symbols) - 6} more" if len(symbols) > 6 else "")


def _told(found: "Study") -> dict[str, Any]:
    """Return what programs are told."""
    result = found.result
    return {
        "approved": result.approved,
        "verdict": found.verdict(),
        "odds": result.odds,
        "gates": result.checks,
        "funnel": dict(result.funnel),
        "members": found.members.to_dicts(),
    }
