"""The page on matching tells the terms of the venues as they are."""

import pytest

from tenfold.exchange.matching.venues import STOCK_VENUES


@pytest.mark.parametrize("venue", STOCK_VENUES, ids=lambda venue: venue.name)
def test_the_page_has_the_terms_of_each_venue(root, venue):
    page = (root / "docs" / "explanation" / "matching.md").read_text()
    cents = [fee / 10_000_000 for fee in (venue.taker_fee, venue.maker_fee)]
    row = f"| {venue.name} | {venue.share:.0%} | {cents[0]:.2f} | {cents[1]:.2f} | {venue.latency_ns // 1000} | {venue.hidden_frac:.0%} |"
    assert row.replace("%", " %") in page
