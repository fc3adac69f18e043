"""Names of orders: made, read back, short enough, and never two alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.domain.errors import SettingsError
from tenfold.domain.order import EXIT
from tenfold.execution.ids import LENGTH_MAX, TARGET, check_run, exit_id, named, order_id, part_id

RUNS = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)


@given(
    RUNS,
    st.integers(0, 99_999),
    st.integers(1, 10**9),
    st.sampled_from(["", EXIT, TARGET]),
    st.integers(1, 99),
    st.integers(0, 99),
)
def test_a_name_says_what_it_was_made_of(run, epoch, number, kind, count, part):
    name = order_id(run, epoch, number)
    name = part_id(exit_id(name, kind, count) if kind else name, part)
    assert len(name) <= LENGTH_MAX
    assert named(name) == (run, epoch, number, f"{kind}{count}" if kind else "", part)


def test_a_run_with_too_long_a_name_is_refused():
    with pytest.raises(SettingsError, match="give the run a shorter name"):
        check_run("a-run-with-a-name-of-very-many-characters", 1)
    with pytest.raises(SettingsError, match="has 32 characters, expected at most 31"):
        check_run("r" * 32, 1)
    check_run("r" * 31, 1)


@pytest.mark.parametrize("name", ["", "by-hand", "r-1", "94d8c873-c0bc-4b1c-bf63-217e4b57e8f4", "r-1-2y"])
def test_names_of_others_say_nothing(name):
    assert named(name) is None
