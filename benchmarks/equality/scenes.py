"""List the strategies that platforms trade alike, each as directions on one market with its orders and exits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import directions as of
import numpy as np
from directions import Directions
from markets import Market

Platform = Literal["backtesting.py", "vectorbt"]
BOTH: tuple[Platform, ...] = ("backtesting.py", "vectorbt")
CASH = 1_000_000.0


@dataclass(frozen=True)
class Scene:
    """Hold one strategy: what it trades, when, with which orders.

    `offset`, `stop`, `target`, `trail`, `fee` and `slippage` are fractions of a price; `fraction` of equity takes the place of a fixed
    `quantity`.
    """

    name: str
    symbol: str
    signal: Callable[[Market], Directions]
    peers: tuple[Platform, ...] = BOTH
    quantity: int = 100
    order: Literal["market", "limit", "stop"] = "market"
    offset: float = 0.0
    stop: float = 0.0
    target: float = 0.0
    trail: float = 0.0
    fee: float = 0.0
    slippage: float = 0.0
    fraction: float = 0.0

    def directions(self, market: Market, peer: Platform) -> Directions:
        """Return +1, 0 or -1 a bar; 0 in the first, in which no platform sends an order."""
        found = self.signal(market)
        found[0] = 0
        if self.order != "market":
            found = of.through_flat(found)
        return calm(self, market, found, peer) if self.order == "market" and self.exits else found

    @property
    def exits(self) -> bool:
        """Whether anything is attached to an entry."""
        return self.stop > 0.0 or self.target > 0.0 or self.trail > 0.0

    def level(self, close: float, side: int) -> float:
        """Return the price of an entry by limit or stop, from the close that decides."""
        return close * (1.0 + (side if self.order == "stop" else -side) * self.offset)


ONE: tuple[Platform, ...] = ("backtesting.py",)
TWO: tuple[Platform, ...] = ("vectorbt",)
SCENES = (
    Scene("market orders, long or flat", "GOOG", of.crossing, fee=0.0005),
    Scene("market orders, long to short and back", "GOOG", of.momentum, fee=0.001),
    Scene("market orders by the hour, through flat", "EURUSD", of.strength, quantity=10_000, fee=0.0001),
    Scene("market orders every month", "XOM", of.season, fee=0.002),
    Scene("market orders in five minutes, reversing", "ETH/BTC", of.channel, quantity=500, fee=0.0005),
    Scene("three bars after a large one, both ways", "BA", of.gaps, fee=0.0005),
    Scene("slippage on both sides", "CAT", of.breakout, peers=TWO, slippage=0.0005, fee=0.0005),
    Scene("a fraction of equity", "GOOG", of.crossing, peers=TWO, fraction=0.9, fee=0.0005),
    Scene("stop-loss", "CAT", of.breakout, stop=0.04, fee=0.0005),
    Scene("stop-loss, long to short and back", "XOM", of.channel, stop=0.03),
    Scene("take-profit", "GOOG", of.difference, target=0.08, fee=0.0005),
    Scene("bracket, long or flat", "GOOG", of.crossing, stop=0.05, target=0.10, fee=0.0005),
    Scene("bracket, both ways", "EURUSD", of.reversion, quantity=10_000, stop=0.003, target=0.004, fee=0.0001),
    Scene("bracket in five minutes", "ZEC/BTC", of.reversion, quantity=500, stop=0.01, target=0.02, fee=0.0005),
    Scene("trailing stop", "GOOG", of.crossing, trail=0.08, fee=0.0005),
    Scene("trailing stop, both ways", "ETH/BTC", of.momentum, quantity=500, trail=0.02),
    Scene("trailing stop with target", "BA", of.breakout, trail=0.05, target=0.12, fee=0.0005),
    Scene("limit entries", "GOOG", of.crossing, peers=ONE, order="limit", offset=0.01, fee=0.0005),
    Scene("limit entries, both ways", "EURUSD", of.strength, peers=ONE, quantity=10_000, order="limit", offset=0.001),
    Scene("limit entries with bracket", "CAT", of.season, peers=ONE, order="limit", offset=0.01, stop=0.03, target=0.04),
    Scene("stop entries", "XOM", of.momentum, peers=ONE, order="stop", offset=0.005, fee=0.0005),
    Scene("stop entries with stop-loss", "ZEC/BTC", of.channel, peers=ONE, quantity=500, order="stop", offset=0.003, stop=0.01),
)  # fmt: skip


def calm(scene: Scene, market: Market, directions: Directions, peer: Platform) -> Directions:
    """Return directions without the bars in which a platform does what Tenfold deliberately does not copy.

    backtesting.py refuses a stop or target that the last close is already beyond; vectorbt drops the order of a bar that reaches an
    exit. Such a change of direction comes a bar later, for both sides alike. `differences` shows each.
    """
    found = directions.copy()
    side, stop, target = 0, 0.0, 0.0
    for bar in range(len(found) - 1):
        first, high, low = market.open[bar], market.high[bar], market.low[bar]
        if bar and found[bar - 1] != (found[bar - 2] if bar > 1 else 0):  # filled at this open
            side = int(found[bar - 1])
            stop, target = levels(scene, first, side)
            if peer == "backtesting.py" and side:
                stop, target, side = after(scene, stop, target, side, high, low)
        elif side:
            stop, target, side = after(scene, stop, target, side, high, low)
        if found[bar] != (found[bar - 1] if bar else 0) and not sendable(
            scene, market, found, bar, side, stop, target, peer
        ):
            found[bar] = found[bar - 1]
    return found


def levels(scene: Scene, price: float, side: int) -> tuple[float, float]:
    """Return the levels of stop and target of an entry, infinitely far where there is none."""
    loss = min([width for width in (scene.stop, scene.trail) if width > 0.0], default=np.inf)
    return price * (1.0 - side * loss), price * (1.0 + side * (scene.target or np.inf))


def after(scene: Scene, stop: float, target: float, side: int, high: float, low: float) -> tuple[float, float, int]:
    """Return levels and side after a bar: flat where it reaches one, else with the trailing stop moved."""
    worst, best = (low, high) if side > 0 else (high, low)
    if side * (worst - stop) <= 0.0 or side * (best - target) >= 0.0:
        return 0.0, 0.0, 0
    moved = best * (1.0 - side * scene.trail) if scene.trail else stop
    return (max(stop, moved) if side > 0 else min(stop, moved)), target, side


def sendable(
    scene: Scene, market: Market, directions: Directions, bar: int, side: int, stop: float, target: float, peer: Platform
) -> bool:  # fmt: skip
    """Say whether the next bar treats an order sent at this close alike on both sides."""
    entering = int(directions[bar])
    if peer == "vectorbt":
        return not side or after(scene, stop, target, side, market.high[bar + 1], market.low[bar + 1])[2] != 0
    if not entering:
        return True
    loss, gain = levels(scene, market.open[bar + 1], entering)
    last = market.close[bar]
    return entering * (last - loss) > 0.0 and entering * (gain - last) > 0.0
