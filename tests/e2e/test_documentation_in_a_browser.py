"""A reader of the documentation's site sees the whole of a table: the last column is often what to do."""

import subprocess
import sys

CUT_OFF = """
[...document.querySelectorAll(".wy-table-responsive")].filter(box => box.scrollWidth > box.clientWidth + 2).length
"""


def test_tables_fit_their_pages(browser, root, tmp_path):
    site = tmp_path / "site"
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", site], cwd=root, check=True)
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    for name in ("how-to/trade-live", "how-to/import-data", "reference/ladder", "reference/metrics"):
        page.goto((site / name / "index.html").as_uri())
        assert page.locator(".wy-table-responsive").count()
        assert page.evaluate(CUT_OFF) == 0, name
    page.close()
