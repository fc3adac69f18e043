"""List and compare kept runs."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import note, table, write

SUMMARY = "list and compare the runs that were kept"
EXAMPLES = """\
examples:
  tenfold runs list
  tenfold runs compare RUN RUN
  tenfold runs compare RUN RUN RUN --report comparison.html
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the sub-commands."""
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = commands.add_parser(
        "list", help="every run, the newest first", description="List runs, the newest first."
    )
    listing.set_defaults(run=list_runs)
    comparing = commands.add_parser("compare", help="metrics side by side", description="Show metrics side by side.")
    comparing.add_argument("names", nargs="+", metavar="RUN", help="two or more runs of `tenfold runs list`")
    comparing.add_argument("--report", metavar="FILE", help="write curves, figures and correlations as one HTML file")
    comparing.set_defaults(run=compare_runs)


def list_runs(options: Namespace) -> int:
    """Write every run."""
    from tenfold.app.runs import list_runs

    frame = list_runs()
    write(options, frame.to_dicts(), table(frame.columns, frame.rows()) if len(frame) else ["no runs are kept yet"])
    return 0


def compare_runs(options: Namespace) -> int:
    """Write the metrics of runs, one column a run."""
    from tenfold.app.runs import compare_runs, summaries

    frame = compare_runs(options.names)
    if options.report:
        from tenfold.app.comparison import compare
        from tenfold.app.runs import load

        ids = [name for name in frame.columns if name != "metric"]
        note(f"report: {compare({name: load(name) for name in ids}).report(options.report)}")
    write(options, summaries(options.names), table(frame.columns, frame.rows()))
    return 0
