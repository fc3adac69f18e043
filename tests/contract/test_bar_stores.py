"""What every store of bars promises."""

import numpy as np
import pytest

from tenfold.adapters.parquet.catalogue import Catalogue
from tenfold.domain.errors import UserError
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.quality_bars import check
from tenfold.market.series import Series
from tenfold.market.synthetic import random_walk

MARKET = random_walk(60, ["AAA", "BBB"], seed=5)


def catalogue(folder):
    store = Catalogue(folder)
    for column, symbol in enumerate(MARKET.symbols):
        store.save(*check(Series(symbol=symbol, rows=MARKET.rows[:, column].copy(), period_ns=NS_PER_DAY)))
    return store


STORES = {"catalogue": catalogue}


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    return STORES[request.param](tmp_path)


def test_what_was_saved_comes_back(store):
    assert store.symbols() == ["AAA", "BBB"]
    bars = store.load(["BBB", "AAA"])
    assert bars.symbols == ("BBB", "AAA")
    np.testing.assert_array_equal(bars.rows["close"], MARKET.rows["close"][:, ::-1])


def test_a_part_is_closed_at_its_start_and_open_at_its_end(store):
    bars = store.load(["AAA"], int(MARKET.ts_ns[10]), int(MARKET.ts_ns[20]))
    assert bars.ts_ns.tolist() == MARKET.ts_ns[10:20].tolist()


@pytest.mark.parametrize("symbols", [["CCC"], ["AAA", "CCC"]])
def test_what_is_not_there_is_refused_in_one_line(store, symbols):
    with pytest.raises(UserError) as caught:
        store.load(symbols)
    assert "CCC" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_in_a_span_is_refused_in_one_line(store):
    with pytest.raises(UserError) as caught:
        store.load(["AAA"], 0, 1)
    assert "\n" not in str(caught.value)
