"""Whatever is sent and whatever the market does, some things are always so."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_flows import TICK, Told, conventions, flows, markets

from tenfold.domain.order import Fill, OrderStatus, OrderType, Replace, Submit
from tenfold.execution.lifecycle import WORKING, moved
from tenfold.kernels.costs import snapped

ENDED = {OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}


@st.composite
def runs(draw):
    """Return bars, rules, and what the venue told of a flow of orders."""
    bars, (_, chosen) = draw(markets()), draw(conventions())
    return bars, chosen, Told(bars, chosen, draw(flows(bars, per_bar=3)))


def submits(told):
    """Return (bar, order) of every order by its id; ids are used once."""
    return {c.order.order_id: (number, c.order) for number, c in told.sent if isinstance(c, Submit)}


def terms_of(told):
    """Return by id every price and quantity that an order ever had."""
    found = defaultdict(lambda: defaultdict(set))
    for number, order in submits(told).values():
        found[order.order_id]["qty"].add((number, order.qty))
        found[order.order_id]["limit"].add(order.limit_price)
    for number, command in told.sent:
        if isinstance(command, Replace):
            found[command.order_id]["qty"].add((number, command.qty or 0))
            found[command.order_id]["limit"].add(command.limit_price)
    return found


def own(told):
    """Return fills of orders that were sent: exits and flattening are the venue's."""
    sent = submits(told)
    return [(number, fill, *sent[fill.order_id]) for number, fill in told.fills if fill.order_id in sent]


@given(runs())
def test_the_position_is_the_sum_of_its_fills(run):
    _, _, told = run
    changes = Counter()
    for number, fill in told.fills:
        changes[number] += fill.side.sign * fill.qty
    held = 0
    for number, lots in enumerate(told.positions):
        held += changes[number]
        assert lots == held


@given(runs())
def test_cash_and_positions_balance_to_the_unit(run):
    _, _, told = run  # the ledger was fed with every report and verified after each bar
    told.ledger.mark(())
    account = told.accounts[-1]
    assert (account.cash, account.equity) == (told.ledger.cash, told.ledger.equity)
    assert told.ledger.position("A").lots == told.positions[-1]


@given(runs())
def test_a_limit_never_fills_worse_than_its_limit(run):
    _, _, told = run
    terms = terms_of(told)
    for _, fill, _, order in own(told):
        limits = [snapped(limit, float(TICK)) for limit in terms[order.order_id]["limit"] if limit is not None]
        if order.limit_price is not None:
            assert fill.price <= max(limits) if fill.side.sign > 0 else fill.price >= min(limits)


@given(runs())
def test_no_order_fills_more_than_its_quantity(run):
    _, _, told = run
    filled = Counter()
    terms = terms_of(told)
    for number, fill, _, order in own(told):
        filled[order.order_id] += fill.qty
        known = [qty for sent, qty in terms[order.order_id]["qty"] if sent < number]
        assert filled[order.order_id] <= max(known)


@given(runs())
def test_nothing_fills_in_its_own_bar_after_its_date_or_after_its_end(run):
    bars, _, told = run
    ended = {}
    for number, report in told.reports:
        if not isinstance(report, Fill):
            if report.status in ENDED:
                ended[report.order_id] = number
            continue
        assert report.order_id not in ended
        sent = submits(told).get(report.order_id)
        if sent is not None:
            assert number > sent[0]
            assert int(bars.rows["open_ns"][number, 0]) >= sent[1].ts_ns
            assert sent[1].expire_ns is None or report.ts_ns < sent[1].expire_ns


@settings(max_examples=100)
@given(runs())
def test_every_order_walks_the_table_and_ends_once(run):
    _, _, told = run
    states, filled, ends, position = {}, Counter(), Counter(), 0
    quantity = {order_id: order.qty for order_id, (_, order) in submits(told).items()}
    changes = [(n, c.order_id, c.qty) for n, c in told.sent if isinstance(c, Replace) and c.qty]
    for number, report in told.reports:
        order_id = report.order_id
        before = states.get(order_id, OrderStatus.SUBMITTED)
        if isinstance(report, Fill):
            assert before in WORKING
            quantity.setdefault(order_id, abs(position))  # the venue's own: an exit, or what flattens
            position += report.side.sign * report.qty
            filled[order_id] += report.qty
            size = [quantity[order_id], *(qty for n, name, qty in changes if name == order_id and n < number)][-1]
            states[order_id] = OrderStatus.FILLED if filled[order_id] == size else OrderStatus.PARTIALLY_FILLED
        else:
            assert report.filled == filled[order_id]
            quantity.setdefault(order_id, abs(position) + report.filled)
            states[order_id] = report.status
        moved(before, states[order_id])
        ends[order_id] += states[order_id] not in WORKING and before in WORKING
    assert all(count <= 1 for count in ends.values())
    working = [name for name in quantity if states.get(name, OrderStatus.SUBMITTED) in WORKING]
    assert told.accounts[-1].open_orders == len(working)


@given(runs())
def test_all_or_nothing_means_all(run):
    _, _, told = run
    for _, fill, _, order in own(told):
        if order.tif == "fok":
            filled = [f.qty for _, f in told.fills if f.order_id == order.order_id]
            assert len(filled) == 1
            if order.order_class not in {"oco", "bracket"}:  # whose quantity the others lower
                assert fill.qty in {qty for _, qty in terms_of(told)[order.order_id]["qty"]}


@given(runs())
def test_groups_and_legs_keep_to_their_size(run):
    _, _, told = run
    filled, members = Counter(), defaultdict(set)
    sent, terms = submits(told), terms_of(told)
    for _, fill, _, order in own(told):
        filled[order.order_id] += fill.qty
    for _, order in sent.values():
        if order.parent_id is not None:
            members[order.order_class, order.parent_id].add(order.order_id)
    for (kind, parent), legs in members.items():
        largest = max(qty for leg in legs for _, qty in terms[leg]["qty"])
        if kind == "oco":
            assert sum(filled[leg] for leg in legs) <= largest
        elif kind == "bracket":
            assert sum(filled[leg] for leg in legs) <= filled[parent]
        else:
            assert all(filled[leg] <= filled[parent] for leg in legs)


@given(runs())
def test_all_orders_of_a_bar_share_its_volume(run):
    bars, chosen, told = run
    if chosen.costs.participation_frac_max is not None:
        used = Counter()
        for number, fill in told.fills:
            used[number] += fill.qty
        for number, lots in used.items():
            assert lots <= bars.rows["volume"][number, 0] * chosen.costs.participation_frac_max


@given(runs())
def test_fills_stay_in_the_range_of_their_bar(run):
    bars, chosen, told = run
    for number, fill in told.fills:
        row = bars.rows[number, 0]
        kind = submits(told)[fill.order_id][1].type if fill.order_id in submits(told) else OrderType.MARKET
        if chosen.matching.gap == "level" or chosen.matching.quote_side or chosen.costs.slippage_bps:
            continue
        # an order at a price that is off the tick fills on the tick
        assert row["low"] - float(TICK) <= fill.price <= row["high"] + float(TICK), kind


def test_the_walk_would_find_a_fault():
    with pytest.raises(Exception, match="cannot go from"):
        moved(OrderStatus.PARTIALLY_FILLED, OrderStatus.ACCEPTED)
