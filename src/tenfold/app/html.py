"""Write a Plotly figure as one HTML file that works offline."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.app.writing import write_whole

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def write_figure(figure: "Figure", path: str | PathLike[str]) -> Path:
    """Write a figure with the library inside, whole or not at all, and return where it is."""
    page = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True})
    return write_whole(Path(path), page.encode())
