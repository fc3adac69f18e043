"""A strategy that sends again and again what the venue refuses does not keep a paper run at one moment for ever."""

from paper_traders import traded
from tenfold.app.replay import replay
from tenfold.market.synthetic import random_walk

AGAIN = """
from tenfold.domain.market import BarSet
from tenfold.domain.order import OrderUpdate


class Again:
    def on_event(self, event, view):
        if isinstance(event, OrderUpdate) and event.status == "rejected":
            return [view.submit("AAA", "sell", 20)]  # more than is held: the venue takes nothing through zero
        if not isinstance(event, BarSet) or any(view.orders()):
            return []
        return [view.submit("AAA", "sell", 20)] if view.position("AAA") else [view.submit("AAA", "buy", 10)]


again = Again()
"""


def test_a_strategy_that_asks_again_without_end_is_halted(tmp_path):
    (tmp_path / "again.py").write_text(AGAIN)
    found = traded(f"{tmp_path / 'again.py'}:again", tmp_path, bars=random_walk(5, ["AAA"], seed=5))
    assert [trip.rule for trip in found.result.run.trips] == ["halt"]
    assert found.result.run.lots[-1, 0] == 0
    assert replay(*found.journal).same
