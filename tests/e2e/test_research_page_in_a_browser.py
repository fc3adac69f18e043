"""A reader opens the report of a study: every chart is drawn, nothing is fetched, and it fits a telephone."""

import pytest

from studies import make_dossier, make_study, study_bars
from tenfold.app.report.research_page import write_research_page

DRAWN = {"odds", "timeline", "fitness", "attribution", "regimes", "ranks", "size", "paths", "plateaus"}
RANGE = "document.getElementById('chart-timeline').layout.xaxis.range"


@pytest.fixture(scope="module")
def bars():
    return study_bars(1300, 2)


@pytest.fixture(scope="module")
def file(bars, tmp_path_factory):
    study = make_study(bars)
    path = tmp_path_factory.mktemp("page") / "research.html"
    return write_research_page(path, study, bars, dossier=make_dossier(study))


@pytest.fixture
def look(browser, file):
    faults, pages = [], []

    def opening(width=1400, query=""):
        page = browser.new_page(viewport={"width": width, "height": 1000})
        pages.append(page)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else faults.append(asked.url),
        )
        page.goto(file.as_uri() + query)
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        return page

    yield opening
    for page in pages:
        page.close()
    assert faults == []


def draw_all(page):
    """Scroll to every chart, and return the names of those that are drawn."""
    for chart in page.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        chart.locator(".main-svg").first.wait_for(timeout=60_000)
    return {node.get_attribute("id").removeprefix("chart-") for node in page.locator(".chart:has(.main-svg)").all()}


def test_every_chart_is_drawn_and_nothing_is_fetched(look):
    page = look()
    assert draw_all(page) == DRAWN
    assert "3 of 2,000 tried were approved." in page.inner_text("header")
    assert "Synthetic data" in page.inner_text("header")
    assert "Of 3,200 tried, the best would look this good by luck with probability 3.0" in page.inner_text("#odds")


@pytest.mark.parametrize("width", [360, 420])
def test_it_fits_a_telephone(look, width):
    page = look(width)
    draw_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_dark(look):
    light, dark = look(query="?theme=light"), look(query="?theme=dark")
    paint = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(paint) != dark.evaluate(paint)
    assert draw_all(dark) == DRAWN
    lines = "document.getElementById('chart-regimes').data.filter((t) => t.type === 'scatter').map((t) => t.line.color)"
    assert all(colour.startswith("#") for colour in dark.evaluate(lines))
    dark.click("#theme")
    assert light.evaluate(paint) == dark.evaluate(paint)


def test_a_step_leads_to_its_test_in_the_chart(look):
    page = look()
    page.locator("#chart-timeline").scroll_into_view_if_needed()
    page.wait_for_selector("#chart-timeline .main-svg", timeout=60_000)
    before = page.evaluate(RANGE)
    row = page.locator("#steps tr[data-range]").last
    start, stop = map(int, row.get_attribute("data-range").split(","))
    row.click()
    after = page.evaluate(RANGE)
    assert after != before
    assert after[0] <= start < stop


def test_the_price_can_be_chosen(look):
    page = look()
    draw_all(page)
    first = "document.getElementById('chart-regimes').data[1].y.filter((y) => y !== null)[0]"
    index = page.evaluate(first)
    page.select_option("select[data-chart=regimes]", "1")
    assert page.evaluate(first) > 10 * index
    assert page.input_value("select[data-chart=plateaus]") == "0", "the choices of other sections stay"


def test_paths_and_plateaus_can_be_chosen(look):
    page = look()
    draw_all(page)
    kind = "document.getElementById('chart-plateaus').data[0].type"
    assert page.evaluate(kind) == "heatmap"
    page.select_option("select[data-chart=plateaus]", "1")
    assert page.evaluate(kind) == "scatter"
    median = "document.getElementById('chart-paths').data[4].y.at(-1)"
    before = page.evaluate(median)
    page.select_option("select[data-chart=paths]", "5")
    assert page.evaluate(median) != before
    assert page.input_value("select[data-chart=regimes]") == "0"


def test_the_page_is_small(file):
    assert file.stat().st_size < 3_200_000
