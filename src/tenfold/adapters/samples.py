"""Read the real market data that arch, bokeh_sampledata and skfolio ship, without importing those packages."""

import gzip
import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.adjustment import actions_from_factors
from tenfold.market.series import ACTION, Series, empty_rows, stamp_rows

_PRICES: Final = ("open", "high", "low", "close")


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one sample set and the file of the package that holds it."""

    name: str
    package: str
    file: str
    text: str
    calendar: str = "XNYS"


SAMPLES: Final = {
    sample.name: sample
    for sample in (
        Sample(
            name="us-large-caps",
            package="bokeh_sampledata",
            file="_data/stocks.csv.gz",
            text="AAPL, FB, GOOG, IBM, MSFT: daily, raw with splits and dividends, 2000 to 2013",
        ),
        Sample(
            name="us-indices",
            package="arch",
            file="data/{}/{}.csv.gz",
            text="SP500 and NASDAQ: daily, 1999 to 2018",
        ),
        Sample(
            name="sp500-20",
            package="skfolio",
            file="datasets/data/sp500_dataset.csv.gz",
            text="20 large companies of the United States: daily adjusted closes, 1990 to 2022",
        ),
        Sample(
            name="sp500-index",
            package="skfolio",
            file="datasets/data/sp500_index.csv.gz",
            text="S&P 500: daily closes, 1990 to 2022",
        ),
        Sample(
            name="factor-funds",
            package="skfolio",
            file="datasets/data/factors_dataset.csv.gz",
            text="MTUM, QUAL, SIZE, USMV, VLUE: daily adjusted closes, 2014 to 2022",
        ),
        Sample(name="vix", package="arch", file="data/vix/vix.csv.gz", text="VIX: daily closes, 2014 to 2019"),
        Sample(name="wti", package="arch", file="data/wti/wti.csv.gz", text="WTI crude oil: daily, 1986 to 2019"),
    )
}


def sample_series(name: str) -> list[Series]:
    """Return the series of a sample set, symbol by symbol.

    Raises UnknownNameError for an unknown name, DataError where the package is not installed or its file
    is not what is expected.
    """
    if name not in SAMPLES:
        raise UnknownNameError(f"there is no sample {name}; {did_you_mean(name, SAMPLES)}")
    sample = SAMPLES[name]
    readers: dict[str, Callable[[Sample], list[Series]]] = {"us-large-caps": _stocks, "us-indices": _indices}
    try:
        return readers.get(name, _closes)(sample)
    except (OSError, EOFError, pl.exceptions.PolarsError) as error:
        raise DataError(
            f"sample {name} of package {sample.package} cannot be read ({type(error).__name__}); "
            f"install it again: pip install --force-reinstall {_distribution(sample.package)}"
        ) from error


def _distribution(package: str) -> str:
    return package.replace("_", "-")


def _read(package: str, file: str) -> pl.DataFrame:
    # find_spec finds a top-level package without running it; arch alone would import pandas and scipy.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(
            f"the sample needs package {package}, which is not installed; "
            f"install it: pip install {_distribution(package)} (or tenfold[samples])"
        )
    path = Path(next(iter(spec.submodule_search_locations))) / file
    with gzip.open(path) as stream:
        return pl.read_csv(io.BytesIO(stream.read()), infer_schema_length=None, null_values=["."])


def _days(column: pl.Series) -> NDArray[np.int64]:
    text = str(column[0])
    dates = column.str.to_date("%m/%d/%Y" if "/" in text else "%Y-%m-%d")
    return dates.to_physical().cast(pl.Int64).to_numpy()


def _series(symbol: str, sample: Sample, frame: pl.DataFrame, *, adjusted: bool) -> Series:
    """Build the series of a frame with Date and OHLCV, or one column of closes."""
    days = _days(frame["Date"])
    rows = empty_rows(len(frame))
    stamp_rows(rows, days * NS_PER_DAY, NS_PER_DAY, "date")
    for name in (*_PRICES, "volume"):
        column = name.capitalize()
        if column in frame.columns:
            rows[name] = frame[column].cast(pl.Float64).to_numpy()
        elif name != "volume":
            rows[name] = frame["Close"].cast(pl.Float64).to_numpy()
    factor = None
    if "Adj Close" in frame.columns:
        factor = (frame["Adj Close"] / frame["Close"]).to_numpy()
    known = factor is not None
    return Series(
        symbol=symbol,
        rows=rows,
        period_ns=NS_PER_DAY,
        adjustment="total" if adjusted else "raw",
        factor=factor,
        actions=actions_from_factors(days, rows["close"], factor) if factor is not None else np.zeros(0, ACTION),
        actions_known=known,
        calendar=sample.calendar,
        label=f"{sample.package}: {sample.name}",
    )


def _stocks(sample: Sample) -> list[Series]:
    frame = _read(sample.package, sample.file)
    parts = frame.partition_by("Ticker", maintain_order=True)
    return [_series(str(part["Ticker"][0]), sample, part, adjusted=False) for part in parts]


def _indices(sample: Sample) -> list[Series]:
    names = {"SP500": "sp500", "NASDAQ": "nasdaq"}
    return [
        _series(symbol, sample, _read(sample.package, sample.file.format(file, file)), adjusted=False)
        for symbol, file in names.items()
    ]


def _closes(sample: Sample) -> list[Series]:
    """Read a file whose columns are symbols: Date, AAPL, AMD, ..."""
    frame = _read(sample.package, sample.file)
    aliases = {"vix": "VIX", "DCOILWTICO": "WTI"}
    adjusted = sample.name in ("sp500-20", "factor-funds")
    return [
        _series(aliases.get(name, name), sample, frame.select("Date", Close=name), adjusted=adjusted)
        for name in frame.columns
        if name != "Date"
    ]
