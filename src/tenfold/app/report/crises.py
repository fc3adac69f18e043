"""Tabulate what a run did in stretches of market history that everybody knows."""

from datetime import date
from typing import Final, NamedTuple

import numpy as np

from tenfold.app.analysis import Analysis
from tenfold.app.formatting import percent
from tenfold.app.report.document import jump
from tenfold.app.report.markup import Cell, Markup, Row, element, section, table
from tenfold.app.report.returns import coloured
from tenfold.domain.units import NS_PER_DAY, date_ns
from tenfold.metrics.drawdown import max_drawdown
from tenfold.metrics.performance import total_return


class Period(NamedTuple):
    """Name a stretch of history from the first to the last day, both included."""

    name: str
    first: date
    last: date


PERIODS: Final = (
    Period("Crash of 1987", date(1987, 8, 26), date(1987, 12, 4)),
    Period("Asian and Russian crises, LTCM", date(1998, 7, 20), date(1998, 10, 8)),
    Period("Dot-com collapse", date(2000, 3, 27), date(2002, 10, 9)),
    Period("11 September 2001", date(2001, 9, 10), date(2001, 9, 21)),
    Period("Rise to 2007", date(2003, 3, 12), date(2007, 10, 9)),
    Period("Quant crisis", date(2007, 8, 1), date(2007, 8, 15)),
    Period("Financial crisis", date(2007, 10, 10), date(2009, 3, 9)),
    Period("Recovery of 2009", date(2009, 3, 10), date(2010, 4, 23)),
    Period("Flash crash, Greece", date(2010, 4, 26), date(2010, 7, 2)),
    Period("US downgrade, euro crisis", date(2011, 7, 25), date(2011, 10, 3)),
    Period("Taper tantrum", date(2013, 5, 22), date(2013, 6, 24)),
    Period("Swiss franc unpegged", date(2015, 1, 14), date(2015, 1, 30)),
    Period("China devaluation", date(2015, 8, 11), date(2016, 2, 11)),
    Period("Brexit vote", date(2016, 6, 24), date(2016, 6, 27)),
    Period("Calm of 2017", date(2017, 1, 1), date(2018, 1, 26)),
    Period("Volatility shock of 2018", date(2018, 1, 29), date(2018, 2, 8)),
    Period("Crypto winter of 2018", date(2017, 12, 18), date(2018, 12, 15)),
    Period("Fall of late 2018", date(2018, 9, 21), date(2018, 12, 24)),
    Period("Covid crash", date(2020, 2, 20), date(2020, 3, 23)),
    Period("Covid recovery", date(2020, 3, 24), date(2021, 12, 31)),
    Period("Crypto winter of 2022", date(2021, 11, 10), date(2022, 11, 21)),
    Period("Inflation and rates of 2022", date(2022, 1, 4), date(2022, 10, 12)),
    Period("US regional banks", date(2023, 3, 7), date(2023, 3, 24)),
    Period("Unwinding of yen carry", date(2024, 7, 17), date(2024, 8, 7)),
    Period("US tariffs", date(2025, 2, 20), date(2025, 4, 8)),
)
"""Dated by peaks and troughs of the S&P 500 where they are of equities."""


def crisis_section(analysis: Analysis) -> Markup:
    """Return the table of all periods that the run saw at least half of, none for a simulated market."""
    if analysis.synthetic:
        said = "This market was simulated: its dates are those of no crisis."
        return section("crises", "Known periods", element("p", said, class_="note"))
    rows = [row for row in (_row(analysis, period) for period in PERIODS) if row is not None]
    if not rows:
        return section("crises", "Known periods", element("p", "The run saw none of them.", class_="note"))
    head = ["Period", Cell("From", "word"), Cell("To", "word"), "Return", "Buy and hold", "Worst drawdown",
            "Of buy and hold", "Mean gross exposure"]  # fmt: skip
    return section(
        "crises",
        "Known periods",
        table(head, rows, words=3, class_="jumps"),
        lead="Those that the run saw at least half of; a click shows one in the charts. Those of equities are dated by the S&P 500.",
    )


def _row(analysis: Analysis, period: Period) -> Row | None:
    bars = analysis.run.bars
    first_ns, last_ns = date_ns(period.first), date_ns(period.last) + NS_PER_DAY
    days = bars.rows["session"][:, 0].astype(np.int64) * NS_PER_DAY
    start, stop = np.searchsorted(days, [first_ns, last_ns])
    seen = min(int(days[-1]) + NS_PER_DAY, last_ns) - max(int(days[0]), first_ns)
    if stop - start < 2 or 2 * seen < last_ns - first_ns:
        return None
    own, held = analysis.returns[start:stop], analysis.benchmark[start:stop]
    gross = np.abs(analysis.weights[start:stop]).sum(axis=1)
    cells = [
        period.name, period.first.isoformat(), period.last.isoformat(), coloured(total_return(own)),
        percent(total_return(held)), percent(max_drawdown(own)), percent(max_drawdown(held)), percent(float(gross.mean())),
    ]  # fmt: skip
    return Row(cells, jump(int(bars.ts_ns[start]), int(bars.ts_ns[stop - 1])))
