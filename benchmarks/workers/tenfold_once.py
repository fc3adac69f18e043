"""Do one job with Tenfold as a script of a user would, from import to outcome: the runner times the whole process."""

import task
import tenfold_market
from crossing import crossing

from tenfold import backtest, sweep

job = task.read()
bars = tenfold_market.load(job["market"])
if job["what"] == "sweep":
    grid = {"fast": job["fast"], "slow": job["slow"]}
    result = sweep(crossing, bars, grid=grid, rules=tenfold_market.RULES).sweep.statistics["final_units"]
    task.answer(best=int(result.max()))
else:
    result = backtest(crossing, bars, params=job["params"], rules=tenfold_market.RULES)
    task.answer(final_equity=float(result.run.equity[-1]))
