"""A day that is decided on before its close is the same live as in a backtest on bars of minutes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from feed_scenes import DAY, MINUTE, SYMBOLS, prints, session, venue_bars
from scenes import rules
from tenfold.app.building import bar_rows
from tenfold.domain.bars import Bars
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.market.align import align
from tenfold.market.bar_sets import BarSets
from tenfold.market.before_close import decided_on
from tenfold.market.builder import BarBuilder
from tenfold.market.live_bars import told_bar
from tenfold.market.quality_bars import check
from tenfold.market.series import Series
from tenfold.market.trading_hours import TradingHours
from tenfold.simulation.feed import BarFeed

SESSIONS = [session(120), session(60, DAY + 3)]


def market(seed):
    """Return the prints of two sessions, the second a short one."""
    later = [replace(one, ts_ns=one.ts_ns + 3 * NS_PER_DAY) for one in prints(seed + 1, 60, per_minute=0.8)]
    return prints(seed, 120, per_minute=0.8) + later


def stored(every) -> Bars:
    """Return the minutes of the prints as the catalogue gives them."""
    series = []
    for symbol in SYMBOLS:
        builder = BarBuilder(symbol, NS_PER_MINUTE)
        bars = [builder.trade(one.ts_ns, one.price, one.size) for one in every if one.symbol == symbol]
        rows = bar_rows([bar for bar in [*bars, builder.advance(1 << 62)] if bar is not None])
        series.append(Series(symbol=symbol, rows=rows, period_ns=NS_PER_MINUTE, calendar="X", stamp="open", label=""))
    terms = [Instrument(symbol=symbol) for symbol in SYMBOLS]
    return align([check(one, SESSIONS) for one in series], mode="raw", sessions=SESSIONS, instruments=terms)


@given(st.integers(0, 2**20), st.sampled_from([60, 600, 1800, 3540]))
def test_the_two_sets_of_a_day_are_those_of_a_backtest(seed, seconds):
    every = market(seed)
    cut = decided_on(stored(every), rules(entry={"order": "moc", "decide_before_close_s": seconds}))
    kept = [one for one in BarFeed(cut).events() if one.bars]
    sets = BarSets(SYMBOLS, NS_PER_DAY, TradingHours(SESSIONS), before_close_s=float(seconds))
    bars = venue_bars(every)
    live = []
    for day in SESSIONS:
        for open_ns in range(day.open_ns, day.close_ns, MINUTE):
            minute = {symbol: told_bar(bars[symbol, open_ns]) for symbol in SYMBOLS if (symbol, open_ns) in bars}
            told = sets.add(open_ns, minute)
            live += [] if told is None else [told]
    assert [(one.ts_ns, one.session, one.missing) for one in live] == [(o.ts_ns, o.session, o.missing) for o in kept]
    for ours, theirs in zip(live, kept, strict=True):
        for bar, other in zip(ours.bars, theirs.bars, strict=True):
            same = replace(bar, flags=0), replace(other, flags=0)
            np.testing.assert_equal(*(astuple(one)[:-2] for one in same))
