"""Do one backtest with vectorbt as a script of a user would, from import to outcome: the runner times the whole process."""

import market
import task
import vectorbt as vbt

job = task.read()
bars = market.load(job["market"])
quick, steady = (vbt.MA.run(bars["close"], job["params"][name]).ma for name in ("fast", "slow"))
enter = (quick > steady).shift(1, fill_value=False)
portfolio = vbt.Portfolio.from_signals(
    bars["close"], enter, ~enter, price=bars["open"], size=10.0, fees=0.0005, init_cash=1_000_000.0, freq="1min"
)
statistics = (portfolio.sharpe_ratio(), portfolio.max_drawdown(), portfolio.orders.count())
task.answer(final_equity=float(portfolio.final_value()), statistics=[float(x) for x in statistics])
