"""Ask for orders, activities and the history of an account."""

from typing import Literal

import msgspec


class OrdersQuery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Choose orders.

    Parameters
    ----------
    after_ns, until_ns : both exclusive, by the moment of submission
    ascending : oldest first
    nested : legs within their parents rather than beside them
    side : +1 buys, -1 sells, 0 both
    symbols : of them alone; empty is all
    """

    status: Literal["open", "closed", "all"] = "open"
    limit: int = 50
    after_ns: int | None = None
    until_ns: int | None = None
    ascending: bool = False
    nested: bool = False
    side: int = 0
    symbols: tuple[str, ...] = ()
    asset_class: str = ""


class ActivityQuery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Choose activities.

    Parameters
    ----------
    types : such as FILL and DIV; empty is all
    day : New York date as days since 1970-01-01
    after_ns, until_ns : both exclusive
    ascending : oldest first
    page_token : id of the last item of the page before
    """

    types: tuple[str, ...] = ()
    day: int | None = None
    after_ns: int | None = None
    until_ns: int | None = None
    ascending: bool = False
    page_size: int = 100
    page_token: str = ""


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Choose what is told of the worth of an account.

    Parameters
    ----------
    period : number and unit, such as 1D, 2W, 1M, 1A; "" is 1M
    timeframe : 1Min, 5Min, 15Min, 1H or 1D; "" by the length of the period
    start_ns, end_ns : both inclusive
    day_end : last New York date, days since 1970-01-01
    intraday_reporting : which moments of a day are told
    pnl_reset : whether profit within a day counts from the day's start or from that of the period
    cashflow_types : activities whose cash is told beside; "ALL" is all of them
    """

    period: str = ""
    timeframe: str = ""
    start_ns: int | None = None
    end_ns: int | None = None
    day_end: int | None = None
    extended_hours: bool = False
    intraday_reporting: Literal["market_hours", "extended_hours", "continuous"] = "market_hours"
    pnl_reset: Literal["per_day", "no_reset"] = "per_day"
    cashflow_types: tuple[str, ...] = ()
