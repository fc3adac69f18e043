"""Make the market that every contestant trades: seeded one-minute bars of a geometric Brownian motion."""

from pathlib import Path

import numpy as np

SEED = 42
MINUTE_VOLATILITY = 0.0008
FIELDS = ("open", "high", "low", "close", "volume")


def make(count: int) -> dict[str, np.ndarray]:
    """Return arrays (count,) by field, prices with four decimals, volume in whole shares."""
    source = np.random.default_rng(SEED)
    steps = source.normal(-0.5 * MINUTE_VOLATILITY**2, MINUTE_VOLATILITY, count)
    close = np.maximum(100.0 * np.exp(np.cumsum(steps)), 1.0)
    first = np.concatenate(([100.0], close[:-1])) * np.exp(source.normal(0.0, MINUTE_VOLATILITY / 10, count))
    spread = np.abs(source.normal(0.0, 0.4 * MINUTE_VOLATILITY, (2, count)))
    high = np.maximum(first, close) * np.exp(spread[0])
    low = np.minimum(first, close) * np.exp(-spread[1])
    prices = {"open": first, "high": high, "low": low, "close": close}
    market = {name: np.round(values, 4) for name, values in prices.items()}
    market["volume"] = np.round(source.lognormal(5.0, 1.0, count)) + 1.0
    return market


def path_of(folder: Path, count: int) -> Path:
    """Return where a market of this length is kept, making it the first time: all contestants read one file."""
    path = folder / f"minutes-{count}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, **make(count))
        part.replace(path)
    return path


def load(path: str) -> dict[str, np.ndarray]:
    """Return what `path_of` keeps."""
    with np.load(path) as kept:
        return {name: kept[name] for name in FIELDS}
