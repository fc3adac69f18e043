"""Make of bars those that the simulated exchange plays: within its sessions, in its steps of prices."""

import dataclasses

import numpy as np
from msgspec.structs import replace

from tenfold.app.exchange_data import sessions_around
from tenfold.domain.bars import Bars, stamp_calendar
from tenfold.domain.errors import DataError, SettingsError
from tenfold.domain.units import NS_PER_DAY, NS_PER_SECOND
from tenfold.exchange.market.day_bars import in_session
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.price_steps import price_step
from tenfold.exchange.sessions import Sessions


def played(bars: Bars) -> Bars:
    """Return the bars as the exchange plays them; days and hours outside its sessions do not happen, nor bars without a price.

    Raises SettingsError for bars that it does not trade, DataError where none is left.
    """
    if bars.currency != "USD":
        raise SettingsError(f"the bars are in {bars.currency}: the simulated exchange trades in USD")
    if pairs := [symbol for symbol in bars.symbols if is_pair(symbol)]:
        raise SettingsError(
            f"{pairs[0]} is a pair of currencies, expected stocks: paper trading keeps the sessions of New York; try it with `tenfold backtest`"
        )
    for one in bars.instruments:
        if not one.lot_size.is_integer() or one.multiplier != 1.0:
            raise SettingsError(
                f"{one.symbol} has lots of {one.lot_size:g} and a multiplier of {one.multiplier:g}, expected whole shares: neither on paper nor live is anything "
                f"else traded; `tenfold data set {one.symbol} --lot-size 1 --multiplier 1`, or try it with `tenfold backtest`"
            )
    if not bars.usable.any():
        raise DataError(f"no bar of {', '.join(bars.symbols)} has a price; `tenfold data check` says what is wrong")
    least = np.where(bars.usable, bars.rows["close"], np.inf).min(axis=0).tolist()
    listed = tuple(
        one if price == np.inf else replace(one, tick_size=max(one.tick_size, price_step(price)))
        for one, price in zip(bars.instruments, least, strict=True)
    )
    told = dataclasses.replace(bars, rows=bars.rows[bars.usable.any(axis=1)], instruments=listed)
    sessions = Sessions(sessions_around(int(told.rows["open_ns"].min()), int(told.ts_ns[-1])))
    return within_sessions(told, sessions) if told.period_ns < NS_PER_DAY else in_session(told, sessions)


def within_sessions(bars: Bars, sessions: Sessions) -> Bars:
    """Return bars shorter than a day that close within a session, and their places in it; one that opens before it opens with it.

    Raises DataError where there is none.
    """
    held = [(place, sessions.current(ts_ns - 1)) for place, ts_ns in enumerate(bars.ts_ns.tolist())]
    kept = [(place, one) for place, one in held if one is not None and one.contains(int(bars.ts_ns[place]))]
    if not kept:
        raise DataError(
            "none of the bars closes within a session of New York; check their dates, and their times (UTC)"
        )
    rows = bars.rows[[place for place, _ in kept]]
    open_ns, close_ns, day = np.array([(one.open_ns, one.close_ns, one.day) for _, one in kept], np.int64).T
    ts_ns = rows["ts_ns"][:, 0]
    rows["open_ns"] = np.maximum(rows["open_ns"], open_ns[:, None])
    stamp_calendar(rows, day * NS_PER_DAY)
    rows["elapsed_s"] = ((ts_ns - open_ns) // NS_PER_SECOND)[:, None]
    rows["remaining_s"] = ((close_ns - ts_ns) // NS_PER_SECOND)[:, None]
    return dataclasses.replace(bars, rows=rows)
