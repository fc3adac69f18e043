"""Work one's own orders: buy a dip with a limit, protect it with a bracket, give up at the end of the day.

Run it as a script, or: tenfold backtest examples/own_orders.py --sample us-indices
"""

from tenfold import backtest, sample_bars
from tenfold.domain.market import BarSet

DIP = 0.01
PROFIT = 0.02
LOSS = 0.03


class DipBuyer:
    """Bid one per cent below each close while flat; take 2 % profit or 3 % loss."""

    def on_event(self, event, view):
        """Return the commands that follow from an event."""
        if not isinstance(event, BarSet):
            return []
        commands = []
        for bar in event.bars:
            if view.position(bar.symbol) == 0 and not any(view.orders(bar.symbol)):
                price = round(bar.close * (1.0 - DIP), 2)
                lots = view.lots_for(bar.symbol, 0.2 * view.equity)
                if lots > 0:
                    entry = view.submit(bar.symbol, "buy", lots, "limit", limit_price=price, tif="day")
                    profit, loss = round(price * (1.0 + PROFIT), 2), round(price * (1.0 - LOSS), 2)
                    commands += view.bracket(entry, take_profit=profit, stop_loss=loss)
        return commands


if __name__ == "__main__":
    print(backtest(DipBuyer(), sample_bars("us-indices")))
