import json
import pickle
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import tenfold
from tenfold.app.result import Result
from tenfold.app.sparkline import sparkline
from tenfold.domain.errors import UnknownNameError
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.metrics.definitions import GROUPS, METRICS

SHOUT = '<img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def result(plain_run):
    return Result(plain_run)


def test_constructing_computes_nothing():
    class Untouchable:
        def __getattr__(self, name):
            raise AssertionError(name)

    Result(Untouchable())


def test_summary_has_every_metric_in_order(result):
    summary = result.summary()
    assert list(summary) == list(METRICS)
    assert json.loads(json.dumps(summary)) == json.loads(summary.to_json())
    assert result.summary() is summary
    text = repr(summary)
    for group, metrics in GROUPS.items():
        assert group in text
        assert all(metric.label in text for metric in metrics)
    assert "<table>" in summary._repr_html_()


def test_summary_is_that_of_the_run(result):
    run, summary = result.run, result.summary()
    assert summary["final_equity"] == run.equity[-1]
    assert summary["pnl"] == pytest.approx(run.equity[-1] - 100_000)
    assert summary["total_return"] == pytest.approx(run.equity[-1] / 100_000 - 1, rel=1e-12)
    assert summary["fees"] == len(run.fills)
    assert summary["fills"] == len(run.fills)
    assert summary["trades"] + summary["open_trades"] == len(result.trades)
    assert summary["limit_bindings"] == 15
    assert summary["synthetic"] == "yes"


def test_money_adds_up_to_the_unit(result):
    run, parts = result.run, result.analysis.by_symbol
    change = int(run.equity_units[-1]) - 100_000_000_000
    assert int(parts.pnl_units.sum() - parts.fee_units.sum()) == change
    trades = result.analysis.trades
    assert int((trades["pnl_units"] - trades["fee_units"]).sum()) == change
    members = result.analysis.by_member
    assert {round(m.with_units + m.against_units + m.abstained_units) for m in members} == {
        round(members[0].with_units + members[0].against_units + members[0].abstained_units)
    }


def test_every_metric_is_documented():
    page = (Path(tenfold.__file__).parents[2] / "docs/reference/metrics.md").read_text("utf-8")
    for metric in METRICS.values():
        definition = metric.definition.replace("|", "&#124;")
        assert f"| `{metric.key}` | {metric.label} | {definition} |" in page


def test_frames(result):
    run = result.run
    assert result.equity.shape == (len(run.bars), 8)
    assert result.equity["equity"].to_numpy().tolist() == run.equity.tolist()
    assert result.equity.schema["ts"] == pl.Date
    assert result.fills["lots"].to_list() == run.fills["lots"].tolist()
    assert set(result.fills["reason"]) == {"vote"}
    assert result.trades.filter("open")["reason"].to_list() == [""] * result.summary()["open_trades"]
    assert set(result.trades["side"]) <= {"long", "short"}
    votes = result.votes
    assert votes.columns == [
        "ts",
        "symbol",
        "direction",
        "agreement",
        "ballot:trend",
        "ballot:momentum",
        "ballot:value",
    ]
    assert votes.height == run.direction.size
    row = votes.filter(pl.col("symbol") == "BBB").row(30, named=True)
    assert row["direction"] == run.direction[30, 1]
    assert row["ballot:value"] == int(run.scores[30, 1, 2] >= 0.2) - int(run.scores[30, 1, 2] <= -0.2)


def test_frames_become_pandas(result):
    assert len(result.equity.to_pandas()) == len(result.run.bars)


def test_scores_that_were_not_kept(make_run):
    result = Result(make_run(keep_scores=False, bars=80))
    assert result.votes.columns == ["ts", "symbol", "direction", "agreement"]
    assert result.analysis.by_member == ()


def test_members_of_one_name(make_run):
    columns = Result(make_run(members=("same", "same"), bars=60)).votes.columns
    assert columns[-2:] == ["ballot:same", "ballot:same#2"]


def test_plot(result):
    figure = result.plot()
    names = [trace.name for trace in figure.data]
    assert {"Equity", "Buy and hold", "Drawdown", "Leverage (gross)", "Close", "Buy", "Volume", "Vote"} <= set(names)
    assert "synthetic" in figure.layout.title.text
    assert figure.layout.title.text.endswith(": AAA")
    assert result.plot("BBB").layout.title.text.endswith(": BBB")
    assert {trace.xaxis for trace in figure.data} == {None}  # one time axis for all
    text = figure.to_json()
    assert "token" not in text
    assert "shared" not in text
    with pytest.raises(UnknownNameError, match="no symbol CCC"):
        result.plot("CCC")


def test_results_pickle_and_equal_what_is_the_same(result, make_run):
    from dataclasses import replace

    run = result.run
    again = pickle.loads(pickle.dumps(result))  # noqa: S301
    assert again == result
    assert again.summary() == result.summary()
    assert Result(make_run()) == result
    assert Result(replace(run, engine="compiled", notes={"name": "other"}, scores=None)) == result
    assert Result(make_run(seed=1)) != result
    assert Result(replace(run, weights=(2.0, 1.0, 1.0))) != result
    assert Result(replace(run, equity_units=run.equity_units + 1)) != result
    assert Result(replace(run, bars=replace(run.bars, adjustment="raw"))) != result
    fills = run.fills.copy()
    fills["reason"][0] += 1
    assert Result(replace(run, fills=fills)) != result
    assert result != "a result"
    with pytest.raises(TypeError, match="unhashable"):
        hash(result)


def test_missing_bars_equal_themselves(make_run):
    assert Result(make_run(bars=90, missing=0.2)) == Result(make_run(bars=90, missing=0.2))
    assert Result(make_run(bars=90)) != Result(make_run(bars=91))


def test_a_notebook_shows_the_curve(result, make_run):
    shown = result._repr_html_()
    assert "<svg" in shown
    assert "Sharpe" in shown
    assert "<svg" not in Result(make_run(bars=1))._repr_html_()
    assert "NaN" not in sparkline(np.full(9, 5.0)).replace("nan", "NaN")
    assert sparkline(np.array([1.0, np.nan])) == ""


def test_repr(result, make_run):
    assert "SYNTHETIC" in repr(result)
    assert "Sharpe" in result._repr_html_()
    real = Result(make_run(bars=50, label="Yahoo", symbols=("A", "B", "C", "D", "E", "F")))
    assert "SYNTHETIC" not in repr(real)
    assert "and 2 more" in repr(real)
    hostile = Result(make_run(bars=50, symbols=(SHOUT,)))
    assert SHOUT not in hostile._repr_html_()


def test_json_and_parquet(result, tmp_path):
    value = json.loads(result.to_json())
    assert value["summary"]["fills"] == len(value["fills"]["lots"]) == len(result.run.fills)
    assert value["equity"]["ts"][0].startswith("2015-01-0")
    assert value["rules"]["costs"]["fee_frac"] == 0.0005
    folder = result.to_parquet(tmp_path / "run")
    assert sorted(path.name for path in folder.iterdir()) == [
        "equity.parquet", "fills.parquet", "trades.parquet", "votes.parquet",
    ]  # fmt: skip
    assert pl.read_parquet(folder / "equity.parquet").equals(result.equity)


@pytest.mark.parametrize("bars", [1, 2, 3, 30])
def test_short_runs(make_run, bars, tmp_path):
    result = Result(make_run(bars=bars))
    json.dumps(result.summary(), allow_nan=False)
    repr(result.summary())
    assert "never traded" in result.report(tmp_path / "r.html").read_text() or bars == 30
    assert result.plot() is not None
    assert result.trades.height == len(result.analysis.trades)


def test_ten_bars_by_hand(make_run):
    """Ten daily bars of one symbol at 100: 100 lots bought at 100 on bar 2, sold at 110 on bar 6, fee 1 a fill."""
    from dataclasses import replace

    from tenfold.backtesting.run import FILL
    from tenfold.domain.bars import bars_from_arrays

    close = np.array([100, 100, 100, 105, 102, 108, 110, 110, 110, 120.0])
    bars = bars_from_arrays(["X"], np.arange(1, 11) * NS_PER_DAY, close, close, close, close, period_ns=NS_PER_DAY)
    held = np.array([0, 0, 100, 100, 100, 100, 0, 0, 0, 0])
    fills = np.zeros(2, FILL)
    fills[0] = (3 * NS_PER_DAY, 2, 0, 100, 100.0, 1_000_000, 500_000, 0, 1)
    fills[1] = (7 * NS_PER_DAY, 6, 0, -100, 110.0, 1_000_000, 0, 0, 2)
    cash = np.array([100_000, 100_000, 89_999, 89_999, 89_999, 89_999, 100_998, 100_998, 100_998, 100_998.0])
    equity = cash + held * close
    column = held[:, None]
    run = replace(
        make_run(bars=10, symbols=("X",), members=("a",)), bars=bars, fills=fills, lots=column,
        equity_units=(equity * 1e6).astype(np.int64), cash_units=(cash * 1e6).astype(np.int64),
        gross_units=(held * close * 1e6).astype(np.int64), net_units=(held * close * 1e6).astype(np.int64),
        direction=np.sign(column).astype(np.int8), scores=np.sign(column).astype(float)[:, :, None],
        agreement=np.sign(column).astype(np.float32),
    )  # fmt: skip
    found = Result(run).summary()
    peak, low = 100_499.0, 100_199.0
    assert found["pnl"] == 998.0
    assert found["total_return"] == pytest.approx(0.00998, rel=1e-12)
    assert found["max_drawdown"] == pytest.approx(low / peak - 1, rel=1e-12)
    assert found["years"] == pytest.approx(9 / 365.25)
    assert found["under_water_bars"] == 1
    assert (found["exposure"], found["fills"], found["trades"], found["open_trades"]) == (0.4, 2, 1, 0)
    assert (found["hit_rate"], found["expectancy"], found["fees"], found["slippage"]) == (1.0, 998.0, 2.0, 0.5)
    assert found["holding_bars_mean"] == 4.0
    years = 10 / found["periods_per_year"]
    assert found["annual_turnover"] == pytest.approx(21_000 / equity.mean() / years, rel=1e-12)
    assert found["benchmark_total_return"] == pytest.approx(0.2, rel=1e-12)
    assert found["benchmark_max_drawdown"] == pytest.approx(102 / 105 - 1, rel=1e-12)
    assert found["payoff_ratio"] is None
    (member,) = Result(run).analysis.by_member
    assert member.with_units == 1_000_000_000
    assert member.with_frac == 1.0


def test_a_million_bars(make_run):
    from dataclasses import replace

    small = make_run(bars=200, symbols=("A",))
    from tenfold.domain.bars import Bars

    count = 1_000_000
    rows = np.resize(small.bars.rows, (count, 1)).copy()
    rows["ts_ns"] = (np.arange(1, count + 1) * NS_PER_MINUTE)[:, None]
    rows["open_ns"] = rows["ts_ns"] - NS_PER_MINUTE
    long = {
        name: np.resize(getattr(small, name), (count, *getattr(small, name).shape[1:]))
        for name in (
            "equity_units",
            "cash_units",
            "gross_units",
            "net_units",
            "lots",
            "direction",
            "agreement",
            "scores",
        )
    }
    run = replace(small, bars=Bars(rows=rows, instruments=small.bars.instruments, period_ns=NS_PER_MINUTE), **long)
    assert len(Result(run).equity) == count
    assert Result(run).summary()


def test_text_is_typeset():
    from tenfold.app.formatting import formatted, money, number, percent, probability, ratio

    assert [percent(x) for x in (0.071, -0.256, 0.0001, 0.0, -0.0)] == [
        "7.10\u00a0%", "−25.6\u00a0%", "0.010\u00a0%", "0.00\u00a0%", "0.00\u00a0%",
    ]  # fmt: skip
    assert [money(x) for x in (1234.5, -1e7, 0.0000012, float("nan"))] == ["1,234.50", "−10,000,000", "0.00000120", "–"]
    assert [number(x) for x in (0.5, 150.0, 0.0012, 1e5)] == ["0.50", "150.0", "0.0012", "100,000"]
    assert [ratio(x) for x in (-0.001, 0.8, 250.0)] == ["0.00", "0.80", "250.0"]
    assert [probability(x) for x in (0.0, 0.5, 1.0)] == ["<\u00a00.1\u00a0%", "50.0\u00a0%", ">\u00a099.9\u00a0%"]
    assert formatted(None, "money") == formatted(float("inf"), "ratio") == "–"
    assert formatted(1234, "count") == "1,234"
    assert percent(float("nan")) == number(float("nan")) == "–"


@pytest.mark.parametrize(
    ("label", "sources", "synthetic"),
    [
        ("Yahoo", {"A": {"label": "Yahoo"}, "rows": 3}, "no"),
        ("mine", {"A": {"label": "Synthetic: jumps"}, "B": {"label": "Yahoo"}}, "yes"),
        ("mine", {"synthetic": True}, "yes"),
        ("SYNTHETIC walk", {}, "yes"),
    ],
)
def test_one_simulated_symbol_makes_it_synthetic(make_run, label, sources, synthetic):
    from dataclasses import replace

    run = make_run(bars=30, label=label)
    assert Result(replace(run, bars=replace(run.bars, sources=sources))).summary()["synthetic"] == synthetic


def test_labels_are_unique():
    labels = [metric.label for metric in METRICS.values()]
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[a-z0-9_]+", key) for key in METRICS)
