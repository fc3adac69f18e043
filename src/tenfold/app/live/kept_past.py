"""Show strategies what the catalogue has of the past, before the venue is asked for the rest."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from tenfold.app import wiring
from tenfold.app.data import load_bars
from tenfold.domain.errors import DataError, TenfoldError
from tenfold.domain.market import BarSet
from tenfold.domain.rules import Rules
from tenfold.market.before_close import decided_on
from tenfold.simulation.feed import BarFeed


def check_kept(symbols: Sequence[str], period: str, rules: Rules) -> None:
    """Refuse symbols of which the catalogue has no such bars before anything is traded; UnknownNameError says what it has."""
    store = wiring.bar_store()
    for symbol in symbols:
        store.describe(symbol, _stored(period, rules))


def kept_past(
    symbols: Sequence[str], period: str, since_ns: int, now_ns: int, calendar: str | None, rules: Rules
) -> list[BarSet]:
    """Return the bar sets of the catalogue that closed in a span, none where it ends before; prices divided by the splits since.

    Days that are decided on before they close are made of minutes. Options and errors as `load_bars`.
    """
    load = partial(load_bars, list(symbols), period=_stored(period, rules), adjust="split", calendar=calendar)
    try:
        bars = load(as_of=now_ns)
    except DataError:
        if int(load().ts_ns[0]) < now_ns:
            raise
        return []  # the market is one of before
    if bars.columns:
        raise DataError(
            f"the catalogue's bars have further columns ({', '.join(bars.columns)}), which no venue tells: leave out --catalogue"
        )
    now_ns = min(now_ns, int(bars.ts_ns[-1]))  # of a day that has just begun there are some minutes
    bars = decided_on(bars, rules)
    first, last = np.searchsorted(bars.ts_ns, [since_ns, now_ns], side="right").tolist()
    return list(BarFeed(bars.slice(first, last)).events()) if first < last else []


async def shown_past(
    past: Callable[[int], Sequence[BarSet]], since_ns: int, tell: Callable[[str], None] | None
) -> Sequence[BarSet]:
    """Return what is known of the past from a moment on, read beside everything else.

    Where it cannot be read, `tell` gets a line and nothing is known of it, so that the venue is asked for all; without it the error is raised.
    """
    try:
        return await asyncio.to_thread(past, since_ns)
    except TenfoldError as error:
        if tell is None:
            raise
        tell(f"the catalogue cannot show what closed since, and the venue is asked for it: {error}")
        return ()


def _stored(period: str, rules: Rules) -> str:
    """Return the period of the bars that are taken: days that are decided on before they close are made of minutes."""
    return "1m" if rules.entry.decide_before_close_s is not None else period
