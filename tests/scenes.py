"""Build small scenes by hand: bars in round numbers, rules with one thing switched on, and what a run did."""

from datetime import date

import numpy as np

from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.bars import BAR, Bars, stamp_calendar
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.order import REASONS
from tenfold.domain.rules import Account, Costs, Entry, Exits, Limits, Matching, Rules, Sizing, VoteRule
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, date_ns

SECTIONS = {
    "account": Account,
    "costs": Costs,
    "sizing": Sizing,
    "vote": VoteRule,
    "limits": Limits,
    "entry": Entry,
    "exits": Exits,
    "matching": Matching,
}
MONDAY = date(2024, 1, 8)


def rules(order="market", **sections):
    """Return rules that buy 100 shares for each vote on plenty of margin, changed by sections of keywords."""
    plain = {
        "account": {"leverage_max": 50.0},
        "sizing": {"method": "quantity", "quantity": 100.0},
        "entry": {"order": order},
    }
    chosen = {name: {**plain.get(name, {}), **sections.get(name, {})} for name in SECTIONS}
    return Rules(**{name: kind(**chosen[name]) for name, kind in SECTIONS.items()})


def bars_of(*columns, days=None, dividends=None, quotes=None, lot=1.0, tick=0.01, currency="USD", min_notional=0.0):
    """Return bars from one list a symbol of prices: a number, (open, high, low, close[, volume]) or None for no bar.

    `days` are the session dates in order, the same date several times for intraday bars of an hour; `dividends` maps
    (bar, symbol) to cash a share, `quotes` maps (bar, symbol) to bid and ask at the open.
    """
    total, count = len(columns[0]), len(columns)
    dates = [date.fromordinal(MONDAY.toordinal() + n) for n in range(total)] if days is None else days
    intraday = len(set(dates)) < len(dates)
    rows = np.zeros((total, count), BAR)
    for name in ("bid", "ask", "bid_open", "ask_open"):
        rows[name] = np.nan
    for n, day in enumerate(dates):
        opened = date_ns(day) + (9 + dates[:n].count(day) if intraday else 9) * NS_PER_HOUR
        rows["open_ns"][n] = opened
        rows["ts_ns"][n] = opened + (1 if intraday else 7) * NS_PER_HOUR
    for s, column in enumerate(columns):
        for n, cell in enumerate(column):
            row = rows[n, s]
            if cell is None:
                row["flags"] = int(Flag.MISSING)
                continue
            values = (cell,) * 4 if isinstance(cell, (int, float)) else cell
            row["open"], row["high"], row["low"], row["close"] = values[:4]
            row["volume"] = values[4] if len(values) > 4 else 1e6
    for (n, s), cash in (dividends or {}).items():
        rows[n, s]["dividend"] = cash
    for (n, s), (bid, ask) in (quotes or {}).items():
        rows[n, s]["bid_open"], rows[n, s]["ask_open"] = bid, ask
    stamp_calendar(rows)
    terms = {"currency": currency, "lot_size": lot, "tick_size": tick, "min_notional": min_notional}
    return Bars(
        rows=rows,
        instruments=tuple(Instrument(symbol="ABCDEFGH"[s], **terms) for s in range(count)),
        period_ns=NS_PER_HOUR if intraday else NS_PER_DAY,
    )


def trade(engine, bars, votes, chosen, **more):
    """Trade one list of scores a symbol, a number short lists go on with."""
    columns = votes if isinstance(votes[0], (list, tuple)) else [votes]
    scores = np.full(bars.rows.shape, np.nan)
    for s, column in enumerate(columns):
        scores[:, s] = [*column, *[column[-1]] * (len(bars) - len(column))]
    return run_backtest([Given(scores, "given")], bars, chosen, engine=engine, **more)


def fills_of(run):
    """Return (bar, signed lots, price, reason) of every fill."""
    return [(int(f["bar"]), int(f["lots"]), round(float(f["price"]), 9), REASONS[f["reason"]].value) for f in run.fills]


def fees_of(run):
    """Return the fee of every fill, in currency."""
    return [float(f["fee_units"]) / run.money for f in run.fills]


def cash_of(run):
    """Return cash at every close, in currency."""
    return [float(units) / run.money for units in run.cash_units]
