"""Tabulate returns by month and by year, and the deepest drawdowns."""

import math

import numpy as np

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import UNDEFINED, money, number, percent
from tenfold.app.report.calendar import grouped
from tenfold.app.report.document import jump
from tenfold.app.report.markup import Cell, Markup, Row, element, table
from tenfold.domain.units import NS_PER_DAY, format_ns
from tenfold.metrics.drawdown import drawdowns, max_drawdown
from tenfold.metrics.performance import annual_volatility, sharpe_ratio

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month_table(analysis: Analysis) -> Markup:
    """Return the heat map of monthly returns, a year a row, its compounded return last."""
    months, years = grouped(analysis, "month"), grouped(analysis, "year")
    known = {(int(y), int(m)): float(r) for y, m, r in zip(months.years, months.months, months.returns, strict=True)}
    scale = max(float(np.quantile(np.abs(months.returns), 0.95)), 1e-9)
    rows = []
    for year, whole in zip(years.years, years.returns, strict=True):
        cells: list[object] = [int(year)]
        cells += [heat(known.get((int(year), month)), scale) for month in range(1, 13)]
        cells.append(heat(float(whole), scale * 3.0, "number total"))
        rows.append(cells)
    return table(["Year", *MONTHS, "Year"], rows, class_="heat")


def heat(value: float | None, scale: float, class_: str = "number") -> Cell:
    """Return a cell shaded by its value, the shade full at `scale`."""
    if value is None:
        return Cell("", class_)
    share = min(abs(value) / scale, 1.0) * 70.0
    colour = "--gain" if value >= 0.0 else "--loss"
    style = f"background: color-mix(in srgb, var({colour}) {share:.0f}%, transparent)"
    digits = 1 if abs(value) < 1.0 else 0
    return Cell(percent(value, digits).removesuffix("\u00a0%"), class_, style, title=percent(value))


def year_table(analysis: Analysis) -> Markup:
    """Return return, benchmark, volatility, Sharpe ratio, drawdown and round trips of each year."""
    years = grouped(analysis, "year")
    ends = np.append(years.starts[1:], len(analysis.returns))
    exits = analysis.trades[analysis.trades["open"] == 0]["exit_bar"]
    rows = []
    for i, (start, end) in enumerate(zip(years.starts, ends, strict=True)):
        r = analysis.returns[start:end]
        trips = int(np.count_nonzero((exits >= start) & (exits < end)))
        rows.append(
            [
                int(years.years[i]),
                coloured(float(years.returns[i])),
                percent(float(years.benchmark[i])),
                percent(annual_volatility(r, analysis.periods)),
                number(sharpe_ratio(r, analysis.periods)),
                percent(max_drawdown(r)),
                f"{trips:,}",
            ]
        )
    head = ["Year", "Return", "Buy and hold", "Volatility", "Sharpe", "Worst drawdown", "Round trips"]
    return table(head, rows)


def coloured(value: float, written: str | None = None) -> Cell:
    """Return a cell in the colour of its sign; the sign is written too."""
    sign = "gain" if value > 0.0 else "loss" if value < 0.0 else ""
    return Cell(percent(value) if written is None else written, f"number {sign}".strip())


def signed(value: float) -> Cell:
    """Return an amount in the colour of its sign."""
    return coloured(value, money(value))


def drawdown_table(analysis: Analysis, count: int = 8) -> Markup:
    """Return the deepest drawdowns with their dates and lengths in days."""
    ts_ns = analysis.run.bars.ts_ns
    rows = []
    for rank, fall in enumerate(drawdowns(analysis.returns, count), 1):
        began = int(ts_ns[max(fall.start, 0)])
        over = int(ts_ns[-1 if fall.recovery is None else fall.recovery])
        days = (over - began) / NS_PER_DAY
        cells = [
            rank, percent(fall.depth), session_day(analysis, max(fall.start, 0)), session_day(analysis, fall.trough),
            session_day(analysis, fall.recovery) if fall.recovery is not None else "not yet", number_of_days(days),
            number_of_days((int(ts_ns[fall.trough]) - began) / NS_PER_DAY),
        ]  # fmt: skip
        rows.append(Row(cells, jump(began, over)))
    if not rows:
        return element("p", "Equity never fell below a peak.", class_="note")
    head = ["", "Depth", "Peak", "Trough", "Recovered", "Days below the peak", "Of these falling"]
    return table(head, rows, words=1, class_="jumps")


def session_day(analysis: Analysis, bar: int) -> str:
    """Return the date of the session that a bar belongs to."""
    bars = analysis.run.bars
    if bars.period_ns >= NS_PER_DAY:
        return format_ns(int(bars.ts_ns[bar]), bars.period_ns)
    row = bars.rows[bar, 0]
    return f"{row['year']:04d}-{row['month']:02d}-{row['day']:02d}"


def number_of_days(days: float) -> str:
    """Return days as text, whole from ten on."""
    if not math.isfinite(days):
        return UNDEFINED
    return f"{days:,.0f}" if days >= 10.0 else f"{days:.1f}"
