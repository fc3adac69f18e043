"""Put the bars of a market in another order, scaled and shifted, so that a rule can be run again on what might have been.

How it works
------------
Bars are taken apart into the logarithms of open, high, low and close over the close before. Those of one moment move
together, so that what the symbols have in common is kept; a new path is their running sum. Scaling by a positive number and
shifting all four alike keep the high above and the low below; whatever hangs on a price (quotes, dividends) follows it, volume and
further columns are carried along. Time and calendar stay where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import ParameterError

Rows = NDArray[np.int64]
Values = NDArray[np.float64]

_PRICES: Final = ("open", "high", "low", "close")
_QUOTES: Final = (("bid", "close"), ("ask", "close"), ("bid_open", "open"), ("ask_open", "open"))
_TIMES: Final = (
    "session", "ts_ns", "open_ns", "session_bar", "elapsed_s", "remaining_s", "year", "month", "day", "weekday",
)  # fmt: skip
_REACH: Final = (-8.0, 14.0)
"""How far a price may go from its start, as logarithms: to a three-thousandth and a million times, which exact money still holds."""


@dataclass(frozen=True, eq=False)
class Ratios:
    """Hold bars as what happened in each, apart from the level of prices.

    Attributes
    ----------
    bars : (T, S), where they came from
    open, high, low, close : (T, S) logarithms over the symbol's last close; 0 without a usable bar
    before : (T, S) that last close; the symbol's own first open before there is one
    start : (S,) logarithm of the price that the path begins at
    mean : (S,) mean of `close` over usable bars
    """

    bars: Bars
    open: Values
    high: Values
    low: Values
    close: Values
    before: Values
    start: Values
    mean: Values

    def __len__(self) -> int:
        return len(self.bars)


def ratios_of(bars: Bars) -> Ratios:
    """Return bars taken apart."""
    usable, rows = bars.usable, bars.rows
    length, count = rows.shape
    place = np.where(usable, np.arange(length)[:, None], -1)
    last = np.vstack([np.full((1, count), -1), np.maximum.accumulate(place, axis=0)[:-1]])  # usable row before, or -1
    first = np.where(usable.any(0), usable.argmax(0), 0)
    begin = np.where(usable.any(0), rows["open"][first, np.arange(count)], 1.0)
    closes = np.where(usable, rows["close"], 1.0)
    before = np.where(last >= 0, np.take_along_axis(closes, np.maximum(last, 0), axis=0), begin)
    logs = {}
    for name in _PRICES:
        logs[name] = np.where(usable, np.log(np.where(usable, rows[name], before) / before), 0.0)
    mean = logs["close"].sum(0) / np.maximum(usable.sum(0), 1)
    return Ratios(bars=bars, before=before, start=np.log(begin), mean=mean, **logs)


def rebuilt(
    ratios: Ratios,
    rows: Rows,
    *,
    scale: float | Values = 1.0,
    shift: float | Values = 0.0,
    volume: float = 1.0,
    spread: float = 1.0,
) -> Bars:
    """Return the bars that a path through `rows` makes, on the times of the old ones.

    Parameters
    ----------
    rows : (T,) number of the old bar that each new one is like
    scale : of the deviation of each logarithm from the symbol's mean return; a number, (T, 1) or (T, S), positive
    shift : added to all four logarithms of a bar, so that it moves as a whole; alike
    volume, spread : factors of the volume, and of the distance of quotes from their price
    """
    old, usable = ratios.bars.rows, ratios.bars.usable[rows]
    offset = np.where(usable, (1.0 - scale) * ratios.mean + shift, 0.0)
    moved = ratios.close[rows] * scale + offset
    level = ratios.start + np.clip(np.cumsum(moved, axis=0), *_REACH)
    before = np.vstack([ratios.start[None, :], level[:-1]])
    made = _taken(old, rows)
    for name in _TIMES:
        made[name] = old[name]
    changed = {"close": np.exp(level)}
    for name in ("open", "high", "low"):
        changed[name] = np.exp(before + getattr(ratios, name)[rows] * scale + offset)
    changed["high"] = np.maximum(changed["high"], np.maximum(changed["open"], changed["close"]))
    changed["low"] = np.minimum(changed["low"], np.minimum(changed["open"], changed["close"]))
    for name, price in _QUOTES:
        if not np.isnan(old[name]).all():
            with np.errstate(divide="ignore", invalid="ignore"):  # unusable rows have prices of 0
                away = (old[name][rows] / old[price][rows] - 1.0) * spread
            made[name] = changed[price] * np.maximum(1.0 + away, 1e-6)
    if ratios.bars.pays_dividends:
        made["dividend"] *= np.exp(before) / ratios.before[rows]
    for name in _PRICES:
        made[name] = np.where(usable, changed[name], np.nan)
    if volume != 1.0:
        made["volume"] *= volume
    return replace(ratios.bars, rows=made, label=f"resampled: {ratios.bars.label}")


def stationary_rows(ratios: Ratios, block: float, rng: np.random.Generator, within: Rows | None = None) -> Rows:
    """Return (T,) rows in blocks of geometric length, `block` bars on average (Politis, Romano 1994); the end joins the start.

    A block that begins at the n-th bar of a session is taken from the n-th bar of another; where `within` (N,) is given,
    blocks begin at those bars alone.
    """
    length = len(ratios)
    fresh = rng.random(length) < 1.0 / max(block, 1.0)
    fresh[0] = True
    begins = np.flatnonzero(fresh)
    starts = _alike(ratios.bars, begins, rng.random(len(begins)), np.arange(length) if within is None else within)
    number = np.cumsum(fresh) - 1
    return np.asarray((starts[number] + np.arange(length) - begins[number]) % length, np.int64)


def resampled(ratios: Ratios, block: float, seed: int, index: int) -> Bars:
    """Return path `index` of a seed: blocks of bars of all symbols together, OHLC kept consistent."""
    return rebuilt(ratios, stationary_rows(ratios, block, np.random.default_rng([seed, index])))


def block_shuffle(bars: Bars, block: int, seed: int, demean: bool = True) -> Bars:
    """Return bars cut into blocks that are put in another order; every bar is used once, and keeps its shape.

    Parameters
    ----------
    block : bars of a block, the first and the last being shorter; cuts are made between sessions alone
    demean : take the mean log return from each symbol, so that it ends where it began

    Raises ParameterError where a block is shorter than 1 bar.
    """
    if block < 1:
        raise ParameterError(f"blocks of {block} bars, expected at least 1")
    rng = np.random.default_rng([seed, block])
    ratios = ratios_of(bars)
    edges = _cuts(np.flatnonzero(bars.rows["session_bar"][:, 0] == 0), len(bars), block, int(rng.integers(block)))
    parts = [np.arange(begin, end) for begin, end in pairwise(edges)]
    rows = np.concatenate([parts[number] for number in rng.permutation(len(parts))])
    return rebuilt(ratios, rows, shift=-ratios.mean if demean else 0.0)


def _taken(records: NDArray[np.void], rows: Rows) -> NDArray[np.void]:
    """Return rows of records (T, S) as whole bytes: ten times as fast as field by field, and what pads them is copied too."""
    raw = records.view(np.uint8).reshape(len(records), -1)
    return raw[rows].view(records.dtype).reshape(records.shape)


def _cuts(sessions: Rows, length: int, block: int, offset: int) -> Sequence[int]:
    """Return the edges of blocks of at least `block` bars that begin with a session, after a first of about `offset`."""
    edges, wanted = [0], offset
    while wanted < length:
        at = int(np.searchsorted(sessions, wanted))
        if at == len(sessions):
            break
        if sessions[at] > edges[-1]:
            edges.append(int(sessions[at]))
        wanted = int(sessions[at]) + block
    return [*edges, length]


def _alike(bars: Bars, begins: Rows, draws: Values, within: Rows) -> Rows:
    """Return for each bar that begins a block one of `within`, at the same place of a session where there is one."""
    places = bars.rows["session_bar"][:, 0]
    if not places.any():
        return within[(draws * len(within)).astype(np.int64)]
    order = within[np.argsort(places[within], kind="stable")]
    ordered = places[order]
    low = np.searchsorted(ordered, places[begins], side="left")
    high = np.searchsorted(ordered, places[begins], side="right")
    none = high == low
    low[none], high[none] = 0, len(order)
    return order[low + (draws * (high - low)).astype(np.int64)]
