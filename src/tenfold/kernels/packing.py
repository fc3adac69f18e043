"""Pack rules and instruments into the flat records that kernels, engine and simulator share."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import MoneyOverflowError, SettingsError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.rules import Exits, Limits, Rules
from tenfold.domain.units import NS_PER_SECOND, money_scale, to_units
from tenfold.kernels import costs, fills, sizing
from tenfold.kernels.accounting import mark_lots
from tenfold.kernels.jit import compiled, viewed
from tenfold.kernels.records import BOOK, LOTS_LIMIT, MONEY_LIMIT, NO_SESSION, RULES, SYMBOL, TERMS

SLIPPAGE: Final = {
    "fixed": costs.FIXED,
    "half_spread": costs.HALF_SPREAD,
    "volume_share": costs.VOLUME_SHARE,
    "square_root": costs.SQUARE_ROOT,
}
_KIND: Final = {
    "market": fills.AT_OPEN,
    "moo": fills.AT_OPEN,
    "moc": fills.AT_CLOSE,
    "limit": fills.AT_LIMIT,
    "stop": fills.AT_STOP,
}
GAPS: Final = {"open": fills.GAP_OPEN, "level": fills.GAP_LEVEL, "worse": fills.GAP_WORSE}
ENTRY_EXITS: Final = {"next": fills.FROM_NEXT, "exits": fills.FROM_ENTRY, "market": fills.FROM_MARKET}
_SIZING: Final = {
    "quantity": sizing.QUANTITY,
    "fraction": sizing.FRACTION,
    "volatility": sizing.VOLATILITY,
    "kelly": sizing.KELLY,
}


def pack_rules(rules: Rules, currency: str, periods: float) -> NDArray[np.void]:
    """Return the rules as one record, shape (1,); `periods` is bars a year."""
    money = float(10 ** money_scale(currency))
    costs_, sizing_, vote, limits = rules.costs, rules.sizing, rules.vote, rules.limits
    matching, maker = rules.matching, costs_.fee_maker_frac
    packed = np.zeros(1, RULES)
    values: dict[str, float | int] = {
        "fee_frac": costs_.fee_frac,
        "fee_maker_frac": costs_.fee_frac if maker is None else maker,
        "fee_minimum": costs_.fee_minimum * money,
        "slippage": SLIPPAGE[costs_.slippage],
        "slippage_frac": costs_.slippage_bps / 10_000.0,
        "impact": costs_.impact,
        "participation": costs_.participation_frac_max or 0.0,
        "borrow": costs_.borrow_annual_frac,
        "margin": costs_.margin_annual_frac,
        "sizing": _SIZING[sizing_.method],
        "fraction": {
            "volatility": sizing_.volatility_annual_frac,
            "kelly": sizing_.kelly_frac,
        }.get(sizing_.method, sizing_.fraction or 0.0),
        "on_cash": int(sizing_.base == "cash"),
        "cap": sizing_.cap_frac,
        "window": sizing_.window,
        "periods": periods,
        "rebalance": sizing_.rebalance_frac or 0.0,
        "ballot": vote.ballot,
        "enter": vote.enter_frac,
        "hold": vote.hold_frac,
        "quorum": vote.quorum,
        "stop": rules.exits.stop_frac or 0.0,
        "target": rules.exits.target_frac or 0.0,
        "trail": rules.exits.trail_frac or 0.0,
        "stop_atr": rules.exits.stop_atr or 0.0,
        "target_atr": rules.exits.target_atr or 0.0,
        "trail_atr": rules.exits.trail_atr or 0.0,
        "atr_window": rules.exits.ranges,
        "exits": int(rules.exits != Exits(atr_window=rules.exits.atr_window)),
        "leverage_max": rules.account.leverage_max * (1.0 - rules.account.cash_buffer_frac),
        "maintenance": rules.account.maintenance_frac,
        "short": int(rules.account.short),
        "kind": _KIND[rules.entry.order],
        "moo": int(rules.entry.order == "moo"),
        "offset": rules.entry.offset_frac,
        "day": int(rules.entry.tif == "day" and rules.entry.order not in {"moo", "moc"}),
        "quote_side": int(matching.quote_side),
        "through": int(matching.limit == "through"),
        "gap": GAPS[matching.gap],
        "trail_after": int(matching.trail == "after"),
        "entry_exits": ENTRY_EXITS[matching.entry_bar],
        "idle_flags": int(Flag.OFF_SESSION) if matching.regular_hours else 0,
        "stale_waits": int(matching.stale_waits),
        "crosses_zero": int(matching.crosses_zero),
        "latency_ns": int(matching.latency_s * NS_PER_SECOND),
    }
    for name, value in (values | _limits(limits, money)).items():
        packed[name] = value
    return packed


def _limits(limits: Limits, money: float) -> dict[str, float | int]:
    """Return the fields of the limits; `money` is units in one of currency."""
    return {
        "position_max": limits.position_frac_max or 0.0,
        "gross_max": limits.gross_frac_max or 0.0,
        "beside": int(limits.looks_beside),
        "net_max": limits.net_frac_max or 0.0,
        "margin_min": limits.margin_frac_min or 0.0,
        "concentration_max": limits.concentration_max or 0.0,
        "positions_max": limits.positions_max or 0,
        "correlation_max": limits.correlation_max or 0.0,
        "correlation_window": limits.correlation_window,
        "collar": limits.collar_frac_max or 0.0,
        "order_max": (limits.order_notional_max or 0.0) * money,
        "daily_loss_max": limits.daily_loss_frac_max or 0.0,
        "drawdown_max": limits.drawdown_frac_max or 0.0,
        "reset_sessions": limits.reset_sessions or 0,
    }


def pack_terms(
    instruments: Sequence[Instrument], rules: Rules, marks: NDArray[np.int64] | None = None
) -> NDArray[np.void]:
    """Return the contract terms as records, shape (S,); `marks` (T, S) bounds the value of a lot."""
    money = float(10 ** money_scale(instruments[0].currency))
    terms = np.zeros(len(instruments), TERMS)
    for index, instrument in enumerate(instruments):
        term = terms[index]
        term["units_per_price"] = instrument.units_per_price
        term["tick"] = instrument.tick_size
        term["lot_size"] = instrument.lot_size
        term["fee_per_lot"] = rules.costs.fee_per_share * instrument.lot_size * money
        term["min_notional"] = instrument.min_notional * money
        lots = rules.sizing.quantity / instrument.lot_size
        if rules.sizing.method == "quantity" and lots >= LOTS_LIMIT:
            raise SettingsError(
                f"quantity {rules.sizing.quantity:g} of {instrument.symbol} is {lots:g} lots, expected below 2^31"
            )
        term["quantity"] = math.floor(min(lots, LOTS_LIMIT) + 1e-9)
        if rules.sizing.method == "quantity" and term["quantity"] < 1:
            raise SettingsError(
                f"quantity {rules.sizing.quantity:g} of {instrument.symbol} is below one lot of {instrument.lot_size:g}"
            )
        term["order_lots_max"] = order_lots_max(rules.limits, instrument)
        term["mark_max"] = float(marks[:, index].max(initial=0)) if marks is not None else 0.0
    return terms


def order_lots_max(limits: Limits, instrument: Instrument) -> int:
    """Return the most lots of one order by its quantity, 0 where there is no such limit, -1 where not one lot is allowed."""
    if limits.order_qty_max is None:
        return 0
    return math.floor(min(limits.order_qty_max / instrument.lot_size, LOTS_LIMIT) + 1e-9) or -1


def pack_marks(bars: Bars) -> NDArray[np.int64]:
    """Return the value of one lot at each close, (T, S) money units; 0 where the symbol has no usable bar."""
    scale = np.array([instrument.units_per_price for instrument in bars.instruments])
    marks = np.empty(bars.rows.shape, np.int64)
    beyond = compiled(mark_lots)(viewed(bars.rows), scale, MONEY_LIMIT, marks)
    if beyond >= 0:
        raise MoneyOverflowError(f"a price of {bars.symbols[beyond]} is beyond the range of exact money")
    return marks


def fresh_book(cash: float, currency: str) -> NDArray[np.void]:
    """Return a book that holds the starting cash, shape (1,)."""
    book = np.zeros(1, BOOK)
    units = to_units(cash, currency)
    book["cash"] = book["equity"] = units
    book["high"] = book["low"] = units
    book["peak"] = book["day_start"] = float(units)
    book["session"] = NO_SESSION
    return book


def fresh_symbols(count: int) -> NDArray[np.void]:
    """Return the state of `count` flat symbols."""
    return np.zeros(count, SYMBOL)


def is_quiet(rules: Rules, bars: Bars, members: int) -> bool:
    """Say whether between two changes of the vote nothing can happen but a change of price."""
    limits, sizing_ = rules.limits, rules.sizing
    return (
        members == 1
        and len(bars.symbols) == 1
        and sizing_.method in {"quantity", "fraction"}
        and sizing_.rebalance_frac is None
        and limits.daily_loss_frac_max is None
        and limits.drawdown_frac_max is None
        and rules.account.maintenance_frac == 0.0
        and rules.costs.borrow_annual_frac == 0.0
        and rules.costs.margin_annual_frac == 0.0
        and rules.exits.ranges == 0
        and not bars.pays_dividends
        and bars.complete
    )
