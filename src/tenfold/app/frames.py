"""Show the records of a run as Polars frames; times are UTC, dates for daily bars, amounts in currency."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.app.analysis import Analysis
from tenfold.domain.order import REASONS
from tenfold.domain.units import NS_PER_DAY, shown_ns
from tenfold.metrics.drawdown import drawdown_series
from tenfold.metrics.performance import growth

_REASONS = np.array([*map(str, REASONS), ""])  # position -1: none yet


def equity_frame(analysis: Analysis) -> pl.DataFrame:
    """Return one row a bar: equity, cash, gross and net exposure, return, drawdown and the benchmark's wealth."""
    run = analysis.run
    return pl.DataFrame(
        {
            "ts": times(run.bars.ts_ns, run.bars.period_ns),
            "equity": run.equity,
            "cash": run.cash_units / run.money,
            "gross": run.gross_units / run.money,
            "net": run.net_units / run.money,
            "return": analysis.returns,
            "drawdown": drawdown_series(analysis.returns),
            "benchmark": growth(analysis.benchmark) * run.rules.account.cash,
        }
    )


def trades_frame(analysis: Analysis) -> pl.DataFrame:
    """Return one row a round trip; `pnl` is gross of fees, `pnl_net` is not; `reason` is that of the exit."""
    run, trades = analysis.run, analysis.trades
    money = run.money
    return pl.DataFrame(
        {
            "symbol": _names(run.bars.symbols, trades["symbol"]),
            "side": np.where(trades["side"] > 0, "long", "short"),
            "entry": times(trades["entry_ns"], run.bars.period_ns),
            "exit": times(trades["exit_ns"], run.bars.period_ns),
            "bars": trades["exit_bar"] - trades["entry_bar"],
            "lots": trades["lots"],
            "entry_price": trades["entry_price"],
            "exit_price": trades["exit_price"],
            "pnl": trades["pnl_units"] / money,
            "fee": trades["fee_units"] / money,
            "pnl_net": (trades["pnl_units"] - trades["fee_units"]) / money,
            "reason": _REASONS[trades["reason"]],
            "open": trades["open"] != 0,
        }
    )


def fills_frame(analysis: Analysis) -> pl.DataFrame:
    """Return one row a fill; `slippage` is part of the price already."""
    run, fills = analysis.run, analysis.run.fills
    return pl.DataFrame(
        {
            "ts": times(fills["ts_ns"], run.bars.period_ns),
            "symbol": _names(run.bars.symbols, fills["symbol"]),
            "lots": fills["lots"],
            "price": fills["price"],
            "fee": fills["fee_units"] / run.money,
            "slippage": fills["slippage_units"] / run.money,
            "reason": _REASONS[fills["reason"]],
            "order": fills["order"],
        }
    )


def votes_frame(analysis: Analysis) -> pl.DataFrame:
    """Return one row a bar and symbol: direction, agreement, and one column `ballot:NAME` a member.

    Ballots are +1 long, -1 short, 0 abstained; without kept scores these columns are absent.
    """
    run = analysis.run
    count, symbols = run.direction.shape
    columns: dict[str, Any] = {
        "ts": times(np.repeat(run.bars.ts_ns, symbols), run.bars.period_ns),
        "symbol": _names(run.bars.symbols, np.tile(np.arange(symbols), count)),
        "direction": run.direction.ravel(),
        "agreement": run.agreement.ravel(),
    }
    if run.scores is not None:
        for k, member in enumerate(run.members):
            name = f"ballot:{member}"
            name = name if name not in columns else f"{name}#{k + 1}"
            columns[name] = analysis.ballots(k).ravel()
    return pl.DataFrame(columns)


def times(ts_ns: NDArray[np.int64], period_ns: int) -> pl.Series:
    """Return closes of bars as a series of UTC times; of bars of a day or more, as dates."""
    shown = pl.Series(shown_ns(np.ascontiguousarray(ts_ns, np.int64), period_ns)).cast(pl.Datetime("ns", "UTC"))
    return shown if period_ns < NS_PER_DAY else shown.cast(pl.Date)


def _names(names: tuple[str, ...], positions: NDArray[Any]) -> pl.Series:
    """Return the name at each position."""
    return pl.Series(names, dtype=pl.String).gather(np.ascontiguousarray(positions, np.int64))
