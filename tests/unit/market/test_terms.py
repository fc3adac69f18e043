"""Contract terms: what a pair is, what is taken where nothing is stated, what cannot be."""

import math

import numpy as np
import pytest

from tenfold.domain.errors import DataError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.market.series import empty_rows
from tenfold.market.terms import (
    decimal,
    default_instrument,
    described,
    pair_of,
    refuse_impossible,
    remarks,
    restate,
    usable_prices,
)

COIN = Instrument(symbol="BTC/USDT", currency="USDT", lot_size=0.001, tick_size=0.01)


@pytest.mark.parametrize(
    ("symbol", "pair"),
    [
        ("BTC/USDT", ("BTC", "USDT")),
        ("btc-usd", ("BTC", "USD")),
        ("BTCUSDT", ("BTC", "USDT")),
        ("1000SHIBUSDT", ("1000SHIB", "USDT")),
        ("ETHBTC", ("ETH", "BTC")),
        ("ETC/BTC", ("ETC", "BTC")),
        ("XRP/USDT:USDT", ("XRP", "USDT")),
        ("BTC_JPY", ("BTC", "JPY")),
        *((name, None) for name in ("AAPL", "BRK-B", "EURUSD", "EUR/USD", "SPY", "BUSD", "^GSPC", "BTC", "SUSD", "USD/USD")),
    ],
)  # fmt: skip
def test_pairs_of_coins_are_known_by_their_names(symbol, pair):
    assert pair_of(symbol) == pair


@pytest.mark.parametrize(
    ("symbol", "price", "lot", "tick", "currency"),
    [
        ("BTC/USDT", 42_000.0, 1e-5, 1e-6, "USDT"),
        ("ETH-USD", 3_000.0, 1e-4, 1e-6, "USD"),
        ("ADAUSDT", 0.5, 1.0, 1e-6, "USDT"),
        ("SHIB/USDT", 1.2e-5, 1e4, 1e-9, "USDT"),
        ("ETH/BTC", 0.07, 0.01, 1e-8, "BTC"),
        ("BTC/JPY", 6_000_000.0, 1e-5, 1e-6, "JPY"),
        ("AAPL", 150.0, 1.0, 1e-6, "USD"),
        ("PENNY", 0.003, 1.0, 1e-7, "USD"),
    ],
)
def test_a_lot_of_a_pair_is_worth_about_what_venues_take(symbol, price, lot, tick, currency):
    found = default_instrument(symbol, np.full(3, price))
    assert (found.lot_size, found.tick_size, found.currency) == (lot, tick, currency)
    refuse_impossible(found, np.full(3, price))
    assert remarks(found, np.full(3, price)) == []


def test_without_a_price_a_pair_has_lots_of_one():
    assert default_instrument("BTC/USDT", np.zeros(0)) == Instrument(symbol="BTC/USDT", currency="USDT")
    assert default_instrument("BTC", np.zeros(0), "BTC").tick_size == 1e-8


def test_what_is_not_stated_stays():
    found = restate(COIN, {"lot_size": 0.01, "currency": None, "min_notional": 0})
    assert (found.lot_size, found.tick_size, found.currency) == (0.01, 0.01, "USDT")
    assert restate(COIN, {}) == COIN


def test_a_default_tick_follows_the_currency():
    assert restate(Instrument(symbol="A"), {"currency": "btc"}) == Instrument(
        symbol="A", currency="BTC", tick_size=1e-8
    )
    assert restate(Instrument(symbol="A"), {"currency": "BTC", "tick_size": 1e-6}).tick_size == 1e-6
    assert restate(COIN, {"currency": "BTC"}).tick_size == 0.01


@pytest.mark.parametrize("name", ["lot_size", "tick_size", "multiplier", "min_notional"])
@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, "much"])
def test_impossible_terms_end_in_one_line(name, value):
    with pytest.raises(DataError, match=f"{name} of BTC/USDT is {value}, expected a finite number") as caught:
        restate(COIN, {name: value})
    assert "\n" not in str(caught.value)


def test_zero_is_no_lot_and_no_text_is_no_currency():
    with pytest.raises(DataError, match="lot_size of BTC/USDT is 0, expected a finite number above zero"):
        restate(COIN, {"lot_size": 0})
    assert restate(COIN, {"min_notional": 0.0}).min_notional == 0.0
    for currency in ("", "U", "U$D", 7):
        with pytest.raises(DataError, match="expected letters such as USD"):
            restate(COIN, {"currency": currency})


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"lot_size": 1e-12}, "one lot is worth less than 0.000001 USDT"),
        ({"lot_size": 1e15}, "beyond the range of exact money"),
        ({"tick_size": 50_000.0}, "tick_size of BTC/USDT is 50000, expected at most its lowest price 40000"),
    ],
)
def test_what_exact_money_cannot_hold_is_refused(terms, expected):
    prices = np.array([40_000.0, 50_000.0])
    with pytest.raises(DataError, match=expected):
        refuse_impossible(restate(COIN, terms), prices)
    refuse_impossible(restate(COIN, terms), np.zeros(0))


def test_a_dear_lot_and_a_lot_of_little_worth_are_told():
    prices = np.array([40_000.0, 50_000.0])
    assert (
        "one lot of B costs up to 50,000 USD, more than 1/20 of an account"
        in remarks(Instrument(symbol="B"), prices)[0]
    )
    assert "rounds by more than 0.05 %" in remarks(restate(COIN, {"lot_size": 1e-9}), prices)[0]
    assert remarks(COIN, prices) == []
    assert remarks(COIN, np.zeros(0)) == []


def test_prices_of_rows_without_a_flag_count():
    rows = empty_rows(4)
    rows["close"] = [1.0, np.nan, 3.0, 4.0]
    rows["flags"][2] = int(Flag.NONPOSITIVE)
    assert usable_prices(rows).tolist() == [1.0, 4.0]


def test_terms_read_without_exponents():
    assert [decimal(value) for value in (1e-5, 10_000.0, 0.25)] == ["0.00001", "10000", "0.25"]
    assert described(COIN) == "lots of 0.001, ticks of 0.01, USDT"
    future = Instrument(symbol="ES", multiplier=50.0, min_notional=5.0)
    assert described(future).endswith("USD, multiplier 50, orders of at least 5 USD")
