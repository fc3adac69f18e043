"""Say when a model of regimes is fitted anew, each time on all that is known by then."""

from collections.abc import Iterator
from typing import Final

from tenfold.domain.errors import ParameterError

FIRST_BARS: Final = 504
"""Bars on which a model is fitted first: two years of days."""

REFIT_BARS: Final = 252
"""Bars between fits: a year of days."""

_GROWTH: Final = 10
"""A sample at least this part longer is worth another fit; it bounds what long intraday histories cost."""


def refits(length: int, first_bars: int, refit_bars: int) -> Iterator[tuple[int, int]]:
    """Yield (fitted, until): a model fitted on bars [0, fitted) labels the bars [fitted, until).

    The next fit comes after `refit_bars`, or after a tenth of what is known, whichever is longer. No moment of it depends on
    `length`, which only ends it.

    Raises ParameterError where `first_bars` is below 20 or `refit_bars` below 1.
    """
    if first_bars < 20 or refit_bars < 1:
        raise ParameterError(
            f"the first fit takes {first_bars} bars and the next comes {refit_bars} later, expected at least 20 and 1"
        )
    fitted = first_bars
    while fitted < length:
        until = min(length, fitted + max(refit_bars, fitted // _GROWTH))
        yield fitted, until
        fitted = until
