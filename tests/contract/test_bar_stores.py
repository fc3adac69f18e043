"""Every store of bars keeps the port's promises."""

import numpy as np
import pytest

from tenfold.adapters.parquet.catalogue import Catalogue
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.units import NS_PER_DAY
from tenfold.market.quality_bars import check
from tenfold.market.series import Series
from tenfold.market.synthetic import random_walk
from tenfold.ports import BarStore


def parquet(tmp_path):
    store = Catalogue(tmp_path)
    bars = random_walk(100, ["BBB", "AAA"], seed=4)
    for column, symbol in enumerate(bars.symbols):
        store.save(*check(Series(symbol=symbol, rows=bars.rows[:, column].copy(), period_ns=NS_PER_DAY)))
    return store


@pytest.fixture(params=[parquet])
def store(request, tmp_path) -> BarStore:
    return request.param(tmp_path)


def test_symbols_are_sorted(store):
    assert store.symbols() == ["AAA", "BBB"]


def test_bars_come_in_the_order_asked_for(store):
    bars = store.load(["BBB", "AAA"])
    assert bars.symbols == ("BBB", "AAA")
    assert bars.usable.all()
    assert (np.diff(bars.ts_ns) > 0).all()


def test_the_start_is_included_and_the_stop_is_not(store):
    every = store.load(["AAA"]).ts_ns
    chosen = store.load(["AAA"], int(every[10]), int(every[20]))
    assert chosen.ts_ns.tolist() == every[10:20].tolist()


def test_what_is_not_there_is_refused(store):
    with pytest.raises(UnknownNameError):
        store.load(["CCC"])
    with pytest.raises(DataError):
        store.load(["AAA"], 0, 1)
