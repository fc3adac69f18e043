"""Hold the recorded price levels of every symbol that has them, once for all who look at them."""

from collections import defaultdict

from tenfold.exchange.events import Depth
from tenfold.market.depth_book import DepthBook


class DepthBooks:
    """Hold a book of levels for each symbol; whoever hears of an event first brings it in."""

    def __init__(self) -> None:
        self._books: defaultdict[str, DepthBook] = defaultdict(DepthBook)
        self._last: dict[str, Depth] = {}

    def __getitem__(self, symbol: str) -> DepthBook:
        """Return the book of a symbol, which stays the same one; its `last_id` is 0 before the first event."""
        return self._books[symbol]

    def on_depth(self, depth: Depth) -> None:
        """Take changes of levels; an event that is in the book already changes nothing."""
        symbol = depth.symbol
        if self._last.get(symbol) is depth:
            return
        self._last[symbol] = depth
        book = self._books[symbol]
        if depth.snapshot or book.last_id == 0:
            book.snapshot(max(depth.last_id, 1), depth.levels)
        else:
            book.change(book.last_id + 1, max(depth.last_id, book.last_id + 1), depth.levels)
