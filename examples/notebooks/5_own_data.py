# %% [markdown]
# # Data of your own: import, quality, further columns
#
# A file as one gets it: semicolons, decimal commas, days first, a defect, and a column that is no price. It is made here, from a seed, such that the
# mood does lead the price a little: what follows shows how data come in, not how money is made.

# %%
import datetime
from pathlib import Path

import numpy as np

random = np.random.default_rng(7)
moods = np.convolve(random.normal(0.0, 1.0, 520), np.full(20, 0.05), "valid")
noise = random.normal(0.0003, 0.01, 500)
lines = ["Date;Open;High;Low;Close;Volume;Sentiment"]
day, price = datetime.date(2021, 1, 4), 100.0
for i in range(500):
    while day.weekday() > 4:
        day += datetime.timedelta(days=1)
    mood = moods[i]
    opened, price = price, price * (1.0 + 0.002 * mood + noise[i])
    high, low = max(opened, price) * 1.004, min(opened, price) * 0.996
    if i == 250:
        high = low * 0.9  # a defect: the high is below the low
    cells = [f"{value:.2f}".replace(".", ",") for value in (opened, high, low, price)]
    lines.append(";".join([f"{day:%d.%m.%Y}", *cells, str(1000 + i % 7), f"{mood:.3f}".replace(".", ",")]))
    day += datetime.timedelta(days=1)
Path("prices.csv").write_text("\n".join(lines))
print("\n".join(lines[:3]))

# %% [markdown]
# The import tells what it detected, what it had to assume, and what is wrong with the rows. On the command line: `tenfold data import prices.csv
# --symbol ACME --columns sentiment`.

# %%
from tenfold.app.importing import import_file

report = import_file("prices.csv", symbol="ACME", columns=["sentiment"])
print("\n".join(report.lines()))

# %% [markdown]
# Nothing was dropped or mended in silence: the bad row is there and carries a flag, which a strategy can read in `bar.flags`. A bar without a usable
# price would be shown as missing.

# %%
from tenfold import backtest, load_bars
from tenfold.domain.market import Flag

bars = load_bars("ACME")
flagged = np.flatnonzero(bars.rows["flags"][:, 0] & int(Flag.OHLC))
print(bars, "- flagged rows:", flagged.tolist())
print("usable:", int(bars.usable.sum()), "of", bars.usable.size)
print("further columns:", bars.columns)

# %% [markdown]
# A strategy reads a further column by naming it. The value belongs to its bar: it must have been known when the bar closed.

# %%
from tenfold.indicators import Ema, Integer, State, clip, ema, fold


@fold(length=Integer(2, 20, default=3), columns=("sentiment",), state=State(mood=Ema))
def believer(state, bar, params):
    """Follow the smoothed mood of the crowd."""
    return clip(ema(state.mood, bar.sentiment, params.length))


backtest(believer, bars)

# %% [markdown]
# Columns can also be computed and added in Python, one value a bar. NaN says: not known, and abstains.

# %%
close = bars.rows["close"][:, 0]
week = np.full(len(bars), np.nan)
week[5:] = close[5:] / close[:-5] - 1.0  # known when the bar has closed
richer = bars.with_columns(week=week)


@fold(columns=("week", "sentiment"))
def doubter(state, bar, params):
    """Follow the week, where the mood agrees."""
    return clip(40.0 * bar.week) if bar.week * bar.sentiment > 0.0 else bar.week * 0.0


backtest(doubter, richer)

# %% [markdown]
# What a strategy asks for and the bars do not have is refused in one line, with what to do.

# %%
from tenfold import TenfoldError, sample_bars

try:
    backtest(believer, sample_bars("us-indices"))
except TenfoldError as error:
    print(error)
