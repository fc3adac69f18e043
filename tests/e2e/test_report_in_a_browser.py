"""A reader opens the report, clicks and drags: what the page's script does, seen in a real browser."""

import json

import numpy as np
import pytest

from tenfold.app.facade import backtest
from tenfold.domain.bars import bars_from_arrays
from tenfold.domain.rules import Costs, Rules, Sizing
from tenfold.domain.units import NS_PER_DAY

SHOUT = "<img src=x onerror=alert(1)>"
RANGE = "document.getElementById('chart-{}').layout.xaxis.range"


@pytest.fixture(scope="module")
def result():
    random = np.random.default_rng(5)
    close = 50 * np.exp(np.cumsum(random.normal(0.0003, 0.016, (700, 2)), axis=0))
    volume = np.full(close.shape, 1e6)
    bars = bars_from_arrays(
        ["TWO", SHOUT], (np.arange(700) + 15_001) * NS_PER_DAY, close, close * 1.01, close * 0.99, close, volume,
        period_ns=NS_PER_DAY,
    )  # fmt: skip
    rules = Rules(costs=Costs(fee_frac=0.0003), sizing=Sizing(method="fraction", fraction=0.4))
    return backtest(["crossing", "channel"], bars, rules=rules, name=SHOUT)


@pytest.fixture
def page(browser, result, tmp_path):
    faults = []
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on("dialog", lambda dialog: (faults.append("a dialog opened"), dialog.dismiss()))
    opened.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else faults.append(asked.url)
    )
    opened.goto(result.report(tmp_path / "report.html").as_uri())
    opened.wait_for_selector("html[data-ready]", timeout=60_000)
    opened.wait_for_selector("#chart-timeline .main-svg", timeout=60_000)
    yield opened
    opened.close()
    assert faults == []


def test_a_click_on_a_trip_shows_it_on_the_price(page, result):
    before = page.evaluate(RANGE.format("timeline"))
    row = page.locator("#trips tbody tr").nth(3)
    number = int(row.get_attribute("data-trip"))
    row.click()
    trip = result.analysis.trades[number]
    start, stop = page.evaluate(RANGE.format("timeline"))
    assert before[0] < start < trip["entry_ns"] / 1e6 < trip["exit_ns"] / 1e6 < stop < before[1]
    assert page.input_value("select[data-chart=timeline]") == str(trip["symbol"])
    shapes = page.evaluate("document.getElementById('chart-timeline').layout.shapes")
    assert [shape["yref"] for shape in shapes][-2:] == ["y4 domain", "y4"]
    assert shapes[-1]["y0"] == pytest.approx(trip["entry_price"], rel=1e-6)
    assert "marked" in row.get_attribute("class")
    candles = page.evaluate(
        "document.getElementById('chart-timeline').data.find((t) => t.type === 'candlestick').visible"
    )
    assert candles is True


def test_the_list_is_filtered_and_sorted(page, result):
    total = len(result.analysis.trades)
    assert page.inner_text("#trip-count").startswith(f"{total} of {total}")
    page.fill("#trip-words", "two long")
    trades = result.analysis.trades
    kept = int(((trades["symbol"] == 0) & (trades["side"] > 0)).sum())
    assert page.inner_text("#trip-count").startswith(f"{kept} of {total}")
    page.fill("#trip-words", "")
    page.select_option("#trip-kind", "lost")
    page.click("#trips thead button:has-text('P&L')")
    page.click("#trips thead button:has-text('P&L')")
    shown = page.locator("#trips tbody tr td:nth-child(9)").all_inner_texts()
    values = [float(text.replace("−", "-").replace(",", "")) for text in shown]
    assert values == sorted(values)
    assert max(values) <= 0.0
    assert values[0] == pytest.approx(result.trades["pnl_net"].min(), abs=0.005)


def test_charts_zoom_together_and_all_is_read_at_once(page):
    page.locator("#chart-rolling").scroll_into_view_if_needed()
    page.wait_for_selector("#chart-rolling .main-svg", timeout=60_000)
    page.click("[data-ranges] button:has-text('6M')")
    assert page.evaluate(RANGE.format("rolling")) == page.evaluate(RANGE.format("timeline"))
    equity = page.evaluate("document.getElementById('chart-timeline').layout.yaxis.range")
    page.click("[data-ranges] button:has-text('All')")
    assert page.evaluate("document.getElementById('chart-timeline').layout.yaxis.range") != equity
    page.evaluate(
        "Plotly.Fx.hover('chart-timeline', {xval: document.getElementById('chart-timeline').data[0].x[600]}, 'xy')"
    )
    page.wait_for_timeout(300)
    read = page.evaluate("document.querySelector('#chart-timeline .hoverlayer').textContent")
    for name in ("Equity", "Drawdown", "Leverage", "Close", "Volume", "Vote"):
        assert name in read


def test_a_row_of_a_table_leads_to_its_stretch(page):
    before = page.evaluate(RANGE.format("timeline"))
    stretch = page.locator("#drawdowns tr[data-range]").last
    start, stop = map(int, stretch.get_attribute("data-range").split(","))
    stretch.click()
    after = page.evaluate(RANGE.format("timeline"))
    assert after != before
    assert after[0] <= start < stop <= after[1]
    page.click("#symbols table.sortable th:has-text('Fees')")
    assert page.locator("#symbols tbody tr").last.inner_text().startswith("All")


def test_names_of_symbols_stay_text_and_the_theme_changes(page):
    assert page.locator("img").count() == 0
    assert SHOUT in page.inner_text("#trips")
    assert SHOUT in page.inner_text("h1")
    first = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != first


def test_it_fits_a_telephone(browser, result, tmp_path):
    opened = browser.new_page(viewport={"width": 420, "height": 800})
    opened.goto(result.report(tmp_path / "report.html").as_uri())
    opened.wait_for_selector("#chart-timeline .main-svg", timeout=60_000)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 420
    opened.close()


def test_the_page_is_small(result, tmp_path):
    path = result.report(tmp_path / "report.html")
    assert path.stat().st_size < 3_500_000
    figures = path.read_text().split('id="figures">')[1].split("</script>")[0]
    assert json.loads(figures)["span"][0] < json.loads(figures)["span"][1]
