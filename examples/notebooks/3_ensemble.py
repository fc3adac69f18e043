# %% [markdown]
# # Ensembles and their vote
#
# Up to ten strategies vote. A score of at least 0.2 either way is a ballot, the rest abstains; a position is entered where 60 % of ALL weight agrees and
# held while 40 % does. So a strategy that fails or is not warm yet can hold the others back, but never trade alone.

# %%
from tenfold import Costs, Rules, VoteRule, backtest, compare, sample_bars

bars = sample_bars("us-indices")
rules = Rules(costs=Costs(fee_frac=0.0005, slippage_bps=2.0))
members = ["crossing", "channel", "pullback", "calm"]

together = backtest(members, bars, rules=rules, name="vote")
together

# %% [markdown]
# Who voted how, and how strong the agreement was, bar by bar:

# %%
together.votes.tail(6)

# %% [markdown]
# Each alone, under the same rules. A vote is no cure: it trades less, and lives off members that err at different times.

# %%
alone = {name: backtest(name, bars, rules=rules) for name in members}
compare({"vote": together, **alone}).correlations

# %%
for name, result in {"vote": together, **alone}.items():
    summary = result.summary()
    print(
        f"{name:10} Sharpe {summary.text('sharpe_ratio'):>6}  drawdown {summary.text('max_drawdown'):>8}  trips {summary.text('trades'):>5}"
    )

# %% [markdown]
# The thresholds are rules like any other. Where all must agree, little is traded:

# %%
strict = backtest(members, bars, rules=Rules(costs=rules.costs, vote=VoteRule(enter_frac=1.0)), name="unanimous")
print("votes for a side:", together.summary().text("voting"), "->", strict.summary().text("voting"))
strict

# %% [markdown]
# Weights shift the vote, parameters go to each member in turn, and `None` leaves the defaults.

# %%
backtest(
    members,
    bars,
    rules=rules,
    weights=[2.0, 1.0, 1.0, 1.0],
    params=[{"fast": 50, "slow": 200}, None, None, None],
    name="weighted",
)
