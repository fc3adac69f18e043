"""A source is left at once and gone back to with care."""

from hypothesis import given
from hypothesis import strategies as st

from tenfold.market.failover import Failover


def test_it_leaves_at_once_and_returns_after_the_hold():
    failover = Failover(3, 10)
    assert not failover.judge(0, [True, True, True])
    assert failover.judge(1, [False, False, True])
    assert (failover.active, failover.order()) == (2, [2, 0, 1])
    assert not failover.judge(2, [True, False, True])
    assert not failover.judge(11, [True, False, True])
    assert failover.judge(12, [True, False, True])
    assert failover.active == 0


def test_a_break_begins_the_hold_anew():
    failover = Failover(2, 10)
    failover.judge(0, [False, True])
    failover.judge(1, [True, True])
    failover.judge(9, [False, True])
    assert not failover.judge(12, [True, True])
    assert failover.judge(22, [True, True])


@given(st.lists(st.tuples(st.integers(0, 5), st.tuples(st.booleans(), st.booleans(), st.booleans())), max_size=60))
def test_it_is_on_a_fit_source_whenever_there_is_one_and_never_flaps(steps):
    failover, ts_ns, since = Failover(3, 7), 0, [None] * 3
    for pause, fit in steps:
        ts_ns += pause
        before = failover.active
        changed = failover.judge(ts_ns, fit)
        since = [
            None if not one else (ts_ns if known is None else known) for one, known in zip(fit, since, strict=True)
        ]
        assert failover.fit == fit[failover.active] == any(fit)
        assert changed == (failover.active != before)
        if changed and fit[before]:  # it left a fit source: only for a better one that has held
            assert failover.active < before
            assert ts_ns - since[failover.active] >= 7
