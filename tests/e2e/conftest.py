"""Open pages as a reader does."""

import shutil

import pytest


@pytest.fixture(scope="module")
def browser():
    """Return a real browser, or skip: pages are looked at in one; while it is open, nothing in its thread can run a loop of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no chromium is installed, and pages are looked at in one")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()
