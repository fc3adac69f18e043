"""Draw a run as a Plotly figure for notebooks."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tenfold.app.analysis import Analysis
from tenfold.app.frames import times
from tenfold.app.thinning import thinned
from tenfold.metrics.drawdown import drawdown_series
from tenfold.metrics.performance import growth

ACCENT = "#2f6fde"
MUTED = "#8a93a3"
LOSS = "#c8443c"


def equity_figure(analysis: Analysis) -> go.Figure:
    """Return equity and benchmark above, drawdown below; long series are thinned, their extremes kept."""
    run = analysis.run
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.04)
    benchmark = growth(analysis.benchmark) * run.rules.account.cash
    depth = drawdown_series(analysis.returns)
    ts = times(run.bars.ts_ns, run.bars.period_ns).to_numpy()
    lines = (
        (1, "Equity", run.equity, {"color": ACCENT, "width": 2}, None),
        (1, "Buy and hold, equal weights", benchmark, {"color": MUTED, "width": 1.2}, None),
        (2, "Drawdown", depth, {"color": LOSS, "width": 1}, "tozeroy"),
    )
    for row, name, values, line, fill in lines:
        at = thinned(values)
        figure.add_trace(go.Scatter(x=ts[at], y=values[at], name=name, line=line, fill=fill), row=row, col=1)
    label = " (synthetic data)" if analysis.synthetic else ""
    figure.update_layout(
        template="plotly_white",
        title=f"{', '.join(run.members) or 'Run'}{label}",
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.06},
        height=520,
        margin={"l": 60, "r": 20, "t": 80, "b": 40},
    )
    figure.update_yaxes(title=run.bars.currency, row=1, col=1)
    figure.update_yaxes(title="Drawdown", tickformat=".0%", row=2, col=1)
    return figure
