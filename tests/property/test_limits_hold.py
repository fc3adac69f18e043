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
from tenfold.domain.order import Submit
from tenfold.engine.engine import Engine
from tenfold.engine.voters import GivenVoter
from tenfold.simulation.broker import SimulatedBroker
from tenfold.simulation.feed import BarFeed


def scores_of(draw, bars):
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hold = draw(st.integers(1, 5))
    shape = (len(bars) // hold + 1, len(bars.symbols))
    return np.repeat(random.uniform(-1, 1, shape), hold, axis=0)[: len(bars)].copy()


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
        gross = sum(committed.values())
        slack = 1 + 1e-9 * gross
        if sized:
            assert gross <= chosen.account.leverage_max * equity + slack
            if chosen.limits.gross_frac_max is not None:
                assert gross <= chosen.limits.gross_frac_max * equity + slack
        for symbol in sized:
            if chosen.limits.position_frac_max is not None:
                assert committed[symbol] <= chosen.limits.position_frac_max * equity + slack
        if engine.breaker.tripped:
            assert gross == 0
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
