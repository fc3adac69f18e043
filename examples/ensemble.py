"""Let three strategies vote on two indices, under limits and costs, and compare with each alone."""

from tenfold import Costs, Rules, backtest, sample_bars

bars = sample_bars("us-indices")
rules = Rules(costs=Costs(fee_frac=0.0005, slippage_bps=2.0))
members = ["crossing", "channel", "pullback"]

together = backtest(members, bars, rules=rules)
print(together)
print(together.votes.tail(4))
for member in members:
    print(member, backtest(member, bars, rules=rules).summary()["sharpe_ratio"])
