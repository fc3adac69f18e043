"""Work limit orders with Tenfold: its event path, risk gate included."""

from typing import Any

import flow
import task
import tenfold_market

from tenfold import Account, Rules, backtest
from tenfold.domain.market import BarSet
from tenfold.domain.order import Command, Fill

SYMBOL = "GBM"
RULES = Rules(account=Account(cash=1_000_000.0, leverage_max=20.0))


class Working:
    """Send, move and cancel limit orders, bar by bar."""

    def __init__(self) -> None:
        self.fresh: list[str] = []
        self.moved: list[str] = []
        self.gone: set[str] = set()
        self.counts = {"orders": 0, "replaces": 0, "cancels": 0, "fills": 0}

    def on_event(self, event: Any, view: Any) -> list[Command]:
        """Act on bars, and keep what has filled."""
        if isinstance(event, Fill):
            self.gone.add(event.order_id)
            self.counts["fills"] += 1
        if not isinstance(event, BarSet):
            return []
        close = event.bars[0].close
        levels = flow.levels(close)
        cancels: list[Command] = [view.cancel(one) for one in self.moved if one not in self.gone]
        left = [(one, price) for one, (_, price) in zip(self.fresh, levels, strict=False) if one not in self.gone]
        replaces: list[Command] = [view.replace(one, limit_price=price) for one, price in left]
        sent = [
            view.submit(SYMBOL, "buy" if side > 0 else "sell", 1, "limit", limit_price=price) for side, price in levels
        ]
        self.moved = [one for one, _ in left]
        self.fresh = [one.order.order_id for one in sent]
        self.counts["orders"] += len(sent)
        self.counts["replaces"] += len(replaces)
        self.counts["cancels"] += len(cancels)
        return [*cancels, *replaces, *sent]


def main() -> None:
    job = task.read()
    bars = tenfold_market.load(job["market"], job["bars"])
    backtest(Working(), bars.slice(0, 200), rules=RULES)  # loads the machine code
    strategy = Working()
    times, result = task.timed(lambda: backtest(strategy, bars, rules=RULES))
    errors = result.run.notes.get("errors")
    assert not errors, errors
    task.answer(**times, **strategy.counts, final_equity=float(result.run.equity[-1]))


main()
