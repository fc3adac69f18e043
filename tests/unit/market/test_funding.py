"""Funding is cash to the cent: who held the coin at the moment pays, at the price of then."""

import numpy as np
import pytest

from tenfold import Costs, Rules, Sizing, backtest
from tenfold.app.data import load_bars
from tenfold.app.importing import import_file
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_HOUR
from tenfold.market.funding import funding_cash
from tenfold.market.series import FUNDING, empty_rows, stamp_rows

HOUR = NS_PER_HOUR


def hours(closes):
    rows = empty_rows(len(closes))
    stamp_rows(rows, np.arange(len(closes), dtype=np.int64) * HOUR, HOUR, "open")
    for name in ("open", "high", "low", "close"):
        rows[name] = closes
    return rows


def payments(*pairs):
    return np.array(list(pairs), FUNDING)


def test_a_payment_belongs_to_the_bar_that_opens_with_it_at_the_close_before():
    cash = funding_cash(hours([100.0, 110.0, 120.0, 130.0]), payments((2 * HOUR, 0.001), (3 * HOUR, -0.002)))
    assert cash.tolist() == pytest.approx([0.0, 0.0, -0.11, 0.24], abs=1e-15)


def test_moments_recorded_late_are_taken_at_their_minute():
    rows = hours([100.0, 110.0, 120.0])
    late = funding_cash(rows, payments((HOUR + 17_000_000, 0.01)))
    assert late.tolist() == pytest.approx([0.0, -1.0, 0.0], abs=1e-15)
    inside = funding_cash(rows, payments((HOUR + HOUR // 2, 0.01)))
    assert inside.tolist() == pytest.approx([0.0, 0.0, -1.0], abs=1e-15)


def test_payments_of_one_bar_add_up_and_those_outside_are_nobodys():
    rows = hours([100.0, 110.0, 120.0])
    rows["open_ns"][1] = 5 * HOUR
    rows["open_ns"][2], rows["ts_ns"][1:] = 6 * HOUR, [6 * HOUR, 7 * HOUR]
    cash = funding_cash(rows, payments((-HOUR, 1.0), (2 * HOUR, 0.01), (4 * HOUR, 0.02), (9 * HOUR, 1.0)))
    assert cash.tolist() == pytest.approx([0.0, -3.0, 0.0], abs=1e-15)
    assert funding_cash(rows, payments((0, 0.01)))[0] == -1.0  # no close before: the price of the open


def test_a_bar_that_cannot_be_traded_pays_nothing_the_next_one_does():
    rows = hours([100.0, np.nan, 120.0])
    rows["flags"][1] = int(Flag.NAN_PRICE)
    cash = funding_cash(rows, payments((HOUR, 0.01), (2 * HOUR, np.nan)))
    assert cash.tolist() == pytest.approx([0.0, 0.0, -1.0], abs=1e-15)
    rows["flags"] = int(Flag.MISSING)
    assert not funding_cash(rows, payments((HOUR, 0.01))).any()


@pytest.fixture
def perpetual(tmp_path):
    """Import 24 hours of a perpetual at 200 and two payments of funding."""
    lines = ["time,open,high,low,close,volume", *(f"2022-01-01 {hour:02}:00,200,200,200,200,9" for hour in range(24))]
    (tmp_path / "bars.csv").write_text("\n".join(lines))
    (tmp_path / "funding.csv").write_text(
        "time,rate\n2022-01-01 08:00:00.017,0.0001\n2022-01-01 16:00:00.007,-0.0003\n"
    )
    import_file(tmp_path / "bars.csv", symbol="XRP/USDT:USDT", lot_size=1.0, stamp="open")
    report = import_file(tmp_path / "funding.csv", symbol="XRP/USDT:USDT", kind="funding")
    assert report.kind == "funding"
    return load_bars("XRP/USDT:USDT")


@pytest.mark.parametrize("engine", ["compiled", "event"])
@pytest.mark.parametrize(
    ("score", "expected"), [(1.0, 10 * 200 * (-0.0001 + 0.0003)), (-1.0, 10 * 200 * (0.0001 - 0.0003))]
)
def test_the_account_is_paid_exactly(perpetual, engine, score, expected):
    assert perpetual.rows["dividend"][[8, 16], 0].tolist() == pytest.approx([-0.02, 0.06], abs=1e-15)
    rules = Rules(sizing=Sizing(method="quantity", quantity=10), costs=Costs())
    run = backtest(scores=np.full((24, 1), score), bars=perpetual, rules=rules, engine=engine).run
    assert run.dividend_units == round(expected * 1e6)


def test_dividends_in_cash_are_exact_beside_a_split(tmp_path):
    lines = ["Date,Open,High,Low,Close,Volume,Dividends,Stock Splits"]
    prices = [100.0, 100.0, 50.0, 50.0, 50.0]
    for day, price, dividend, split in zip(range(4, 9), prices, (0, 0, 0, 0.25, 0), (0, 0, 2, 0, 0), strict=True):
        lines.append(f"2021-01-{day:02},{price},{price},{price},{price},1000,{dividend},{split}")
    (tmp_path / "DIV.csv").write_text("\n".join(lines))
    import_file(tmp_path / "DIV.csv")
    bars = load_bars("DIV", adjust="split")
    assert bars.rows["close"][:, 0].tolist() == [50.0] * 5
    assert bars.rows["dividend"][:, 0].tolist() == [0.0, 0.0, 0.0, 0.25, 0.0]
    rules = Rules(sizing=Sizing(method="quantity", quantity=10), costs=Costs())
    for engine in ("compiled", "event"):
        run = backtest(scores=np.ones((5, 1)), bars=bars, rules=rules, engine=engine).run
        assert run.dividend_units == 2_500_000


def test_funding_of_the_reference_data(reference_data):
    import_file(reference_data / "crypto_funding_xrp.parquet")
    ts_ns = np.arange("2021-11-18", "2021-12-19", dtype="datetime64[h]").astype("datetime64[ns]").astype(np.int64)
    rows = hours(np.ones(len(ts_ns)))
    rows["open_ns"], rows["ts_ns"] = ts_ns, ts_ns + HOUR
    from tenfold.app import wiring

    funding = wiring.bar_store().ticks.funding("XRP/USDT:USDT")
    cash = funding_cash(rows, funding)
    assert len(funding) == 91
    assert np.flatnonzero(cash).tolist() == [8 * k for k in range(91)]
    assert cash.sum() == pytest.approx(-funding["rate"].sum())
