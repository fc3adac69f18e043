"""Name what a sweep hands over: statistics of many parameter sets, traded alone."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.rules import Rules


class SweepRecord(Protocol):
    """Hold statistics of K parameter sets: see `backtesting.sweep.Sweep`."""

    @property
    def name(self) -> str:
        """Name of the strategy."""

    @property
    def parameters(self) -> dict[str, NDArray[Any]]:
        """Values of each parameter, (K,)."""

    @property
    def statistics(self) -> NDArray[np.void]:
        """Statistics, (K,) records."""

    @property
    def bars(self) -> Bars:
        """The market."""

    @property
    def rules(self) -> Rules:
        """The rules under which each was traded."""

    @property
    def notes(self) -> dict[str, Any]:
        """What must be said about it."""
