"""Money, time and errors at the bottom of everything."""

from datetime import date

import pytest

from tenfold.domain.errors import MoneyOverflowError, TenfoldError, UserError, did_you_mean
from tenfold.domain.session import Session
from tenfold.domain.units import MONEY_LIMIT, NS_PER_DAY, date_ns, format_ns, from_units, money_scale, to_units


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        (1.0, "USD", 1_000_000),
        (-2.5, "EUR", -2_500_000),
        (1.0, "BTC", 10**12),
        (1.0, "JPY", 10_000),
        (0.000_000_4, "USD", 0),
        (0.000_000_6, "USD", 1),
    ],
)
def test_money_is_whole_units(amount, currency, units):
    assert to_units(amount, currency) == units
    assert from_units(units, currency) == pytest.approx(amount, abs=0.5 / 10 ** money_scale(currency))


def test_money_beyond_its_range():
    assert to_units(4.6e12, "USD") < MONEY_LIMIT
    with pytest.raises(MoneyOverflowError, match="5e\\+12 USD"):
        to_units(5e12, "USD")
    with pytest.raises(MoneyOverflowError):
        to_units(-5e6, "BTC")


def test_times_read_as_dates_and_moments():
    assert format_ns(date_ns(date(2024, 2, 29))) == "2024-02-29"
    assert format_ns(date_ns(date(2024, 2, 29)) + 34_200_000_000_000) == "2024-02-29 09:30:00"
    assert date_ns(date(1969, 12, 31)) == -NS_PER_DAY


def test_a_daily_bar_reads_as_the_day_it_closes():
    midnight = date_ns(date(2024, 2, 29))
    for after_ns in (NS_PER_DAY - 1, NS_PER_DAY, 75_600_000_000_000):
        assert format_ns(midnight + after_ns, NS_PER_DAY) == "2024-02-29"
        assert format_ns(midnight + after_ns, 7 * NS_PER_DAY) == "2024-02-29"
    assert format_ns(midnight + 60_000_000_000, 60_000_000_000) == "2024-02-29 00:01:00"


def test_a_session_holds_what_closed_in_it():
    session = Session(day=0, open_ns=10, close_ns=20)
    assert [session.contains(moment) for moment in (10, 11, 20, 21)] == [False, True, True, False]
    with pytest.raises(ValueError, match="not before its close"):
        Session(day=0, open_ns=20, close_ns=20)


def test_the_name_that_was_meant():
    assert did_you_mean("momentun", ["momentum", "trend"]) == "did you mean momentum?"
    assert did_you_mean("xyz", ["momentum", "trend"]) == "expected one of: momentum, trend"
    many = [f"rules.{name}_{kind}" for name in ("order", "size") for kind in "abcdefghi"]
    assert did_you_mean("z.size", many).startswith("expected one of: rules.size_a, rules.size_b, ")
    assert did_you_mean("xyz", many).startswith("expected one of: rules.order_a, ")
    assert did_you_mean("xyz", many).endswith(" and 10 more")
    assert did_you_mean("xyz", []) == "nothing is known here"


def test_every_error_has_an_exit_code():
    def family(kind):
        return [kind, *(leaf for inner in kind.__subclasses__() for leaf in family(inner))]

    codes = {kind.__name__: kind.exit_code for kind in family(TenfoldError)}
    assert codes["DataError"] == 3
    assert codes["MoneyOverflowError"] == 2
    assert codes["StorageError"] == 5
    assert codes["TrialLogError"] == 6
    assert all(kind.exit_code in {2, 3, 4, 6} for kind in family(UserError))
