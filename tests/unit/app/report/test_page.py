import html.parser
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from tenfold.app.report.headline import headline
from tenfold.app.report.page import report_html
from tenfold.app.result import Result
from tenfold.domain.errors import StorageError

SHOUT = "</script><img onerror=alert(1)>"


def html_of(result, **options):
    return report_html(result.analysis, result.summary(), **options)


class Page(html.parser.HTMLParser):
    """Collect elements, their ids, and what they ask for from outside."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.outside, self.open, self.data = [], [], [], [], ""

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        if "id" in found:
            self.ids.append(found["id"])
        self.outside += [
            value for key, value in attrs if key in {"src", "href", "srcset"} and not value.startswith("#")
        ]
        if tag not in self.VOID:
            self.open.append((tag, found.get("id")))

    def handle_endtag(self, tag):
        assert self.open
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == ("script", "figures"):
            self.data += data


def parsed(text):
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


def charts(text):
    return json.loads(parsed(text).data)["charts"]


@pytest.fixture(scope="module")
def page(plain_run):
    return html_of(Result(plain_run))


def test_one_file_that_asks_for_nothing(page):
    found = parsed(page)
    assert found.outside == []
    assert "link" not in found.tags
    assert "default-src 'none'" in page
    assert len(set(found.ids)) == len(found.ids)
    for anchor in ("timeline", "trades", "months", "years", "rolling", "distribution", "drawdowns", "crises", "votes", "symbols", "holding", "capacity", "costs", "limits", "data", "metrics", "settings"):  # fmt: skip
        assert anchor in found.ids
    for name in charts(page):
        assert f"chart-{name}" in found.ids


def test_it_says_what_happened(page, plain_run):
    assert "Synthetic data" in page
    assert "if this were the only trial" in page.lower()
    assert "costs.fee_frac" in page
    assert "No loss limit tripped." in page


def test_charts_hold_the_run(page, plain_run):
    found = charts(page)
    equity = found["timeline"]["data"][0]
    assert equity["y"][-1] == pytest.approx(plain_run.equity[-1], rel=1e-6)
    assert len(found["timeline"]["variants"]) == len(found["votes"]["variants"]) == 2
    assert found["votes"]["variants"][0]["layout"]["yaxis"]["ticktext"] == [
        "Vote",
        "1. trend",
        "2. momentum",
        "3. value",
    ]
    strips = np.array(found["votes"]["variants"][1]["data"][0]["z"], float)
    assert np.array_equal(strips[0], plain_run.direction[:, 1])
    total = found["costs"]["data"][0]["y"]
    assert total[-1] == pytest.approx(sum(total[:-1]), abs=1e-6)


def test_real_data_is_not_called_synthetic(make_run):
    text = html_of(Result(make_run(bars=60, label="index_daily")))
    assert "this market was simulated" not in text


def test_hostile_names_are_text(make_run):
    run = make_run(
        bars=120, symbols=(SHOUT[:32], "$body & <b>", "{{x}}"), members=(SHOUT, "@ES", "</table>"), label=SHOUT
    )
    bars = replace(run.bars, sources={SHOUT: {SHOUT: SHOUT}, "plain": SHOUT, "list": [SHOUT, None, True, 1.5]})
    text = html_of(Result(replace(run, bars=bars)), title=SHOUT)
    found = parsed(text)
    assert "img" not in found.tags
    assert "<b>" not in text.split("<script>")[0]
    ticks = charts(text)["votes"]["variants"][0]["layout"]["yaxis"]["ticktext"]
    assert not any("<" in tick for tick in ticks)


def test_trips_show_what_they_cost(tripped_run):
    text = html_of(Result(tripped_run))
    assert "Breaker trips" in text
    assert "P&amp;L without breakers" in text
    assert "Over the whole run the breakers" in text
    assert "breakers" in charts(text)
    unknown = html_of(Result(replace(tripped_run, notes={})))
    assert "The run without breakers was not computed." in unknown


def test_without_scores_it_says_so(make_run):
    text = html_of(Result(make_run(bars=60, keep_scores=False)))
    assert "Scores were not kept" in text
    assert "votes" not in charts(text)


def test_a_strategy_of_its_own_orders_has_no_votes():
    from scenes import bars_of, rules
    from tenfold.backtesting.backtest import Own, run_backtest
    from tenfold.domain.market import BarSet

    class Buyer:
        def on_event(self, event, view):
            return [view.submit("A", "buy", 10)] if isinstance(event, BarSet) else []

    run = run_backtest(Own(Buyer(), "buyer"), bars_of([(100, 102, 98, 101)] * 8), rules())
    result = Result(run)
    text = report_html(result.analysis, result.summary())
    assert "There was no vote" in text
    assert "votes" not in charts(text)
    assert "timeline" in charts(text)
    assert result.plot() is not None


def test_missing_bars_and_no_trades(make_run):
    run = make_run(bars=300, missing=0.2)
    assert "rows without a usable bar" in html_of(Result(run))
    idle = replace(run, fills=run.fills[:0], lots=np.zeros_like(run.lots), direction=np.zeros_like(run.direction))
    text = html_of(Result(idle))
    assert "It never traded" in text
    assert "There were none." in text


def test_many_trips_are_counted_not_hidden(make_run, monkeypatch):
    from tenfold.app.report import trips

    monkeypatch.setattr(trips, "TRIPS_MAX", 5)
    monkeypatch.setattr(trips, "LISTED_MAX", 7)
    run = make_run(bars=600)
    text = html_of(Result(run))
    assert "trips with the largest P&amp;L are drawn" in text
    assert "the 7 with the largest P&amp;L are listed" in text
    for drawn in charts(text)["timeline"]["variants"]:
        marks = [trace for trace in drawn["data"] if trace["name"] in {"Buy", "Sell short"}]
        assert sum(len(trace["x"]) for trace in marks) == 5


def test_writing_is_whole_or_not_at_all(plain_run, tmp_path):
    path = Result(plain_run).report(tmp_path / "deep" / "r.html", title="Mine")
    assert "<title>Mine · Tenfold</title>" in path.read_text()
    assert [p.name for p in path.parent.iterdir()] == ["r.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Result(plain_run).report(tmp_path / "file" / "r.html")
    with pytest.raises(StorageError, match="cannot be written"):
        Result(plain_run).report(tmp_path / "deep")
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_headline(plain_run):
    summary = Result(plain_run).summary()
    flat = type(summary)(
        summary | {"max_drawdown": 0.0, "years": 0.5, "sharpe_ratio": None, "probabilistic_sharpe": None}
    )
    assert "equity never fell below a peak" in headline(flat)
    assert "in 183 days" in headline(flat)
    for years, said in ((2.0, "a year"), (0.004, "in 35 hours"), (0.0001, "in 53 minutes"), (0.01, "in 3.7 days")):
        assert said in headline(type(summary)(summary | {"years": years}))
    brief = type(summary)(summary | {"years": 0.5})
    assert "annualised from 183 days only" in headline(brief)
    ruined = type(summary)(summary | {"total_return": -1.0, "benchmark_annual_return": -0.07})
    assert headline(ruined).startswith("Lost everything with")
    assert "in equal amounts lost 7.00\u00a0% a year" in headline(ruined)
    assert "Sharpe" not in headline(flat)
    good = type(summary)(summary | {"annual_return": 0.071, "years": 9.0, "sharpe_ratio": 0.8})
    assert headline(good).startswith("Earned 7.10\u00a0% a year with a Sharpe ratio of 0.80; the worst loss")
    assert re.search(r"the chance that the true Sharpe ratio is above 0 is [\d.]+\u00a0%", headline(good))


def test_nothing_traded_has_no_empty_tables(make_run):
    run = make_run(bars=60)
    quiet = replace(
        run, fills=run.fills[:0], trades=run.trades[:0], lots=run.lots * 0, direction=run.direction * 0,
        equity_units=np.full(60, run.equity_units[0]), gross_units=run.gross_units * 0, net_units=run.net_units * 0,
    )  # fmt: skip
    text = html_of(Result(quiet))
    assert "Equity never fell below a peak." in text
    assert "Nothing was traded, so nothing was paid." in text
