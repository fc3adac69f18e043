"""That nothing gets through is told once it lasts, and that it does again."""

import pytest

from tenfold.app.live.answer_watch import LOOKS_MAX, PATIENCE_NS, AnswerWatch
from tenfold.execution.reports import Answered, Outcome, Stock


@pytest.fixture
def said():
    return []


@pytest.fixture
def told():
    return []


@pytest.fixture
def watch(said, told):
    return AnswerWatch(said.append, told.append)


def answer(outcome, *, later=False):
    return Answered(ts_ns=0, order_id="x", asked="place", outcome=outcome, text="nobody there", later=later)


ACK, LOST, LATER = answer(Outcome.ACK), answer(Outcome.UNKNOWN), answer(Outcome.REFUSED, later=True)
UNREAD = Stock(ts_ns=0, orders=(), fills=(), positions={}, cash_units=None, complete=False)


def took(watch, *reports, wanted=True, pause_ns=PATIENCE_NS // 2):
    """Let answers come, so long one after another."""
    begin_ns = watch.count * pause_ns
    for number, report in enumerate(reports):
        watch.took(report, begin_ns + number * pause_ns, begin_ns + number * pause_ns + 1_000_000, wanted=wanted)


@pytest.mark.parametrize("failure", [LOST, LATER])
def test_what_lasts_is_told_once_and_that_it_is_over(watch, said, told, failure):
    took(watch, ACK, failure, failure)
    assert not told
    took(watch, failure, failure, failure)
    (line,) = told
    assert line.startswith("nothing about orders gets through to the venue, or no answer back, for 10 s")
    assert line.endswith(": nobody there")
    took(watch, ACK, ACK)
    assert said == ["the venue answers what is asked about orders again"]
    took(watch, failure, failure, failure)
    assert len(told) == 2
    assert watch.line() == "11 requests, median 1.0 ms"


def test_what_passes_is_not_wanted_or_is_told_elsewhere_is_no_word(watch, said, told):
    took(watch, LOST, LOST, ACK, LOST, LOST, answer(Outcome.REFUSED), LATER, LATER, UNREAD, UNREAD)
    took(watch, LATER, LATER, LATER, wanted=False)
    assert not said
    assert not told


def test_looks_that_fail_in_a_row_are_told_once(watch, said, told):
    assert watch.line() == "not asked yet"
    for trouble in ("a", "", *["gone"] * (LOOKS_MAX + 2), "", ""):
        watch.looked(trouble)
    (line,) = told
    assert line.endswith("is gone on with: gone")
    assert said == ["the venue tells its time and what may be opened again"]
