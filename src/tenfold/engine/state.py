"""Hold what the engine knows of one symbol."""

from tenfold.risk.gate import Estimate


class Leaving:
    """Hold an order in whose place another came: signed lots that it has not filled, and whether it may, its end not being told yet.

    `undone` are lots of it that were taken back: what fills of them again is a correction, and nobody's surprise.
    """

    __slots__ = ("lots", "undone", "works")

    def __init__(self, lots: int) -> None:
        self.lots = lots
        self.works = True
        self.undone = 0


class SymbolState:
    """Hold vote, position wish and working order of a symbol.

    `pending` are the signed lots that `order_id` still has to fill; `wanted` is the direction for which the position
    was last ordered; `rests` says that the order works until it fills or somebody cancels it, `waits` that it does so for an auction; `stopped` says that an
    exit fired since, so that only another direction enters again; `astray` says that something is held, or not, that nobody has ordered so.
    `scores` are the latest, one a member; `leaving` are the latest orders in whose place another came, by id.
    """

    __slots__ = (
        "agreement",
        "astray",
        "direction",
        "entry_id",
        "estimate",
        "index",
        "leaving",
        "order_id",
        "pending",
        "rests",
        "scores",
        "stopped",
        "symbol",
        "waits",
        "wanted",
    )

    def __init__(self, symbol: str, index: int) -> None:
        self.symbol = symbol
        self.index = index
        self.scores: list[float] = []
        self.direction = 0
        self.agreement = 0.0
        self.wanted = 0
        self.stopped = False
        self.astray = False
        self.pending = 0
        self.rests = True
        self.waits = False
        self.leaving: dict[str, Leaving] = {}
        self.order_id = ""
        self.entry_id = ""
        self.estimate = Estimate()

    def works(self, held: int) -> int:
        """Return the signed lots that its order may fill: where that only closes, no more than is held."""
        lots = self.pending
        if lots * self.wanted > 0:
            return lots
        if lots * held >= 0:
            return 0
        return -held if abs(lots) > abs(held) else lots

    def halved(self, held: int, delta: int) -> int:
        """Return the signed lots to trade: no fewer than what a breaker has sent to lower what is held by a part."""
        if held * self.pending >= 0 or abs(self.pending) >= abs(held):
            return delta
        return min(delta, self.pending) if held > 0 else max(delta, self.pending)
