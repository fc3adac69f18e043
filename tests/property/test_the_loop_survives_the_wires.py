"""Whatever becomes of messages, orders and processes: engine, order management and venue know the same in the end, and so does a replay."""

import pytest

from loop_swarm import LoopSwarm


@pytest.mark.parametrize("share", range(4))
@pytest.mark.parametrize("lawful", [True, False], ids=["lawful", "lawless"])
@pytest.mark.parametrize("votes", [False, True], ids=["trader", "votes"])
def test_seeds_that_each_draw_an_engine_and_their_own_mishaps(votes, lawful, share):
    for seed in range(share * 25, share * 25 + 25):
        LoopSwarm(seed, votes=votes, lawful=lawful).world.check_rest()
