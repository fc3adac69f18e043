"""Let a halted run trade again, from another terminal."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.halt import declare_run
from tenfold.app.cli.output import write

SUMMARY = "reset the breakers of a run that was halted or has tripped"
EXAMPLES = """\
examples:
  tenfold resume                                         the run that is traded, of journal.db in the home folder
  tenfold resume paper-3 --journal paper.db --operator ann

Where `rules.limits.resume_by` names operators, no other's word counts, and a strategy that the ladder has demoted stays halted: exit code 1.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    declare_run(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Post the word; 1 where nobody has acted on it, or it has no effect."""
    from tenfold.app.operating import resume

    found = resume(options.journal, options.name, operator=options.operator, wait_s=options.wait)
    write(options, found, found.lines())
    return 0 if found.taken and not found.hindrance else 1
