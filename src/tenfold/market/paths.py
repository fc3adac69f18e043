"""Turn log returns into bars whose open, high, low and close come from one path.

How it works
------------
Every bar is a Brownian bridge over a few moments: a gap at the open, then a walk to the close that the returns demand. Its
prices are read from that path, so that they always agree. What is made here is labelled "synthetic: ..." in `Bars.label`
and `Bars.sources`.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import BAR, Bars, stamp_calendar
from tenfold.domain.errors import ParameterError
from tenfold.domain.instrument import Instrument
from tenfold.domain.units import NS_PER_DAY

_STEPS: Final = 8
_TRADING_DAYS: Final = 252.0
_START_DAY: Final = 14_610  # 2010-01-01
_NIGHT_SHARE: Final = 0.2  # of a session's variance, between the close and the next open

Returns = NDArray[np.float64]


def begin(
    bars: int, symbols: int | Sequence[str], seed: int, volatility: float
) -> tuple[list[str], np.random.Generator]:
    """Return the names of the symbols and the one generator that a market is drawn from."""
    names = [f"SYN{i + 1}" for i in range(symbols)] if isinstance(symbols, int) else list(symbols)
    if bars < 2 or not names:
        raise ParameterError(f"a market of {bars} bars and {len(names)} symbols, expected at least 2 bars and 1 symbol")
    positive(volatility=volatility)
    return names, np.random.default_rng(seed)


def positive(**values: float) -> None:
    """Refuse a parameter that is negative or no number."""
    for name, value in values.items():
        if not (np.isfinite(value) and value >= 0.0):
            raise ParameterError(f"{name} is {value}, expected a finite number of at least 0")


def years(period_ns: int) -> float:
    """Return the length of a bar in years: 252 days make one, shorter bars run round the clock."""
    return 1.0 / _TRADING_DAYS if period_ns >= NS_PER_DAY else period_ns / (365.25 * NS_PER_DAY)


def per_bar(volatility: float, period_ns: int) -> float:
    """Return the deviation of a bar's log return."""
    return float(volatility * np.sqrt(years(period_ns)))


def mean_return(drift: float, volatility: float, period_ns: int) -> float:
    """Return the mean log return of a bar for a yearly drift of the price itself (Ito's correction)."""
    return (drift - 0.5 * volatility**2) * years(period_ns)


def correlated(rng: np.random.Generator, bars: int, count: int, correlation: float | Returns) -> Returns:
    """Return standard normals (T, S) with a correlation between all pairs, or a matrix of them."""
    if isinstance(correlation, int | float):
        matrix = np.full((count, count), float(correlation))
        np.fill_diagonal(matrix, 1.0)
    else:
        matrix = np.asarray(correlation, float)
    try:
        root = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise ParameterError("the correlations are impossible together: the matrix is not positive definite") from None
    if root.shape != (count, count):
        raise ParameterError(f"the correlations are {root.shape}, expected ({count}, {count})")
    return np.asarray(rng.standard_normal((bars, count)) @ root.T, np.float64)


def stamps(count: int, period_ns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return open and close of bars from 2010 on, (T,) each: working days, or shorter bars round the clock."""
    if period_ns >= NS_PER_DAY:
        days = np.busday_offset(np.datetime64(_START_DAY, "D"), np.arange(count), roll="forward").astype(np.int64)
        return days * NS_PER_DAY, days * NS_PER_DAY + NS_PER_DAY - 1
    open_ns = _START_DAY * NS_PER_DAY + np.arange(count, dtype=np.int64) * period_ns
    return open_ns, open_ns + period_ns


def bars_along(
    names: Sequence[str],
    mean: Any,
    sigma: Returns,
    noise: Returns,
    rng: np.random.Generator,
    period_ns: int,
    told: str,
    extra: Returns | None = None,
    overnight: Returns | None = None,
    activity: Returns | None = None,
) -> Bars:
    """Return bars whose close to close log returns are mean + sigma * noise + extra, each (T, S) or broadcast to it.

    `overnight` is the part of them that has happened by the open; `activity` is added to the logarithm of the volume.
    """
    total = mean + sigma * noise + (0.0 if extra is None else extra)
    count, width = total.shape
    gap = (
        sigma * np.sqrt(_NIGHT_SHARE) * rng.standard_normal((count, width)) if period_ns >= NS_PER_DAY else 0.0 * total
    )
    if overnight is not None:
        gap = gap + overnight
    inner = rng.standard_normal((_STEPS, count, width)) * (sigma * np.sqrt((1.0 - _NIGHT_SHARE) / _STEPS))
    walk = np.cumsum(inner, axis=0)
    share = (np.arange(1, _STEPS + 1) / _STEPS)[:, None, None]
    path = gap + walk + share * (total - gap - walk[-1])
    before = np.log(100.0) + np.vstack([np.zeros((1, width)), np.cumsum(total, axis=0)[:-1]])
    path = np.exp(np.clip(before + path, -200.0, 200.0))
    rows = np.zeros((count, width), BAR)
    rows["open"] = np.exp(np.clip(before + gap, -200.0, 200.0))
    rows["close"] = path[-1]
    rows["high"] = np.maximum(rows["open"], path.max(axis=0))
    rows["low"] = np.minimum(rows["open"], path.min(axis=0))
    busy = 0.3 * rng.standard_normal((count, width)) + 0.5 * np.abs(noise)
    rows["volume"] = np.round(1e6 * np.exp(busy if activity is None else busy + activity))
    for name in ("bid", "ask", "bid_open", "ask_open"):
        rows[name] = np.nan
    open_ns, ts_ns = stamps(count, period_ns)
    rows["open_ns"], rows["ts_ns"] = open_ns[:, None], ts_ns[:, None]
    stamp_calendar(rows)
    label = f"synthetic: {told}"
    return Bars(
        rows=rows,
        instruments=tuple(Instrument(symbol=name) for name in names),
        period_ns=period_ns,
        label=label,
        adjustment="total",
        sources={
            name: {"label": label, "score": 100.0, "rows": count, "counts": {}, "notes": [label]} for name in names
        },
    )
