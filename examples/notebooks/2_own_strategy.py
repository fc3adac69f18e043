# %% [markdown]
# # A strategy of your own, over two time frames
#
# A strategy is one function from a state and the bar that just closed to a score from -1 (short) to +1 (long). It sees nothing else, so it cannot look
# ahead. This one buys dips of days while the weeks rise: `frame` folds the daily bars into weekly ones and tells when one has closed.

# %%
import math

from tenfold import backtest, sample_bars, sweep
from tenfold.indicators import WEEK, Frame, Integer, Mean, Rsi, State, clip, fold, frame, mean, rsi


@fold(
    weeks=Integer(4, 40, default=20),
    length=Integer(2, 14, default=4),
    state=State(week=Frame, trend=Mean, level=float, rsi=Rsi),
)
def dips(state, bar, params):
    """Buy weakness of days above the mean of weekly closes; out of the market below it."""
    index = rsi(state.rsi, bar.close, params.length)
    if frame(state.week, bar, WEEK):
        state.level = mean(state.trend, state.week.close, params.weeks)
    if state.week.bars < params.weeks or math.isnan(index):
        return math.nan  # not warm yet: abstain
    if bar.close < state.level:
        return 0.0
    return clip((60.0 - index) / 30.0)


dips

# %% [markdown]
# Before it is traded it is examined: does a score change when the future does, how long does it warm up, does it divide by zero? On the command line
# that is `tenfold check my_strategy.py`.

# %%
from tenfold.backtesting.check import check_fold
from tenfold.market.synthetic import regime_market

report = check_fold(dips, regime_market(2520, 3, seed=1))
print("passed" if report.passed else "failed", "- first score after", report.warm_up_bars, "bars")
print("\n".join(report.lines()[2:5]))

# %%
bars = sample_bars("us-indices")
result = backtest(dips, bars)
result

# %% [markdown]
# One pair of parameters proves little. `sweep` trades every pair, on all cores.

# %%
swept = sweep(dips, bars, grid={"weeks": range(4, 41, 4), "length": range(2, 13, 2)})
swept

# %% [markdown]
# The best of 60 is partly luck: the line above says what as many worthless strategies would show at best. A broad warm region says more than the
# brightest cell. `swept.heatmap("weeks", "length")` and `swept.surface("weeks", "length")` draw it to be turned and zoomed; here it is as a
# plain table.

# %%
from IPython.display import HTML

grid = swept.grid("weeks", "length", "sharpe")


def shaded(value):
    strength = min(abs(value), 1.0)
    red, blue = (255 - int(155 * strength), 255) if value > 0 else (255, 255 - int(155 * strength))
    return f"<td style='background: rgb({red},{min(red, blue)},{blue}); color: black'>{value:.2f}</td>"


head = "<tr><th>length \\ weeks</th>" + "".join(f"<th>{x:g}</th>" for x in grid.xs) + "</tr>"
body = "".join(
    f"<tr><th>{y:g}</th>" + "".join(shaded(value) for value in row) + "</tr>"
    for y, row in zip(grid.ys, grid.cells, strict=True)
)
HTML(f"<table>{head}{body}</table>")

# %% [markdown]
# What remains is the honest test: choose on one stretch of history, judge on another.

# %%
early = sweep(
    dips, sample_bars("us-indices", end="2008-12-31"), grid={"weeks": range(4, 41, 4), "length": range(2, 13, 2)}
)
chosen = {name: early.best[name] for name in ("weeks", "length")}
late = backtest(dips, sample_bars("us-indices", start="2009-01-01"), params=chosen)
print("chosen until 2008:", chosen, "with Sharpe", round(early.best["sharpe"], 2))
print("from 2009 on:      Sharpe", round(late.summary()["sharpe_ratio"], 2))
print("holding from 2009: Sharpe", round(late.summary()["benchmark_sharpe_ratio"], 2))
