"""Replay a journal and say whether every decision is reproduced."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import write

SUMMARY = "repeat a journaled run, and show that every command is the same"
EXAMPLES = """\
examples:
  tenfold replay                                         the newest run that traded on paper
  tenfold replay run-3                                   a run of the journal in the home folder
  tenfold replay journal.db                              the newest run in a file
  tenfold replay journal.db run-1
  tenfold replay postgresql://user@host/tenfold run-1
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "journal",
        nargs="?",
        default="",
        metavar="FILE_OR_URL",
        help="what `--journal` has written, by default journal.db of the home folder",
    )
    parser.add_argument("name", nargs="?", default="", metavar="RUN", help="a run of it, by default the newest")
    parser.add_argument("--capture", metavar="FOLDER", help="hold the raw market data there against the journal too")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Replay, and write what was found; 1 where a command differs."""
    from tenfold.app.replay import located, replay

    found = replay(*located(options.journal, options.name), options.capture)
    write(options, found, found.lines())
    return 0 if found.same else 1
