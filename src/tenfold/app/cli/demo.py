"""Show the main job on real data."""

from argparse import ArgumentParser, Namespace

from tenfold.app.cli.output import note, write
from tenfold.app.cli.progress import compiling

SUMMARY = "ten strategies vote over real daily data; writes the report"
EXAMPLES = """\
examples:
  tenfold demo
  tenfold demo --open -o demo.html
"""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("-o", "--output", default="reports/demo.html", metavar="FILE", help="where the report goes")
    parser.add_argument("--open", action="store_true", help="open the report where there is a display")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run the demo, write its report and say where it is."""
    from tenfold.app.browser import show
    from tenfold.app.demo import run_demo
    from tenfold.app.wiring import clock

    watch = clock()
    start_ns = watch.monotonic_ns()
    with compiling():
        result = run_demo(note)
    path = result.report(options.output)
    result.save("demo")
    seconds = (watch.monotonic_ns() - start_ns) / 1e9
    opened = options.open and show(path)
    summary = result.summary()
    lines = [repr(summary), "", f"report: {path.resolve()}" + (" (opened)" if opened else ""), f"took {seconds:.1f} s"]
    write(options, {"summary": summary, "report": str(path), "seconds": seconds}, lines)
    return 0
