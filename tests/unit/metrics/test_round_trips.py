import numpy as np
import pytest

from tenfold.domain.records import FILL, TRADE
from tenfold.metrics.round_trips import round_trips

UPP = np.array([1e6, 1e6])
CLOSES = np.array([12.0, np.nan])


def fills(*rows):
    """Rows of (bar, symbol, lots, price, fee_units)."""
    made = np.zeros(len(rows), FILL)
    for i, (bar, symbol, lots, price, fee) in enumerate(rows):
        made[i] = (bar * 100, bar, symbol, lots, price, fee, 0, 0, i + 1)
    return made


def paired(*rows, closes=CLOSES):
    return round_trips(fills(*rows), UPP, closes, 9, 900)


def as_dict(row):
    return {name: row[name].item() for name in TRADE.names}


def test_in_and_out():
    (trip,) = paired((1, 0, 10, 10.0, 3), (4, 0, -10, 11.0, 4))
    assert as_dict(trip) == {
        "symbol": 0, "side": 1, "entry_bar": 1, "exit_bar": 4, "entry_ns": 100, "exit_ns": 400, "lots": 10,
        "entry_price": 10.0, "exit_price": 11.0, "pnl_units": 10_000_000, "fee_units": 7, "reason": 0, "open": 0,
    }  # fmt: skip


def test_scaling_in_and_out_allocates_cost_to_the_last_unit():
    # 3 lots at 10 and 4 at 10.000001 cost 70.000004: closing 2, 2 and 3 releases 20.000001, 20.000001 and the rest
    (trip,) = paired(
        (0, 0, 3, 10.0, 0), (1, 0, 4, 10.000001, 0), (2, 0, -2, 11.0, 0), (3, 0, -2, 11.0, 0), (4, 0, -3, 11.0, 0)
    )
    assert trip["pnl_units"] == 7 * 11_000_000 - 70_000_004
    assert trip["lots"] == 7
    assert trip["entry_price"] == pytest.approx((30 + 40.000004) / 7)


def test_through_zero_splits_the_fee_by_lots():
    first, second = paired((0, 0, 10, 10.0, 10), (1, 0, -13, 11.0, 14), (2, 0, 3, 10.0, 1))
    assert (first["side"], second["side"]) == (1, -1)
    assert (first["exit_bar"], second["entry_bar"]) == (1, 1)
    # 3 of 13 lots opened: 14 * 3 // 13 = 3 for the new trip, 11 stay with the old one
    assert (first["fee_units"], second["fee_units"]) == (21, 4)
    assert (first["pnl_units"], second["pnl_units"]) == (10_000_000, 3_000_000)
    assert second["lots"] == 3


def test_open_trips_come_last_and_are_valued_at_the_last_close():
    closed, long, unpriced = paired(
        (0, 1, -5, 20.0, 2), (1, 0, 4, 10.0, 1), (2, 0, -1, 11.0, 1), (3, 1, 5, 21.0, 0), (3, 1, 2, 21.0, 0)
    )
    assert closed["open"] == 0
    assert closed["pnl_units"] == -5_000_000
    assert (long["open"], long["exit_bar"], long["exit_price"], long["reason"]) == (1, 9, 12.0, -1)
    assert long["pnl_units"] == 1_000_000 + 3 * 2_000_000
    assert (unpriced["exit_price"], unpriced["pnl_units"]) == (21.0, 0)  # no close ever: at its entry


def test_nothing_and_the_wrong_thing():
    assert len(round_trips(np.zeros(0, FILL), UPP, CLOSES, 9, 900)) == 0
    with pytest.raises(TypeError, match="expected FILL"):
        round_trips(np.zeros(1), UPP, CLOSES, 9, 900)


def test_whole_money_is_accounted_for():
    rng = np.random.default_rng(5)
    made = np.zeros(4000, FILL)
    made["bar"] = np.arange(4000)
    made["symbol"] = rng.integers(0, 2, 4000)
    made["lots"] = rng.integers(1, 9, 4000) * rng.choice([-1, 1], 4000)
    made["price"] = 10 + rng.random(4000)
    made["fee_units"] = rng.integers(0, 99, 4000)
    closes = np.array([10.3, 10.7])
    found = round_trips(made, UPP, closes, 4000, 1)
    units = np.floor(made["price"] * 1e6 + 0.5).astype(np.int64)
    left = [int(made["lots"][made["symbol"] == s].sum()) for s in (0, 1)]
    total = -int((made["lots"] * units).sum()) + sum(n * m for n, m in zip(left, (10_300_000, 10_700_000), strict=True))
    assert int(found["pnl_units"].sum()) == total
    assert int(found["fee_units"].sum()) == int(made["fee_units"].sum())
    assert (found["entry_bar"] <= found["exit_bar"]).all()
