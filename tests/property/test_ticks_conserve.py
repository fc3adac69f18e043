"""Backtests over ticks: money and positions add up to the unit, and nobody who takes gets better than what was displayed."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from scenes import bars_of, rules
from tenfold.domain.market import Quote, Trade
from tenfold.domain.order import Cancel, Fill, Order, OrderType, Side, Submit
from tenfold.domain.units import NS_PER_HOUR
from tenfold.ledger.ledger import Ledger
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed

HOURS = 8
LOTS = {
    lot: bars_of([(100, 101, 99, 100)] * HOURS, days=None, lot=lot) for lot in (1.0, 0.125)
}  # sizes come in eighths


@st.composite
def ticks(draw):
    """Return quotes and prints of every bar, in cents around 100 dollars."""
    found = []
    bars = LOTS[1.0]
    for open_ns, close_ns in zip(bars.rows["open_ns"][:, 0].tolist(), bars.ts_ns.tolist(), strict=True):
        moments = sorted(draw(st.sets(st.integers(1, close_ns - open_ns - 1), min_size=1, max_size=6)))
        for after in moments:
            ts, middle = open_ns + after, draw(st.integers(9_950, 10_050))
            if draw(st.integers(0, 2)):
                sizes = [draw(st.integers(1, 400)) / draw(st.sampled_from([1, 2, 8])) for _ in range(2)]
                spread = draw(st.integers(1, 10))
                found.append(
                    Quote(ts_ns=ts, symbol="A", bid=(middle - spread) / 100, ask=middle / 100, bid_size=sizes[0], ask_size=sizes[1])
                )  # fmt: skip
            else:
                found.append(Trade(ts_ns=ts, symbol="A", price=middle / 100, size=draw(st.integers(1, 300)) / 4))
    return found


@st.composite
def orders(draw, number, now):
    kind = draw(st.sampled_from(["market", "limit", "limit", "stop", "stop_limit", "trailing_stop"]))
    price = draw(st.integers(9_940, 10_060)) / 100
    exits = draw(st.sampled_from([{}, {"stop_frac": 0.002}, {"target_frac": 0.002}, {"trailing_frac": 0.003}]))
    return Order(
        order_id=f"run-0-{number}", ts_ns=now, symbol="A", side=draw(st.sampled_from(list(Side))), qty=draw(st.integers(1, 300)),
        type=OrderType(kind), tif=draw(st.sampled_from(["gtc", "day", "ioc", "fok"] if kind in {"market", "limit"} else ["gtc"])),
        limit_price=price if "limit" in kind else None, stop_price=price if kind in {"stop", "stop_limit"} else None,
        trail=0.05 if kind == "trailing_stop" else None, **exits,
    )  # fmt: skip


def best(told, until_ns, since_ns):
    """Return the lowest offer and the highest bid of the quote that a moment brought, and of those that stood since another."""
    shown = [one for one in told if isinstance(one, Quote) and one.ts_ns <= until_ns]
    standing = next((place for place in reversed(range(len(shown))) if shown[place].ts_ns <= since_ns), 0)
    shown = shown[min(standing, len(shown) - 2) :]
    return min(one.ask for one in shown), max(one.bid for one in shown)


@settings(max_examples=60)
@given(st.data())
def test_money_and_positions_add_up(data):
    told, lot = data.draw(ticks()), data.draw(st.sampled_from(sorted(LOTS)))
    bars = LOTS[lot]
    chosen = rules(costs={"fee_frac": 0.001, "fee_maker_frac": -0.0002, "fee_minimum": 0.01})
    broker, ledger = (
        SimulatedBroker(chosen, bars.instruments, {"A": told}),
        Ledger(bars.instruments, chosen.account.cash),
    )
    sent, filled = {}, {}
    for moment in BarFeed(bars).events():
        broker.on_bars(moment)
        for report in broker.reports():
            if isinstance(report, Fill):
                ledger.apply(report)
                check(report, sent, filled, told, moment, whole=lot < 1)
        ledger.mark(moment.bars)
        account = broker.account()
        assert (account.cash, account.equity) == (ledger.cash, ledger.equity)
        assert broker.positions().get("A", 0) == ledger.position("A").lots == sum(filled.values())
        for _ in range(data.draw(st.integers(0, 2))):
            order = data.draw(orders(len(sent) + 1, moment.ts_ns))
            sent[order.order_id] = order
            broker.send([Submit(order=order)])
        if sent and data.draw(st.integers(0, 3)) == 0:
            gone = data.draw(st.sampled_from(sorted(sent)))
            broker.send([Cancel(order_id=gone, ts_ns=moment.ts_ns, symbol="A")])
    ledger.verify()
    event(f"{min(len(filled), 4)} orders or more filled")


def check(fill, sent, filled, told, moment, whole):
    """Hold a fill against its order and against what was displayed; a lot that is not traded whole has parts from earlier on."""
    filled[fill.order_id] = filled.get(fill.order_id, 0) + fill.side.sign * fill.qty
    order = sent.get(fill.order_id)
    if order is not None:
        assert abs(filled[fill.order_id]) <= order.qty
        if order.limit_price is not None:
            assert fill.side.sign * (order.limit_price - fill.price) >= -1e-9
        assert fill.ts_ns >= order.ts_ns
    assert moment.ts_ns - 24 * NS_PER_HOUR <= fill.ts_ns <= moment.ts_ns
    if fill.liquidity == "taker":
        since = fill.ts_ns if whole else order.ts_ns if order is not None else 0
        ask, bid = best(told, fill.ts_ns, since)
        assert fill.price >= ask - 1e-9 if fill.side is Side.BUY else fill.price <= bid + 1e-9
