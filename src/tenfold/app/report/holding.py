"""Draw how trips went while they were held: how far against them and for them, and for how long."""

from itertools import pairwise

import numpy as np

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import percent
from tenfold.app.report.chart import Chart, Trace, bars, chart, numbers, token
from tenfold.app.report.distribution import histogram
from tenfold.app.report.document import Document
from tenfold.app.report.markup import Markup, element, section
from tenfold.app.report.trips import largest, net_units, returns_frac

TRIPS_MAX = 4_000


def holding_section(analysis: Analysis, document: Document) -> Markup:
    """Return excursions against results, and the times that trips were held."""
    trades = analysis.trades
    if not len(trades):
        return section("holding", "While they were held", element("p", "There were no round trips.", class_="note"))
    held = trades["exit_bar"] - trades["entry_bar"]
    net = net_units(analysis)
    won, lost = held[net > 0], held[net < 0]
    said = [
        f"{name} trips were held {one.mean():,.0f} bars on average"
        for name, one in (("won", won), ("lost", lost))
        if len(one)
    ]
    adverse = analysis.excursions[0]
    if len(won):
        said.append(
            f"nine in ten of the won went no further than {percent(-float(np.quantile(adverse[net > 0], 0.1)))} against it"
        )
    return section(
        "holding",
        "While they were held",
        element("h3", "Worst and best of each trip against its result"),
        document.plot("excursions", excursion_chart(analysis), "Largest adverse and favourable excursion of each trip"),
        element("h3", "Return of each round trip, net"),
        document.plot(
            "trip-spread", histogram(returns_frac(analysis), normal=False), "Distribution of returns of trips"
        ),
        element("h3", "Holding times"),
        document.plot("holding-times", holding_chart(analysis), "Bars that trips were held"),
        lead=f"{'; '.join(said).capitalize()}. A click on a dot shows its trip on the price." if said else "",
    )


def excursion_chart(analysis: Analysis) -> Chart:
    """Return two scatters over the result of each trip: the largest adverse and the largest favourable excursion."""
    chosen = largest(analysis, np.arange(len(analysis.trades)), TRIPS_MAX)
    returns, net = returns_frac(analysis)[chosen], net_units(analysis)[chosen]
    traces: list[Trace] = []
    for side, (axes, part) in enumerate(zip(("", "2"), analysis.excursions, strict=True)):
        for name, which, colour in (("Won", net > 0, "gain"), ("Lost", net <= 0, "loss")):
            traces.append(
                {"type": "scatter", "mode": "markers", "name": name, "legendgroup": name, "showlegend": side == 0,
                 "x": numbers(part[chosen][which], 4), "y": numbers(returns[which], 4), "xaxis": f"x{axes}", "yaxis": f"y{axes}",
                 "customdata": chosen[which].tolist(),
                 "hovertemplate": f"{'best' if side else 'worst'} %{{x:.2%}}, result %{{y:.2%}}<extra></extra>",
                 "marker": {"size": 6, "opacity": 0.7, "color": token(colour)}}
            )  # fmt: skip
    axis = {"tickformat": ".0%", "zeroline": True, "type": "linear"}
    return chart(
        traces, 340, hovermode="closest",
        xaxis={**axis, "domain": [0.0, 0.47], "title": {"text": "Worst while held (MAE)"}, "anchor": "y"},
        xaxis2={**axis, "domain": [0.56, 1.0], "title": {"text": "Best while held (MFE)"}, "anchor": "y2"},
        yaxis={**axis, "title": {"text": "Result, net"}}, yaxis2={**axis, "anchor": "x2"},
        margin={"b": 52},
    )  # fmt: skip


def holding_chart(analysis: Analysis) -> Chart:
    """Return how many trips were held so many bars, won and lost."""
    trades, net = analysis.trades, net_units(analysis)
    held = (trades["exit_bar"] - trades["entry_bar"]).astype(np.float64)
    width = max(int(np.ceil((held.max() + 1) / 40)), 1)
    edges = np.arange(0, held.max() + width + 1, width)
    middles = numbers((edges[:-1] + edges[1:] - 1) / 2, 6)
    said = [f"{int(a)}" if width == 1 else f"{int(a)} to {int(b) - 1}" for a, b in pairwise(edges)]
    traces = [
        bars(name, middles, np.histogram(held[which], edges)[0].tolist(), colour)
        | {
            "text": said,
            "textposition": "none",
            "hovertemplate": f"%{{y}} {name.lower()}, held %{{text}} bars<extra></extra>",
        }
        for name, which, colour in (("Won", net > 0, "gain"), ("Lost", net <= 0, "loss"))
    ]
    return chart(
        traces, 260, barmode="stack", bargap=0.15, hovermode="closest", yaxis={"title": {"text": "Round trips"}},
        xaxis={"type": "linear", "title": {"text": "Bars held"}}, margin={"b": 52},
    )  # fmt: skip
