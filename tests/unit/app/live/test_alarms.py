"""A person is told each thing once for as long as it stays as it is."""

import pytest

from tenfold.app.live.alarms import Alarms, Heard
from tenfold.domain.events import Alerted, Difference, Reconciled, Timer
from tenfold.domain.order import OrderStatus, OrderUpdate
from tenfold.domain.units import NS_PER_SECOND

SECOND = NS_PER_SECOND


@pytest.fixture
def said():
    return []


@pytest.fixture
def alarms(said):
    return Alarms(said.append)


def differs(kind="position", ours=1, theirs=2, **more):
    return Difference(ts_ns=SECOND, kind=kind, symbol="A", ours=ours, theirs=theirs, **more)


def test_a_difference_is_told_once_until_it_is_another(alarms, said):
    for event in (differs(), differs(), differs(ours=5), differs(), Alerted(ts_ns=1, source="x", score=9.0)):
        assert alarms.event(event)
    assert [line.partition("  ")[2] for line in said] == [
        "not the same at the venue: position A, 1 here, 2 there",
        "not the same at the venue: position A, 5 here, 2 there",
        "not the same at the venue: position A, 1 here, 2 there",
        "the quality of x fell to 9",
    ]
    assert not alarms.event(Timer(ts_ns=1))
    assert list(alarms.lines) == [line.removeprefix("ALARM ") for line in said]


@pytest.mark.parametrize("kind", ["position", "stock"])
def test_a_difference_that_was_over_is_told_again(alarms, said, kind):
    lasting, agreed = differs(kind, text="nobody answers"), Reconciled(ts_ns=SECOND, since_ns=1)
    still = [] if kind == "stock" else [agreed, lasting, agreed]
    for event in (lasting, *still, agreed, lasting):
        assert alarms.event(event) is (event is lasting)
    assert len(said) == 2


def test_what_lasts_otherwise_is_told_once(alarms, said):
    for event in (differs("stuck", order_id="a-1"), *[Reconciled(ts_ns=SECOND, since_ns=1)] * 2):
        alarms.event(event)
    alarms.event(differs("stuck", order_id="a-1"))
    assert len(said) == 1


def test_cash_is_told_in_money_and_an_account_that_cannot_be_read_in_words(alarms, said):
    alarms.event(Difference(ts_ns=1, kind="cash", ours=204_848_620_000, theirs=100_000_000_000))
    alarms.event(Difference(ts_ns=1, kind="stock", text="nobody answers"))
    assert said[0].endswith("cash, 204,848.62 here, 100,000.00 there")
    assert said[1].endswith("the account cannot be read: nobody answers")


def test_an_order_of_others_in_another_symbol_is_named(alarms, said):
    alarms.event(differs(kind="foreign_symbol", order_id="v-7"))
    assert said[0].endswith("order v-7 of others in the account trades A, which this run does not: left alone")


def test_a_stream_is_told_where_it_did_not_stand_at_two_looks_and_again_after_it_stood(alarms, said):
    for trouble in ("gone", "", "gone", "gone", "gone", "slow", "slow", "", "", "slow", "slow"):
        alarms.stream(SECOND, "the stream", trouble)
    assert [line.rpartition(": ")[2] for line in said] == ["gone", "slow", "slow"]


def test_what_stands_in_the_way_of_an_order_that_was_refused_is_named_once(alarms, said):
    for status, others in (
        ("rejected", []),
        ("canceled", ["b-1"]),
        ("rejected", ["b-1"]),
        ("rejected", ["b-1"]),
        ("rejected", ["b-1", "c-2"]),
    ):
        alarms.refused(
            OrderUpdate(ts_ns=SECOND, order_id="a-1-1", symbol="A", status=OrderStatus(status), filled=0), others
        )
    assert [line.partition("  ")[2].partition(" from")[0] for line in said] == ["b-1", "b-1, c-2"]
    assert said[0].endswith("works in A and may hold what is to be closed there: cancel it where it came from")


def test_a_clock_that_is_far_off_is_told_once(alarms, said):
    for offset_s in (0, 40, 41, -50, 0, -50):
        alarms.clock(SECOND, offset_s * SECOND)
    assert [("ahead of" in line, "behind" in line) for line in said] == [(True, False), (False, True), (False, True)]


def test_what_others_say_is_kept_among_the_alarms(said):
    heard = Heard(said.append)
    for line in ("ALARM an older copy", "filled", "ALARM "):
        heard.say(line)
    Alarms(heard.say).event(Alerted(ts_ns=1, source="x", score=9.0))
    assert [line.partition("  ")[2] or line for line in heard.alarms] == [
        "an older copy",
        "",
        "the quality of x fell to 9",
    ]
    assert len(said) == 4
