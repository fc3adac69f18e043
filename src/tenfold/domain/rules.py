"""Hold the rules of one run: costs, sizing, vote, limits, exits and account, each a typed setting."""

import math
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field
from msgspec.structs import replace

from tenfold.domain.errors import SettingsError, did_you_mean
from tenfold.domain.instrument import Symbol

Fraction = Annotated[float, Meta(ge=0, le=1)]
NonNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]


QueueModel = Literal[
    "risk_averse", "power_1", "power_2", "power_3", "power_of_sum_2", "power_of_front_2", "log", "log_of_sum"
]  # fmt: skip
"""Which share of what is cancelled at a price stood behind an order, by the quantities before and behind it."""


class _Named(msgspec.StructMeta):
    """Name the setting that was likely meant where one is misspelled in Python."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        for name in settings:
            if name not in self.__struct_fields__:
                raise SettingsError(
                    f"{self.__name__} has no setting {name}; {did_you_mean(name, self.__struct_fields__)}"
                )
        return super().__call__(*args, **settings)


class _Rules(msgspec.Struct, metaclass=_Named, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Refuse numbers that are not finite."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"{name} is {value}, expected a finite number")


def _written(default: Any) -> Any:
    """Return a field whose default is written too, among those that are not: hashes of journals and trials stay what they were."""
    return field(default_factory=lambda: default)


class FeeTier(_Rules, frozen=True):
    """Hold the fees of those who traded at least `volume_min` of currency at a venue within 30 days."""

    volume_min: NonNegative = 0.0
    taker_frac: Annotated[float, Meta(ge=-0.01, le=1)] = 0.0
    maker_frac: Annotated[float, Meta(ge=-0.01, le=1)] = 0.0


class FeeSchedule(_Rules, frozen=True):
    """Hold the tiers of one venue, by volume; the first begins at 0. Negative fees are rebates."""

    venue: str
    tiers: tuple[FeeTier, ...]

    def __post_init__(self) -> None:
        volumes = [tier.volume_min for tier in self.tiers]
        if not volumes or volumes[0] != 0.0 or any(b <= a for a, b in pairwise(volumes)):
            raise SettingsError(
                f"the tiers of {self.venue} begin at volumes {volumes}, expected 0 first and then increasing ones"
            )


class Costs(_Rules, frozen=True):
    """Say what a fill costs.

    Parameters
    ----------
    fee_frac : fee as a fraction of notional, e.g. 0.0005
    fee_per_share : fee a share (or coin), in currency
    fee_minimum : least fee of one fill, in currency
    fee_maker_frac : fee of a fill that made the price (a limit order reached inside a bar); None is `fee_frac`
    slippage : "fixed" takes `slippage_bps` of the price; "half_spread" takes half the quoted spread at the
        fill (`slippage_bps` where there is no quote); "volume_share" takes
        `impact * (filled / bar volume)**2` of the price, "square_root" takes
        `impact * (high - low) / open * sqrt(filled / bar volume)`: Almgren et al. (2005), the range standing for volatility
    participation_frac_max : largest share of a bar's volume that one symbol's orders may fill; None is no limit
    borrow_annual_frac : yearly rate on the market value of short positions, charged by calendar day
    margin_annual_frac : yearly rate on borrowed cash, charged by calendar day
    schedules : fees by tier of the venues that have them, in place of `fee_frac` and `fee_maker_frac`
    """

    fee_frac: Fraction = 0.0
    fee_per_share: NonNegative = 0.0
    fee_minimum: NonNegative = 0.0
    fee_maker_frac: Annotated[float, Meta(ge=-0.01, le=1)] | None = None
    slippage: Literal["fixed", "half_spread", "volume_share", "square_root"] = "fixed"
    slippage_bps: Annotated[float, Meta(ge=0, le=5000)] = 0.0
    impact: NonNegative = 0.1
    participation_frac_max: Annotated[float, Meta(gt=0, le=1)] | None = None
    borrow_annual_frac: Annotated[float, Meta(ge=0, le=10)] = 0.0
    margin_annual_frac: Annotated[float, Meta(ge=0, le=10)] = 0.0
    schedules: tuple[FeeSchedule, ...] = ()


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
    base : what the fractions are of: "equity", or the "cash" that is not bound in positions
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
    base: Literal["equity", "cash"] = "equity"
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


class Limits(_Rules, frozen=True, omit_defaults=True):
    """Say what the account may risk; None is no limit. `docs/reference/risk.md` has each rule with its source.

    Parameters
    ----------
    position_frac_max, gross_frac_max, net_frac_max : value of one position, of all, of long less short, over equity
    daily_loss_frac_max, drawdown_frac_max : loss since the last session's close and since the highest equity, realised or
        not, at which everything is flattened and entries are blocked
    reset_sessions : sessions after which a tripped breaker resets; None is until a person resumes
    positions_max : positions at once, working orders included
    concentration_max : sum over the positions of (value / equity) squared (Herfindahl 1950)
    correlation_max : mean correlation of a new position with those that are held, over `correlation_window` bars; a
        position that faces the other way counts with the opposite sign, what is not known yet counts as 1
    margin_frac_min : equity over gross exposure that an order has to leave (intraday margin)
    order_notional_max, order_qty_max : value in currency and shares of one order; what closes a position is not cut
    volume_frac_max : one order over the average volume of a day, over `volume_window` sessions
    collar_frac_max : distance of a limit or stop from the quote's middle, or from the last close
    order_rate_max, message_rate_max : orders, and orders with cancels and changes, in any `rate_window_s` seconds
    duplicate_window_s : seconds in which no second order asks for the same
    refuse_self_cross : refuse what would trade with an own working order
    restricted : symbols in which nothing is opened
    regular_hours : open nothing in bars outside the session
    stale_s_max, clock_offset_s_max, unknown_max : age of the quote, distance of this clock from the venue's, and orders of
        unknown fate, beyond which nothing is opened; a backtest knows none of them
    cascade : fractions of the limits on losses at which entries stop, what works is cancelled, and positions are halved; empty:
        all at the limit, together with closing them
    losses_max : round trips in a row that lose
    slippage_bps_max : slippage over value of the last `breaker_window` orders that filled, in basis points
    reject_frac_max : share of the last `breaker_window` orders that the venue refused
    quality_min : score of the data, 0 to 100, below which nothing is opened
    differences_max : differences from the venue since the start or the last resume
    resume_by : operators who may resume and change limits; empty is everyone
    """

    position_frac_max: Annotated[float, Meta(gt=0, le=100)] | None = _written(None)
    gross_frac_max: Annotated[float, Meta(gt=0, le=100)] | None = _written(None)
    daily_loss_frac_max: Annotated[float, Meta(gt=0, lt=1)] | None = _written(None)
    drawdown_frac_max: Annotated[float, Meta(gt=0, lt=1)] | None = _written(None)
    reset_sessions: Annotated[int, Meta(ge=1)] | None = _written(None)
    net_frac_max: Annotated[float, Meta(gt=0, le=100)] | None = None
    positions_max: Annotated[int, Meta(ge=1)] | None = None
    concentration_max: Annotated[float, Meta(gt=0, le=10_000)] | None = None
    correlation_max: Annotated[float, Meta(gt=0, le=1)] | None = None
    correlation_window: Annotated[int, Meta(ge=2, le=10_000)] = 60
    margin_frac_min: Annotated[float, Meta(gt=0, le=1)] | None = None
    order_notional_max: Positive | None = None
    order_qty_max: Positive | None = None
    volume_frac_max: Annotated[float, Meta(gt=0, le=1)] | None = None
    volume_window: Annotated[int, Meta(ge=1, le=10_000)] = 20
    collar_frac_max: Annotated[float, Meta(gt=0, lt=1)] | None = None
    order_rate_max: Annotated[int, Meta(ge=1)] | None = None
    message_rate_max: Annotated[int, Meta(ge=1)] | None = None
    rate_window_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    duplicate_window_s: Annotated[float, Meta(gt=0, le=86_400)] | None = None
    refuse_self_cross: bool = False
    restricted: tuple[Symbol, ...] = ()
    regular_hours: bool = False
    stale_s_max: Positive | None = None
    clock_offset_s_max: Positive | None = None
    unknown_max: Annotated[int, Meta(ge=0)] | None = None
    cascade: tuple[Annotated[float, Meta(gt=0, le=1)], ...] = ()
    losses_max: Annotated[int, Meta(ge=1)] | None = None
    slippage_bps_max: Positive | None = None
    reject_frac_max: Annotated[float, Meta(gt=0, le=1)] | None = None
    breaker_window: Annotated[int, Meta(ge=1, le=10_000)] = 20
    quality_min: Annotated[float, Meta(gt=0, le=100)] | None = None
    differences_max: Annotated[int, Meta(ge=1)] | None = None
    resume_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        steps = self.cascade
        if steps and (len(steps) != 3 or any(b < a for a, b in pairwise(steps))):
            raise SettingsError(
                f"cascade is {list(steps)}, expected three fractions that do not fall: stop, cancel and reduce"
            )

    @property
    def looks_beside(self) -> bool:
        """Whether a position is judged beside all others, their gross value apart."""
        return any(
            limit is not None
            for limit in (
                self.net_frac_max,
                self.positions_max,
                self.concentration_max,
                self.correlation_max,
                self.margin_frac_min,
            )
        )


class Entry(_Rules, frozen=True):
    """Say how the orders of the vote work.

    Parameters
    ----------
    order : "market" fills at the next bar's open, "moo" at the open of the next session's first bar, "moc" at the close of
        a session's last bar, "limit" at `offset_frac` better than the close that decided, "stop" at `offset_frac` worse.
        Limits and stops are for entering: what lowers a position goes to the market
    offset_frac : distance of the limit or stop, as a fraction of the close
    tif : "gtc" works until it fills or the vote changes, "day" expires with its session and is priced anew
    decide_before_close_s : daily strategies decide so many seconds before each session's close, on the day so far, and their
        orders fill in that close ("moc"); None decides on what has closed. A backtest needs bars of minutes for it
    """

    order: Literal["market", "moo", "moc", "limit", "stop"] = "market"
    offset_frac: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    tif: Literal["gtc", "day"] = "gtc"
    decide_before_close_s: Annotated[float, Meta(ge=60, le=21_600)] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decide_before_close_s is not None and self.order != "moc":
            raise SettingsError(
                f'decide_before_close_s is for orders on the close, and order is "{self.order}": set order to "moc"'
            )


class Exits(_Rules, frozen=True, omit_defaults=True):
    """Attach a stop, a target and a trailing stop to each entry, as fractions of a price or in average true ranges.

    Stop and target are measured from the entry's fill price, the trailing stop from the best price since; on the side that loses
    or gains, long or short.

    Parameters
    ----------
    stop_frac, target_frac, trail_frac : distance as a fraction of the price
    stop_atr, target_atr, trail_atr : the same in average true ranges over `atr_window` bars (Wilder 1978), as a fraction of the
        close that decides; nothing is entered before so many bars have been seen
    """

    stop_frac: Annotated[float, Meta(gt=0, lt=1)] | None = _written(None)
    target_frac: Annotated[float, Meta(gt=0, le=100)] | None = _written(None)
    trail_frac: Annotated[float, Meta(gt=0, lt=1)] | None = _written(None)
    stop_atr: Annotated[float, Meta(gt=0, le=1000)] | None = None
    target_atr: Annotated[float, Meta(gt=0, le=1000)] | None = None
    trail_atr: Annotated[float, Meta(gt=0, le=1000)] | None = None
    atr_window: Annotated[int, Meta(ge=1, le=100_000)] = 14

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("stop", "target", "trail"):
            if getattr(self, f"{name}_frac") is not None and getattr(self, f"{name}_atr") is not None:
                raise SettingsError(f"{name}_frac and {name}_atr are both set, expected one of them")

    @property
    def given(self) -> bool:
        """Whether any is asked for."""
        fracs = self.stop_frac, self.target_frac, self.trail_frac
        return self.ranges > 0 or any(frac is not None for frac in fracs)

    @property
    def ranges(self) -> int:
        """Bars of the average true range that exits need, 0 where they need none."""
        return self.atr_window if any((self.stop_atr, self.target_atr, self.trail_atr)) else 0


class Matching(_Rules, frozen=True, omit_defaults=True):
    """Hold the conventions of a simulated venue in which platforms differ; `simulation.profiles` has theirs.

    Parameters
    ----------
    quote_side : buys trade against the ask and sells against the bid where bars carry quotes
    limit : "touch" fills a limit that the bar reaches, "through" only one that the bar trades beyond
    gap : a bar that opens beyond a limit or stop fills it at its "open", at its "level", or at the "worse" of the two
    trail : a trailing stop is checked "before" it moves with the bar, or "after"
    entry_bar : whether exits can fire in the bar of their entry: "exits" lets them, and where it filled inside the bar a stop
        counts the whole range and a target the close alone; "market" lets those of market orders, the others wait; "next" lets none
    regular_hours : nothing fills in bars outside the session: a market order sent there becomes market-on-open
    stale_waits : nothing fills in bars that carry an old price on: no volume and no range
    latency_s : an order reaches the venue so long after the close that decided
    crosses_zero : one order of the vote may take a position from long to short; otherwise it closes, and the vote enters anew with
        the next bar
    queue_model : over ticks, which share of what is cancelled at a price stood behind an order of ours; `simulation.queue_position`
        has the models
    """

    quote_side: bool = _written(False)
    limit: Literal["touch", "through"] = _written("touch")
    gap: Literal["open", "level", "worse"] = _written("open")
    trail: Literal["before", "after"] = _written("before")
    entry_bar: Literal["exits", "market", "next"] = _written("exits")
    regular_hours: bool = _written(False)
    stale_waits: bool = _written(False)
    latency_s: Annotated[float, Meta(ge=0, le=86_400)] = _written(0.0)
    crosses_zero: bool = True
    queue_model: QueueModel = "power_1"


class Account(_Rules, frozen=True):
    """Hold the terms of the one cash account.

    `leverage_max` bounds gross exposure over equity at entry (1 is a cash account), of which `cash_buffer_frac` is kept back;
    `maintenance_frac` is the equity over gross exposure below which everything is flattened.
    """

    cash: Positive = 100_000.0
    leverage_max: Annotated[float, Meta(gt=0, le=100)] = 1.0
    cash_buffer_frac: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    maintenance_frac: Fraction = 0.0
    short: bool = True


class Rules(_Rules, frozen=True):
    """Hold all rules of one run."""

    account: Account = Account()
    costs: Costs = Costs()
    sizing: Sizing = Sizing()
    vote: VoteRule = VoteRule()
    limits: Limits = Limits()
    entry: Entry = Entry()
    exits: Exits = Exits()
    matching: Matching = Matching()


def scaled(rules: Rules, share: float, symbols: int) -> Rules:
    """Return the rules as a part of the account would trade them: sizes, and limits that are parts of equity, times `share`."""
    sizing, limits = rules.sizing, rules.limits
    parts = ("position_frac_max", "gross_frac_max", "net_frac_max", "daily_loss_frac_max", "drawdown_frac_max")
    sizes = {
        "quantity": sizing.quantity,
        "fraction": 1.0 / symbols if sizing.fraction is None else sizing.fraction,
        "volatility_annual_frac": sizing.volatility_annual_frac,
        "kelly_frac": sizing.kelly_frac,
        "cap_frac": sizing.cap_frac,
    }
    bounds = {name: getattr(limits, name) for name in parts}
    return replace(
        rules,
        sizing=replace(sizing, **{name: value * share for name, value in sizes.items()}),
        limits=replace(limits, **{name: value * share for name, value in bounds.items() if value is not None}),
    )
