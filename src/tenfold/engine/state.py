"""Hold what the engine knows of one symbol."""

from tenfold.risk.gate import Estimate


class SymbolState:
    """Hold vote, position wish and working order of a symbol.

    `pending` are the signed lots that `order_id` still has to fill; `wanted` is the direction for which the position
    was last ordered; `stopped` says that an exit fired since, so that only another direction enters again.
    `scores` are the latest, one a member; `leaving` are signed lots of the latest orders in whose place another came.
    """

    __slots__ = (
        "agreement",
        "direction",
        "entry_id",
        "estimate",
        "index",
        "leaving",
        "order_id",
        "pending",
        "scores",
        "stopped",
        "symbol",
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
        self.pending = 0
        self.leaving: dict[str, int] = {}
        self.order_id = ""
        self.entry_id = ""
        self.estimate = Estimate()
