"""Find the best bid and offer over several exchanges, quote by quote."""

from typing import Final

_NAN: Final = float("nan")


class BestQuote:
    """Keep the last bid and offer of each exchange, and give the best of all.

    An update names one exchange and one side or both; a side that is 0 or absent leaves what stood there. Nothing says
    when an exchange withdraws its quote, but no exchange may bid above another's offer: a newer bid above an older offer
    shows that the offer is gone, and it is forgotten until that exchange quotes again. So the best are never crossed.
    """

    def __init__(self) -> None:
        self._bids: dict[str, float] = {}
        self._asks: dict[str, float] = {}

    def update(self, exchange: str, bid: float, ask: float) -> tuple[float, float]:
        """Return (best bid, best offer) after an update; NaN for a side that no exchange shows."""
        if bid > 0.0:
            self._bids[exchange] = bid
            for name in [name for name, standing in self._asks.items() if standing < bid]:
                del self._asks[name]
        if ask > 0.0:
            self._asks[exchange] = ask
            for name in [name for name, standing in self._bids.items() if standing > ask]:
                del self._bids[name]
        best_bid = max(self._bids.values()) if self._bids else _NAN
        best_ask = min(self._asks.values()) if self._asks else _NAN
        return best_bid, best_ask
