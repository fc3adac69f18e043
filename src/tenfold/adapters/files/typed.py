"""Read columns of Parquet, whatever type they have: the frame, times, numbers."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.adapters.files.numbers import read_numbers
from tenfold.adapters.files.times import Times, read_times, to_utc
from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY


def typed_frame(content: bytes, where: str) -> pl.DataFrame:
    """Return the frame of a Parquet file; DataError where it is damaged or has no rows."""
    try:
        with _silent_panics():
            frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(f"{where} is a damaged Parquet file; get it again") from error
    if frame.height == 0:
        raise DataError(f"{where} has no rows")
    return frame


@contextmanager
def _silent_panics() -> Iterator[None]:
    """Keep what Polars writes on a damaged file's panic from the terminal: the error that follows tells it in one line."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def typed_times(column: pl.Series, *, tz: str | None, dates: str, where: str) -> Times:
    """Return the times of a Parquet column of any type that can hold one."""
    if column.null_count():
        raise DataError(f"{where} has {column.null_count()} rows without a time in column {column.name}")
    if isinstance(column.dtype, pl.Datetime):
        moments = column.dt.cast_time_unit("ns")
        local = moments if column.dtype.time_zone is None else moments.dt.replace_time_zone(None)
        if column.dtype.time_zone is not None:
            moments = moments.dt.convert_time_zone("UTC")
        utc_ns = moments.to_physical().to_numpy().astype(np.int64)
        local_ns = local.to_physical().to_numpy().astype(np.int64)
        assumed: list[str] = []
        if column.dtype.time_zone is None and tz is not None and (local_ns % NS_PER_DAY).any():
            utc_ns, assumed = to_utc(local_ns, tz, where)
        layout = f"moments in {column.dtype.time_zone or tz or 'UTC'}"
        return Times(local_ns=local_ns, utc_ns=utc_ns, dates_only=False, layout=layout, assumed=tuple(assumed))
    if column.dtype == pl.Date:
        days = column.to_physical().to_numpy().astype(np.int64) * NS_PER_DAY
        return Times(local_ns=days, utc_ns=days, dates_only=True, layout="dates")
    lines = list(range(1, len(column) + 1))
    if column.dtype.is_integer() or column.dtype == pl.String:
        return read_times(column.cast(pl.String), lines, tz=tz, dates=dates, where=where)
    raise DataError(f"{where}: column {column.name} is {column.dtype}, expected dates, times or integers")


def floats_of(column: pl.Series, where: str) -> NDArray[np.float64]:
    """Return the numbers of a Parquet column of any type that can hold them, NaN where absent."""
    if column.dtype == pl.String:
        return read_numbers(
            column.fill_null(""), list(range(1, len(column) + 1)), comma=False, where=where, name=column.name
        )
    try:
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{where}: column {column.name} is {column.dtype}, expected numbers") from error
