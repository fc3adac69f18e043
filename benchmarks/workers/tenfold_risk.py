"""Judge orders by the whole chain of risk rules: those of the vote, and those of a strategy that works its own."""

import time
from itertools import cycle

import numpy as np
import task

from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Order, OrderType, Side
from tenfold.domain.rules import Account, Rules, Sizing
from tenfold.risk.admission import Exposure
from tenfold.risk.gate import Estimate, Gate, Wish
from tenfold.risk.limits import LIVE
from tenfold.risk.own_orders import refusal

SECOND = 1_000_000_000
UNIT = 100_000_000  # one lot at 100 USD
EQUITY = 100_000_000_000  # 100,000 USD
SYMBOLS = tuple(f"S{number}" for number in range(10))


def gate_of():
    """Return a gate with every rule of the profile `live`, after a hundred bars of ten symbols and with quotes of all."""
    rules = Rules(account=Account(leverage_max=2.0), sizing=Sizing(method="volatility"), limits=LIVE)
    gate = Gate(rules, tuple(Instrument(symbol=symbol) for symbol in SYMBOLS), 252.0)
    random = np.random.default_rng(1)
    for number, row in enumerate(100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, (100, 10)), axis=0))):
        bars = tuple(
            Bar(
                0,
                number,
                number,
                close,
                close,
                close,
                close,
                1e6,
                number,
                *[float("nan")] * 4,
                0.0,
                0,
                0,
                0,
                2024,
                1,
                1,
                0,
                symbol,
            )
            for symbol, close in zip(SYMBOLS, row.tolist(), strict=True)
        )
        gate.observe(BarSet(ts_ns=number, session=number, bars=bars))
    told = tuple(SymbolCondition(symbol=symbol, bid=99.0, ask=101.0, quote_ns=10**18) for symbol in SYMBOLS)
    gate.admission.know(Conditions(ts_ns=1, buying_power_units=10**15, symbols=told))
    return gate


def judged(count):
    """Return the nanoseconds of each judgement: of the vote's orders and of own orders, both passing everything."""
    gate, estimate = gate_of(), Estimate()
    for close in (100.0, 101.0) * 50:
        estimate.update(close, 1, 60)
    held = [(symbol, 20 if number % 2 else -20, UNIT) for number, symbol in enumerate(SYMBOLS[1:7])]
    wish, exposure = Wish(1, 0, 0, held, gross=120 * UNIT), Exposure(0, 0, 10, 0)
    votes, own = [], []
    for number, symbol in zip(range(count), cycle(SYMBOLS[:1]), strict=False):
        now = 10**18 + number * SECOND  # few enough a minute
        order = Order(
            order_id="o",
            ts_ns=now,
            symbol=symbol,
            side=Side.BUY,
            qty=10 + number % 50,
            type=OrderType.LIMIT,
            limit_price=100.0,
        )
        gate.admission.know(
            Conditions(ts_ns=now, symbols=(SymbolCondition(symbol=symbol, bid=99.0, ask=101.0, quote_ns=now),))
        )
        start = time.perf_counter_ns()
        lots = gate.lots(now, symbol, UNIT, EQUITY, EQUITY, 12_000_000_000, estimate, wish)
        found = gate.admission.refusal(order, 10 * UNIT, 100.0, shorts=False)
        votes.append(time.perf_counter_ns() - start)
        assert lots > 0
        assert found is None, found
        start = time.perf_counter_ns()
        found = refusal(gate, order, exposure, UNIT, EQUITY, wish, short=True, close=100.0)
        own.append(time.perf_counter_ns() - start)
        assert found is None, found
        gate.admission.sent(now, order, 10 * UNIT)
    return sorted(votes[count // 10 :]), sorted(own[count // 10 :])


def told(name, taken):
    """Return the median and the 99th percentile in microseconds."""
    return {f"{name}_p50_us": taken[len(taken) // 2] / 1e3, f"{name}_p99_us": taken[len(taken) * 99 // 100] / 1e3}


def main():
    job = task.read()
    votes, own = judged(job["orders"])
    task.answer(**told("votes", votes), **told("own", own))


main()
