"""Show the market once where several sources tell it."""

from collections.abc import Callable
from typing import Final

from tenfold.domain.live_market import LiveValue, Print
from tenfold.domain.units import NS_PER_SECOND
from tenfold.market.feeds import Feeds

_AHEAD_NS: Final = 5 * NS_PER_SECOND
"""A moment further ahead of its receipt is odd: what another source tells after it counts all the same."""


class ShownOnce:
    """Pass on what the source tells that a symbol is taken from, and no print that another has told before it.

    Parameters
    ----------
    several : whether there is more than one source
    """

    def __init__(self, show: Callable[[list[LiveValue]], None], feeds: Feeds, *, several: bool) -> None:
        self._show = show
        self._feeds = feeds
        self._several = several
        self._last: dict[str, tuple[str, int]] = {}  # by symbol, source and moment of the latest print

    def take(self, source: str, received_ns: int, values: list[LiveValue]) -> None:
        """Take what a source told at once."""
        self._show([one for one in values if self._counts(source, one, received_ns)] if self._several else values)

    def _counts(self, source: str, value: LiveValue, received_ns: int) -> bool:
        symbol = value.symbol
        if symbol not in self._feeds.sources[source].bars or self._feeds.active(symbol) != source:
            return False
        if isinstance(value, Print):
            before, ts_ns = self._last.get(symbol, (source, 0))
            if before != source and value.ts_ns <= ts_ns:
                return False
            self._last[symbol] = (source, min(value.ts_ns, received_ns + _AHEAD_NS))
        return True
