"""The whole way: strategies vote over a market, and every figure of the report adds up to the money unit."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.app.facade import backtest, sweep
from tenfold.app.runs import export_run, load
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.rules import Account, Costs, Limits, Rules, Sizing
from tenfold.domain.units import NS_PER_DAY

RULES = Rules(
    account=Account(cash=1_000_000.0, leverage_max=2.0),
    costs=Costs(fee_frac=0.0003, fee_minimum=1.0, slippage_bps=3.0, borrow_annual_frac=0.02),
    sizing=Sizing(method="fraction", fraction=0.6, rebalance_frac=0.1),
    limits=Limits(drawdown_frac_max=0.08, daily_loss_frac_max=0.03, reset_sessions=15),
)
MEMBERS = ["crossing", "channel", "balance"]


@pytest.fixture(scope="module")
def bars():
    rng = np.random.default_rng(11)
    close = 50 * np.exp(np.cumsum(rng.normal(0.0003, 0.016, (900, 3)), axis=0))
    opened = close * np.exp(rng.normal(0, 0.003, close.shape))
    high, low = np.maximum(opened, close) * 1.004, np.minimum(opened, close) * 0.996
    close[400:420, 1] = np.nan
    made = bars_from_arrays(
        ["ONE", "TWO", "SIX"], (np.arange(900) + 15_001) * NS_PER_DAY, opened, high, low, close, np.full(close.shape, 1e6),
        period_ns=NS_PER_DAY, label="synthetic: for a test",
    )  # fmt: skip
    rows = made.rows.copy()
    rows["dividend"][::90, 0] = 0.5
    return replace(made, rows=rows)


@pytest.fixture(scope="module")
def result(bars):
    return backtest(MEMBERS, bars, rules=RULES, name="whole way")


def test_parts_add_up_to_the_whole(result):
    run, parts = result.run, result.analysis.by_symbol
    change = int(run.equity_units[-1]) - 1_000_000_000_000
    assert int(parts.pnl_units.sum() - parts.fee_units.sum()) - run.borrow_units + run.dividend_units == change
    trips = result.analysis.trades
    assert int((trips["pnl_units"] - trips["fee_units"]).sum()) - run.borrow_units + run.dividend_units == change
    assert parts.lots.tolist() == run.lots[-1].tolist()
    assert run.borrow_units > 0
    assert run.dividend_units != 0


def test_members_share_the_pnl_of_positions(result):
    sums = [m.with_units + m.against_units + m.abstained_units for m in result.analysis.by_member]
    assert sums == pytest.approx([sums[0]] * 3)


def test_every_trip_is_shown_with_the_pnl_without_it(result, tmp_path):
    assert result.run.trips
    text = result.report(tmp_path / "r.html").read_text()
    assert "P&amp;L without breakers" in text
    told = [text.count(f'<td class="word">{rule}: flatten</td>') for rule in ("daily loss", "drawdown")]
    assert sum(told) == len(result.run.trips)


def test_kept_and_reported_again(result, tmp_path):
    run_id = result.save(root=tmp_path)
    assert run_id.endswith("-whole-way")
    again = load("whole-way", root=tmp_path)
    assert again.summary() == result.summary()
    assert (
        export_run(run_id, output=tmp_path / "r.html", root=tmp_path).read_text()
        == result.report(tmp_path / "s.html").read_text()
    )


def test_both_paths_report_the_same(bars, result):
    other = backtest(MEMBERS, bars, rules=RULES, engine="event")
    ours, theirs = dict(result.summary()), dict(other.summary())
    assert ours.pop("engine") != theirs.pop("engine")
    assert ours == theirs


def test_a_row_of_a_sweep_is_the_backtest_of_its_parameters(bars):
    swept = sweep("crossing", bars, grid={"fast": [5, 20], "slow": [40, 80]}, rules=RULES)
    for row in swept.table.to_dicts():
        one = backtest("crossing", bars, params={"fast": row["fast"], "slow": row["slow"]}, rules=RULES).summary()
        assert row["final_equity"] == one["final_equity"]
        assert row["fees"] == pytest.approx(one["fees"], abs=1e-6)
        assert row["fills"] == one["fills"]
        assert row["total_return"] == pytest.approx(one["total_return"], abs=1e-12)
        assert row["max_drawdown"] == pytest.approx(one["max_drawdown"], abs=1e-12)
        assert row["exposure"] == pytest.approx(one["exposure"], abs=1e-12)
