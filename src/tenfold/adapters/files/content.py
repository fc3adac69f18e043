"""Hold what a file contained: its columns by meaning, then series of bars or ticks, and how it was read."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tenfold.adapters.files.times import Times
from tenfold.market.series import Series
from tenfold.market.ticks import Ticks


@dataclass(frozen=True, eq=False)
class Columns:
    """Hold the columns of a file by meaning.

    Attributes
    ----------
    kind : "bars", "quote bars" or a kind of `market.ticks.KINDS`
    symbols : (N,) names, None where the file has none
    numbers, texts : (N,) by role
    extra : (N,) by name: columns that were asked for, or the values of a set of values
    panel : (N,) by symbol, of a file with one column a symbol
    symbol, stamp : where the layout states them: the name, and what the times of bars mean
    """

    kind: str
    times: Times
    symbols: NDArray[np.str_] | None
    numbers: dict[str, NDArray[np.float64]]
    dialect: dict[str, str]
    receipt_ns: NDArray[np.int64] | None = None
    panel: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    texts: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    extra: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    symbol: str = ""
    stamp: str = ""


@dataclass(frozen=True, eq=False)
class FileContent:
    """Hold the content of one file.

    Attributes
    ----------
    series, ticks : by symbol; one of the two is empty
    dialect : what was detected, by name: separator, header, times, order, stamp, ...
    assumed : what could not be known from the file, one line each
    """

    series: tuple[Series, ...]
    ticks: tuple[Ticks, ...]
    dialect: dict[str, str]
    assumed: tuple[str, ...]
