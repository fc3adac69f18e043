"""Show the main job on real data, and on a made-up market where something is there to be found."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from tenfold.app.cli.output import note, write
from tenfold.app.cli.paper import screen
from tenfold.app.cli.progress import compiling, progress

if TYPE_CHECKING:
    from tenfold.app.demo import Researched
    from tenfold.app.live.facade import PaperResult

SUMMARY = "ten strategies vote over real daily data; research judges there and on a made-up market"
EXAMPLES = """\
examples:
  tenfold demo
  tenfold demo --open -o demo.html

What research approves on the made-up market then trades on the simulated exchange, live on the screen. The pages of research and the ensembles that it proposes go into a folder beside the report and of the same name.
"""


PACE = 80.0
"""Bars a second that are traded on paper where somebody watches."""


def declare(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("-o", "--output", default="reports/demo.html", metavar="FILE", help="where the report goes")
    parser.add_argument("--open", action="store_true", help="open the reports where there is a display")
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """Run the demo, write its reports and say where they are."""
    from tenfold.app.browser import show
    from tenfold.app.demo import paper_planted, research_planted, research_real, run_demo
    from tenfold.app.wiring import clock

    watch = clock()
    start_ns = watch.monotonic_ns()
    folder = Path(options.output).with_suffix("")
    with compiling():
        result = run_demo(note)
        path = result.report(options.output)
        result.save("demo")
        note("research on the same real data")
        with progress("searching real data") as report:
            real = research_real(folder / "real", report)
        note("research on a made-up market with a planted edge")
        with progress("searching the made-up market") as report:
            planted = research_planted(folder / "planted", report)
        traded = None
        if planted.fresh is not None:
            note("what was approved now trades on the simulated exchange, over days that research never saw")
            pace = PACE if sys.stdout.isatty() else None
            with screen(options, "demo: the approved ensemble, on a MADE-UP market", pace) as watched:
                traded = paper_planted(planted.files["ensemble"], folder / "planted", watched)
    seconds = (watch.monotonic_ns() - start_ns) / 1e9
    pages = [path, real.files["report"], planted.files["report"]]
    opened = options.open and all(show(page) for page in pages)
    summary = result.summary()
    lines = [
        repr(summary),
        "",
        *_lines("Research on the same real data", real),
        *_lines("Research on a MADE-UP market with a planted edge", planted),
        *_traded(traded),
        f"report: {path.resolve()}" + (" (opened)" if opened else ""),
        f"took {seconds:.1f} s",
    ]
    told = {
        "summary": summary,
        "report": str(path),
        "real": _told(real),
        "planted": _told(planted),
        "paper": None if traded is None else traded.validation,
        "seconds": seconds,
    }
    write(options, told, lines)
    return 0


def _lines(title: str, found: "Researched") -> list[str]:
    lines = [title, f"  {found.study.verdict()}", f"  {found.study.odds()}"]
    if found.fresh is not None:
        summary = found.fresh.summary()
        lines.append(
            f"  What was approved then traded {summary['years']:.1f} years that research never saw, with a Sharpe ratio of "
            f"{summary.text('sharpe_ratio')}; holding had {summary.text('benchmark_sharpe_ratio')}."
        )
    return [*lines, *(f"  {name}: {path.resolve()}" for name, path in found.files.items()), ""]


def _traded(found: "PaperResult | None") -> list[str]:
    if found is None:
        return []
    place, name = found.journal
    lines = [f"  {line}" for line in found.validation.lines()]
    return [
        "Paper trading of what was approved, on the simulated exchange",
        *lines,
        f"  tenfold replay {quote(place)} {name}",
        f"  tenfold ladder {name} --journal {quote(place)}",
        "",
    ]


def _told(found: "Researched") -> dict[str, Any]:
    return {
        "approved": found.study.approved,
        "verdict": found.study.verdict(),
        "files": {name: str(path) for name, path in found.files.items()},
        "fresh": None if found.fresh is None else found.fresh.summary(),
    }
