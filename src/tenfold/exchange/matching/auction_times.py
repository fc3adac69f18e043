"""Remember which auctions are over without a word: data may hold no official prices."""

from typing import Final, Literal

from tenfold.domain.units import NS_PER_MINUTE
from tenfold.exchange.events import Edge

OPENING: Final = "opg"
CLOSING: Final = "cls"

_PATIENCE_NS: Final = NS_PER_MINUTE  # after the edge of the session an official price is still to be expected
_BY_EDGE: Final[dict[str, Literal["opg", "cls"]]] = {"open": OPENING, "close": CLOSING}


class AuctionTimes:
    """Hold the edges of the session whose auction is awaited."""

    __slots__ = ("_edges",)

    def __init__(self) -> None:
        self._edges: dict[str, int] = {}

    def on_edge(self, edge: Edge) -> None:
        """Expect an auction at the open or the close."""
        if edge.kind in _BY_EDGE:
            self._edges[_BY_EDGE[edge.kind]] = edge.ts_ns

    def told(self, tif: str) -> None:
        """Expect an auction no more: its price was told."""
        self._edges.pop(tif, None)

    def overdue(self, ts_ns: int) -> list[tuple[str, int]]:
        """Return the auctions whose price will not come any more and the moments of their edges, each once."""
        if not self._edges:
            return []
        found = [(tif, edge_ns) for tif, edge_ns in self._edges.items() if edge_ns + _PATIENCE_NS <= ts_ns]
        for tif, _ in found:
            del self._edges[tif]
        return found
