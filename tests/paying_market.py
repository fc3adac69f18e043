"""An exchange over a week of daily bars, in which a share pays a dividend and another is split."""

from dataclasses import replace

import numpy as np

from exchange_markets import daily_bars
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.opening import MarketData, open_market
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import ExchangeSettings
from tenfold.market.series import ACTION

MONDAY = 19_786  # 2024-03-04


def paying_exchange(**settings):
    """Return an exchange before Monday: AAPL pays 0.25 on Wednesday, TSLA is split four for one on Thursday."""
    bars = replace(daily_bars(range(MONDAY, MONDAY + 5), ("AAPL", "TSLA")), adjustment="raw")
    rows = bars.rows.copy()
    rows["dividend"][2, 0] = 0.25
    for name in ("open", "high", "low", "close"):
        rows[name][3:, 1] /= 4.0
    data = MarketData(
        symbols=("AAPL", "TSLA"),
        span_ns=(int(rows["open_ns"][0, 0]), int(rows["ts_ns"][-1, 0])),
        bars=(replace(bars, rows=rows),),
        actions={"TSLA": np.array([(MONDAY + 3, 4.0, 0.0, 0)], ACTION)},
    )
    sessions = Sessions().between(MONDAY - 30, MONDAY + 30)
    return open_market(ExchangeSettings(**settings), data, sessions, EventLog())
