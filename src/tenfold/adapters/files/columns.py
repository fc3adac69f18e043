"""Tell what the columns of a file mean, by their names or by their content."""

import re
from typing import Final

from tenfold.domain.errors import DataError

QUOTE_BARS: Final = tuple(f"{side}_{name}" for side in ("bid", "ask") for name in ("open", "high", "low", "close"))

_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "moment": (
        "date", "datetime", "timestamp", "ts", "time", "day", "opentime", "gmttime", "localtime", "utctime", "unix",
        "caldt", "yyyymmdd", "tradedate", "pricedate", "observationdate", "index", "unnamed0", "closetime", "epoch", "t",
    ),
    "symbol": ("symbol", "ticker", "sym", "instrument", "pair", "cross", "security", "ric", "tic", "asset", "market"),
    "open": ("open", "o", "openprice", "pxopen", "first", "priceopen"),
    "high": ("high", "h", "highprice", "pxhigh", "max", "pricehigh"),
    "low": ("low", "l", "lowprice", "pxlow", "min", "pricelow"),
    "close": ("close", "c", "last", "closeprice", "closinglast", "closelast", "pxlast", "settle", "value", "priceclose"),
    "adjusted_close": ("adjclose", "adjustedclose", "closeadj", "adjcloseprice", "adjusted"),
    "factor": ("adjfactor", "adjustmentfactor", "factor"),
    "dividend": ("dividends", "dividend", "exdividend", "divcash", "dividendamount", "dividendcash"),
    "split": ("stocksplits", "splitratio", "splitfactor", "split", "splitcoefficient", "splits"),
    "volume": ("volume", "vol", "v", "tickvol", "tickvolume", "totalvolume", "sharevolume", "volumebtc", "basevolume"),
    "price": ("price", "px", "tradeprice", "lastprice"),
    "size": ("size", "qty", "quantity", "amount", "lastsize", "tradesize", "shares"),
    "bid": ("bid", "bidprice", "bestbid", "bidpx"),
    "ask": ("ask", "askprice", "offer", "offerprice", "bestask", "askpx"),
    "bid_size": ("bidsize", "bidvolume", "volbid", "bidqty", "bidvol"),
    "ask_size": ("asksize", "askvolume", "voloffer", "askqty", "offersize", "askvol", "offervolume"),
    "suspicious": ("suspicious",),
    "event": ("event", "eventtype"),
    "receipt": ("tslocal", "localts", "receipt", "receipttime", "receivedat", "localtimestamp"),
    "first_id": ("firstid", "firstupdateid"),
    "last_id": ("lastid", "lastupdateid", "finalupdateid"),
} | {role: (role.replace("_", ""), role.replace("_", "").replace("ask", "offer")) for role in QUOTE_BARS}  # fmt: skip
_ROLES: Final = {alias: role for role, aliases in _ALIASES.items() for alias in aliases}
_CLOCKS: Final = ("time", "hour", "clock", "timeofday")
_UNREAD: Final = ("adjopen", "adjhigh", "adjlow", "adjvolume")


def plain(name: str) -> str:
    """Return a column's name as letters and digits alone: `Adj. Close` is adjclose, `1. open` is open."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"^\d+\. ", "", name.strip().strip("<>").lower()))


def roles_by_name(names: list[str], where: str) -> dict[str, int]:
    """Return the position of each role among the named columns; the first column of a role counts.

    Roles are those of `_ALIASES`, and "clock" for a time of day beside a date. Raises DataError where no
    column holds the time.
    """
    found: dict[str, int] = {}
    for position, name in enumerate(plain(name) for name in names):
        role = _ROLES.get(name)
        if name in _CLOCKS and "moment" in found and "clock" not in found:
            found["clock"] = position
        elif role is not None and role not in found:
            found[role] = position
    if "moment" not in found and "receipt" in found:
        found["moment"] = found["receipt"]
    if "moment" not in found:
        shown = ", ".join(name for name in names if name)[:120]
        raise DataError(f"{where} has columns {shown}: none is a date or time, expected one named date or timestamp")
    if "close" not in found and "price" in found and "size" not in found:
        found["close"] = found.pop("price")
    if "close" not in found and "adjusted_close" in found:
        found["close"] = found["adjusted_close"]
    return found


def panel_columns(names: list[str], roles: dict[str, int]) -> list[int]:
    """Return the columns of a panel, one symbol each, where none but the time has a role; else nothing."""
    if set(roles) - {"moment", "clock", "receipt"}:
        return []
    taken = set(roles.values())
    return [index for index, name in enumerate(names) if name and index not in taken]


def roles_by_content(cells: list[str], where: str) -> tuple[dict[str, int], str]:
    """Return roles of the columns of a file without a header, and what layout they show.

    Known are a date or moment, a time of day in a column of its own or not, then one close, four prices,
    four prices with volume, or those with one more column that is not read.
    """
    clocked = len(cells) > 2 and re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", cells[1]) is not None
    clocked = clocked or (
        len(cells) > 2
        and re.fullmatch(r"\d{8}", cells[0]) is not None
        and re.fullmatch(r"\d{4}|\d{6}", cells[1]) is not None
    )
    roles = {"moment": 0} | ({"clock": 1} if clocked else {})
    start = len(roles)
    left = len(cells) - start
    names = {1: ("close",), 4: ("open", "high", "low", "close")}.get(left)
    if left in (5, 6):
        names = ("open", "high", "low", "close", "volume")
    if names is None:
        raise DataError(
            f"{where} has no header and {len(cells)} columns: what they mean cannot be told; add a header such as "
            "date,open,high,low,close,volume"
        )
    return roles | {name: start + index for index, name in enumerate(names)}, ", ".join(names)


def unread(names: list[str], roles: dict[str, int]) -> list[str]:
    """Return the names of the columns that have no role."""
    taken = set(roles.values())
    return [name for index, name in enumerate(names) if index not in taken and name]


def kind_of(roles: dict[str, int], where: str) -> str:
    """Return "bars", "quote bars", "quotes", "trades" or "depth"; DataError where no prices are found."""
    if {"first_id", "last_id"} <= set(roles):
        return "depth"
    if {"open", "high", "low", "close"} <= set(roles):
        return "bars"
    if set(QUOTE_BARS) <= set(roles):
        return "quote bars"
    if {"price", "size"} <= set(roles):
        return "trades"
    if "close" in roles:
        return "bars"
    if {"bid", "ask"} <= set(roles):
        return "quotes"
    raise DataError(
        f"{where} has no prices: expected columns open, high, low, close, or close, or bid and ask, or price and size"
    )
