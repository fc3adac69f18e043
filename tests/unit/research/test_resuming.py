"""A search that was cut off goes on where it stopped, and comes to the same."""

from dataclasses import replace

import numpy as np
import pytest

from tenfold.backtesting.splits import walk_forward
from tenfold.domain.rules import Costs, Rules
from tenfold.market.synthetic import random_walk
from tenfold.registry import STRATEGIES
from tenfold.research.regimes import regimes_of
from tenfold.research.resuming import (
    ResumingExecutor,
    chunk_key,
    decode_evaluated,
    encode_evaluated,
    market_digest,
    resuming,
)
from tenfold.research.search import Budget, Chunk, search
from tenfold.research.space import even_points, params_at
from tenfold.research.testbed import Testbed

BUDGET = Budget(trials=150, seed=3)


class Counted:
    """Run work one piece after the other, and count the pieces."""

    def __init__(self):
        self.pieces = 0

    def map(self, work, items):
        for item in items:
            self.pieces += 1
            yield work(item)

    def share(self, value):
        return lambda: value

    def describe(self):
        return {"kind": "counted"}


class CutOffError(Exception):
    """Stand for whatever ends a process."""


def market(**changes):
    bars = random_walk(600, 2, seed=changes.get("seed", 7))
    families = tuple(STRATEGIES.load(name) for name in changes.get("names", ("crossing", "winter")))
    windows = walk_forward(600, tests=2, train_frac=0.5, purge=10)
    rules = changes.get("rules", Rules())
    return Testbed(bars, rules, families, regimes_of("trend_volatility", bars), changes.get("windows", windows))


@pytest.fixture(scope="module")
def testbed():
    return market()


@pytest.fixture(scope="module")
def expected(testbed):
    return search(testbed, BUDGET, Counted())


def assert_equal(pool, other):
    for name in ("family", "born", "points"):
        np.testing.assert_array_equal(getattr(pool, name), getattr(other, name))
    for name in type(pool.found).__dataclass_fields__:
        one, two = getattr(pool.found, name), getattr(other.found, name)
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("trials", [1, 60, 120])
def test_what_was_evaluated_is_not_evaluated_again(testbed, expected, trials):
    kept, first, second, third = {}, Counted(), Counted(), Counted()

    def cut(done, total):
        if done >= trials:
            raise CutOffError

    with pytest.raises(CutOffError):
        search(testbed, BUDGET, resuming(first, kept, testbed), cut)
    before = len(kept)
    assert_equal(search(testbed, BUDGET, resuming(second, kept, testbed)), expected)
    assert second.pieces == len(kept) - before
    assert_equal(search(testbed, BUDGET, resuming(third, kept, testbed)), expected)
    assert third.pieces == 0


def test_a_gap_is_filled(testbed, expected):
    kept, again = {}, Counted()
    search(testbed, BUDGET, resuming(Counted(), kept, testbed))
    for key in list(kept)[::2]:
        del kept[key]
    missing = len(kept)
    assert_equal(search(testbed, BUDGET, resuming(again, kept, testbed)), expected)
    assert again.pieces == len(kept) - missing


def test_evaluations_come_back_exactly(expected):
    found = decode_evaluated(encode_evaluated(expected.found))
    for name in type(found).__dataclass_fields__:
        one, two = getattr(found, name), getattr(expected.found, name)
        assert (one.dtype, one.shape, one.tobytes()) == (two.dtype, two.shape, two.tobytes())
        assert one.flags.writeable


def test_a_key_follows_from_everything_that_counts(testbed):
    fold = testbed.families[0]
    params = params_at(fold, even_points(fold, 5, 1))
    other = params.copy()
    other[next(iter(fold.parameters))][0] += 1
    keys = [
        (market_digest(testbed), testbed, Chunk(0, params)),
        (market_digest(testbed), testbed, Chunk(0, other)),
        (market_digest(testbed), testbed, Chunk(0, params[:4])),
        (market_digest(testbed), testbed, Chunk(1, params)),
    ]
    rules = replace_costs(testbed.rules)
    for changed in (market(seed=8), market(rules=rules), market(windows=testbed.windows[:1])):
        keys.append((market_digest(changed), changed, Chunk(0, params)))
    labels = testbed.regimes.labels.copy()
    labels[0] += 1
    relabelled = replace(testbed, regimes=replace(testbed.regimes, labels=labels))
    keys.append((market_digest(relabelled), relabelled, Chunk(0, params)))
    assert len({chunk_key(*one) for one in keys}) == len(keys)
    assert chunk_key(market_digest(market()), market(), Chunk(0, params.copy())) == chunk_key(*keys[0])
    # the place of a family among those that are searched says nothing
    swapped = market(names=("winter", "crossing"))
    assert chunk_key(market_digest(swapped), swapped, Chunk(1, params)) == chunk_key(*keys[0])


def replace_costs(rules):
    import msgspec

    return msgspec.structs.replace(rules, costs=Costs(fee_frac=0.01))


def test_other_things_pass_through():
    executor = ResumingExecutor(Counted(), {}, str, str.encode, bytes.decode)
    assert executor.describe() == {"kind": "counted"}
    assert executor.share(5)() == 5
    assert list(executor.map(str, [])) == []
    assert list(executor.map(str, [1, 2, 1])) == ["1", "2", "1"]
