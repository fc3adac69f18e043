from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from scenes import bars_of
from tenfold.app.analysis import Analysis
from tenfold.app.facade import backtest
from tenfold.app.report.attribution import alone_table, member_parts, side_chart, symbol_section, weight_chart
from tenfold.app.report.calendar import rolling_steps
from tenfold.app.report.capacity import capacity_section, rounded
from tenfold.app.report.chart import milliseconds, numbers, panels
from tenfold.app.report.crises import PERIODS, crisis_section
from tenfold.app.report.distribution import distribution_section, histogram, year_chart
from tenfold.app.report.document import Document
from tenfold.app.report.holding import excursion_chart, holding_chart, holding_section
from tenfold.app.report.rolling import rolling_chart, windows
from tenfold.app.report.timeline import timeline_chart
from tenfold.app.report.trips import returns_frac, trip_list
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, date_ns


@pytest.fixture(scope="module")
def analysis(plain_run):
    return Analysis(plain_run)


def test_panels_fill_the_height_from_the_top():
    height, layout = panels({"yaxis": ("A", 100), "yaxis2": ("B", 50)}, gap=50)
    assert height == 262
    assert layout["yaxis"]["domain"] == [0.5, 1.0]
    assert layout["yaxis2"]["domain"] == [0.0, 0.25]
    assert layout["xaxis"] == {"anchor": "y2"}
    assert [note["text"] for note in layout["annotations"]] == ["<b>A</b>", "<b>B</b>"]


def test_a_daily_bar_is_drawn_at_its_date():
    closes = np.array([NS_PER_DAY, NS_PER_DAY - 1, NS_PER_DAY + NS_PER_MINUTE])
    assert milliseconds(closes, NS_PER_DAY) == [0, 0, 86_400_000]
    assert milliseconds(closes[2:], NS_PER_MINUTE) == [86_460_000]
    assert numbers(np.array([1e6, 0.5, np.nan, -2.0])) == [1_000_000, 0.5, None, -2]


def test_timeline_shares_its_times_and_thins_what_is_long(analysis, make_run):
    drawn = timeline_chart(analysis)
    assert drawn["linked"]
    assert len(drawn["shared"]["bars"]) == len(analysis.run.bars)
    kinds = [trace["type"] for trace in drawn["variants"][1]["data"]]
    assert "candlestick" in kinds
    one = timeline_chart(analysis, [1])
    assert one["variants"] == drawn["variants"][1:]
    marks = [shape for shape in drawn["layout"]["shapes"] if shape["type"] == "rect"]
    assert 1 <= len(marks) <= 5
    long = timeline_chart(
        Analysis(make_run(bars=9000, symbols=("A",), period_ns=NS_PER_MINUTE, ts_ns=np.arange(1, 9001) * NS_PER_MINUTE))
    )
    assert 400 <= len(long["shared"]["bars"]) <= 3 * 1600
    assert not any(trace["type"] == "candlestick" for trace in long["variants"][0]["data"])
    volume = next(trace for trace in long["variants"][0]["data"] if trace["name"] == "Volume")
    assert len(long["variants"][0]["shared"][volume["x"]["shared"]]) == len(volume["y"]) <= 4000


def test_equity_is_told_to_the_cent(analysis):
    run = analysis.run
    rich = replace(run, equity_units=run.equity_units * 100 + 12_345_670_000)
    (equity,) = [trace["y"] for trace in timeline_chart(Analysis(rich))["data"] if trace["name"] == "Equity"]
    assert max(equity) > 1e6
    assert abs(np.array(equity) - rich.equity).max() < 0.01


def test_a_benchmark_that_swamps_the_run_waits_in_the_legend(analysis):
    run = analysis.run
    calm = replace(run, equity_units=run.equity_units // 1000 + run.equity_units[0])
    visible = {trace["name"]: trace.get("visible") for trace in timeline_chart(Analysis(calm))["data"]}
    assert visible["Buy and hold"] == "legendonly"
    assert visible["Buy and hold, volatility matched"] is True


def test_trips_are_listed_with_what_leads_to_them(analysis):
    listed = trip_list(analysis)
    trades = analysis.trades
    assert listed["number"] == list(range(len(trades)))
    assert listed["net"] == pytest.approx(((trades["pnl_units"] - trades["fee_units"]) / 1e6).tolist())
    row = trades[0]
    paid = row["lots"] * row["entry_price"]
    assert returns_frac(analysis)[0] == pytest.approx((row["pnl_units"] - row["fee_units"]) / 1e6 / paid)
    assert all(worst <= 0.0 <= best for worst, best in zip(listed["adverse"], listed["favourable"], strict=True))


def test_histogram_counts_every_return():
    returns = np.random.default_rng(0).normal(0.0, 0.01, 500)
    drawn = histogram(returns, normal=True)
    assert sum(drawn["data"][0]["y"]) == 500
    assert [note["text"].split()[0] for note in drawn["layout"]["annotations"]] == ["VaR", "ES"]
    still = histogram(np.zeros(9), normal=True)
    assert sum(still["data"][0]["y"]) == 9
    assert len(still["data"]) == 1


def test_few_sessions_have_no_distribution(make_run):
    few = Analysis(make_run(bars=3))
    assert "fewer than five sessions" in distribution_section(few, Document())
    assert len(year_chart(few)["data"]) == 2


def test_rolling_windows_are_half_a_year_and_a_year(analysis, make_run):
    steps = rolling_steps(analysis)
    assert windows(steps) == [125]
    drawn = rolling_chart(steps)
    assert [trace["yaxis"] for trace in drawn["data"]] == ["y", "y2", "y3"]
    long = rolling_steps(Analysis(make_run(bars=700)))
    assert windows(long) == [126, 252]
    assert len(rolling_chart(long)["data"]) == 6


def test_known_periods_are_those_that_were_seen(make_run):
    real = Analysis(make_run(bars=700, label="Yahoo"))  # from 2015
    text = crisis_section(real)
    assert "China devaluation" in text
    assert "Dot-com" not in text
    row = next(period for period in PERIODS if period.name == "China devaluation")
    bars = real.run.bars
    start = np.searchsorted(bars.rows["session"][:, 0].astype(np.int64) * NS_PER_DAY, date_ns(row.first))
    assert f'data-range="{int(bars.ts_ns[start]) // 1_000_000},' in text
    assert "simulated" in crisis_section(Analysis(make_run(bars=60)))
    assert "saw none" in crisis_section(Analysis(make_run(bars=5, label="Yahoo")))
    assert all(period.first < period.last < date(2030, 1, 1) for period in PERIODS)


def test_attribution_adds_up(analysis):
    drawn = side_chart(analysis)
    trades = analysis.trades
    total = sum(sum(trace["y"]) for trace in drawn["data"])
    assert total == pytest.approx(float((trades["pnl_units"] - trades["fee_units"]).sum()) / 1e6, rel=1e-6)
    weights = analysis.weights
    assert np.abs(weights).sum(axis=1) == pytest.approx(analysis.run.gross_units / analysis.run.equity_units)
    assert [trace["name"] for trace in weight_chart(analysis)["data"]] == ["AAA", "BBB"] or len(
        weight_chart(analysis)["data"]
    ) == 2


def test_many_symbols_are_drawn_in_part(make_run):
    names = tuple(f"S{i}" for i in range(45))
    many = Analysis(make_run(bars=60, symbols=names, members=("a",)))
    assert len(side_chart(many)["data"][0]["x"]) == 40
    bands = weight_chart(many)["data"]
    assert bands[-1]["name"] == "33 others"
    assert len(bands) == 13


def test_members_alone_are_run_by_themselves(analysis, make_run):
    from tenfold.app.facade import backtest

    run = analysis.run
    expected = backtest(scores=run.scores[:, :, 1], bars=run.bars, rules=run.rules).run
    assert analysis.alone[1].equity_units.tolist() == expected.equity_units.tolist()
    table = alone_table(analysis)
    for name in (*run.members, "The vote"):
        assert name in table
    single = Analysis(make_run(bars=60, members=("a",)))
    assert single.alone == (single.run,)
    assert member_parts(single, Document()) == []
    assert Analysis(make_run(bars=60, keep_scores=False)).alone == ()


def test_capacity_says_what_it_cannot(analysis, make_run):
    run = analysis.run
    document = Document()
    lost = capacity_section(Analysis(replace(run, equity_units=run.equity_units // 2)), document)
    assert "no edge" in lost
    rich = capacity_section(Analysis(replace(run, equity_units=run.equity_units * 2)), document)
    assert "Earns the most money" in rich
    assert "capacity" in document.charts
    assert "had no volume to be measured against" in rich or analysis.capacity.measured == analysis.capacity.orders
    rows = run.bars.rows.copy()
    rows["volume"] = np.nan
    silent = replace(run, bars=replace(run.bars, rows=rows))
    assert "Volume is not known" in capacity_section(Analysis(silent), document)
    idle = replace(run, fills=run.fills[:0])
    assert "Nothing was traded" in capacity_section(Analysis(idle), document)
    assert "Nothing was traded" in symbol_section(Analysis(idle), document)
    assert rounded(123_456.0) == 120_000.0


def test_holding_times_count_every_trip(analysis, make_run):
    drawn = holding_chart(analysis)
    assert sum(sum(trace["y"]) for trace in drawn["data"]) == len(analysis.trades)
    assert sum(len(trace["x"]) for trace in excursion_chart(analysis)["data"]) == 2 * len(analysis.trades)
    text = holding_section(analysis, Document())
    assert "Won trips were held" in text
    idle = Analysis(make_run(bars=10))
    assert "There were no round trips." in holding_section(idle, Document())


def test_a_strategy_that_works_its_own_orders_shows_no_vote():
    class Buyer:
        def on_event(self, event, view):
            return [view.submit("A", "buy", 1)] if view.position("A") == 0 and view.close("A") > 0.0 else []

    result = backtest(Buyer(), bars_of([100.0 + n for n in range(30)]))
    chart = timeline_chart(Analysis(result.run))
    assert "yaxis7" not in chart["layout"]
    assert not any(trace.get("yaxis") == "y7" for trace in chart["variants"][0]["data"])
