"""Hold exact positions and the account, in whole lots and money units."""

import msgspec


class Position(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold signed lots, their signed cost and the realised P&L, in money units."""

    lots: int = 0
    cost: int = 0
    realised: int = 0
    fees: int = 0


class AccountState(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Hold the account at one moment, in money units."""

    ts_ns: int
    cash: int
    equity: int
    peak_equity: int
    gross: int
    net: int
    open_orders: int


class Trip(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """Record that a breaker tripped; `reset_ns` is None while it is latched.

    `value` is what was measured and `limit` the rule's, for losses as fractions of equity. `stage` is how far it went: "stop"
    entries, "cancel" what works, "reduce" positions to half, "flatten" them.
    """

    ts_ns: int
    rule: str
    value: float
    limit: float
    reset_ns: int | None = None
    stage: str = "flatten"
