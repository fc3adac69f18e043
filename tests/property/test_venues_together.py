"""Orders over several venues: a sweep costs the least there is and trades nothing through, and no flow fills more than was ordered."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.domain.market import Quote, Trade
from tenfold.exchange.events import Edge, Status
from tenfold.exchange.matching.books import BookMatching
from tenfold.exchange.matching.routing import resting_place, seeking_hidden, sweep
from tenfold.exchange.matching.venues import Venue
from tenfold.exchange.orders_to_match import NANO, Ended, Execution, Ticket
from tenfold.simulation.book import Level

VENUES = tuple(Venue(name=name, share=0.25, taker_fee=fee) for name, fee in zip("ABCD", (3, 1, 2, 1), strict=True))
NAMES = ("NYSE", "NASDAQ", "IEX")


@st.composite
def ladders(draw):
    """Return what up to four venues display, best first, for a buy."""
    found = []
    for _ in range(draw(st.integers(1, 4))):
        prices = sorted(draw(st.sets(st.integers(1, 6), max_size=3)))
        found.append([Level(price, draw(st.integers(1, 3)), 1) for price in prices])
    return found


def cheapest(displayed, qty, limit):
    """Return the least that as much as possible costs, by trying every division among levels."""
    levels = [level for levels in displayed for level in levels if level.price <= limit]
    wanted = min(qty, sum(level.qty for level in levels))
    costs = [
        sum(part * level.price for part, level in zip(parts, levels, strict=True))
        for parts in product(*(range(level.qty + 1) for level in levels))
        if sum(parts) == wanted
    ]
    return wanted, min(costs)


@settings(max_examples=60)
@given(ladders(), st.integers(1, 12), st.integers(1, 7))
def test_a_sweep_costs_the_least_and_trades_nothing_through(displayed, qty, limit):
    venues = VENUES[: len(displayed)]
    if sum(len(levels) for levels in displayed) > 7:
        displayed = [levels[:1] for levels in displayed]
    children = sweep(venues, displayed, 1, qty, limit)
    cost = size = worst = 0
    for place, price, part in children:
        left = part
        for level in displayed[place]:
            taken = min(left, level.qty)
            cost, size, left = cost + taken * level.price, size + taken, left - taken
            assert taken == 0 or level.price <= price <= limit
        assert left == 0
        worst = max(worst, price)
    assert (size, cost) == cheapest(displayed, qty, limit)
    taken_at = {place: (price, part) for place, price, part in children}
    for place, levels in enumerate(displayed):
        better = sum(level.qty for level in levels if level.price < worst)
        assert taken_at.get(place, (0, 0))[1] >= better
    if children:
        assert sum(child.qty for child in seeking_hidden(children, qty)) == qty


def test_an_order_rests_where_the_queue_is_the_shortest_for_the_volume():
    venues = (Venue(name="big", share=0.8), Venue(name="small", share=0.2), Venue(name="unknown"))
    assert resting_place(venues, [400, 101, 1]) == 0
    assert resting_place(venues, [400, 99, 1]) == 1
    assert resting_place(venues, [0, 0, 0]) == 0
    assert seeking_hidden([], 5) == []


def market_events(draw, ts):
    what = draw(st.integers(0, 9))
    mid = draw(st.integers(9_990, 10_010))
    if what < 6:
        spread = draw(st.integers(1, 3))
        return Quote(
            ts_ns=ts, symbol="A", bid=mid / 100, ask=(mid + spread) / 100, bid_size=draw(st.integers(0, 300)),
            ask_size=draw(st.integers(1, 300)), venue=draw(st.sampled_from(("", *NAMES))),
        )  # fmt: skip
    if what < 9:
        return Trade(
            ts_ns=ts,
            symbol="A",
            price=mid / 100,
            size=draw(st.integers(1, 400)),
            venue=draw(st.sampled_from(("", *NAMES))),
        )
    return draw(
        st.sampled_from(
            [
                Status(ts_ns=ts, symbol="A", code="H", message=""),
                Status(ts_ns=ts, symbol="A", code="T", message=""),
                Edge(ts_ns=ts, kind="close", day=0),
                Edge(ts_ns=ts, kind="open", day=1),
            ]
        )
    )


def tickets(draw, number, ts):
    kind = draw(st.sampled_from(["limit", "limit", "limit", "market", "stop", "stop_limit", "trailing_stop"]))
    price = draw(st.integers(9_985, 10_015)) * NANO // 100
    return Ticket(
        order_id=f"o{number}", owner=draw(st.sampled_from(["me", "you"])), symbol="A", side=draw(st.sampled_from([1, -1])), kind=kind,
        tif=draw(st.sampled_from(["day", "gtc", "ioc", "fok"] if kind in {"limit", "market"} else ["day", "gtc"])),
        qty=draw(st.integers(1, 500)) * NANO, ts_ns=ts, limit=price if "limit" in kind else None,
        stop=price if kind in {"stop", "stop_limit"} else None, trail=NANO // 50 if kind == "trailing_stop" else None,
        display=draw(st.sampled_from([None, None, 10 * NANO])), destination=draw(st.sampled_from(["", "", *NAMES])),
        group=draw(st.sampled_from(["", "", "", "g"])),
    )  # fmt: skip


def flow(draw):
    steps = []
    for number in range(draw(st.integers(5, 40))):
        ts = 1 + number * 1_000_000
        what = draw(st.integers(0, 9))
        if what < 5:
            steps.append(("event", market_events(draw, ts)))
        elif what < 8:
            steps.append(("submit", tickets(draw, number, ts)))
        else:
            steps.append(
                ("cancel" if what == 8 else "amend", (f"o{draw(st.integers(0, number))}", tickets(draw, number, ts)))
            )
    return steps


class Checked:
    """Play a flow, and hold what every order may trade."""

    def __init__(self, latency_ns):
        venues = tuple(
            Venue(name=name, share=share, latency_ns=latency_ns, hidden_frac=hidden)
            for name, share, hidden in zip(NAMES, (0.5, 0.3, 0.2), (0.0, 0.2, 1.0), strict=True)
        )
        self.matching = BookMatching({"A": "quotes"}, lambda _: venues)
        self.tickets, self.left, self.log, self.taken, self.made = {}, {}, [], 0, 0

    def play(self, what, given):
        if what == "event":
            self.hear(self.matching.on_market(given))
        elif what == "submit":
            self.know(given)
            self.hear(self.matching.submit(given))
        elif what == "cancel":
            known = given[0] in self.left
            assert self.matching.cancel(given[0], given[1].ts_ns) == known
            self.left.pop(given[0], None)
        elif given[0] in self.left:
            self.know(given[1])
            del self.left[given[0]]
            self.hear(self.matching.amend(given[1], given[0]))
        else:
            assert self.matching.amend(given[1], given[0]) is None

    def know(self, ticket):
        self.tickets[ticket.order_id] = ticket
        self.left[ticket.order_id] = ticket.qty

    def hear(self, outcomes):
        for one in outcomes:
            self.log.append(one)
            if isinstance(one, Execution):
                ticket = self.tickets[one.order_id]
                self.left[one.order_id] -= one.qty
                assert one.qty > 0
                assert self.left[one.order_id] >= 0
                assert ticket.limit is None or ticket.side * (ticket.limit - one.price) >= 0
                assert ticket.destination in {"", one.venue}
                if self.left[one.order_id] == 0:
                    del self.left[one.order_id]
            elif isinstance(one, Ended):
                del self.left[one.order_id]


@settings(max_examples=60)
@given(st.data())
def test_no_flow_fills_more_than_was_ordered_or_beyond_its_limit(data):
    latency_ns = data.draw(st.sampled_from([0, 300_000, 2_500_000]))
    steps = flow(data.draw)
    one, two = Checked(latency_ns), Checked(latency_ns)
    for what, given_ in steps:
        one.play(what, given_)
        two.play(what, given_)
    assert one.log == two.log
    assert {order_id for order_id in one.left if one.matching.cancel(order_id, 1)} == set(one.left)
