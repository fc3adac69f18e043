"""Trade scores that come from elsewhere: here the return of the last month, as a plain array."""

import numpy as np

from tenfold import Limits, Rules, backtest, sample_bars

bars = sample_bars("us-large-caps")
close = bars.rows["close"]
scores = np.full(close.shape, np.nan)
scores[21:] = np.clip((close[21:] / close[:-21] - 1.0) * 10.0, -1.0, 1.0)  # known when the bar has closed

print(backtest(bars=bars, scores=scores, rules=Rules(limits=Limits(position_frac_max=0.2)), name="last month"))
