"""Stop a run that trades, from another terminal."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import write

SUMMARY = "stop entries, cancel what works and close all positions of a run that trades"
EXAMPLES = """\
examples:
  tenfold halt --reason "news"                           the run that is traded, of journal.db in the home folder
  tenfold halt paper-3 --journal paper.db --reason "odd fills" --operator ann
  tenfold halt --journal postgresql://user@host/tenfold --reason "maintenance"

The engine acts on it within a second and stays halted until `tenfold resume`. Exit code 1 where no engine has answered yet: the
word is kept, and counts as soon as one reads it.
"""


def declare_run(parser: ArgumentParser) -> None:
    """Declare which run is meant, who speaks, and how long to wait."""
    parser.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="RUN",
        help="a run of the journal, by default the one that is traded, else the newest",
    )
    parser.add_argument("--journal", default="", metavar="FILE_OR_URL", help="by default journal.db of the home folder")
    parser.add_argument(
        "--operator", default="", metavar="NAME", help="who says so, by default the user of this machine"
    )
    parser.add_argument("--wait", type=float, default=2.0, metavar="SECONDS", help="wait so long for an answer (2)")


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    declare_run(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why; the journal keeps it")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Post the halt; 1 where nobody has acted on it."""
    from tenfold.app.operating import halt

    found = halt(options.journal, options.name, reason=options.reason, operator=options.operator, wait_s=options.wait)
    write(options, found, found.lines())
    return 0 if found.taken else 1
