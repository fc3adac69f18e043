"""Bars in another currency: the last rate known by each moment, and never a later one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.app.data import load_bars
from tenfold.app.importing import import_file
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.conversion import Rates, converted, rates_of


def bars_of(symbol, closes, currency="USD", *, start=1, period_ns=NS_PER_DAY):
    ts_ns = (start + np.arange(len(closes))) * period_ns
    closes = np.asarray(closes, float)
    opened = np.concatenate([closes[:1], closes[:-1]])
    instrument = Instrument(symbol=symbol, currency=currency, min_notional=5.0)
    return bars_from_arrays(
        [symbol], ts_ns, opened, np.maximum(opened, closes) * 1.5, np.minimum(opened, closes) * 0.5, closes,
        np.full(len(closes), 7.0), period_ns=period_ns, instruments=[instrument],
    )  # fmt: skip


SAP = bars_of("SAP", [100.0, 110.0, 120.0], "EUR")
EURUSD = bars_of("EURUSD", [1.5, 2.0, 1.0], start=0)


def test_the_open_takes_the_rate_of_the_open_and_the_close_that_of_the_close():
    made = converted(SAP, EURUSD, "USD")
    assert made.currency == "USD"
    # The rate of 1.5 was known at time 0, that of 2 after a day, that of 1 after two; the third day has no newer one.
    assert made.rows["open"][:, 0].tolist() == [150.0, 200.0, 110.0]
    assert made.rows["close"][:, 0].tolist() == [200.0, 110.0, 120.0]
    assert made.rows["high"][:, 0].tolist() == [300.0, 200.0, 180.0]
    assert made.rows["low"][:, 0].tolist() == [100.0, 50.0, 55.0]
    assert made.rows["volume"][:, 0].tolist() == [7.0] * 3
    assert made.instruments[0].min_notional == 7.5
    assert made.sources["currency"] == "EUR in USD at the last known rate"


def test_the_pair_may_be_the_other_way_round():
    usdeur = bars_of("USD/EUR", [0.5, 0.25, 0.5], "EUR", start=0)
    assert converted(SAP, usdeur, "USD").rows["open"][:, 0].tolist() == [200.0, 400.0, 220.0]


def test_cash_is_converted_at_the_open():
    rows = SAP.rows.copy()
    rows["dividend"][1] = 3.0
    made = converted(type(SAP)(rows, SAP.instruments, SAP.period_ns), EURUSD, "USD")
    assert made.rows["dividend"][:, 0].tolist() == [0.0, 6.0, 0.0]


def test_a_missing_or_old_rate_is_a_flag():
    late = bars_of("EURUSD", [2.0], start=2)
    made = converted(SAP, late, "USD")
    assert (made.rows["flags"][:, 0] & int(Flag.MISSING) != 0).tolist() == [True, True, False]
    assert "2 bars without a rate" in made.sources["currency"]
    old = Rates("EUR", "USD", np.array([-20 * NS_PER_DAY]), np.array([2.0]))
    with pytest.raises(DataError, match="no rate of EUR in USD is known by any of the bars"):
        converted(SAP, old, "USD")
    with pytest.raises(DataError, match="no rate of EUR"):
        converted(SAP, Rates("EUR", "USD", np.zeros(0, np.int64), np.zeros(0)), "USD")


def test_rates_of_other_currencies_are_refused():
    assert converted(SAP, EURUSD, "EUR") is SAP
    with pytest.raises(DataError, match="expected EURUSD or USDEUR"):
        converted(SAP, bars_of("GBPUSD", [1.0]), "USD")
    with pytest.raises(DataError, match="rates are GBP in USD, expected EUR in USD"):
        converted(SAP, Rates("GBP", "USD", np.zeros(1, np.int64), np.ones(1)), "USD")
    two = bars_from_arrays(["A", "B"], np.array([1]), *(np.ones((1, 2)) for _ in range(4)), period_ns=1)
    with pytest.raises(DataError, match="expected one pair of EUR and USD"):
        converted(SAP, two, "USD")


@given(st.lists(st.floats(0.5, 2.0), min_size=2, max_size=30), st.integers(0, 40), st.data())
def test_no_later_rate_is_ever_used(rates, offset, data):
    bars = bars_of("SAP", np.linspace(50.0, 60.0, 40), "EUR", start=offset, period_ns=NS_PER_HOUR)
    cut = data.draw(st.integers(1, len(rates)))
    fx = bars_of("EURUSD", rates, period_ns=NS_PER_HOUR)
    changed = bars_of("EURUSD", rates[:cut] + [rate * 3.0 for rate in rates[cut:]], period_ns=NS_PER_HOUR)
    known_ns = int(fx.ts_ns[cut]) if cut < len(rates) else 1 << 62
    before = bars.ts_ns < known_ns
    first = rates_of(fx.rows[:, 0], "EUR", "USD").at(bars.rows["ts_ns"])
    second = rates_of(changed.rows[:, 0], "EUR", "USD").at(bars.rows["ts_ns"])
    np.testing.assert_array_equal(first[before], second[before])
    if (
        before.any()
        and np.isfinite(first[before]).any()
        and np.isfinite(rates_of(fx.rows[:, 0], "EUR", "USD").at(bars.rows["open_ns"])).any()
    ):
        one, other = converted(bars, fx, "USD"), converted(bars, changed, "USD")
        for name in ("open", "high", "low", "close", "flags"):
            np.testing.assert_array_equal(one.rows[name][before], other.rows[name][before])


def test_symbols_of_several_currencies_load_in_one(tmp_path):
    dates = ["2021-01-04", "2021-01-05", "2021-01-06"]
    for symbol, closes, currency in (
        ("SAP", [100, 110, 120], "EUR"),
        ("IBM", [50, 51, 52], None),
        ("EURUSD", [1.2, 1.25, 1.1], None),
    ):
        lines = ["date,close", *(f"{day},{close}" for day, close in zip(dates, closes, strict=True))]
        (tmp_path / f"{symbol}.csv").write_text("\n".join(lines))
        import_file(tmp_path / f"{symbol}.csv", currency=currency)
    bars = load_bars(["SAP", "IBM"], currency="usd")
    assert bars.currency == "USD"
    np.testing.assert_allclose(bars.rows["close"][:, 0], [120.0, 137.5, 132.0])
    assert bars.rows["close"][:, 1].tolist() == [50.0, 51.0, 52.0]
    assert bars.sources["SAP"]["currency"] == "EUR in USD at the last known rate; 1 bars without a rate"
    np.testing.assert_allclose(load_bars("IBM", currency="EUR").rows["close"][1:, 0], [51 / 1.25, 52 / 1.1])
    with pytest.raises(
        DataError, match="IBM is quoted in USD and the catalogue has no rates of it in CHF; import bars of USDCHF"
    ):
        load_bars("IBM", currency="CHF")
