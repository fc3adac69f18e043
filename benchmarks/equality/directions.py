"""Turn bars into directions, +1, 0 or -1 a bar: precomputed, so that platforms are compared by their fills alone."""

import numpy as np
from markets import Market
from numpy.typing import NDArray

Directions = NDArray[np.int64]
Prices = NDArray[np.float64]


def crossing(market: Market) -> Directions:
    """Long while the mean of 10 closes is above that of 30."""
    return (mean(market.close, 10) > mean(market.close, 30)).astype(np.int64)


def momentum(market: Market) -> Directions:
    """With the move of the last 20 bars."""
    return held(np.sign(market.close - back(market.close, 20)))


def reversion(market: Market) -> Directions:
    """Against a distance of 1.5 deviations from the mean of 20 closes, until it is back."""
    average = mean(market.close, 20)
    distance = (market.close - average) / np.sqrt(mean((market.close - average) ** 2, 20))
    return latched(distance < -1.5, distance > 0.0, distance > 1.5, distance < 0.0)


def breakout(market: Market) -> Directions:
    """Long above the highest high of 20 bars, until below the lowest low of 10."""
    up = market.close > back(rolling(market.high, 20, np.max), 1)
    down = market.close < back(rolling(market.low, 10, np.min), 1)
    return latched(up, down, np.zeros(len(up), bool), up)


def channel(market: Market) -> Directions:
    """Long above the highest high of 20 bars, short below their lowest low, for ever in between."""
    up = market.close > back(rolling(market.high, 20, np.max), 1)
    down = market.close < back(rolling(market.low, 20, np.min), 1)
    return latched(up, down, down, up)


def strength(market: Market) -> Directions:
    """Long below 35 and short above 65 of the relative strength over 14 bars, until 50."""
    change = np.diff(market.close, prepend=market.close[0])
    gain, loss = mean(np.maximum(change, 0.0), 14), mean(np.maximum(-change, 0.0), 14)
    index = 100.0 * gain / np.maximum(gain + loss, 1e-12)
    return latched(index < 35.0, index > 50.0, index > 65.0, index < 50.0)


def difference(market: Market) -> Directions:
    """With the sign of the difference of two means over the mean of that difference."""
    line = mean(market.close, 12) - mean(market.close, 26)
    return held(np.sign(line - mean(line, 9)))


def season(market: Market) -> Directions:
    """Long in eight bars of every 21, about the turn of a month."""
    place = np.arange(len(market.close)) % 21
    return ((place >= 17) | (place < 4)).astype(np.int64)


def gaps(market: Market) -> Directions:
    """Against the last bar where it was large, for three bars."""
    move = market.close / back(market.close, 1) - 1.0
    large = np.abs(move) > 1.2 * np.sqrt(mean(np.nan_to_num(move) ** 2, 50))
    found = np.where(large, -np.sign(move), 0.0)
    return held(np.select([found != 0.0, back(found, 1) != 0.0, back(found, 2) != 0.0],
                          [found, back(found, 1), back(found, 2)]))  # fmt: skip


def mean(values: Prices, length: int) -> Prices:
    return rolling(values, length, np.mean)


def rolling(values: Prices, length: int, of: object) -> Prices:
    found = np.full(len(values), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, length)
    found[length - 1 :] = of(windows, axis=1)  # type: ignore[operator]
    return found


def back(values: Prices, count: int) -> Prices:
    return np.concatenate((np.full(count, np.nan), values[:-count]))


def held(values: Prices) -> Directions:
    return np.nan_to_num(values).astype(np.int64)


def latched(
    buy: NDArray[np.bool_], sell: NDArray[np.bool_], short: NDArray[np.bool_], cover: NDArray[np.bool_]
) -> Directions:
    """Return a direction that stays until its own way out, one bar flat where the other way in is met at once."""
    found = np.zeros(len(buy), np.int64)
    for bar in range(1, len(buy)):
        now = found[bar - 1]
        if (now == 1 and sell[bar]) or (now == -1 and cover[bar]):
            now = 0
        if now == 0:
            now = int(buy[bar]) or -int(short[bar])
        found[bar] = now
    return found


def through_flat(directions: Directions) -> Directions:
    """Return directions that stay flat for two bars between opposite sides, so that one order is done before the next is sent."""
    found = directions.copy()
    for bar in range(1, len(found)):
        recent = found[max(bar - 2, 0) : bar]
        if found[bar] != 0 and (recent == -found[bar]).any():
            found[bar] = 0
    return found
