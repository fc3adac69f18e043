"""A seed draws its own faults, always the same."""

from tenfold.exchange.chaos import RATE_MAX, draw_faults
from tenfold.exchange.fault_names import FAULTS
from tenfold.exchange.faults import Faults


def test_the_same_seed_draws_the_same():
    assert draw_faults(7) == draw_faults(7)
    assert draw_faults(7) != draw_faults(8)


def test_every_fault_is_drawn_by_some_seed_and_left_out_by_another():
    drawn = [draw_faults(seed) for seed in range(40)]
    for name in FAULTS:
        assert 0 < sum(name in faults for faults in drawn) < 40, name


def test_rates_and_values_stay_within_their_bounds():
    for seed in range(20):
        faults = draw_faults(seed)
        Faults(faults, seed)
        for name, switch in faults.items():
            assert 0 <= switch.rate <= 0.5
            if FAULTS[name].value:
                assert FAULTS[name].value / 2 - 0.5 <= switch.value <= FAULTS[name].value * 2 + 0.5
            else:
                assert switch.value is None


def test_there_is_a_highest_rate_wherever_a_fault_strikes():
    assert {fault.where for fault in FAULTS.values()} == set(RATE_MAX)
