"""The gate sizes a wish and cuts it to the limits."""

import pytest

from tenfold.domain.conditions import Conditions
from tenfold.domain.errors import MoneyOverflowError, SettingsError
from tenfold.domain.instrument import Instrument
from tenfold.domain.keys import Keys
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.rules import Account, Limits, Rules, Sizing
from tenfold.risk.gate import Estimate, Gate, Wish
from tenfold.risk.limits import LIVE, PROFILES, limits_of

UNIT = 100_000_000  # one lot at 100 USD
EQUITY = 100_000_000_000  # 100,000 USD


def gate(sizing=None, limits=None, leverage=1.0, **terms):
    rules = Rules(
        account=Account(leverage_max=leverage),
        sizing=Sizing(**(sizing or {})),
        limits=Limits(**(limits or {})),
    )
    return Gate(rules, (Instrument(symbol="A", **terms),), 252.0)


@pytest.mark.parametrize(
    ("sizing", "limits", "leverage", "others", "lots", "rule"),
    [
        ({}, {}, 1.0, 0, 1000, None),
        ({"fraction": 0.5}, {}, 1.0, 0, 500, None),
        ({"fraction": 0.5}, {}, 1.0, 60_000_000_000, 400, "leverage"),
        ({"fraction": 0.5}, {}, 1.0, 200_000_000_000, 0, "leverage"),
        ({"fraction": 0.5}, {"position_frac_max": 0.0505}, 1.0, 0, 50, "position"),
        ({"fraction": 0.5}, {"gross_frac_max": 0.3}, 1.0, 10_000_000_000, 200, "gross"),
        ({"fraction": 0.5}, {"gross_frac_max": 0.3, "position_frac_max": 0.1}, 1.0, 10_000_000_000, 100, "position"),
        ({"method": "quantity", "quantity": 7.0}, {}, 1.0, 0, 7, None),
        ({"method": "quantity", "quantity": 1001.0}, {}, 1.0, 0, 1000, "leverage"),
        ({"method": "volatility"}, {}, 1.0, 0, 0, None),
    ],
)
def test_lots(sizing, limits, leverage, others, lots, rule):
    one = gate(sizing, limits, leverage)
    assert one.lots(5, "A", UNIT, EQUITY, EQUITY, others, Estimate()) == lots
    assert {name for name, count in one.bindings.items() if count} == ({rule} if rule else set())
    assert [(r.rule, r.symbol, r.ts_ns) for r in one.rejections] == ([(rule, "A", 5)] if rule else [])
    assert one.estimates == (sizing.get("method") == "volatility")


def test_no_lots_without_a_price_and_none_below_the_least_notional():
    assert gate().lots(0, "A", 0, EQUITY, EQUITY, 0, Estimate()) == 0
    small = gate({"method": "quantity", "quantity": 1.0}, min_notional=100.01)
    assert small.lots(0, "A", UNIT, EQUITY, EQUITY, 0, Estimate()) == 0
    assert (
        gate({"method": "quantity", "quantity": 1.0}, min_notional=100.0).lots(
            0, "A", UNIT, EQUITY, EQUITY, 0, Estimate()
        )
        == 1
    )


def test_a_fraction_of_cash_and_a_cash_buffer():
    rules = Rules(account=Account(cash_buffer_frac=0.1), sizing=Sizing(fraction=0.5, base="cash"))
    one = Gate(rules, (Instrument(symbol="A"),), 252.0)
    assert one.lots(0, "A", UNIT, EQUITY, EQUITY // 2, 0, Estimate()) == 250
    assert one.lots(0, "A", UNIT, EQUITY, -EQUITY, 0, Estimate()) == 0
    assert one.lots(0, "A", UNIT, EQUITY, 4 * EQUITY, 0, Estimate()) == 900


def test_no_lots_on_no_equity():
    assert gate().lots(0, "A", UNIT, -5, -5, 0, Estimate()) == 0


def test_too_many_lots_are_refused():
    with pytest.raises(MoneyOverflowError, match="choose a larger lot"):
        gate().lots(0, "A", 1, EQUITY, EQUITY, 0, Estimate())


@pytest.mark.parametrize(("wish", "lots"), [(Wish(), 0), (Wish(1, 30), 30), (Wish(1, 30, -10), 20), (Wish(-1, 30), 0)])
def test_live_a_price_that_makes_too_many_of_them_opens_nothing_and_leaves_what_is_held(wish, lots):
    one = gate()
    one.admission.know(Conditions(ts_ns=1))
    assert one.lots(5, "A", 1, EQUITY, EQUITY, 0, Estimate(), wish) == lots
    assert [(r.rule, r.value, r.limit) for r in one.rejections] == [("order", 1e11, 2.0**31)]


def test_changed_limits_bind_at_once():
    one = gate()
    one.change(Limits(position_frac_max=0.01))
    assert one.lots(0, "A", UNIT, EQUITY, EQUITY, 0, Estimate()) == 10


def test_estimates_start_plain_and_go_on_exponentially():
    estimate = Estimate()
    for close, facing in ((100.0, 0), (110.0, 1), (99.0, -1), (108.9, 0)):
        estimate.update(close, facing, 2)
    # squares 0.01, 0.01, 0.01; edges +0.10 and -1 * -0.10
    assert (estimate.count, estimate.edge_count) == (3, 2)
    assert estimate.variance == pytest.approx(0.01)
    assert estimate.edge == pytest.approx(0.10)
    estimate.update(108.9, 1, 2)
    assert estimate.variance == pytest.approx(0.005)
    assert estimate.edge == pytest.approx(0.05)


def test_profiles():
    assert limits_of("live") is LIVE
    assert (LIVE.position_frac_max, LIVE.gross_frac_max) == (0.05, 0.30)
    assert (LIVE.daily_loss_frac_max, LIVE.drawdown_frac_max, LIVE.reset_sessions) == (0.02, 0.10, None)
    assert PROFILES["research"].reset_sessions == 5
    assert limits_of("none") == Limits()
    with pytest.raises(SettingsError, match="no profile of limits liv; did you mean live"):
        limits_of("liv")


def minute(session, number, volume):
    nan = float("nan")
    ts_ns = number * 60_000_000_000
    bar = Bar(
        0,
        session,
        ts_ns,
        10.0,
        10.0,
        10.0,
        10.0,
        volume,
        ts_ns,
        nan,
        nan,
        nan,
        nan,
        0.0,
        number,
        60,
        60,
        2024,
        1,
        2,
        1,
        "A",
    )
    return BarSet(ts_ns=ts_ns, session=session, bars=(bar,))


def test_what_was_learned_stays_when_limits_change_and_a_day_has_many_bars():
    known = {"correlation_max": 0.5, "volume_frac_max": 0.1, "net_frac_max": 0.5}
    one = gate(limits=known)
    for session, number in ((1, 1), (1, 2), (2, 3)):
        one.observe(minute(session, number, 100.0))
    one.change(Limits(**known))
    one.observe(minute(2, 4, 0.0))
    one.observe(minute(3, 5, 100.0))
    alone = one.lots(1, "A", 10_000_000, 100_000_000_000, 100_000_000_000, 0, Estimate())
    crowded = one.lots(1, "A", 10_000_000, 100_000_000_000, 100_000_000_000, 0, Estimate(), Wish(net=50_000_000_000))
    assert crowded <= alone


def test_keys_show_nothing():
    assert repr(Keys("key", "secret")) == "Keys(hidden)"
