"""What strategies fail of is counted in room that does not grow without end."""

from tenfold.engine.failures import FURTHER, KINDS_MAX, count_error


def test_errors_are_counted_by_what_they_say():
    errors = {}
    for text in ("ValueError: x", "StrategyError: y", "ValueError: x"):
        count_error(errors, text)
    assert errors == {"ValueError: x": 2, "StrategyError: y": 1}


def test_beyond_so_many_those_that_say_something_new_count_as_one():
    errors = {}
    for number in range(KINDS_MAX + 5):
        count_error(errors, f"{number}")
    count_error(errors, "7")
    assert (errors[FURTHER], errors["7"], len(errors)) == (5, 2, KINDS_MAX + 1)
