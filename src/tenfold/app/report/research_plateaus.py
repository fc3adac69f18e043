"""Draw how a member's Sharpe ratio changes with its parameters: a plateau is worth more than a peak."""

import numpy as np

from tenfold.app.formatting import formatted
from tenfold.app.report.chart import Chart, chart, line, numbers, token
from tenfold.app.report.document import Document, selector
from tenfold.app.report.markup import Cell, Markup, element, section, table
from tenfold.app.report.surfaces import Grid, heat_chart
from tenfold.research.dossier import Dossier, Plateau


def plateau_section(dossier: Dossier, document: Document) -> Markup:
    """Return the map of each member over its first two parameters, and what its neighbours earn."""
    parts: list[object] = []
    if dossier.plateaus:
        drawn = [plateau_chart(plateau) for plateau in dossier.plateaus]
        height = max(one["layout"]["height"] for one in drawn)
        together = chart([], height) | {"variants": drawn, "group": "plateaus"}
        names = tuple(plateau.member for plateau in dossier.plateaus)
        parts += [
            selector("plateaus", names, "Member"),
            document.plot("plateaus", together, "Sharpe ratio of a member over its parameters"),
        ]
    lead = (
        "The annual Sharpe ratio of a member alone, its other parameters as they are; the ring is the member itself. Where a small step of a "
        "parameter loses most of it, it was fitted to these data."
    )
    return section("plateaus", "Near these parameters", *parts, neighbour_table(dossier), lead=lead)


def plateau_chart(plateau: Plateau) -> Chart:
    """Return a map over two parameters, or a line over one; the member itself is marked."""
    if not plateau.y:
        values = plateau.cells[0]
        own = float(values[int(np.abs(plateau.xs - plateau.own[0]).argmin())])
        return chart(
            [line("Sharpe ratio", numbers(plateau.xs), numbers(values, 4), "accent", 1.8, yhoverformat=".2f"), _own(plateau.own[0], own)],
            300, showlegend=False, margin={"b": 52}, xaxis={"type": "linear", "hoverformat": ".4~g", "title": {"text": plateau.x}},
            yaxis={"title": {"text": "Sharpe ratio"}, "zeroline": True},
        )  # fmt: skip
    drawn = heat_chart(Grid(plateau.x, plateau.y, "sharpe", plateau.xs, plateau.ys, plateau.cells))
    column = int(np.abs(plateau.xs - plateau.own[0]).argmin())
    row = int(np.abs(plateau.ys - plateau.own[1]).argmin())
    drawn["data"].append(_own(f"{plateau.xs[column]:g}", f"{plateau.ys[row]:g}"))
    return drawn


def _own(x: object, y: object) -> dict[str, object]:
    """Return the ring around the member itself."""
    ring = {"size": 17, "symbol": "circle-open", "color": token("ink"), "line": {"width": 2.5}}
    return {"type": "scatter", "mode": "markers", "name": "Itself", "x": [x], "y": [y], "marker": ring, "hoverinfo": "skip", "showlegend": False}  # fmt: skip


def neighbour_table(dossier: Dossier) -> Markup:
    """Return, for the vote and each member, its Sharpe ratio beside that of its neighbours."""
    rows = [
        [Cell(near.member, "word call"), formatted(near.own, "ratio"), formatted(near.median, "ratio"), formatted(near.low, "ratio"),
         f"{len(near.sharpe):,}"]
        for near in dossier.neighbourhoods
    ]  # fmt: skip
    note = "Neighbours have all parameters a little changed at once; it is their median and their worst twentieth that count, not their best."
    head = ["", "Itself", "Neighbours' median", "5 % below", "Neighbours"]
    return Markup(table(head, rows, class_="narrow") + element("p", note, class_="note"))
