import numpy as np
import pytest

from tenfold.domain.records import TRADE
from tenfold.metrics.excursions import excursions


def trip(side, entry_bar, exit_bar, entry_price, exit_price, still_open=0):
    row = np.zeros(1, TRADE)
    row["side"], row["entry_bar"], row["exit_bar"], row["open"] = side, entry_bar, exit_bar, still_open
    row["entry_price"], row["exit_price"] = entry_price, exit_price
    return row


HIGH = np.array([[101.0], [110.0], [np.nan], [104.0], [150.0]])
LOW = np.array([[99.0], [95.0], [np.nan], [90.0], [50.0]])


@pytest.mark.parametrize(
    ("trade", "adverse", "favourable"),
    [
        (trip(+1, 0, 3, 100, 92), -0.08, 0.10),  # bars 0 to 2, and the exit's price
        (trip(-1, 0, 3, 100, 92), -0.10, 0.08),
        (trip(+1, 0, 4, 100, 100), -0.10, 0.10),  # the exit's own bar does not count
        (trip(+1, 3, 4, 100, 100, 1), -0.50, 0.50),  # an open trip counts its last bar
        (trip(+1, 2, 2, 100, 101), 0.0, 0.01),  # in and out within a bar
        (trip(+1, 0, 3, 0, 92), 0.0, 0.0),  # no entry price, nothing to measure by
    ],
)
def test_excursions_by_hand(trade, adverse, favourable):
    found = excursions(trade, HIGH, LOW)
    assert [float(found[0][0]), float(found[1][0])] == pytest.approx([adverse, favourable])


def test_no_trades():
    assert [len(part) for part in excursions(np.zeros(0, TRADE), HIGH, LOW)] == [0, 0]
