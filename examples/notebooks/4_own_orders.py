# %% [markdown]
# # Orders of your own: limits, brackets, trailing stops, and what the venue makes of them
#
# Most of what orders can do needs no code of orders: the rules of a run attach them to the vote. Entries wait at a limit, each entry carries a stop,
# a target or a trailing stop, and all of it runs compiled.

# %%
from tenfold import Entry, Exits, Rules, backtest, sample_bars

bars = sample_bars("us-large-caps")
ways = {
    "market": Rules(),
    "limit 1 % below": Rules(entry=Entry(order="limit", offset_frac=0.01, tif="day")),
    "stop 5 %, target 10 %": Rules(exits=Exits(stop_frac=0.05, target_frac=0.10)),
    "trailing stop 8 %": Rules(exits=Exits(trail_frac=0.08)),
}
for name, rules in ways.items():
    result = backtest("channel", bars, rules=rules)
    summary = result.summary()
    print(f"{name:22} {result.run.engine:9} final {summary['final_equity']:>11,.2f}  trips {summary['trades']:>4}")

# %% [markdown]
# A strategy that lives on how it trades works its orders itself: an object with `on_event(event, view)`. This one bids below the market and
# brackets each bid with a target and a stop. It runs event by event, behind the same limits.

# %%
from tenfold.domain.market import BarSet


class DipBuyer:
    """Bid one per cent below each close while flat; take `profit` or `loss`."""

    def __init__(self, profit=0.02, loss=0.03):
        self.profit, self.loss = profit, loss

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        commands = []
        for bar in event.bars:
            if view.position(bar.symbol) == 0 and not any(view.orders(bar.symbol)):
                price = round(bar.close * 0.99, 2)
                lots = view.lots_for(bar.symbol, 0.2 * view.equity)
                if lots > 0:
                    entry = view.submit(bar.symbol, "buy", lots, "limit", limit_price=price, tif="day")
                    commands += view.bracket(
                        entry,
                        take_profit=round(price * (1 + self.profit), 2),
                        stop_loss=round(price * (1 - self.loss), 2),
                    )
        return commands


bought = backtest(DipBuyer(), bars)
bought

# %%
bought.fills.head(6)

# %% [markdown]
# A trailing stop follows the best price since it was sent. Here the strategy sends one as soon as it holds something.


# %%
class Trailer:
    """Buy at the market, protect with a trailing stop of 6 %, buy again once it has fired."""

    def on_event(self, event, view):
        if not isinstance(event, BarSet):
            return []
        commands = []
        for bar in event.bars:
            held, working = view.position(bar.symbol), any(view.orders(bar.symbol))
            lots = view.lots_for(bar.symbol, 0.19 * view.equity)
            if held == 0 and not working and lots > 0:
                commands.append(view.submit(bar.symbol, "buy", lots, "market"))
            elif held > 0 and not working:
                commands.append(view.submit(bar.symbol, "sell", held, "trailing_stop", trail_frac=0.06, tif="gtc"))
        return commands


trailed = backtest(Trailer(), bars)
trailed.fills.head(6)

# %% [markdown]
# No bar tells whether a limit that was just touched was filled, or what a gap does to a stop. Platforms decide it differently; each convention is a
# setting, and a venue profile chooses those of one platform. The same orders, five venues:

# %%
for venue in ("generic", "alpaca", "lean", "backtesting.py", "vectorbt"):
    result = backtest(DipBuyer(), bars, venue=venue)
    summary = result.summary()
    print(
        f"{venue:15} final {summary['final_equity']:>12,.2f}  trips {summary['trades']:>4}  fees {summary['fees']:>9,.2f}"
    )

# %% [markdown]
# Where results differ much between venues, the strategy trades the convention and not the market.
