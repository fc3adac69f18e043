"""The gates of the ladder, and what its records come to."""

import math

import pytest
from msgspec.structs import replace

from ladder_scenes import climbed, lowered, passing, proof, raised, signed, standing
from tenfold.domain.account import Trip
from tenfold.domain.events import Promoted
from tenfold.domain.rules import Limits
from tenfold.domain.stages import STAGES
from tenfold.research.promotion import (
    GATES,
    LOWERED,
    Standing,
    asked_of,
    checks_of,
    failing,
    lapse_of,
    next_stage,
    passed,
    stages_up_to,
    standing_of,
)
from tenfold.risk.breaker import Breaker

TRIP = Trip(ts_ns=1, rule="drawdown", value=0.11, limit=0.10)


def test_every_stage_but_the_lowest_has_a_gate_with_days_trades_and_a_test():
    assert tuple(GATES) == STAGES[1:]
    for stage in STAGES[1:]:
        gate = GATES[stage]
        assert gate.days >= 20
        assert gate.trades >= 20
        assert gate.bounds
        assert passed(checks_of(stage, passing(stage)))


@pytest.mark.parametrize("stage", STAGES[1:])
def test_each_figure_by_itself_closes_the_gate(stage):
    for name, value in passing(stage).items():
        worse = [{name: math.nan}, {name: value - 0.01}, {name: value + 0.01}]
        failed = [not passed(checks_of(stage, passing(stage) | change)) for change in worse]
        assert failed[0]
        assert any(failed[1:])
        without = {key: found for key, found in passing(stage).items() if key != name}
        missed = [check for check in checks_of(stage, without) if not check.passed]
        assert [check.gate for check in missed] == [name]
        assert "not measured" in missed[0].words


def test_what_a_gate_asks_for_is_told():
    assert asked_of("walk_forward")[0] == "sessions at least 504"
    assert asked_of("shadow")[-1] == "breakers that tripped none"
    assert any("at most 5.00 bps" in text for text in asked_of("live"))


def test_stages_follow_one_another():
    assert next_stage("research") == "walk_forward"
    assert next_stage("live") is None
    assert stages_up_to("paper", "live") == ("shadow", "canary", "live")
    assert stages_up_to("paper", "research") == ()


def test_it_climbs_to_the_top_one_by_one():
    for stage in STAGES[1:]:
        assert standing(climbed(stage)).stage == stage
    assert standing([]) == Standing()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stage": "monte_carlo"}, "skips a stage"),
        ({"origin": "walk_forward", "stage": "monte_carlo", "figures": passing("monte_carlo")}, "does not follow"),
        ({"after": "ab"}, "does not follow"),
        ({"figures": passing("walk_forward", days=3.0)}, "sessions: 3, wanted at least 504"),
    ],
)
def test_a_record_that_does_not_fit_counts_as_none_and_is_said(change, said):
    found = standing([raised(Standing(), **change)])
    assert found.stage == "research"
    assert "by ann counts as none" in found.void[0]
    assert said in found.void[0]


def test_what_was_shown_on_bars_of_another_length_counts_as_none():
    records = climbed("paper")
    days = signed(replace(records[-1], figures=records[-1].figures | {"periods": 252.0}))
    found = standing([*records[:-1], days])
    assert (found.stage, found.periods) == ("paper", 252.0)
    minutes = raised(found, figures=passing("shadow", periods=98_280.0))
    assert "is of bars of another length" in standing([*records[:-1], days, minutes]).void[0]
    counted = raised(found, figures=passing("shadow", periods=262.0))
    assert standing([*records[:-1], days, counted]).stage == "shadow"


def test_an_unsigned_record_counts_as_none_and_so_does_what_stands_on_it():
    records = climbed("paper")
    records[1] = replace(records[1], signature="")
    found = standing(records)
    assert found.stage == "walk_forward"
    assert "signature does not hold" in found.void[0]
    assert len(found.void) == 2


def test_a_record_that_comes_twice_counts_once():
    records = climbed("paper")
    assert standing([*records, records[-1]]).stage == "paper"
    down = lowered(standing(records), "walk_forward")
    assert standing([*records, down, *records[2:]]).stage == "walk_forward"


def test_records_of_other_strategies_do_not_touch_it():
    records = climbed("live")
    assert standing_of(records, "strategy", "other rules", proof).stage == "research"
    assert standing_of([*records, "no record"], "other", "rules", proof).stage == "research"
    assert standing_of(["no record", *records], "strategy", "rules", proof).stage == "live"


def test_a_demotion_holds_until_a_later_run_raises_it_again():
    records = climbed("live", number=3)
    records.append(lowered(standing(records), "shadow", number=4))
    fallen = standing(records)
    assert (fallen.stage, fallen.fallen, fallen.reason) == ("shadow", 4, "breaker drawdown tripped")
    again = standing([*records, raised(fallen, number=4)])
    assert again.stage == "shadow"
    assert "from before the demotion" in again.void[0]
    after = standing([*records, raised(fallen, number=5)])
    assert (after.stage, after.reason) == ("canary", "")


def test_a_demotion_holds_though_what_raised_it_counts_no_more():
    """Under another key everything is promoted anew, and by nothing that was shown before the fall."""
    records = climbed("live", number=3)
    records.append(lowered(standing(records), "shadow", number=4))
    found = [replace(one, signature="") if isinstance(one, Promoted) else one for one in records]
    assert (standing(found).stage, standing(found).fallen) == ("research", 4)
    for _ in range(3):
        found.append(raised(standing(found), number=0))
    assert standing(found).stage == "paper"
    assert standing([*found, raised(standing(found), number=4)]).stage == "paper"
    assert standing([*found, raised(standing(found), number=5)]).stage == "shadow"


def test_nothing_is_demoted_upwards():
    records = climbed("paper")
    assert standing([*records, lowered(standing(records), "live")]).stage == "paper"


def test_breakers_at_their_limit_demote_and_a_halt_does_not():
    assert lapse_of([TRIP]) == "breaker drawdown tripped at 0.11 of 0.1"
    assert lapse_of([replace(TRIP, value=0.08, stage="stop")]) == ""
    assert lapse_of([replace(TRIP, value=math.nan)]).startswith("breaker drawdown")
    assert lapse_of([replace(TRIP, rule="halt")]) == ""


def test_too_little_equity_demotes_though_it_is_below_its_limit():
    breaker = Breaker(Limits(), 0.25, 1000)
    breaker.check(1, 1000, 5000)
    assert lapse_of(breaker.trips) == "breaker maintenance tripped at 0.2 of 0.25"
    assert lapse_of([]) == ""


def test_what_is_shown_to_fail_demotes_and_doubt_does_not():
    assert failing("live", {"agreement_high": 0.5}).startswith("trades that the backtest makes too")
    assert failing("canary", {"slippage_low": 7.5}) == (
        "cost against the backtest (99.9 %): 7.50 bps at best, wanted at most 5.00 bps"
    )
    assert failing("shadow", {"agreement_high": 0.5})
    assert failing("live", {"shortfall_low": 2.5})
    assert failing("live", {"slippage_low": -1.0, "slippage_high": 50.0, "trips": 3.0}) == ""
    assert failing("live", {}) == ""
    assert failing("paper", {"agreement_high": 0.0}) == ""


def test_a_trade_or_two_that_differ_demote_nobody():
    assert failing("live", {"agreement_high": 0.58, "compared": 2.0}) == ""
    assert failing("live", {"agreement_high": 0.83, "compared": 11.0}) == ""  # two of nine filled a bar late
    assert failing("live", {"agreement_high": 0.58, "compared": 20.0})
    assert failing("live", {"slippage_low": 9.4, "compared": 2.0}) == ""
    assert failing("live", {"slippage_low": 9.4, "compared": 20.0})
    assert all(LOWERED[stage] in STAGES[3:5] for stage in LOWERED)


def test_a_signature_is_over_everything_else():
    record = raised(Standing())
    assert standing([signed(replace(record, operator="bob"))]).stage == "walk_forward"
    assert standing([replace(record, operator="bob")]).stage == "research"
