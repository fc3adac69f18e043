"""Show what the log of trials holds, and check that nothing was taken from it."""

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tenfold.app.cli.output import table, write

if TYPE_CHECKING:
    from tenfold.app.trials import TrialReport

SYMBOLS = 4
SUMMARY = "show how many evaluations were ever made: what the odds of every result rest on"
EXAMPLES = """\
examples:
  tenfold trials                  by family and by market, with the independent trials that they amount to
  tenfold trials verify           read every record, and check it against the one before
  tenfold trials --json

Every backtest, sweep and search is counted by itself. The exit code is 6 where the log was damaged.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the sub-command."""
    parser.set_defaults(run=show)
    commands = parser.add_subparsers(dest="action", metavar="ACTION")
    verifying = commands.add_parser(
        "verify", help="read and check every record", description="Read and check every record of the log of trials."
    )
    verifying.set_defaults(run=verify)


def show(options: Namespace) -> int:
    """Write what the log holds."""
    from tenfold.app.trials import trial_report

    report = trial_report()
    write(options, report, _lines(report) if report.evaluations else ["nothing was evaluated yet"])
    return 0


def verify(options: Namespace) -> int:
    """Write where the log ends, or end in the error that says what is wrong."""
    from tenfold.app.trials import verify_trials

    head = verify_trials()
    write(options, head, [f"the log of trials is whole: {head.records:,} records, the last is {head.digest[:16]}"])
    return 0


def _lines(report: "TrialReport") -> list[str]:
    families = [(one.family, one.trials, round(one.best_sharpe, 2), one.last) for one in report.families]
    markets = [(_named(one.symbols), one.start, one.end, one.trials, round(one.independent)) for one in report.markets]
    return [
        f"{report.trials:,} different trials in {report.evaluations:,} evaluations, {report.first} to {report.last} UTC",
        "",
        *table(("family", "trials", "best Sharpe", "last"), families),
        "",
        *table(("market", "from", "to", "trials", "independent"), markets),
        "",
        f"the log is whole: {report.head.records:,} records, the last is {report.head.digest[:16]}",
    ]


def _named(symbols: tuple[str, ...]) -> str:
    return ", ".join(symbols[:SYMBOLS]) + (f" and {len(symbols) - SYMBOLS} more" if len(symbols) > SYMBOLS else "")
