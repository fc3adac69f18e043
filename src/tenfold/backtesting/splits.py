"""Split a time axis into stretches to choose on and stretches to judge on."""

from dataclasses import dataclass
from itertools import pairwise

from tenfold.domain.errors import SettingsError


@dataclass(frozen=True)
class Window:
    """Hold one step of a walk forward, as bar numbers [start, stop)."""

    train: tuple[int, int]
    test: tuple[int, int]


def walk_forward(
    length: int, *, tests: int = 6, train_frac: float = 0.4, purge: int = 0, rolling: bool = False
) -> tuple[Window, ...]:
    """Return windows whose tests follow each other to the end, each after what it was chosen on.

    Parameters
    ----------
    length : bars
    tests : number of windows; the tests are of equal length, but for rounding
    train_frac : share of the bars before the first test
    purge : bars between train and test that neither sees: what a decision in the train can still earn, its horizon and
        the longest holding that should not reach into both
    rolling : trains of one length that move on, in place of trains that all begin at the first bar

    Raises SettingsError where a train or test would be empty.
    """
    if tests < 1 or not 0.0 < train_frac < 1.0 or purge < 0:
        raise SettingsError(
            f"{tests} windows after {train_frac:g} of the data with {purge} bars purged, expected at least 1 window, a share "
            "between 0 and 1 and no negative purge"
        )
    first = round(length * train_frac)
    edges = [first + round((length - first) * number / tests) for number in range(tests + 1)]
    windows = []
    for start, stop in pairwise(edges):
        begin = start - first if rolling else 0
        if start - purge <= begin or stop <= start:
            raise SettingsError(f"{length} bars are too few for {tests} windows after {train_frac:g} of them")
        windows.append(Window((begin, start - purge), (start, stop)))
    return tuple(windows)
