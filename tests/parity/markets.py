"""Draw random markets, folds and rules."""

import numpy as np
from hypothesis import strategies as st

from tenfold.domain.bars import BAR, Bars, stamp_calendar
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Flag
from tenfold.domain.rules import Account, Costs, Entry, Exits, Limits, Matching, Rules, Sizing, VoteRule
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.risk.limits import LIVE


@st.composite
def markets(draw, symbols_max=3, bars_max=90, any_price=False):
    """Return bars with gaps, missing bars and moments, absent volume, dividends, quotes, and where wanted prices near both ends of money."""
    count = draw(st.integers(1, symbols_max))
    total = draw(st.integers(2, bars_max))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    currency = draw(st.sampled_from(["USD", "BTC"]))
    period = draw(st.sampled_from([NS_PER_DAY, NS_PER_HOUR]))
    volatility = draw(st.sampled_from([0.005, 0.03, 0.15]))
    size = draw(st.sampled_from([1.0, 1.0, 1.0, 1e-4, 1e6, 1e10])) if any_price else 1.0
    start = (100.0 if currency == "USD" else 0.03 / max(size, 1.0)) * size
    close = start * np.exp(np.cumsum(random.normal(0, volatility, (total, count)), axis=0))
    first = np.vstack([close[:1], close[:-1]]) * np.exp(random.normal(0, volatility / 3, (total, count)))
    rows = np.zeros((total, count), BAR)
    stamps = 1_500_000_000_000_000_000 // period * period + np.cumsum(random.integers(1, 4, total)) * period
    rows["ts_ns"], rows["open_ns"] = stamps[:, None], stamps[:, None] - period
    rows["open"], rows["close"] = first, close
    rows["high"] = np.maximum(first, close) * np.exp(np.abs(random.normal(0, volatility / 2, (total, count))))
    rows["low"] = np.minimum(first, close) * np.exp(-np.abs(random.normal(0, volatility / 2, (total, count))))
    rows["volume"] = random.integers(0, 2000, (total, count))
    silent = random.random((total, count)) < draw(st.sampled_from([0.0, 0.1]))
    rows["volume"] = np.where(silent, random.choice([0.0, np.nan], (total, count)), rows["volume"])
    still = silent & (random.random((total, count)) < 0.5)
    for name in ("high", "low", "open"):
        rows[name] = np.where(still, close, rows[name])
    spread = close * random.uniform(0, 0.002, (total, count))
    quoted = random.random((total, count)) < draw(st.sampled_from([0.0, 0.9]))
    for name, side in (("bid", -1), ("ask", 1), ("bid_open", -1), ("ask_open", 1)):
        rows[name] = np.where(quoted, (first if "open" in name else close) + side * spread, np.nan)
    paid = random.random((total, count)) < draw(st.sampled_from([0.0, 0.1]))
    rows["dividend"] = np.where(paid, np.round(close * random.choice([0.01, 0.01, -0.002], close.shape), 4), 0.0)
    missing = random.random((total, count)) < draw(st.sampled_from([0.0, 0.0, 0.2]))
    missing |= random.random((total, 1)) < draw(st.sampled_from([0.0, 0.0, 0.1]))  # all symbols at one moment
    if missing.all():
        missing[0] = False
    if not np.isfinite(rows["volume"][~missing]).any():
        rows["volume"] = 500.0
    kinds = [int(kind) for kind in (Flag.MISSING, Flag.NAN_PRICE, Flag.NONPOSITIVE, Flag.MISSING | Flag.GAP)]
    odd = random.random((total, count)) < draw(st.sampled_from([0.0, 0.2]))
    seen = np.where(odd, int(Flag.OFF_SESSION), 0)
    rows["flags"] = np.where(missing, random.choice(kinds, (total, count)), seen)
    stamp_calendar(rows)
    lot = draw(st.sampled_from([1.0, 0.001])) if currency == "BTC" else draw(st.sampled_from([1.0, 1.0, 100.0]))
    tick = 1e-8 if currency == "BTC" else draw(st.sampled_from([1e-6, 0.01]))
    return Bars(
        rows=rows,
        instruments=tuple(
            Instrument(symbol=f"S{i}", currency=currency, lot_size=lot, tick_size=tick,
                       min_notional=draw(st.sampled_from([0.0, 1.0])) if currency == "USD" else 0.0)
            for i in range(count)
        ),
        period_ns=period,
    )  # fmt: skip


def _maybe(values):
    return st.one_of(st.none(), values)


@st.composite
def matchings(draw):
    """Return conventions of a venue."""
    return Matching(
        quote_side=draw(st.booleans()),
        limit=draw(st.sampled_from(["touch", "through"])),
        gap=draw(st.sampled_from(["open", "level", "worse"])),
        trail=draw(st.sampled_from(["before", "after"])),
        entry_bar=draw(st.sampled_from(["exits", "market", "next"])),
        regular_hours=draw(st.booleans()),
        stale_waits=draw(st.booleans()),
        crosses_zero=draw(st.booleans()),
        latency_s=draw(st.sampled_from([0.0, 0.0, 5.0, 7200.0])),
    )


@st.composite
def beside(draw, cash):
    """Return limits that look at a position beside all others, or at the size of one order."""
    return {
        "net_frac_max": draw(_maybe(st.sampled_from([0.02, 0.3]))),
        "positions_max": draw(_maybe(st.sampled_from([1, 2]))),
        "concentration_max": draw(_maybe(st.sampled_from([0.001, 0.2]))),
        "correlation_max": draw(_maybe(st.sampled_from([0.1, 0.7]))),
        "correlation_window": draw(st.sampled_from([2, 5, 60])),
        "margin_frac_min": draw(_maybe(st.sampled_from([0.5, 1.0]))),
        "collar_frac_max": draw(_maybe(st.sampled_from([0.001, 0.02]))),
        "order_notional_max": draw(_maybe(st.sampled_from([0.01 * cash, 0.2 * cash]))),
        "order_qty_max": draw(_maybe(st.sampled_from([0.001, 3.0, 100.0]))),
    }


@st.composite
def limits(draw, cash):
    """Return limits of every kind, or the profile for real money."""
    if draw(st.integers(0, 9)) == 0:
        return LIVE
    return Limits(
        position_frac_max=draw(_maybe(st.sampled_from([0.05, 0.5]))),
        gross_frac_max=draw(_maybe(st.sampled_from([0.3, 1.0]))),
        daily_loss_frac_max=draw(_maybe(st.sampled_from([0.001, 0.02]))),
        drawdown_frac_max=draw(_maybe(st.sampled_from([0.01, 0.1]))),
        reset_sessions=draw(_maybe(st.sampled_from([1, 3]))),
        **(draw(beside(cash)) if draw(st.booleans()) else {}),
    )


@st.composite
def exits(draw):
    """Return exits, each as a fraction, in average true ranges, or not at all."""
    chosen = {"atr_window": draw(st.sampled_from([1, 3, 14]))}
    for name, fracs, multiples in (
        ("stop", [0.005, 0.05], [0.5, 3.0]), ("target", [0.01, 0.1], [1.0, 900.0]), ("trail", [0.004, 0.03], [0.7, 50.0])
    ):  # fmt: skip
        unit = draw(st.sampled_from(["", "frac", "atr"]))
        if unit:
            chosen[f"{name}_{unit}"] = draw(st.sampled_from(fracs if unit == "frac" else multiples))
    return Exits(**chosen)


@st.composite
def rules(draw, currency="USD"):
    """Return rules over everything that the compiled path takes."""
    cash = draw(st.sampled_from([10_000.0, 1_000_000.0])) if currency == "USD" else draw(st.sampled_from([5.0, 100.0]))
    enter = draw(st.sampled_from([0.51, 0.6, 0.75, 1.0]))
    return Rules(
        account=Account(
            cash=cash,
            leverage_max=draw(st.sampled_from([0.5, 1.0, 3.0])),
            maintenance_frac=draw(st.sampled_from([0.0, 0.25, 0.6])),
            short=draw(st.booleans()),
            cash_buffer_frac=draw(st.sampled_from([0.0, 0.1])),
        ),
        costs=Costs(
            fee_frac=draw(st.sampled_from([0.0, 0.0005, 0.01])),
            fee_per_share=draw(st.sampled_from([0.0, 0.005])),
            fee_minimum=draw(st.sampled_from([0.0, 1.0])) if currency == "USD" else 0.0,
            fee_maker_frac=draw(_maybe(st.sampled_from([-0.0001, 0.0002]))),
            slippage=draw(st.sampled_from(["fixed", "half_spread", "volume_share", "square_root"])),
            slippage_bps=draw(st.sampled_from([0.0, 3.0])),
            impact=draw(st.sampled_from([0.1, 5.0])),
            participation_frac_max=draw(_maybe(st.sampled_from([0.01, 0.2, 1.0]))),
            borrow_annual_frac=draw(st.sampled_from([0.0, 0.05])),
            margin_annual_frac=draw(st.sampled_from([0.0, 0.08])),
        ),
        sizing=Sizing(
            method=draw(st.sampled_from(["quantity", "fraction", "volatility", "kelly"])),
            quantity=draw(st.sampled_from([100.0, 1700.0])),
            fraction=draw(st.sampled_from([0.05, 0.5, 2.0])),
            volatility_annual_frac=draw(st.sampled_from([0.1, 0.6])),
            window=draw(st.sampled_from([2, 5, 20])),
            cap_frac=draw(st.sampled_from([0.3, 1.5])),
            base=draw(st.sampled_from(["equity", "cash"])),
            rebalance_frac=draw(_maybe(st.sampled_from([0.05, 0.5]))),
        ),
        vote=VoteRule(
            ballot=draw(st.sampled_from([0.1, 0.2, 0.9])),
            enter_frac=enter,
            hold_frac=draw(st.sampled_from([0.2, 0.4, 0.51])),
            quorum=draw(st.sampled_from([1, 3, 10])),
        ),
        limits=draw(limits(cash)),
        exits=draw(exits()),
        entry=Entry(
            order=draw(st.sampled_from(["market", "moo", "moc", "limit", "stop"])),
            offset_frac=draw(st.sampled_from([0.0, 0.002, 0.03])),
            tif=draw(st.sampled_from(["gtc", "day"])),
        ),
        matching=draw(matchings()),
    )  # fmt: skip
