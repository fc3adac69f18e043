"""What an account holds beside what is traded is named once, and what it is short of is an alarm."""

import asyncio

import pytest

from loops import in_a_loop
from tenfold.adapters.alpaca.reference import Standing
from tenfold.app.live.account_watch import AccountWatch
from tenfold.domain.account import AccountState, Position
from tenfold.execution.reports import Stock


def held(lots, cost):
    """Return what tells of each symbol that so much of it was held before a start."""
    return lambda symbol: Position(lots=lots, cost=cost)


def test_what_else_the_account_holds_is_named_once_for_as_long_as_it_does():
    said, told = [], []
    watch = AccountWatch(["AAPL"], said.append, told.append, held(0, 0))
    for positions in ({"AAPL": 5, "IBM": 3, "MSFT": -175}, {"MSFT": -100, "IBM": 4}, {"IBM": -4}, {}, {"IBM": 1}):
        watch.holds(Stock(ts_ns=1, orders=(), fills=(), positions=positions, cash_units=0))
    assert (
        said
        == ["the account holds IBM too, which is not traded here: left alone, and no part of the equity of this run"]
        * 2
    )
    assert [line.partition(",")[0] for line in told] == ["the account is short of MSFT", "the account is short of IBM"]
    assert all("counts as equity of this run" in line for line in told)


def test_shares_that_were_split_are_an_alarm_and_those_that_were_traded_are_none():
    told, booked = [], {}
    watch = AccountWatch(["AAPL", "MSFT"], told.append, told.append, lambda symbol: booked.get(symbol, Position()))
    for aapl, cost, msft in (
        (10, 1_700, -8),
        (20, 3_400, -8),
        (80, 3_400, -8),
        (40, 1_700, -8),
        (0, 0, -2),
        (5, 200, 0),
    ):
        costs = {"AAPL": cost, "MSFT": -800 if msft else 0}
        if aapl != 80:  # what is traded was booked as it filled
            booked["AAPL"] = Position(lots=aapl, cost=cost)
        stock = Stock(ts_ns=1, orders=(), fills=(), positions={"AAPL": aapl, "MSFT": msft}, costs=costs, cash_units=0)
        watch.holds(stock)
        booked = {symbol: Position(lots=stock.positions[symbol], cost=costs[symbol]) for symbol in stock.positions}
    assert [line.partition(":")[0] for line in told] == [
        "AAPL was split, +20 are +80",
        "MSFT was split, -8 are -2",
    ]


def test_shares_that_were_sold_and_bought_anew_for_as_much_were_not_split():
    told, booked = [], Position(lots=-175, cost=-4_977)
    watch = AccountWatch(["AAPL"], told.append, told.append, lambda _: booked)
    for booked in (Position(lots=-175, cost=-4_977), Position(lots=-176, cost=-4_977)):
        positions, costs = {"AAPL": booked.lots}, {"AAPL": booked.cost}
        watch.holds(Stock(ts_ns=1, orders=(), fills=(), positions=positions, costs=costs, cash_units=0))
    assert told == []


@pytest.mark.parametrize(
    ("lots", "cost", "says"), [(20, 3_400, 1), (-20, -3_400, 0), (80, 13_600, 0), (40, 1_900, 0), (0, 0, 0)]
)
def test_shares_that_were_split_while_nothing_ran_are_an_alarm_too(lots, cost, says):
    told = []
    watch = AccountWatch(["AAPL"], told.append, told.append, held(lots, cost))
    stock = Stock(ts_ns=1, orders=(), fills=(), positions={"AAPL": 80}, costs={"AAPL": 3_400}, cash_units=0)
    for _ in range(2):
        watch.holds(stock)
    assert len(told) == says


def test_the_account_is_waited_for_until_it_was_read():
    watch = AccountWatch(["AAPL"], str, str, held(0, 0))

    async def scene():
        waiting = asyncio.ensure_future(watch.known())
        await asyncio.sleep(0)
        assert not waiting.done()
        watch.holds(Stock(ts_ns=1, orders=(), fills=(), positions={}, cash_units=0))
        await asyncio.wait_for(waiting, 5)

    in_a_loop(scene())


class Lender:
    """Be a venue that lends everything, to an account that may sell short or not."""

    def __init__(self):
        self.shorts = True
        self.asked = 0

    async def standing(self):
        state = AccountState(ts_ns=1, cash=1, equity=1, peak_equity=1, gross=0, net=0, open_orders=0)
        return Standing(state, 5, "", self.shorts)

    async def borrowable(self, symbols):
        self.asked += 1
        return frozenset(symbols)


def test_whether_the_account_may_sell_short_is_known_at_each_look():
    async def scene():
        venue, watch = Lender(), AccountWatch(["AAPL"], str, str, held(0, 0))
        found = []
        for venue.shorts in (True, True, False, False, True, True):
            assert await watch.power(venue) == 5
            found.append(watch.borrowable)
        assert found == [{"AAPL"}, {"AAPL"}, set(), set(), {"AAPL"}, {"AAPL"}]
        assert venue.asked == 2

    in_a_loop(scene())


def test_what_a_part_is_held_of_is_not_sold_short():
    """A venue refuses a sale that would turn half a share round, at each bar, until the breaker on refusals stops the run."""
    half = Stock(ts_ns=1, orders=(), fills=(), positions={"AAPL": 0}, cash_units=0, parts={"AAPL": "0.5"})

    async def scene():
        watch = AccountWatch(["AAPL", "MSFT"], str, str, held(0, 0))
        assert watch.borrowable is None
        watch.holds(half)
        assert watch.borrowable == {"MSFT"}
        await watch.power(Lender())
        assert watch.borrowable == {"MSFT"}
        watch.holds(Stock(ts_ns=2, orders=(), fills=(), positions={}, cash_units=0))
        assert watch.borrowable == {"AAPL", "MSFT"}

    in_a_loop(scene())
