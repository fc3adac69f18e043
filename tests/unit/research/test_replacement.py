"""The worst member goes only where a fitter one passes every gate in its seat."""

from tenfold.research.gates import Check
from tenfold.research.replacement import Candidate, Seat, replacement, worst_seat


def check(passed):
    words = "it earned 0.20 out of sample, needs 0.50"
    return Check(gate="oos_sharpe_min", found=0.2, threshold=0.5, passed=passed, words=words)


SEATS = [Seat("a", 1.0), Seat("b", 0.4), Seat("c", 0.7)]


def test_a_fitter_candidate_through_the_gates_takes_the_seat():
    found = replacement(SEATS, [Candidate("x", 0.6, (check(True),)), Candidate("y", 0.9, (check(True),))])
    assert (found.leaves, found.comes) == ("b", "y")
    assert found.words == "y has a fitness of 0.90, b one of 0.40"


def test_the_gates_decide_not_the_fitness():
    found = replacement(SEATS, [Candidate("x", 5.0, (check(True), check(False)))])
    assert (found.leaves, found.comes) == (None, None)
    assert found.words == "b stays: no candidate passes the gates (x: it earned 0.20 out of sample, needs 0.50)"


def test_no_gates_are_not_passed():
    found = replacement(SEATS, [Candidate("x", 5.0, ())])
    assert found.comes is None
    assert "held against no gate" in found.words


def test_a_candidate_that_is_no_better_changes_nothing():
    for fitness, margin in ((0.4, 0.0), (0.6, 0.25)):
        found = replacement(SEATS, [Candidate("x", fitness, (check(True),))], margin)
        assert found.comes is None
        assert "not above" in found.words


def test_without_candidates_all_stay():
    assert replacement(SEATS, []).words == "b stays: there is no candidate"


def test_who_was_demoted_goes_first_and_for_anyone_who_gains():
    seats = [*SEATS, Seat("d", 2.0, demoted=True)]
    assert worst_seat(seats).name == "d"
    found = replacement(seats, [Candidate("x", 0.1, (check(True),))], margin=1.0)
    assert (found.leaves, found.comes) == ("d", "x")
    assert replacement(seats, [Candidate("x", -0.1, (check(True),))]).comes is None


def test_of_equals_the_later_one_goes():
    assert worst_seat([Seat("a", 1.0), Seat("b", 1.0)]).name == "b"
