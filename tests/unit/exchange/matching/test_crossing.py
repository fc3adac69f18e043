"""What waits for an auction gets its price, and no more than crossed."""

from tenfold.exchange.matching.crossing import at_official_price, with_the_displayed
from tenfold.exchange.matching.live import Live
from tenfold.exchange.orders_to_match import NANO, Ticket
from tenfold.simulation.book import Level


def live(number, side, qty, limit=None):
    kind = "market" if limit is None else "limit"
    ticket = Ticket(
        order_id=f"o{number}", owner="a", symbol="X", side=side, kind=kind, tif="opg", qty=qty * NANO, ts_ns=0,
        limit=limit and limit * NANO,
    )  # fmt: skip
    return Live(ticket=ticket, number=number, owner=1, left=qty * NANO)


def got(fills):
    return {one.number: qty // NANO for one, qty in fills}


def test_the_volume_of_a_recorded_auction_bounds_what_orders_get():
    waiting = [live(1, 1, 10, 100), live(2, 1, 10), live(3, 1, 10, 99), live(4, -1, 10, 101), live(5, -1, 30, 90)]
    assert got(at_official_price(waiting, 100 * NANO, 15 * NANO)) == {2: 10, 1: 5, 5: 15}
    assert got(at_official_price(waiting, 100 * NANO, 0)) == {2: 10, 1: 10, 5: 30}
    assert at_official_price([], 100 * NANO, 0) == []


def test_without_a_record_orders_cross_with_each_other_and_with_what_is_displayed():
    waiting = [live(1, 1, 10), live(2, -1, 4), live(3, 1, 5, 90)]
    bids, asks = [Level(99 * NANO, 5 * NANO, 1)], [Level(101 * NANO, 5 * NANO, 1)]
    price, fills = with_the_displayed(waiting, bids, asks, 100 * NANO)
    assert price == 101 * NANO
    assert got(fills) == {1: 9, 2: 4}
    assert with_the_displayed(waiting[2:], bids, asks, 100 * NANO) is None
