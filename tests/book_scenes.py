"""Send orders to the books of venues and show them a market, in round numbers."""

from tenfold.domain.market import Quote, Trade
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.matching.venues import Venue
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket, Trailed

S = NANO
MINUTE = 60 * NANO
NEAR = (
    Venue(name="NYSE", share=0.5, taker_fee=3_000_000, maker_fee=-1_000_000),
    Venue(name="IEX", share=0.5, taker_fee=900_000),
)
ONE = (Venue(name="NYSE", share=1.0),)


def quote(bid, ask, size=100, ts=1, ask_size=None, **more):
    return Quote(
        ts_ns=ts, symbol="A", bid=bid, ask=ask, bid_size=size, ask_size=size if ask_size is None else ask_size, **more
    )


def trade(price, size, ts=1, **more):
    return Trade(ts_ns=ts, symbol="A", price=price, size=size, **more)


def ticket(order_id="o", side=1, qty=100, **terms):
    plain = {"owner": "me", "symbol": "A", "kind": "limit" if "limit" in terms else "market", "tif": "day", "ts_ns": 1}
    for name in ("limit", "stop", "trail", "display"):
        if name in terms:
            terms[name] = round(terms[name] * NANO)
    return Ticket(order_id=order_id, side=side, qty=round(qty * NANO), **plain | terms)


class Told(list):
    @property
    def fills(self):
        return [(one.order_id, one.qty / NANO, one.price / NANO) for one in self if isinstance(one, Execution)]

    @property
    def ends(self):
        return [(one.order_id, one.status) for one in self if isinstance(one, Ended)]

    @property
    def trails(self):
        return [(one.order_id, one.best / NANO, one.stop / NANO) for one in self if isinstance(one, Trailed)]


class Market:
    def __init__(self, venues=ONE, kind="quotes"):
        self.matching = BookMatching({"A": kind}, lambda symbol: venues)

    def play(self, *events):
        return Told(outcome for event in events for outcome in self.matching.on_market(event))

    def send(self, *args, **terms):
        return Told(self.matching.submit(ticket(*args, **terms)))
