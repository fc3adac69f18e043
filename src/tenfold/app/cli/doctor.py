"""Show what this installation stands on."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import table, write

SUMMARY = "show Python, dependencies, disk, clock, data, and the map of modules"
EXAMPLES = """\
examples:
  tenfold doctor
  tenfold doctor --modules        every package with what it depends on
  tenfold doctor --json

The exit code is 1 where something is missing.
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--modules", action="store_true", help="show every module with what it depends on")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Examine and write."""
    from tenfold.app.doctor import examine
    from tenfold.app.modules import dependencies

    if options.modules:
        found = dependencies()
        lines = [f"{name:<36} {', '.join(inner) or '-'}" for name, inner in found.items()]
        write(options, found, lines)
        return 0
    findings = examine()
    rows = [("ok" if finding.healthy else "BAD", finding.subject, finding.text) for finding in findings]
    write(options, findings, table(("", "what", "found"), rows)[1:])
    return 0 if all(finding.healthy for finding in findings) else 1
