"""List the strategies."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import table, write

SUMMARY = "list the strategies, or show one with its parameters"
EXAMPLES = """\
examples:
  tenfold strategies
  tenfold strategies crossing
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="one strategy, or a file.py")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write the strategies."""
    from tenfold.app.facade import resolve
    from tenfold.registry import STRATEGIES

    if options.name is None:
        found = [
            {"name": name, "place": place, "summary": _first_line(STRATEGIES.load(name))}
            for name, place in sorted(STRATEGIES.places.items())
        ]
        write(options, found, table(("name", "what it does"), [(one["name"], one["summary"]) for one in found]))
        return 0
    fold = resolve(options.name)
    columns = ("parameter", "kind", "low", "high", "default")
    rows = [(name, type(p).__name__.lower(), p.low, p.high, p.initial) for name, p in fold.parameters.items()]
    parameters = [dict(zip(columns, row, strict=True)) for row in rows]
    lines = [fold.name, "", fold.doc, "", *(table(columns, rows) if rows else ["no parameters"])]
    write(options, {"name": fold.name, "panel": fold.panel, "text": fold.doc, "parameters": parameters}, lines)
    return 0


def _first_line(fold: object) -> str:
    return str(getattr(fold, "doc", "")).partition("\n")[0]
