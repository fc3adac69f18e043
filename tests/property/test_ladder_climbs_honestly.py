"""No promotion skips a stage, none counts without days, trades and test, and a changed byte voids it."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ladder_scenes import climbed, lowered, passing, raised, standing
from tenfold import codec
from tenfold.domain.errors import DecodeError
from tenfold.domain.events import Demoted, Event, Promoted
from tenfold.domain.stages import RANK, STAGES
from tenfold.research.promotion import LOWERED, Standing, checks_of, passed

stages = st.sampled_from(STAGES)
unpacked = codec.decoder(Event, "msgpack")


@given(
    st.lists(
        st.tuples(
            stages,
            stages,
            st.sampled_from(STAGES[1:]),
            st.dictionaries(st.sampled_from(["days", "trades", "trips"]), st.floats(-9, 9)),
            st.integers(0, 5),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_whatever_is_written_it_rises_by_one_stage_on_passing_figures_alone(moves):
    records, before = [], Standing()
    for origin, stage, to, changes, number, follows in moves:
        if number == 5:
            records.append(lowered(before, stage, number=len(records)))
        elif follows and before.stage != STAGES[-1]:
            records.append(raised(before, number, figures=passing(to, **changes)))
        else:
            records.append(raised(Standing(), number, origin=origin, stage=stage, figures=passing(to, **changes)))
        after = standing(records)
        step = RANK[after.stage] - RANK[before.stage]
        last = records[-1]
        if isinstance(last, Demoted):
            assert step <= 0
        else:
            assert step in {0, 1}
            if step:
                assert passed(checks_of(after.stage, last.figures))
                assert not before.fallen or last.number > before.fallen
            else:
                assert len(after.void) == len(before.void) + 1
        before = after


@given(st.sampled_from(STAGES[1:]), st.data())
def test_any_changed_byte_of_a_record_voids_it(stage, data):
    records = climbed(stage)
    body = bytearray(codec.encode(records[-1], "msgpack"))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    try:
        changed = unpacked(bytes(body))
    except DecodeError:
        return  # the journal says so, and nothing of the ladder counts
    assert changed != records[-1]
    found = standing([*records[:-1], changed])
    assert RANK[found.stage] < RANK[stage]
    if isinstance(changed, Promoted) and (changed.strategy, changed.rules) == ("strategy", "rules"):
        assert found.void


@given(st.sampled_from(tuple(LOWERED)), st.integers(1, 9), st.lists(st.integers(0, 12), max_size=6))
def test_a_demotion_latches_until_a_later_run_is_promoted(stage, number, tries):
    records = climbed(stage, number)
    records.append(lowered(standing(records), LOWERED[stage], number))
    for later in tries:
        before = standing(records)
        if before.stage == STAGES[-1]:
            break
        records.append(raised(before, later))
        assert (standing(records).stage != before.stage) == (later > number)


@given(st.integers(1, 6), st.sampled_from(["operator", "source", "after", "strategy"]))
def test_a_field_that_was_changed_behind_the_signature_voids_it(count, field):
    records = climbed(STAGES[count])
    other = replace(records[-1], **{field: "x"})
    assert standing([*records[:-1], other]).stage == STAGES[count - 1]
