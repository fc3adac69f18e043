"""A strategy that acts on reports is drawn for a part of the worlds, and does each thing that it can."""

from dataclasses import replace

from draws import Draw, draw
from world import World

from tenfold.domain.units import NS_PER_HOUR

KINDS = ("smaller", "larger", "cancel", "move", "leg", "opposite", "close", "again", "exits", "instead")


def test_a_fifth_of_the_worlds_without_an_ensemble_reacts():
    drawn = [draw(seed) for seed in range(1_000)]
    alone = [one.reacts for one in drawn if one.ensemble is None]
    assert 0.15 < sum(alone) / len(alone) < 0.25
    assert not any(one.reacts for one in drawn if one.ensemble is not None)


def test_it_does_each_thing_on_a_report_and_a_replay_does_the_same():
    drawn = Draw(seed=7, habits={"latency_s": 0.05}, eager=1.0, activity=0.4, reacts=True)
    world = World(replace(drawn, begin_ns=drawn.begin_ns + NS_PER_HOUR)).run()
    assert not [
        name for name in KINDS if not any(world.count[f"on a {told} {name}"] for told in ("Fill", "OrderUpdate"))
    ]
