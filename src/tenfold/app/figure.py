"""Turn the charts of the report into Plotly figures for notebooks: what is drawn there is drawn here."""

import re
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from tenfold.app.analysis import Analysis
from tenfold.app.report.chart import Chart
from tenfold.app.report.overlays import Overlay
from tenfold.app.report.timeline import timeline_chart

_RANGES: Final = [
    {"count": 1, "step": "month", "stepmode": "backward", "label": "1M"},
    {"count": 6, "step": "month", "stepmode": "backward", "label": "6M"},
    {"count": 1, "step": "year", "stepmode": "backward", "label": "1Y"},
    {"count": 5, "step": "year", "stepmode": "backward", "label": "5Y"},
    {"step": "all", "label": "All"},
]


def run_figure(analysis: Analysis, symbol: int = 0, overlays: tuple[Overlay, ...] = ()) -> go.Figure:
    """Return the timeline of a run: equity to exposure, then price, trades, volume and vote of one symbol."""
    run = analysis.run
    label = " (synthetic data)" if analysis.synthetic else ""
    figure = figure_of(timeline_chart(analysis, [symbol], overlays))
    name = str(run.notes.get("name") or " + ".join(run.members[:3]) + (" ..." if len(run.members) > 3 else ""))
    title = f"{escape(name)}{label}: {escape(run.bars.symbols[symbol])}"
    figure.update_layout(
        title={"text": title, "x": 0.01, "y": 0.985, "yanchor": "top", "font": {"size": 16}},
        margin={"l": 70, "r": 20, "t": 120, "b": 40},
        height=figure.layout.height + 100,
        legend={"x": 0, "xanchor": "left", "y": 1.022, "yanchor": "bottom"},
        xaxis={"rangeselector": {"buttons": _RANGES, "x": 0, "y": 1.055, "yanchor": "bottom"}},
    )
    return figure


def figure_of(drawn: Chart, variant: int = 0) -> go.Figure:
    """Return a chart of the report as a figure in light colours, with one of its variants."""
    own = drawn["variants"][variant] if "variants" in drawn else {"data": [], "layout": {}}
    arrays = {**drawn.get("shared", {}), **own.get("shared", {})}
    data = _resolved([*drawn["data"], *own["data"]], arrays)
    if drawn.get("linked"):
        for trace in data:
            trace["x"] = np.array(trace["x"], "datetime64[ms]")
    axis = {"gridcolor": colours()["rule"], "zeroline": False, "automargin": True}
    figure = go.Figure(data)
    figure.update_layout(
        template="plotly_white",
        hovermode="x unified",
        legend={"orientation": "h"},
        font={"color": colours()["muted"]},
        hoverlabel={"namelength": -1},
    )
    figure.update_yaxes(axis)
    figure.update_layout(_resolved({**drawn["layout"], **own["layout"]}, arrays))
    if drawn.get("linked"):
        spikes = {"showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "dot"}
        figure.update_xaxes(type="date", rangeslider={"visible": False}, showgrid=False, **spikes)
    return figure


@cache
def colours() -> dict[str, str]:
    """Return the colours of the light theme by the names of their CSS variables: the page's style is where they stand."""
    style = (files("tenfold.app.report") / "page.css").read_text("utf-8")
    light = style[: style.index("}")]
    return {name: value.strip() for name, value in re.findall(r"--([\w-]+):([^;]+);", light)}


def _resolved(value: Any, arrays: dict[str, Any]) -> Any:
    """Return a value with colours and arrays in the place of their names."""
    match value:
        case {"token": str(name)}:
            return colours()[name]
        case {"shared": str(name)}:
            return arrays[name]
        case dict():
            return {key: _resolved(inner, arrays) for key, inner in value.items()}
        case list():
            return [_resolved(inner, arrays) for inner in value]
        case _:
            return value
