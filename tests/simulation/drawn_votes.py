"""Draw an ensemble by a seed: strategies that agree, dissent and abstain, and rules that attach exits to what they enter."""

import math
import random
from dataclasses import dataclass

from msgspec.structs import replace

from tenfold.domain.rules import Entry, Exits, Sizing, VoteRule
from tenfold.engine.voters import FoldVoter, WindowVoter
from tenfold.indicators import Integer, Real, State, fold
from tenfold.strategy.trend import crossing

SIGNS = 100_000
"""Numbers by which strategies differ."""


@fold(
    tide=Integer(1, SIGNS), own=Integer(1, SIGNS), patience=Real(1.0, 100.0), dissent=Real(0.0, 1.0), silence=Real(0.0, 1.0),
    state=State(tide=float, own=float, mood=float, seen=int),
)  # fmt: skip
def swaying(state, bar, params):
    """Follow a mood that all with the same tide have, and that changes every few bars by itself; now and then dissent or abstain."""
    mixed = state.tide * 16807.0 + bar.close * 7.31 + params.tide * 0.618034
    state.tide = mixed - math.floor(mixed)
    other = state.own * 16807.0 + bar.close * 3.17 + params.own * 0.618034
    state.own = other - math.floor(other)
    if state.seen == 0 or state.tide * params.patience < 1.0:
        digits = state.tide * 1000.0
        turned = digits - math.floor(digits)
        state.mood = 1.0 if turned < 0.45 else -1.0 if turned < 0.9 else 0.0
    state.seen += 1
    if state.own < params.silence:
        return math.nan if state.own < 0.5 * params.silence else 0.1
    if state.own < params.silence + params.dissent:
        return -state.mood
    return state.mood * (0.25 + 0.75 * state.own)


class Moody:
    """Be a strategy that is an object: go with the last close, and fail now and then."""

    window = 3

    def on_bar(self, window):
        """Return a score, and none where the price stands still."""
        last, before = float(window[-1]["close"]), float(window[0]["close"])
        return 1.0 if last > before else -1.0 / (before - last)  # raises, or is outside -1 to 1, which abstains


@dataclass(frozen=True)
class Ensemble:
    """Hold who votes, and by which rules is traded.

    Attributes
    ----------
    members : kind, weight and parameters of each
    short : whether shares are sold that are not there
    """

    members: tuple
    sizing: Sizing
    entry: Entry
    exits: Exits
    rule: VoteRule
    short: bool

    def rules(self, rules):
        """Return rules under which it is traded."""
        return replace(
            rules, sizing=self.sizing, entry=self.entry, exits=self.exits, vote=self.rule, account=replace(rules.account, short=self.short)
        )  # fmt: skip

    def voters(self, symbols):
        """Return them fresh."""
        made = []
        for number, (kind, weight, params) in enumerate(self.members):
            name = f"{kind} {number}"
            if kind == "moody":
                made.append(WindowVoter(Moody(), name, weight, symbols))
                continue
            strategy = swaying if kind == "swaying" else crossing
            made.append(FoldVoter(strategy, strategy.params(params), name, weight, len(symbols)))
        return made


def draw_ensemble(seed, quick):
    """Return the ensemble of a seed; moods of a `quick` one last for a bar or two."""
    chance = random.Random(f"ensemble {seed}")  # noqa: S311
    entry, size = draw_entry(chance), chance.choice((1, 2, 3, 4, 5, 6, 8))
    lasts = (1.0, 2.0) if quick else (3.0, 8.0) if entry.order == "market" else (1.5, 4.0)
    rarely = 0.2 if size > 2 else 0.05  # one alone decides for all
    mood = {
        "tide": chance.randint(1, SIGNS), "patience": chance.uniform(*lasts), "dissent": chance.uniform(0.0, rarely),
        "silence": chance.uniform(0.0, rarely),
    }  # fmt: skip
    members = [("swaying", weight_of(chance), mood | {"own": chance.randint(1, SIGNS)}) for _ in range(size)]
    if len(members) > 3 and chance.random() < 0.5:
        members.append(("crossing", weight_of(chance), {"fast": 5, "slow": 20}))
    if len(members) > 3 and chance.random() < 0.3:
        members.append(("moody", weight_of(chance), None))
    return Ensemble(
        members=tuple(members),
        sizing=draw_sizing(chance),
        entry=entry,
        exits=draw_exits(chance),
        rule=VoteRule(hold_frac=chance.choice((0.4, 0.4, 0.6))),
        short=chance.random() < 0.8,
    )


def weight_of(chance):
    return chance.choice((1.0, 1.0, 1.0, 0.5, 2.0))


def draw_sizing(chance):
    """Return how large positions are: of some tens of shares, or of a part of the account."""
    again = chance.choice((None, None, 0.3))
    if chance.random() < 0.5:
        return Sizing(method="quantity", quantity=float(chance.randint(1, 80)), rebalance_frac=again)
    if chance.random() < 0.5:
        return Sizing(fraction=chance.uniform(0.005, 0.05), rebalance_frac=again)
    return Sizing(
        method="volatility",
        volatility_annual_frac=chance.uniform(0.001, 0.02),
        window=5,
        cap_frac=0.05,
        rebalance_frac=again,
    )


def draw_entry(chance):
    """Return how it is entered: mostly at the market."""
    kind = chance.choice(("market", "market", "market", "market", "limit", "stop"))
    return Entry(
        order=kind,
        offset_frac=0.0 if kind == "market" else chance.choice((0.0, 0.0001, 0.0004)) * chance.random(),
        tif=chance.choice(("gtc", "day")),
    )


def draw_exits(chance):
    """Return which exits are attached: by ranges or fractions, both, one or a trailing one."""
    kind = chance.choice(("both", "both", "both", "fractions", "stop", "target", "trail", "all"))
    window, stop, target, trail = chance.randint(2, 10), *(chance.uniform(0.5, 4.0) for _ in range(3))
    if kind == "fractions":
        return Exits(stop_frac=chance.uniform(0.001, 0.01), target_frac=chance.uniform(0.001, 0.01))
    return Exits(
        stop_atr=stop if kind in {"both", "stop", "all"} else None,
        target_atr=target if kind in {"both", "target", "all"} else None,
        trail_atr=trail if kind in {"trail", "all"} else None,
        atr_window=window,
    )
