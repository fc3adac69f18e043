"""Put a page together: one HTML file that needs nothing else and asks for nothing from outside."""

import base64
import gzip
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.app.report.chart import Chart, milliseconds
from tenfold.app.report.markup import Markup, element, embedded_json, joined, text
from tenfold.domain.units import NS_PER_DAY, NS_PER_MILLI

SCRIPTS: Final = ("charts.js", "zoom.js", "tables.js", "page.js")


@dataclass
class Document:
    """Collect what the page's script draws, while its sections are written.

    `charts` holds charts by name, `trades` the rows of the list of round trips; `ts_ns` are the times that linked charts
    show, `period_ns` is the length of a bar.
    """

    ts_ns: NDArray[np.int64] | None = None
    period_ns: int = NS_PER_DAY

    charts: dict[str, Chart] = field(default_factory=dict)
    trades: dict[str, Any] = field(default_factory=dict)

    def plot(self, name: str, drawn: Chart, label: str) -> Markup:
        """Keep a chart for the page's script, and return the place where it is drawn."""
        self.charts[name] = drawn
        return element(
            "div", id=f"chart-{name}", class_="chart", role="img", aria_label=label,
            style=f"height: {drawn['layout']['height']}px",
        )  # fmt: skip

    def html(self, title: str, body: Markup) -> str:
        """Return the whole page."""
        here = files("tenfold.app.report")
        return Template((here / "page.html").read_text("utf-8")).substitute(
            title=text(title),
            style=(here / "page.css").read_text("utf-8"),
            body=body,
            data=embedded_json(self._figures()),
            plotly=library(),
            script="\n".join((here / name).read_text("utf-8") for name in SCRIPTS),
        )

    def _figures(self) -> dict[str, Any]:
        """Return what the script reads."""
        figures: dict[str, Any] = {"charts": self.charts, "trades": self.trades}
        if self.ts_ns is not None:
            figures["span"] = milliseconds(self.ts_ns[[0, -1]], self.period_ns)
            figures["period"] = self.period_ns // NS_PER_MILLI
        return figures


@cache
def library() -> str:
    """Return Plotly's script, compressed, in letters: a third of its size."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


def selector(chart: str, names: tuple[str, ...], label: str = "Symbol") -> Markup:
    """Return the choice of the variant that a chart shows; all charts with variants on the page follow it."""
    options = joined(element("option", name, value=i) for i, name in enumerate(names))
    return element("label", f"{label} ", element("select", options, data_chart=chart), class_="selector")


def jump(from_ns: int, to_ns: int) -> str:
    """Return the value of `data-range`, by which a click shows a stretch of time in all linked charts."""
    return f"{from_ns // NS_PER_MILLI},{to_ns // NS_PER_MILLI}"
