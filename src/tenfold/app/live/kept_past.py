"""Show strategies what the catalogue has of the past, before the venue is asked for the rest."""

from collections.abc import Sequence

import numpy as np

from tenfold.app.data import load_bars
from tenfold.domain.errors import DataError
from tenfold.domain.market import BarSet
from tenfold.domain.rules import Rules
from tenfold.market.before_close import decided_on
from tenfold.simulation.feed import BarFeed


def kept_past(
    symbols: Sequence[str], period: str, since_ns: int, now_ns: int, calendar: str | None, rules: Rules
) -> list[BarSet]:
    """Return the bar sets of the catalogue that closed in a span, none where it ends before; prices as they were traded.

    Days that are decided on before they close are made of minutes. Options and errors as `load_bars`.
    """
    early = rules.entry.decide_before_close_s is not None
    bars = load_bars(list(symbols), period="1m" if early else period, adjust="raw", calendar=calendar)
    if bars.columns:
        raise DataError(
            f"the catalogue's bars have further columns ({', '.join(bars.columns)}), which no venue tells: leave out --catalogue"
        )
    now_ns = min(now_ns, int(bars.ts_ns[-1]))  # of a day that has just begun there are some minutes
    bars = decided_on(bars, rules)
    first, last = np.searchsorted(bars.ts_ns, [since_ns, now_ns], side="right").tolist()
    return list(BarFeed(bars.slice(first, last)).events()) if first < last else []
