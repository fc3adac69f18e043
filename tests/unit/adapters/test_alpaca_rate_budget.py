"""Requests stay within what the venue allows, and cancels get through when nothing else does."""

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from tenfold.adapters.alpaca.rate_budget import RateBudget, Urgency

S = 1_000_000_000
AT = 1_709_562_600


def told(left, reset_s=60, limit=200, at=AT):
    """Return the headers of an answer."""
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": str(at + reset_s),
        "date": formatdate(at, usegmt=True),
    }


def with_left(left, now_ns=0, **more):
    budget = RateBudget()
    budget.left()
    budget.answered(now_ns, 200, told(left, **more))
    return budget


def test_there_is_no_limit_before_the_venue_tells_one():
    budget = RateBudget()
    for _ in range(1000):
        assert budget.wait_ns(0, Urgency.READ) == 0
        budget.left()
    budget.lost()
    budget.answered(0, 200, {})
    assert budget.wait_ns(0, Urgency.READ) == 0


def test_head_room_is_kept_for_orders_and_more_of_it_for_what_closes_and_for_cancels():
    assert [with_left(40).wait_ns(S, urgency) for urgency in Urgency] == [0, 0, 0, 59 * S]
    assert [with_left(20).wait_ns(S, urgency) for urgency in Urgency] == [0, 0, 59 * S, 59 * S]
    assert [with_left(10).wait_ns(S, urgency) for urgency in Urgency] == [0, 59 * S, 59 * S, 59 * S]
    assert [with_left(0).wait_ns(S, urgency) for urgency in Urgency] == [59 * S] * 4


def test_what_is_on_its_way_counts_as_spent():
    budget = with_left(22)
    budget.left()
    assert budget.wait_ns(S, Urgency.ORDER) == 0
    budget.left()
    assert budget.wait_ns(S, Urgency.ORDER) > 0
    budget.unsent()
    assert budget.wait_ns(S, Urgency.ORDER) == 0
    budget.lost()
    assert budget.wait_ns(S, Urgency.ORDER) == 0
    budget.left()
    assert budget.wait_ns(S, Urgency.ORDER) > 0


def test_answers_may_overtake_each_other():
    budget = with_left(10)
    for left in (9, 12):
        budget.left()
        budget.answered(S, 200, told(left, reset_s=59))
    assert budget.wait_ns(S, Urgency.CANCEL) == 0
    for _ in range(9):
        budget.left()
    assert budget.wait_ns(S, Urgency.CANCEL) > 0


def test_those_who_waited_do_not_go_all_at_once():
    budget = with_left(0, limit=5)
    went = 0
    while budget.wait_ns(61 * S, Urgency.CANCEL) == 0:
        budget.left()
        went += 1
    assert went == 5


def test_a_new_window_begins_with_what_the_venue_says():
    budget = with_left(0)
    budget.left()
    budget.answered(30 * S, 200, told(199, reset_s=60))
    assert budget.wait_ns(30 * S, Urgency.READ) == 0


def test_a_refusal_says_how_long_to_wait():
    for headers, wait_s in (
        (told(0, 17), 17),
        ({"retry-after": "3"}, 3),
        ({**told(150, 27), "retry-after": "3"}, 3),
        ({}, 1),
        ({"x-ratelimit-reset": "9", "date": "?"}, 1),
    ):
        budget = RateBudget()
        budget.left()
        budget.answered(0, 429, headers)
        assert budget.wait_ns(0, Urgency.CANCEL) == wait_s * S


@given(st.lists(st.tuples(st.floats(0.0, 8.0), st.sampled_from(list(Urgency))), max_size=400), st.integers(3, 50))
def test_a_venue_with_a_fixed_window_never_refuses(steps, limit):
    budget, now_s, begin_s, count = RateBudget(), 0.0, 0.0, 0
    first = True
    for pause_s, urgency in steps:
        now_s += pause_s / 20
        now_ns = round(now_s * S)
        if budget.wait_ns(now_ns, urgency):
            continue
        budget.left()
        if first or now_s - begin_s >= 60:
            begin_s, count, first = now_s, 0, False
        count += 1
        assert count <= limit
        reset_s = int(-(-(begin_s + 60 - now_s) // 1))
        budget.answered(now_ns, 200, told(limit - count, reset_s, limit, AT))
