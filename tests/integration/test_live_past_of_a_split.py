"""After a split strategies are shown the past in the shares of now, by the venue and by the catalogue alike."""

import numpy as np
import pytest

from live_scenes import records, session
from loops import in_a_loop
from tenfold.app.corporate import import_actions
from tenfold.app.data import import_file
from tenfold.app.exchange import open_exchange
from tenfold.domain.events import Past
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE

FIRST_NS = int(np.datetime64("2024-03-04T14:30:00", "ns").astype(np.int64))
PRICES = {0: 170.0, 1: 170.0, 2: 42.5}
"""Of the sessions, the last after a split of four for one."""


@pytest.fixture
def exchange(tmp_path):
    rows = ["timestamp,open,high,low,close,volume"]
    for day, price in PRICES.items():
        for minute in range(390):
            moment = np.datetime64(FIRST_NS + day * NS_PER_DAY + minute * NS_PER_MINUTE, "ns")
            rows.append(f"{moment}Z,{price},{price + 0.5},{price - 0.5},{price},1000")
    path, splits = tmp_path / "prices.csv", tmp_path / "splits.csv"
    path.write_text("\n".join(rows))
    splits.write_text("date,split\n2024-03-06,4\n")
    import_file(path, symbol="AAPL", calendar="XNYS", stamp="open", period="1m")
    import_actions(splits, symbol="AAPL")
    with open_exchange(speed="30x", start="2024-03-06T15:00") as bank:
        yield bank


@pytest.mark.parametrize("catalogue", [False, True])
def test_no_price_of_before_a_split_is_shown_beside_those_after_it(exchange, tmp_path, catalogue):
    async def scene():
        async with session(exchange, tmp_path, catalogue=catalogue, past_days=3) as one:
            await one.until(lambda: one.shown and one.shown[-1].number)
            await one.ended()

    in_a_loop(scene())
    kept = records(tmp_path)
    past = [one.bars.bars[0] for one in kept if isinstance(one, Past)]
    assert len(past) > 780
    assert {bar.close for bar in past} == {42.5}
    assert {bar.volume for bar in past[:780]} == {4000.0}
    assert {one.bars[0].close for one in kept if isinstance(one, BarSet)} == {42.5}
