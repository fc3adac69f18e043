"""Backtest one crossing with backtesting.py, under the same conventions."""

import market
import numpy as np
import pandas as pd
import task
from backtesting import Backtest, Strategy


def mean(values: np.ndarray, length: int) -> np.ndarray:
    return pd.Series(values).rolling(length).mean().to_numpy()


class Crossing(Strategy):
    fast = 20
    slow = 100

    def init(self) -> None:
        self.quick = self.I(mean, self.data.Close, self.fast, plot=False)
        self.steady = self.I(mean, self.data.Close, self.slow, plot=False)

    def next(self) -> None:
        above = self.quick[-1] > self.steady[-1]
        if above and not self.position:
            self.buy(size=10)
        elif not above and self.position:
            self.position.close()


def main() -> None:
    job = task.read()
    bars = market.load(job["market"])
    stamps = pd.date_range("2005-01-01", periods=len(bars["close"]), freq="min")
    frame = pd.DataFrame({name.title(): values for name, values in bars.items()}, index=stamps)
    terms = {"cash": 1_000_000, "commission": 0.0005, "trade_on_close": False, "finalize_trades": False}
    test = Backtest(frame, Crossing, **terms)
    times, result = task.timed(lambda: test.run(**job["params"]), job["times"])
    trades = result["_trades"]
    np.savez(
        job["rows"],
        entry_bar=trades["EntryBar"],
        exit_bar=trades["ExitBar"],
        entry_price=trades["EntryPrice"],
        exit_price=trades["ExitPrice"],
    )
    task.answer(**times, final_equity=float(result["Equity Final [$]"]), trades=len(trades))


main()
