"""Consolidate the quotes of all venues into the national best bid and offer."""

from tenfold.domain.market import Quote
from tenfold.exchange.wire import nano_of
from tenfold.market.best_quote import BestQuote


class Nbbo:
    """Hold the best bid and offer of one symbol, in billionths; 0 where none is known.

    A quote that names no venue is consolidated already. Of those that do, the best stands; one whose bid is not below its ask
    counts for nothing.

    Attributes
    ----------
    quotes : the last quote of each venue, "" for the consolidated one
    """

    __slots__ = ("_best", "ask", "bid", "quotes")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what was quoted."""
        self._best = BestQuote()
        self.bid = self.ask = 0
        self.quotes: dict[str, Quote] = {}

    def update(self, quote: Quote) -> bool:
        """Take a quote, and say whether it can be traded against."""
        if quote.bid >= quote.ask:
            return False
        self.quotes[quote.venue] = quote
        bid, ask = quote.bid, quote.ask
        if quote.venue:
            bid, ask = self._best.update(quote.venue, quote.bid, quote.ask)
        self.bid = nano_of(bid) if bid > 0.0 else 0
        self.ask = nano_of(ask) if ask > 0.0 else 0
        return True

    def best(self, side: int) -> int:
        """Return the bid (+1) or the offer (-1)."""
        return self.bid if side > 0 else self.ask

    def contains(self, price: int) -> bool:
        """Say whether a print was made at the best bid or offer, or between them; True where there is no quote."""
        return (self.bid == 0 or price >= self.bid) and (self.ask == 0 or price <= self.ask)
