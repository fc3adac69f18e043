"""A reader opens the page of a dossier and turns to other paths and members."""

import pytest

from tenfold.app.examining import examine
from tenfold.app.report.robustness_page import write_robustness_page
from tenfold.domain.rules import Costs, Rules
from tenfold.market.planted import planted_market
from tenfold.research.robustness import Counts


@pytest.fixture
def page(browser, tmp_path):
    bars = planted_market(300, 2, seed=1)
    counts = Counts(bootstrap=40, prices=4, neighbours=4, random=9)
    found = examine(
        ["crossing", "channel"], bars, rules=Rules(costs=Costs(fee_frac=0.0005)), scenarios=60, counts=counts
    )
    faults = []
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on(
        "request", lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else faults.append(asked.url)
    )
    opened.goto(write_robustness_page(found, bars, tmp_path / "robustness.html").as_uri())
    opened.wait_for_selector("html[data-ready]", timeout=60_000)
    yield opened
    opened.close()
    assert faults == []


def test_every_chart_is_drawn_and_follows_its_choice(page):
    for name in ("scenarios", "multipliers", "paths", "lateness", "entries", "plateaus"):
        page.locator(f"#chart-{name}").scroll_into_view_if_needed()
        page.wait_for_selector(f"#chart-{name} .main-svg", timeout=60_000)
    cells = page.evaluate("document.getElementById('chart-scenarios').data[0].z")
    assert [len(row) for row in cells] == [6, 6, 6]
    before = page.evaluate("document.getElementById('chart-paths').data.map((t) => JSON.stringify(t.y))")
    page.select_option("select[data-chart=paths]", "5")
    page.wait_for_timeout(200)
    assert page.evaluate("document.getElementById('chart-paths').data.map((t) => JSON.stringify(t.y))") != before
    page.select_option("select[data-chart=plateaus]", "1")
    page.wait_for_timeout(200)
    assert page.text_content("#chart-plateaus .xtitle") == "entry"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
