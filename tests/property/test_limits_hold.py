"""No order beats a limit.

What is promised: a limit binds when an order is sized, at the close of its bar and at that close's prices. Right after a
bar at which an order for a position was sized, the committed gross (positions and working orders of all symbols at
their last closes) is within every limit. Prices move afterwards, and fills cost slippage and fees: what is held may
drift beyond a limit, and is cut at the next order, not by itself. What lowers risk always passes.
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from markets import markets, rules

from tenfold.backtesting.backtest import Given, run_backtest
from tenfold.domain.market import BarSet
from tenfold.domain.order import Side, Submit
from tenfold.domain.units import money_scale
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed


def scores_of(draw, bars):
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hold = draw(st.integers(1, 5))
    shape = (len(bars) // hold + 1, len(bars.symbols))
    return np.repeat(random.uniform(-1, 1, shape), hold, axis=0)[: len(bars)].copy()


def check_committed(chosen, committed, sized, equity):
    """Assert that what is committed is within the limits right after symbols were sized."""
    gross, limits = sum(committed.values()), chosen.limits
    slack = 1 + 1e-9 * gross
    if limits.positions_max is not None:
        assert sum(1 for value in committed.values() if value) <= limits.positions_max
    if not sized:
        return
    if limits.position_frac_max is not None:
        assert max(committed[symbol] for symbol in sized) <= limits.position_frac_max * equity + slack
    assert gross <= chosen.account.leverage_max * equity + slack
    if limits.gross_frac_max is not None:
        assert gross <= limits.gross_frac_max * equity + slack
    if limits.margin_frac_min is not None:
        assert gross <= equity / limits.margin_frac_min + slack
    if limits.concentration_max is not None:
        squares = sum(float(value) ** 2 for value in committed.values())
        assert squares <= limits.concentration_max * (1 + 1e-9) * float(equity) ** 2


def check_order(engine, limits, order):
    """Assert that an order is within the limits of one order, what it closes apart."""
    held = engine.ledger.position(order.symbol).lots
    closes = min(abs(held), order.qty) if (held > 0) == (order.side is Side.SELL) else 0
    raises, instrument = order.qty - closes, engine.ledger.instruments[order.symbol]
    if raises and limits.order_qty_max is not None:
        assert order.qty * instrument.lot_size <= limits.order_qty_max * (1 + 1e-9)
    if raises and limits.order_notional_max is not None:
        worth = order.qty * engine.ledger.mark_of(order.symbol) / 10 ** money_scale(instrument.currency)
        assert worth <= limits.order_notional_max * (1 + 1e-9)


@given(st.data())
def test_what_is_committed_stays_within_every_limit(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    voters = [GivenVoter(scores_of(data.draw, bars), "v", 1.0)]
    engine = Engine(chosen, bars.instruments, voters, bars.periods_per_year)
    broker = SimulatedBroker(chosen, bars.instruments)
    for moment in BarFeed(bars).events():
        assert isinstance(moment, BarSet)
        broker.on_bars(moment)
        for report in broker.reports():
            engine.step(report)
        commands = engine.step(moment)
        mark_of, equity = engine.ledger.mark_of, engine.ledger.equity
        committed = {
            symbol: abs(engine.ledger.position(symbol).lots + state.pending) * mark_of(symbol)
            for symbol, state in engine.symbols.items()
        }
        sized = [
            command.order.symbol
            for command in commands
            if isinstance(command, Submit) and committed[command.order.symbol] > 0
        ]
        check_committed(chosen, committed, sized, equity)
        for command in commands:
            if isinstance(command, Submit):
                check_order(engine, chosen.limits, command.order)
        if engine.breaker.tripped:
            assert not any(committed.values())
        if not chosen.account.short:
            assert all(engine.ledger.position(symbol).lots >= 0 for symbol in engine.symbols)
        broker.send(commands)
        for report in broker.reports():
            engine.step(report)
    engine.ledger.verify()
    assert broker.account().cash == engine.ledger.cash
    assert broker.positions() == {s: p.lots for s, p in engine.ledger.positions.items() if p.lots}


@given(st.data())
def test_no_bar_fills_more_than_its_share_of_volume(data):
    bars = data.draw(markets())
    chosen = data.draw(rules(bars.currency))
    run = run_backtest([Given(scores_of(data.draw, bars), "v")], bars, chosen)
    share = chosen.costs.participation_frac_max
    filled = np.zeros(bars.rows.shape)
    np.add.at(filled, (run.fills["bar"], run.fills["symbol"]), np.abs(run.fills["lots"]))
    assert not filled[~bars.usable].any()
    if share is not None:
        lot = bars.instruments[0].lot_size
        assert (filled * lot <= np.nan_to_num(bars.rows["volume"]) * share * (1 + 1e-12)).all()
    # every fill belongs to an order of an earlier bar, or to an exit attached to one
    first = {}
    for fill in run.fills:
        first.setdefault((int(fill["symbol"]), int(fill["order"])), int(fill["bar"]))
    assert all(bar > 0 for bar in first.values())
