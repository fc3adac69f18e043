"""Solved strengths: the best strategy of a planted market has the Sharpe ratio that the table says."""

import numpy as np
import pytest

from tenfold.backtesting.streams import StreamJob
from tenfold.domain.errors import ParameterError
from tenfold.market.planted import EDGES
from tenfold.market.strengths import PLANS, RULES, SOLVED, market_of, solved
from tenfold.registry import STRATEGIES

MARKETS, BARS, WARM_UP = 16, 5040, 300


@pytest.mark.parametrize(("edge", "sharpe"), [("month_turn", 1.5), ("trend", 1.0)])
def test_the_best_strategy_earns_what_the_table_says(edge, sharpe):
    known = solved(edge, sharpe)
    fold = STRATEGIES.load(known.family)
    returns = np.concatenate([
        StreamJob(market_of(known, BARS, seed), RULES).streams(fold, fold.params(known.values))[0][0, WARM_UP:]
        for seed in range(500, 500 + MARKETS)
    ])  # fmt: skip
    found = returns.mean() / returns.std() * np.sqrt(252)
    assert found == pytest.approx(sharpe, abs=3.0 / np.sqrt(len(returns) / 252))


def test_edges_are_solved_at_both_ratios_and_grows_with_them():
    assert set(PLANS) == set(EDGES)
    edges = {one.edge for one in SOLVED}
    assert len(SOLVED) == 2 * len(edges) >= 2 * 5
    for edge in edges:
        low, high = solved(edge, 1.0), solved(edge, 1.5)
        assert 0.0 < low.strength < high.strength < 1.0
        for one in (low, high):
            assert one.found == pytest.approx(one.sharpe, abs=0.01)
            assert STRATEGIES.load(one.family).params(one.values).shape == (1,)


def test_what_was_not_solved_is_refused():
    with pytest.raises(ParameterError, match="no strength is known for the edge trend at a Sharpe ratio of 3"):
        solved("trend", 3.0)
