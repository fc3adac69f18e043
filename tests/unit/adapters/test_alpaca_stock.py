"""An account that moves while it is read is told as it stood at one moment."""

import pytest

from loops import in_a_loop
from tenfold.adapters.alpaca.activities import ActivityBody
from tenfold.adapters.alpaca.moments import moment_text
from tenfold.adapters.alpaca.orders import OrderBody
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.stock import CashBody, PositionBody, StockTaker
from tenfold.adapters.clock import SystemClock
from tenfold.domain.errors import UnknownNameError
from tenfold.domain.instrument import Instrument
from tenfold.execution.reports import TakeStock

BEGAN = moment_text(1_780_000_000_000_000_000)
QTY = 10
PAGE = 4


class Busy:
    """Be an account in which an order has filled by more executions than fit on a page; ids begin with the time of New York, as Alpaca's do."""

    host = "venue"
    fills = tuple(
        ActivityBody(
            id=f"2026052816264{second}709::e{second}", activity_type="FILL", type="partial_fill", transaction_time=f"2026-05-28T20:26:4{second}.709802Z",
            price="9", qty="1", side="buy", symbol="AAPL", order_id="v1", cum_qty=str(second + 1),
        )
        for second in range(QTY)
    )  # fmt: skip

    async def read(self, path, kind, **query):
        match path.partition("?")[0]:
            case "/v2/orders":
                return []
            case "/v2/account/activities":
                held = self.fills if query["activity_types"] is None else ()
                return [one for one in held if one.transaction_time > (query["after"] or "")][: query["page_size"]]
            case "/v2/positions":
                return [PositionBody(symbol="AAPL", qty=str(QTY), cost_basis="90")]
            case "/v2/account":
                return CashBody(cash="0")
        return OrderBody(
            id="v1", status="filled", symbol="AAPL", side="buy", client_order_id="other", qty=str(QTY), filled_qty=str(QTY),
            updated_at=BEGAN, submitted_at=BEGAN,
        )  # fmt: skip


class Moving:
    """Be an account in which somebody's order, unknown at first, fills by fives: `soon` names the question before whose answer the second five come."""

    host = "venue"

    def __init__(self, soon, flow=""):
        self.soon = soon
        self.fills = []
        self.flow = [] if not flow else [ActivityBody(id=flow, activity_type="DIV", net_amount="0")]
        self.execute()

    def execute(self):
        done = 5 * (len(self.fills) + 1)
        self.fills.append(
            ActivityBody(
                id=f"20260528202640{done:03d}::e{done}", activity_type="FILL", type="fill", transaction_time=BEGAN,
                price="9", qty="5", side="buy", symbol="AAPL", order_id="v1", cum_qty=str(done),
            )
        )  # fmt: skip

    @property
    def filled(self):
        return 5 * len(self.fills)

    async def read(self, path, kind, **query):
        if path.partition("?")[0] == self.soon and len(self.fills) == 1:
            self.execute()
        return self.answer(path, query)

    def answer(self, path, query):
        match path:
            case "/v2/orders":
                return []
            case "/v2/account/activities":
                kinds, after = query["activity_types"], query["after"] or ""
                held = [*self.fills, *self.flow] if kinds is None else self.flow
                return [one for one in held if moment_text(one.stamp_ns) > after]
            case "/v2/positions":
                return [PositionBody(symbol="AAPL", qty=str(self.filled), cost_basis="90")]
            case "/v2/account":
                return CashBody(cash="0")
        return OrderBody(
            id="v1", status="partially_filled", symbol="AAPL", side="buy", client_order_id="other", qty=str(2 * QTY),
            filled_qty=str(self.filled), updated_at=BEGAN, submitted_at=BEGAN,
        )  # fmt: skip


def taken(venue):
    lots = Quantities([Instrument(symbol="AAPL", tick_size=0.01)])
    return in_a_loop(StockTaker(venue, lots, SystemClock()).take(TakeStock(orders=(), since_ns=0)))


@pytest.mark.parametrize("soon", ["/v2/positions", "/v2/account", "/v2/orders/v1", "never"])
def test_what_an_order_of_others_has_filled_is_told_with_its_executions_and_the_position(soon):
    told = taken(Moving(soon))
    counted = sum(one.qty for one in told.fills)
    assert told.complete
    assert told.orders[0].filled <= counted == told.positions["AAPL"]


def test_a_flow_that_is_named_by_a_day_to_come_hides_no_execution():
    told = taken(Moving("/v2/account", flow="20260530000000000::d1"))
    assert told.complete
    assert sum(one.qty for one in told.fills) == told.positions["AAPL"] == QTY


def test_more_executions_than_fit_on_a_page_are_read_though_their_ids_begin_with_the_time_of_new_york():
    lots = Quantities([Instrument(symbol="AAPL", tick_size=0.01)])
    taker = StockTaker(Busy(), lots, SystemClock(), activities_a_page=PAGE)
    told = in_a_loop(taker.take(TakeStock(orders=(), since_ns=1_780_000_000_000_000_000)))
    assert told.complete, told.text
    assert [one.cumulative for one in told.fills] == [*range(1, QTY + 1)]


class Elsewhere(Moving):
    """Be a venue that does not take all of our words for what is known by its day."""

    def answer(self, path, query):
        if query.get("activity_types"):
            raise UnknownNameError("invalid activity_type")
        if query.get("category") == "non_trade_activity":
            return [ActivityBody(id="20260525000000000::s", activity_type="SPLIT", symbol="AAPL")]
        return super().answer(path, query)


def test_what_is_known_by_its_day_is_read_though_the_venue_does_not_know_a_word_of_ours():
    assert [(one.kind, one.symbol, one.shares) for one in taken(Elsewhere("never")).flows] == [("SPLIT", "AAPL", True)]


class Fund(Moving):
    """Be a venue at which a fund has distributed its capital gains, which are told to whom asks for their kind."""

    def answer(self, path, query):
        if "CGD" in (query.get("activity_types") or "").split(",") and not query["after"]:
            return [ActivityBody(id="20260525000000000::g", activity_type="CGD", net_amount="153.20", symbol="AAPL")]
        return [] if query.get("activity_types") else super().answer(path, query)


def test_capital_gains_that_a_fund_distributes_are_asked_for():
    assert [(one.kind, one.units, one.shares) for one in taken(Fund("never")).flows] == [("CGD", 153_200_000, False)]


class Assigned(Moving):
    """Be a venue at which an option was assigned: the shares and what is paid for them are told apart from the option, by their own kind."""

    def answer(self, path, query):
        if "OPTRD" in (query.get("activity_types") or "").split(",") and not query["after"]:
            return [
                ActivityBody(
                    id="20260525000000000::o", activity_type="OPTRD", net_amount="-30000", symbol="AAPL", qty="200"
                )
            ]
        return [] if query.get("activity_types") else super().answer(path, query)


def test_shares_that_come_of_an_option_are_asked_for():
    assert [(one.kind, one.units, one.shares) for one in taken(Assigned("never")).flows] == [
        ("OPTRD", -30_000_000_000, True)
    ]
