"""What strategies fail of is counted in room that does not grow without end, and ends nothing."""

from datetime import date

import numpy as np

from scenes import bars_of, rules
from tenfold.backtesting.eventful import run_events
from tenfold.domain.parameters import Integer
from tenfold.engine.failures import FURTHER, KINDS_MAX, count_error
from tenfold.engine.voters import FoldVoter
from tenfold.kernels.fold import fold

OF_MONTHS = (0.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)


@fold(first=Integer(1, 12, default=1))
def of_months(state, bar, params):
    return OF_MONTHS[bar.month] if bar.month >= params.first else 0.0


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


def test_a_fold_that_raises_abstains_of_all_symbols():
    days = [date(2024, 11, 29), date(2024, 12, 2), date(2024, 12, 3), date(2025, 1, 2)]
    bars = bars_of([100] * 4, [50] * 4, days=days)
    voter = FoldVoter(of_months, of_months.params(), "of_months", 1.0, 2)
    run = run_events(bars, rules(), [voter])
    assert np.isnan(run.scores[1:3]).all()
    assert (run.scores[[0, 3]] == 0.5).all()
    assert run.direction[:, 1].tolist() == [1, 0, 0, 1]
    assert list(voter.errors.values()) == [2]
    assert run.failures == {"of_months": 2}
