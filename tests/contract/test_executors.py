"""What every executor promises: results in the order of the items, errors as they were raised, nothing taken far ahead."""

import os
from contextlib import closing
from itertools import count

import numpy as np
import pytest

import pieces
from ray_cluster import ray_cluster
from tenfold.adapters.executors.processes import ProcessExecutor
from tenfold.adapters.executors.ray import RayExecutor
from tenfold.adapters.executors.threads import ThreadExecutor
from tenfold.domain.errors import DataError

KINDS = ("threads", "processes", "ray")


@pytest.fixture(scope="module", params=KINDS)
def executor(request):
    if request.param == "ray":
        with ray_cluster(2) as cluster, RayExecutor(cluster.address) as made:
            yield made
    else:
        with {"threads": ThreadExecutor, "processes": ProcessExecutor}[request.param](2) as made:
            yield made


def test_results_come_in_the_order_of_the_items(executor):
    waits = [0.2, 0.0, 0.0, 0.1, 0.0]
    assert len(list(executor.map(pieces.slow, waits))) == 5
    assert list(executor.map(pieces.squared, range(50))) == [number * number for number in range(50)]


def test_nothing_gives_nothing(executor):
    assert list(executor.map(pieces.squared, [])) == []


def test_a_few_items_are_taken_ahead_and_no_more(executor):
    taken = count()
    results = executor.map(pieces.squared, (next(taken) for _ in range(10**9)))
    assert [next(results) for _ in range(30)] == [number * number for number in range(30)]
    results.close()
    assert next(taken) < 60


def test_results_of_a_round_that_was_left_do_not_meet_the_next(executor):
    first = executor.map(pieces.squared, range(100))
    assert next(first) == 0
    first.close()
    assert list(executor.map(pieces.squared, [7, 8])) == [49, 64]


def test_rounds_that_are_left_while_items_end_do_no_harm(executor):
    for number in range(100):
        results = executor.map(pieces.squared, range(40))
        assert [next(results) for _ in range(number % 4)] == [taken * taken for taken in range(number % 4)]
        results.close()
    assert list(executor.map(pieces.squared, [9])) == [81]


def test_two_rounds_may_take_turns(executor):
    one, two = executor.map(pieces.squared, range(9)), executor.map(pieces.large, range(9))
    assert [(next(one), len(next(two))) for _ in range(9)] == [(number * number, number) for number in range(9)]


def test_an_error_is_raised_at_its_item(executor):
    results = executor.map(pieces.failing, range(6))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match="item 3 is bad"):
        next(results)
    assert list(executor.map(pieces.squared, [2])) == [4]


def test_an_error_that_does_not_pickle_is_told(executor):
    with pytest.raises(Exception, match="1") as raised:
        list(executor.map(pieces.unspeakable, [1]))
    assert "UnspeakableError" in f"{type(raised.value)} {raised.value}"


def test_a_shared_value_is_there_once_a_worker(executor):
    shared = executor.share({"base": np.arange(100_000.0), "name": "base"})
    found = list(executor.map(pieces.Shifted(shared), range(20)))
    assert [value for value, _ in found] == [np.arange(100_000.0).sum() + number for number in range(20)]
    assert shared()["name"] == "base"
    assert len({place for _, place in found}) <= 2


def test_several_shared_values_are_told_apart(executor):
    shared = [executor.share({"base": np.full(10, float(number))}) for number in range(6)]
    for number, one in enumerate(shared):
        assert next(executor.map(pieces.Shifted(one), [0]))[0] == 10.0 * number


def test_large_items_and_results_pass(executor):
    size = 3 * 2**20
    assert [len(found) for found in executor.map(pieces.large, [size] * 6)] == [size] * 6
    assert list(executor.map(len, [b"x" * size] * 6)) == [size] * 6


def test_it_says_where_it_runs(executor):
    told = executor.describe()
    assert told["kind"] in KINDS
    assert told["workers"] == 2


@pytest.mark.parametrize("make", [ThreadExecutor, ProcessExecutor])
def test_it_takes_every_processor_by_default_and_closes_twice(make):
    with closing(make()) as executor:
        assert executor.describe()["workers"] == os.cpu_count()
        assert list(executor.map(pieces.squared, [3])) == [9]
        executor.close()
