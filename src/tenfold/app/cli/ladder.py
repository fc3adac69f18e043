"""Show where a strategy stands between research and trading with money, and what is missing."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import write

SUMMARY = "where a strategy stands on the way to trading with money, and what is missing"
EXAMPLES = """\
examples:
  tenfold ladder                                         the newest run of journal.db in the home folder
  tenfold ladder ensemble.toml                           what its study shows
  tenfold ladder paper-3 --journal paper.db
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "source", nargs="?", default="", metavar="RUN", help="a run of the journal (the newest), or an ensemble.toml"
    )
    parser.add_argument("--journal", default="", metavar="FILE_OR_URL", help="by default journal.db of the home folder")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write a line for each stage."""
    from tenfold.app.ladder import ladder

    found = ladder(options.source, options.journal)
    write(options, found, found.lines())
    return 0
