"""An order is judged by the worst that its symbol can come to; what lowers risk passes."""

import pytest

from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Order, Side
from tenfold.domain.rules import Account, Limits, Rules
from tenfold.risk.admission import Exposure
from tenfold.risk.gate import Gate, Wish
from tenfold.risk.own_orders import refusal

UNIT = 100_000_000  # one lot at 100 USD
EQUITY = 100_000_000_000  # 100,000 USD
ORDER = Order(order_id="o", ts_ns=5, symbol="A", side=Side.BUY, qty=10)


def judged(exposure, unit=UNIT, others=(), *, short=True, order=ORDER, **limits):
    rules = Rules(account=Account(leverage_max=2.0), limits=Limits(**limits))
    gate = Gate(rules, (Instrument(symbol="A"), Instrument(symbol="B")), 252.0)
    one = Exposure(*exposure)
    gross = sum(abs(lots) * mark for _, lots, mark in others)
    wish = Wish(order.side.sign, order.side.sign * one.before, 0, others, gross=gross)
    found = refusal(gate, order, one, unit, EQUITY, wish, short=short, close=100.0)
    assert sum(gate.bindings.values()) == (found is not None and found.rule not in {"short", "price"})
    return None if found is None else tuple(found)


@pytest.mark.parametrize(
    ("exposure", "limits", "others", "answer"),
    [
        ((0, 0, 50, 0), {"position_frac_max": 0.05}, (), None),
        ((0, 0, 51, 0), {"position_frac_max": 0.05}, (), ("position", 5.1e9, 5e9)),
        ((0, 0, 0, -51), {"position_frac_max": 0.05}, (), ("position", 5.1e9, 5e9)),
        ((0, 0, 100, 0), {"gross_frac_max": 0.3}, [("B", -210, UNIT)], ("gross", 1e10, 9e9)),
        ((0, 0, 2001, 0), {}, (), ("leverage", 2.001e11, 2e11)),
        ((90, 90, 90, 80), {"position_frac_max": 0.05}, (), None),  # lowers
        ((90, 90, 90, -90), {"position_frac_max": 0.05}, (), None),  # no worse than it is
        ((0, 0, 100, 0), {"net_frac_max": 0.3}, [("B", 210, UNIT)], ("net", 1e10, 9e9)),
        ((0, 0, 100, 0), {"net_frac_max": 0.3}, [("B", -210, UNIT)], None),
        ((-100, -100, 100, -100), {"net_frac_max": 0.3}, [("B", 210, UNIT)], ("net", 1e10, 9e9)),  # turns around
        ((-100, -100, 90, -100), {"net_frac_max": 0.3}, [("B", 210, UNIT)], None),
        ((-100, -100, 0, -100), {"net_frac_max": 0.1}, [("B", 210, UNIT)], None),  # closes
        ((50, -100, 60, -100), {"net_frac_max": 0.3}, [("B", 250, UNIT)], ("net", 6e9, 5e9)),  # a bid beside an offer
        ((-100, -100, 100, -100), {"correlation_max": 0.5}, [("B", 210, UNIT)], ("correlation", 1e10, 0.0)),
        ((-100, -100, 100, -100), {"positions_max": 1}, [("B", 210, UNIT)], None),
        ((0, 0, 100, 0), {"positions_max": 1}, [("B", -210, UNIT)], ("positions", 1e10, 0.0)),
        ((10, 0, 100, 0), {"positions_max": 1}, [("B", -210, UNIT)], ("positions", 1e10, 1e9)),
        ((0, 0, 100, 0), {"correlation_max": 0.5}, [("B", -210, UNIT)], ("correlation", 1e10, 0.0)),
        ((0, 0, 10, 0), {"order_qty_max": 9.0}, (), ("order", 10.0, 9.0)),
        ((0, 0, 10, 0), {"order_notional_max": 999.0}, (), ("order", 10.0, 9.0)),
        ((0, 0, 10, 0), {"order_notional_max": 1000.0}, (), None),
        ((0, 0, 10, 0), {"volume_frac_max": 0.5}, (), ("order", 10.0, 0.0)),  # no day's volume is known
        ((0, 0, 10, 0), {"restricted": ("A",)}, (), ("restricted", 1.0, 0.0)),
        ((10, 10, 10, 0), {"restricted": ("A",)}, (), None),
        ((10, 10, 10, -10), {"restricted": ("A",)}, (), ("restricted", 1.0, 0.0)),  # turns around
        ((-10, -10, 5, -10), {"restricted": ("A",)}, (), ("restricted", 1.0, 0.0)),
    ],
)
def test_limits(exposure, limits, others, answer):
    assert judged(exposure, others=others, **limits) == answer


@pytest.mark.parametrize(
    ("exposure", "answer"),
    [
        ((10, 10, 10, 0), None),
        ((10, 10, 10, -1), ("short", -1.0, 0.0)),
        ((0, -5, 0, -5), None),  # short already, and no shorter
        ((0, -5, 0, -6), ("short", -6.0, 0.0)),
    ],
)
def test_an_account_that_may_not_be_short(exposure, answer):
    assert judged(exposure, short=False) == answer


def test_nothing_is_bought_without_a_price():
    assert judged((0, 0, 10, 0), unit=0) == ("price", 0.0, 0.0)
