"""Send the one order of a symbol that works in the portfolio kernel, and say how it fills."""

from typing import Any

from tenfold.kernels.costs import snapped
from tenfold.kernels.fills import AT_CLOSE, AT_OPEN, entry_level
from tenfold.kernels.records import NO_SESSION
from tenfold.kernels.sizing import exit_fraction


def submit(symbol: Any, delta: int, reason: int, number: int, rule: Any, ts_ns: int) -> None:
    """Send signed lots to the market in place of what is working."""
    symbol.pending = delta
    symbol.pending_reason = reason
    symbol.pending_order = number
    symbol.pending_after = NO_SESSION
    symbol.pending_from = ts_ns + rule.latency_ns if rule.latency_ns > 0 else NO_SESSION
    symbol.pending_kind = AT_OPEN
    symbol.pending_day = 0
    symbol.pending_session = NO_SESSION


def is_for_auction(symbol: Any) -> bool:
    """Say whether what works waits for an auction, however long that is."""
    return symbol.pending != 0 and (symbol.pending_kind == AT_CLOSE or symbol.pending_after != NO_SESSION)


def priced_at(rule: Any, tick: float, close: float, delta: int) -> float:
    """Return the level of a limit or stop for signed lots."""
    return snapped(entry_level(1 if delta > 0 else -1, close, rule.offset, rule.kind), tick)


def enter(symbol: Any, rule: Any, level: float, bar: Any) -> None:
    """Let what was sent at the close of a bar work as the rules for entries say."""
    if rule.moo:
        symbol.pending_after = bar.session
    if rule.exits:
        protect(symbol, rule, bar.close)
    symbol.pending_kind = rule.kind
    symbol.pending_day = rule.day
    symbol.pending_level = level


def protect(symbol: Any, rule: Any, close: float) -> None:
    """Note how far the exits stand that the order's fills attach."""
    symbol.pending_stop = exit_fraction(rule.stop, rule.stop_atr, symbol.atr, close)
    symbol.pending_target = exit_fraction(rule.target, rule.target_atr, symbol.atr, close)
    symbol.pending_trail = exit_fraction(rule.trail, rule.trail_atr, symbol.atr, close)


def keep_out(account: Any, symbol: Any, facing: int, cut: int) -> None:
    """Open nothing: a rule refuses the order, what is held stays, and the vote asks again."""
    account.bound[cut] += 1
    symbol.wanted = facing if symbol.lots != 0 else 0
    symbol.pending = 0
