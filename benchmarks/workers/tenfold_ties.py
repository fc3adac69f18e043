"""Tell whether the rows in which two sweeps differ do so only where both means are exactly equal.

Prices have four decimals, so sums of ticks are exact in integers. At an exact tie the sign of a difference of two means
in floating point is that of its rounding error, and no engine is right or wrong.
"""

import numpy as np
import task
import tenfold_market
from crossing import crossing

from tenfold import backtest


def main() -> None:
    job = task.read()
    bars = tenfold_market.load(job["market"])
    ticks = np.round(bars.rows["close"][:, 0] * 10_000).astype(np.int64)
    prefix = np.concatenate(([0], np.cumsum(ticks)))
    found = []
    for fast, slow in job["points"]:
        run = backtest(crossing, bars, params={"fast": fast, "slow": slow}, rules=tenfold_market.RULES).run
        sums = {length: prefix[slow:] - prefix[slow - length : len(prefix) - length] for length in (fast, slow)}
        exact = np.sign(sums[fast] * slow - sums[slow] * fast)
        seen = np.sign(run.scores[slow - 1 :, 0, 0])
        wrong = seen != exact
        found.append({"fast": fast, "slow": slow, "ties": int((exact == 0).sum()), "rounded_ties": int(wrong.sum()),
                      "elsewhere": int((wrong & (exact != 0)).sum())})  # fmt: skip
    task.answer(rows=found)


main()
