"""Write the report of a run."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import write

SUMMARY = "write a kept run as one self-contained HTML file, or as JSON or Parquet"
EXAMPLES = """\
examples:
  tenfold report                              the last run, as report.html
  tenfold report 20260105-093000-crossing -o crossing.html --open
  tenfold report --format parquet -o run/     equity, fills, trades and votes as tables
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", metavar="RUN", help="a run of `tenfold runs list`; the last one by default")
    parser.add_argument("-o", "--output", metavar="PATH", help="where to write")
    parser.add_argument("--format", choices=["html", "json", "parquet"], default="html", help="html by default")
    parser.add_argument("--open", action="store_true", help="open it where there is a display")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Write the report and say where."""
    from tenfold.app.browser import show
    from tenfold.app.runs import export_run

    path = export_run(options.name, options.format, options.output)
    opened = options.open and show(path)
    write(options, {"report": str(path), "opened": opened}, [f"report: {path}"])
    return 0
