"""Hold the rules of one run: costs, sizing, vote, limits, exits and account, each a typed setting."""

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tenfold.domain.errors import SettingsError

Fraction = Annotated[float, Meta(ge=0, le=1)]
NonNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]


class _Rules(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Refuse numbers that are not finite."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"{name} is {value}, expected a finite number")


class Costs(_Rules, frozen=True):
    """Say what a fill costs.

    Parameters
    ----------
    fee_frac : fee as a fraction of notional, e.g. 0.0005
    fee_per_share : fee a share (or coin), in currency
    fee_minimum : least fee of one fill, in currency
    slippage : "fixed" takes `slippage_bps` of the price; "half_spread" takes half the quoted spread at the
        fill (`slippage_bps` where there is no quote); "volume_share" takes
        `impact * (filled / bar volume)**2` of the price
    participation_frac_max : largest share of a bar's volume that one symbol's orders may fill; None is no limit
    borrow_annual_frac : yearly rate on the market value of short positions, charged by calendar day
    """

    fee_frac: Fraction = 0.0
    fee_per_share: NonNegative = 0.0
    fee_minimum: NonNegative = 0.0
    slippage: Literal["fixed", "half_spread", "volume_share"] = "fixed"
    slippage_bps: Annotated[float, Meta(ge=0, le=5000)] = 0.0
    impact: NonNegative = 0.1
    participation_frac_max: Annotated[float, Meta(gt=0, le=1)] | None = None
    borrow_annual_frac: Annotated[float, Meta(ge=0, le=10)] = 0.0


class Sizing(_Rules, frozen=True):
    """Say how large a position is taken.

    Parameters
    ----------
    method : "quantity" takes `quantity` shares; "fraction" takes `fraction` of equity, an
        equal share for each symbol where it is None;
        "volatility" takes `volatility_annual_frac` / (annual volatility of the symbol) of equity, divided
        evenly over the symbols; "kelly" takes `kelly_frac` * mean / variance of the vote's own returns
    window : time constant of the running mean and variance, in bars
    cap_frac : largest position as a fraction of equity for "volatility" and "kelly"
    rebalance_frac : while a direction is held, order again once the target differs from the position by
        more than this fraction of the target; None orders on changes of direction only
    """

    method: Literal["quantity", "fraction", "volatility", "kelly"] = "fraction"
    quantity: Positive = 1.0
    fraction: Annotated[float, Meta(gt=0, le=100)] | None = None
    volatility_annual_frac: Annotated[float, Meta(gt=0, le=10)] = 0.10
    kelly_frac: Annotated[float, Meta(gt=0, le=1)] = 0.5
    cap_frac: Annotated[float, Meta(gt=0, le=100)] = 1.0
    window: Annotated[int, Meta(ge=2, le=100_000)] = 60
    rebalance_frac: Annotated[float, Meta(gt=0, le=10)] | None = None


class VoteRule(_Rules, frozen=True):
    """Say when the ensemble acts.

    A score of at least `ballot` is a ballot for long, of at most -`ballot` for short, else abstention. Enter
    where agreement reaches `enter_frac` of ALL weight, hold while the held side keeps `hold_frac`. With
    fewer than `quorum` voters all must agree.
    """

    ballot: Annotated[float, Meta(gt=0, le=1)] = 0.2
    enter_frac: Annotated[float, Meta(gt=0.5, le=1)] = 0.60
    hold_frac: Annotated[float, Meta(gt=0, le=1)] = 0.40
    quorum: Annotated[int, Meta(ge=1, le=10)] = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.hold_frac > self.enter_frac:
            raise SettingsError(f"hold_frac {self.hold_frac} is above enter_frac {self.enter_frac}")


class Limits(_Rules, frozen=True):
    """Say what the account may risk; None is no limit.

    A tripped daily loss or drawdown flattens everything and blocks entries for `reset_sessions` sessions
    (None: until a person resumes).
    """

    position_frac_max: Annotated[float, Meta(gt=0, le=100)] | None = None
    gross_frac_max: Annotated[float, Meta(gt=0, le=100)] | None = None
    daily_loss_frac_max: Annotated[float, Meta(gt=0, lt=1)] | None = None
    drawdown_frac_max: Annotated[float, Meta(gt=0, lt=1)] | None = None
    reset_sessions: Annotated[int, Meta(ge=1)] | None = None


class Exits(_Rules, frozen=True):
    """Attach a stop and a target to each entry, as fractions of the entry's fill price."""

    stop_frac: Annotated[float, Meta(gt=0, lt=1)] | None = None
    target_frac: Annotated[float, Meta(gt=0, le=100)] | None = None


class Account(_Rules, frozen=True):
    """Hold the terms of the one cash account.

    `leverage_max` bounds gross exposure over equity at entry (1 is a cash account);
    `maintenance_frac` is the equity over gross exposure below which everything is flattened.
    """

    cash: Positive = 100_000.0
    leverage_max: Annotated[float, Meta(gt=0, le=100)] = 1.0
    maintenance_frac: Fraction = 0.0
    short: bool = True


class Rules(_Rules, frozen=True):
    """Hold all rules of one run.

    `order` is "market" (next bar's open) or "moo" (first bar of the next session).
    """

    account: Account = Account()
    costs: Costs = Costs()
    sizing: Sizing = Sizing()
    vote: VoteRule = VoteRule()
    limits: Limits = Limits()
    exits: Exits = Exits()
    order: Literal["market", "moo"] = "market"
