"""Whatever pauses and dies in between, no two engines may send at the same time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_leases import Store
from tenfold.domain.errors import StorageError
from tenfold.domain.tenure import Tenure
from tenfold.execution.lease import LEASE_NS, MARGIN_NS, Lease

WAIT_NS = LEASE_NS + MARGIN_NS
STEP_NS = 50_000_000


def waited(lease, now_ns):
    """Return how long it takes until a lease is had, looking at it every 50 ms."""
    start = now_ns
    while not lease.seek(now_ns):
        now_ns += STEP_NS
    return now_ns - start


def test_the_first_and_whoever_comes_after_a_release_need_not_wait():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    assert first.seek(7)
    assert (first.epoch, first.deadline_ns) == (1, 7 + LEASE_NS)
    first.release()
    assert (first.epoch, first.deadline_ns) == (0, 0)
    assert second.seek(8)
    assert second.epoch == 2
    assert not first.renew(9)
    first.release()
    assert second.renew(10)


def test_a_holder_that_is_known_to_be_dead_is_not_waited_for():
    store = Store()
    store.now = Tenure(epoch=4, beat=9, holder="a", dead=True)
    lease = Lease(store.view("b"))
    assert lease.seek(0)
    assert lease.epoch == 5


def test_a_silent_holder_is_replaced_within_two_seconds_and_learns_of_it():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    assert WAIT_NS <= waited(second, 0) < 2_000_000_000
    assert second.epoch == 2
    assert not first.renew(3 * LEASE_NS)
    assert first.deadline_ns == 0


def test_what_has_changed_since_the_last_look_is_not_taken_over():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    second.seek(0)
    second.seek(STEP_NS)
    first.renew(LEASE_NS)
    assert not second.seek(STEP_NS + WAIT_NS)  # long enough by what it saw, and the store knows better
    assert waited(second, STEP_NS + WAIT_NS) >= WAIT_NS
    assert second.epoch == 2


def test_a_store_that_was_busy_is_asked_again_at_once():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    second.seek(0)
    second.seek(STEP_NS)
    view = second._store
    take, view.take = view.take, lambda _: False
    assert not second.seek(STEP_NS + WAIT_NS)
    view.take = take
    assert second.seek(2 * STEP_NS + WAIT_NS)


def test_the_wait_passes_while_one_only_watches():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    for now_ns in range(0, STEP_NS + WAIT_NS, STEP_NS):
        second.watch(now_ns)
    assert second.epoch == 0
    assert second.seek(STEP_NS + WAIT_NS)
    assert second.epoch == 2


def test_what_has_come_since_one_watched_is_not_taken_over():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    second.watch(0)
    second.watch(STEP_NS)
    assert first.renew(STEP_NS + WAIT_NS)
    assert not second.seek(STEP_NS + WAIT_NS)
    store.reachable = False
    with pytest.raises(StorageError):
        second.watch(2 * WAIT_NS)
    store.reachable = True
    assert waited(second, 2 * WAIT_NS) >= WAIT_NS


def test_whoever_shows_signs_of_life_keeps_it():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    for now_ns in range(0, 20 * LEASE_NS, STEP_NS):
        assert not second.seek(now_ns)
        if now_ns % (4 * STEP_NS) == 0:
            assert first.renew(now_ns)
            assert first.deadline_ns == now_ns + LEASE_NS


def test_without_anyone_else_a_late_sign_of_life_is_enough():
    lease = Lease(Store().view("a"))
    lease.seek(0)
    assert lease.renew(50 * LEASE_NS)
    assert lease.epoch == 1


def test_time_in_which_the_store_did_not_answer_does_not_count():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    assert not second.seek(0)
    assert not second.seek(STEP_NS)
    store.reachable = False
    for lease, act in ((second, second.seek), (first, first.renew)):
        with pytest.raises(StorageError):
            act(LEASE_NS)
        assert lease.deadline_ns in {0, LEASE_NS}  # as it was
    store.reachable = True
    assert waited(second, 2 * LEASE_NS) >= WAIT_NS


def test_a_pause_between_clock_and_look_does_not_count():
    store = Store()
    first, second = Lease(store.view("a")), Lease(store.view("b"))
    first.seek(0)
    second.seek(0)
    first.renew(5 * LEASE_NS)
    assert not second.seek(STEP_NS)  # read long ago, looked only now
    assert not second.seek(5 * LEASE_NS + STEP_NS)
    assert waited(second, 5 * LEASE_NS + STEP_NS) >= WAIT_NS


class Engine:
    """Run one engine as a process does: each step may come after a pause of any length."""

    def __init__(self, store, name):
        self.lease = Lease(store.view(name))
        self.read_ns = 0

    def step(self, now_ns):
        """Act on the clock that was read in the step before: what is in between is the pause."""
        read_ns, self.read_ns = self.read_ns, now_ns
        if self.lease.epoch:
            self.lease.renew(read_ns)
        else:
            self.lease.seek(read_ns)


PAUSES = st.one_of(st.integers(1, STEP_NS), st.sampled_from([LEASE_NS, WAIT_NS, 2 * WAIT_NS]))


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 2), PAUSES), min_size=5, max_size=80))
def test_no_two_may_send_at_once_however_they_are_paused(steps):
    store = Store()
    engines = [Engine(store, name) for name in "abc"]
    now_ns, held = 0, []
    for who, pause_ns in steps:
        now_ns += pause_ns
        engines[who].step(now_ns)
        sending = [engine.lease.epoch for engine in engines if engine.lease.deadline_ns > now_ns]
        assert len(sending) <= 1
        held += [epoch for epoch in sending if epoch not in held]
    assert held == sorted(held)  # an epoch is never used twice
