"""Instruments, orders and rules hold their invariants."""

import pytest

from tenfold.codec import decode, encode
from tenfold.domain.errors import DecodeError, SettingsError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import REASONS, Order, Reason, Side
from tenfold.domain.rules import Account, Costs, Rules, VoteRule


def test_the_value_of_a_lot():
    assert Instrument(symbol="A").units_per_price == 1e6
    assert Instrument(symbol="F", multiplier=50.0, lot_size=2.0).units_per_price == 1e8
    assert Instrument(symbol="B", currency="BTC", lot_size=0.001).units_per_price == 1e9


@pytest.mark.parametrize("name", ["tick_size", "lot_size", "multiplier", "min_notional"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_terms_that_are_no_terms(name, value):
    with pytest.raises(ValueError, match=f"{name} of A"):
        Instrument(symbol="A", **{name: value})


def test_only_the_least_notional_may_be_zero():
    assert Instrument(symbol="A", min_notional=0.0).min_notional == 0.0
    with pytest.raises(ValueError, match="tick_size"):
        Instrument(symbol="A", tick_size=0.0)


def test_sides_and_reasons():
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert REASONS.index(Reason.VOTE) == 0
    assert REASONS.index(Reason.MARGIN) == 5  # kernels.portfolio counts on these


def test_an_order_of_nothing_is_refused():
    raw = encode(Order(order_id="1", ts_ns=0, symbol="A", side=Side.BUY, qty=1)).replace(b'"qty":1', b'"qty":0')
    with pytest.raises(DecodeError, match="qty"):
        decode(Order, raw)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_rules_hold_finite_numbers(value):
    with pytest.raises(SettingsError, match="fee_frac is"):
        Costs(fee_frac=value)


def test_rules_hold_together():
    with pytest.raises(SettingsError, match=r"hold_frac 0.7 is above enter_frac 0.6"):
        VoteRule(hold_frac=0.7)
    assert VoteRule(hold_frac=0.6).hold_frac == 0.6


def test_a_misspelled_rule_names_the_one_that_was_likely_meant():
    with pytest.raises(SettingsError, match="Costs has no setting fee_fra; did you mean fee_frac"):
        Costs(fee_fra=0.1)


def test_rules_survive_the_codec():
    chosen = Rules(account=Account(cash=5.0, short=False), costs=Costs(participation_frac_max=0.1))
    assert decode(Rules, encode(chosen)) == chosen
