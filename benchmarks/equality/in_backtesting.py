"""Trade a scene in backtesting.py, with the orders that Tenfold sends."""

import warnings
from typing import Any

import pandas as pd
from backtesting import Backtest, Strategy
from directions import Directions
from markets import Market
from outcome import Outcome

from scenes import CASH, Scene, levels


class Ordered(Strategy):
    """Act where the direction changes: cancel what works, leave, then enter with the scene's order."""

    scene: Any = None
    market: Any = None
    directions: Any = None
    wanted = 0

    def init(self) -> None:
        """Need nothing: directions are computed already."""

    def next(self) -> None:
        """Attach what could not be attached before the fill, trail, then act on a change."""
        bar = len(self.data) - 1
        for trade in self.trades:
            self._attach(trade, bar)
        side = int(self.directions[bar])
        if side == self.wanted:
            return
        self.wanted = side
        for order in [one for one in self.orders if not one.is_contingent]:
            order.cancel()
        if self.position:
            self.position.close()
        if side and bar + 1 < len(self.directions):
            (self.buy if side > 0 else self.sell)(size=self.scene.quantity, **self._terms(side, bar))

    def _terms(self, side: int, bar: int) -> dict[str, float]:
        scene = self.scene
        level = scene.level(self.market.close[bar], side)
        if scene.order != "market":
            return {scene.order: level}
        stop, target = levels(scene, self.market.open[bar + 1], side)
        terms = {"sl": stop} if scene.stop or scene.trail else {}
        return {**terms, "tp": target} if scene.target else terms

    def _attach(self, trade: Any, bar: int) -> None:
        scene, side = self.scene, 1 if trade.is_long else -1
        stop, target = levels(scene, trade.entry_price, side)
        if scene.stop and trade.sl is None:
            trade.sl = stop
        if scene.target and trade.tp is None:
            trade.tp = target
        if scene.trail:
            best = self.market.high[bar] if side > 0 else self.market.low[bar]
            moved = best * (1.0 - side * scene.trail)
            if side * (moved - trade.sl) > 0.0:
                trade.sl = moved


def trade(scene: Scene, market: Market, directions: Directions) -> Outcome:
    """Return what backtesting.py makes of it."""
    test = Backtest(frame_of(market), Ordered, cash=CASH, commission=scene.fee, spread=scene.slippage)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of trades left open at the end
        found = test.run(scene=scene, market=market, directions=directions)
    trips = [row_of(one) for one in [*found["_strategy"].closed_trades, *found["_strategy"].trades]]
    return Outcome(tuple(sorted(trips)), float(found["Equity Final [$]"]))


def frame_of(market: Market) -> pd.DataFrame:
    """Return the bars as backtesting.py reads them."""
    stamps = pd.date_range("2005-01-01", periods=len(market.close), freq=f"{market.period_s}s")
    prices = {"Open": market.open, "High": market.high, "Low": market.low, "Close": market.close}
    return pd.DataFrame(prices, index=stamps)


def row_of(trade: Any) -> tuple[int, int, float, float, float]:
    """Return a trade as a row; an open one has no exit."""
    closed = trade.exit_bar is not None
    left = (int(trade.exit_bar), float(trade.exit_price)) if closed else (-1, 0.0)
    return int(trade.entry_bar), left[0], float(trade.entry_price), left[1], float(trade.size)
