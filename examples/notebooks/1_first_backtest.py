# %% [markdown]
# # A first backtest, and its report
#
# Twenty years of daily bars of the S&P 500 come with Tenfold's sample packages, so nothing has to be downloaded. Run any cell again: the numbers stay,
# because nothing here is random.

# %%
from tenfold import Costs, Rules, backtest, compare, sample_bars

bars = sample_bars("us-indices", "SP500")
bars

# %% [markdown]
# A strategy by its name, two parameters, default rules: 100,000 dollars, no costs. `crossing` is long while the mean of 50 closes is above that of
# 200, and short below.

# %%
free = backtest("crossing", bars, params={"fast": 50, "slow": 200}, name="free")
free

# %% [markdown]
# The line is the equity. Now with costs: five hundredths of a percent of each trade, and two basis points of slippage.

# %%
rules = Rules(costs=Costs(fee_frac=0.0005, slippage_bps=2.0))
charged = backtest("crossing", bars, params={"fast": 50, "slow": 200}, rules=rules, name="charged")

for name, result in {"free": free, "charged": charged}.items():
    summary = result.summary()
    for key in ("annual_return", "benchmark_annual_return", "sharpe_ratio", "benchmark_sharpe_ratio", "max_drawdown"):
        print(f"{name:8} {key:24} {summary.text(key):>10}")

# %% [markdown]
# It made more than holding the index, whose dividends are not in these closes, and it fell by more than a third on the way. `compare` puts every figure
# side by side.

# %%
compare([free, charged]).table.slice(10, 12)

# %% [markdown]
# Trades and fills are frames, to be filtered like any other. These are the five that lost most:

# %%
charged.trades.sort("pnl_net").select("symbol", "side", "entry", "exit", "pnl_net").head(5)

# %% [markdown]
# The report is one HTML file that works offline: equity, drawdowns, months, the list of trades that leads to their bars, costs, data. In a
# notebook `charged.plot()` draws the same timeline.

# %%
print("written:", charged.report("report.html").name)

# %% [markdown]
# One symbol, one strategy and one history are one throw of the dice. [The next notebook](2_own_strategy.ipynb) asks how broad such a result is.
