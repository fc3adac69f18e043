"""Raise a strategy to a further stage, on an operator's word."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import write
from tenfold.domain.stages import STAGES

SUMMARY = "raise a strategy by what an ensemble or a run shows, as a signed record in the journal"
EXAMPLES = """\
examples:
  tenfold promote ensemble.toml --to paper               by its study: walk forward and Monte Carlo, one gate after the other
  tenfold promote run-3 --to shadow                      by what happened on paper, in journal.db of the home folder
  tenfold promote canary-1 --to live --journal postgresql://user@host/tenfold --operator ann

Each step passes its own gate or is not made. The record is signed with the operator's key: TENFOLD_OPERATOR_KEY, else operator.key in the
home folder. Exit code 1 where the stage was not reached.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", metavar="RUN", help="a run of the journal, or an ensemble.toml")
    parser.add_argument("--to", required=True, choices=STAGES[1:], metavar="STAGE", help=", ".join(STAGES[1:]))
    parser.add_argument("--journal", default="", metavar="FILE_OR_URL", help="by default journal.db of the home folder")
    parser.add_argument(
        "--operator", default="", metavar="NAME", help="who says so, by default the user of this machine"
    )
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Promote as far as the gates open; 1 where the stage was not reached."""
    from tenfold.app.ladder import promote
    from tenfold.domain.stages import RANK

    found = promote(options.source, options.to, journal=options.journal, operator=options.operator)
    write(options, found, found.lines())
    return 0 if RANK[found.stage] >= RANK[options.to] else 1
