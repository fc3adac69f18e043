"""Cross what waits for an auction: at the official price where it was recorded, else with what is displayed."""

from collections.abc import Iterable, Sequence

from tenfold.exchange.matching.live import Live
from tenfold.exchange.price_steps import step_of
from tenfold.simulation.book import Level
from tenfold.simulation.uncross import AuctionOrder, rationed, uncross


def at_official_price(waiting: Sequence[Live], price: int, size: int) -> list[tuple[Live, int]]:
    """Return what each order gets in an auction that crossed `size` at a price; a size of 0 was not told, and is no bound.

    Market orders and better limits come first, then those that came first, as if the strangers came last.
    """
    by_number = {live.number: live for live in waiting}
    orders = [_of(live) for live in waiting]
    most = size if size > 0 else sum(live.left for live in waiting)
    fills = [*rationed(orders, 1, price, most), *rationed(orders, -1, price, most)]
    return [(by_number[number], qty) for number, qty in fills]


def with_the_displayed(
    waiting: Sequence[Live], bids: Iterable[Level], asks: Iterable[Level], reference: int
) -> tuple[int, list[tuple[Live, int]]] | None:
    """Return the price at which orders cross with each other and with what is displayed, and what each gets.

    None where nothing crosses. What is displayed came before them.
    """
    by_number = {live.number: live for live in waiting}
    shown = [AuctionOrder(0, side, at.price, at.qty) for side, levels in ((1, bids), (-1, asks)) for at in levels]
    cross = uncross([*shown, *(_of(live) for live in waiting)], reference, step_of(reference))
    if cross is None:
        return None
    return cross.price, [(by_number[number], qty) for number, qty in cross.fills if number in by_number]


def _of(live: Live) -> AuctionOrder:
    return AuctionOrder(live.number, live.ticket.side, live.limit, live.left)
