"""Hold what a file contained: series of bars or ticks, and how it was read."""

from dataclasses import dataclass

from tenfold.market.series import Series
from tenfold.market.ticks import Ticks


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
