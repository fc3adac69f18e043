"""Turn bars, ticks, actions and terms into frames of the catalogue, and back."""

from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.codec import convert
from tenfold.domain.instrument import Instrument
from tenfold.market.adjustment import merge_actions
from tenfold.market.series import ACTION, Series, empty_rows
from tenfold.market.ticks import Column, Ticks

_ALWAYS: Final = ("open_ns", "open", "high", "low", "close", "volume", "flags", "session")
_QUOTES: Final = ("bid", "ask", "bid_open", "ask_open")


def bar_frame(series: Series) -> pl.DataFrame:
    """Return the rows of a series, with its further columns; quotes only where it has some."""
    rows = series.rows
    columns = {"ts": _moments(rows["ts_ns"])}
    columns |= {name: pl.Series(rows[name].copy()) for name in _ALWAYS}
    columns |= {name: pl.Series(rows[name].copy()) for name in _QUOTES if np.isfinite(rows[name]).any()}
    columns |= {name: pl.Series(values.copy()) for name, values in series.columns.items()}
    return pl.DataFrame(columns)


def frame_bars(frame: pl.DataFrame) -> NDArray[np.void]:
    """Return the rows (N,) of `bar_frame`; a polars error where a column is absent."""
    rows = empty_rows(len(frame))
    rows["ts_ns"] = frame["ts"].to_physical().to_numpy()
    for name in (*_ALWAYS, *(name for name in _QUOTES if name in frame.columns)):
        rows[name] = frame[name].to_numpy()
    return rows


def frame_columns(frame: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Return the further columns of `bar_frame`, by name."""
    own = {"ts", *_ALWAYS, *_QUOTES}
    return {name: frame[name].to_numpy().astype(np.float64) for name in frame.columns if name not in own}


def tick_frame(ticks: Ticks) -> pl.DataFrame:
    """Return ticks with the time of the exchange first."""
    return pl.DataFrame(
        {"ts": _moments(ticks.ts_ns)} | {name: pl.Series(values) for name, values in ticks.columns.items()}
    )


def frame_ticks(symbol: str, kind: str, frame: pl.DataFrame) -> Ticks:
    """Return the ticks of `tick_frame`."""
    columns: dict[str, Column] = {}
    for column in frame.get_columns():
        if column.name != "ts":
            values = column.to_numpy()
            columns[column.name] = values.astype(np.str_) if column.dtype == pl.String else values
    return Ticks(symbol=symbol, kind=kind, ts_ns=frame["ts"].to_physical().to_numpy().astype(np.int64), columns=columns)


def action_frame(*actions: NDArray[np.void]) -> pl.DataFrame:
    """Return actions merged by day; of two for one day the last wins."""
    merged = merge_actions(actions)
    return pl.DataFrame({name: pl.Series(merged[name].copy()) for name in ACTION.names or ()})


def frame_actions(frame: pl.DataFrame) -> NDArray[np.void]:
    """Return the records of `action_frame`."""
    actions = np.zeros(len(frame), ACTION)
    for name in ACTION.names or ():
        actions[name] = frame[name].to_numpy()
    return actions


def instrument_frame(instrument: Instrument) -> pl.DataFrame:
    """Return the contract terms of one symbol as one row."""
    return pl.DataFrame([msgspec.structs.asdict(instrument)])


def frame_instrument(frame: pl.DataFrame) -> Instrument:
    """Return the contract terms of `instrument_frame`; DecodeError where they are none."""
    return convert(Instrument, frame.row(0, named=True) if frame.height == 1 else None)


def _moments(ts_ns: NDArray[np.int64]) -> pl.Series:
    return pl.Series(ts_ns.copy()).cast(pl.Datetime("ns", "UTC"))
