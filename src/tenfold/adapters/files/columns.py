"""Tell what the columns of a file mean, by their names or by their content."""

import difflib
import re
from collections.abc import Sequence
from typing import Final

from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError, UnknownNameError, did_you_mean

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
    "exchange": ("exchange", "venue", "mic"),
    "conditions": ("conditions", "condition", "saleconditions"),
    "aggressor": ("aggressor", "aggressorside", "takerside"),
    "trade_id": ("tradeid", "tid"),
    "update_id": ("updateid",),
    "side": ("side",),
    "seq": ("seq", "sequence"),
    "funding_rate": ("fundingrate", "lastfundingrate"),
    "first_id": ("firstid", "firstupdateid"),
    "last_id": ("lastid", "lastupdateid", "finalupdateid"),
} | {role: (role.replace("_", ""), role.replace("_", "").replace("ask", "offer")) for role in QUOTE_BARS}  # fmt: skip
_ROLES: Final = {alias: role for role, aliases in _ALIASES.items() for alias in aliases}
_CLOCKS: Final = ("time", "hour", "clock", "timeofday")
_OF_KIND: Final = {
    "quotes": ("bid", "ask", "bid_size", "ask_size", "exchange", "conditions", "suspicious", "update_id", "seq"),
    "trades": (
        "price", "size", "exchange", "conditions", "suspicious", "aggressor", "side", "trade_id", "update_id", "seq",
    ),
    "depth": ("event", "side", "price", "size", "first_id", "last_id", "update_id", "seq"),
    "funding": ("funding_rate",),
    "values": (),
}  # fmt: skip
"""Roles that ticks of a kind keep, beside times and symbol."""

_TIMES: Final = {"moment", "clock", "receipt", "symbol"}
_OF_TICKS_ALONE: Final = {
    "exchange", "conditions", "aggressor", "side", "trade_id", "update_id", "seq", "event", "funding_rate",
}  # fmt: skip
_PRICED: Final = {"close", "bid", "ask", "price", *QUOTE_BARS}
_NEEDED: Final[tuple[tuple[str, set[str]], ...]] = (
    ("depth", {"first_id", "last_id"}),
    ("bars", {"open", "high", "low", "close"}),
    ("quote bars", set(QUOTE_BARS)),
    ("trades", {"price", "size"}),
    ("bars", {"close"}),
    ("quotes", {"bid", "ask"}),
)
"""Roles that make a file one of a kind; the first that fits counts."""

TEXT_ROLES: Final = ("exchange", "conditions")
"""Roles whose columns are texts."""

_MEANT: Final = ("open", "high", "low", "close", "volume", "bid", "ask", "price", "size")

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


def named_columns(names: list[str], wanted: Sequence[str], where: str) -> dict[str, int]:
    """Return the position of each column that was asked for, by its name as a field: letters, digits and underscores.

    Raises UnknownNameError where one is not there, DataError where its name is that of a field of every bar.
    """
    found: dict[str, int] = {}
    have = {plain(name): index for index, name in reversed(list(enumerate(names))) if plain(name)}
    for name in wanted:
        if plain(name) not in have:
            raise UnknownNameError(f"{where} has no column {name}; {did_you_mean(name, [n for n in names if n])}")
        field = re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
        if not field.isidentifier() or field in (BAR.names or ()):
            raise DataError(
                f"column {name} would be the field {field!r} of a bar, which is taken; rename it in {where}"
            )
        found[field] = have[plain(name)]
    return found


def kept_roles(kind: str, roles: dict[str, int]) -> dict[str, int]:
    """Return the roles that a set of a kind keeps, with those of its times and symbol."""
    if kind in _OF_KIND:
        kept = _TIMES | set(_OF_KIND[kind])
        return {role: position for role, position in roles.items() if role in kept}
    return {role: position for role, position in roles.items() if role not in _OF_TICKS_ALONE}


def unread(names: list[str], roles: dict[str, int]) -> list[str]:
    """Return the names of the columns that have no role."""
    taken = set(roles.values())
    return [name for index, name in enumerate(names) if index not in taken and name]


def kind_of(roles: dict[str, int], where: str, names: Sequence[str] = ()) -> str:
    """Return "bars", "quote bars", "quotes", "trades", "depth" or "funding"; DataError where no prices are found."""
    if "funding_rate" in roles and not _PRICED & set(roles):
        return "funding"
    for kind, needed in _NEEDED:
        if needed <= set(roles):
            return kind
    found = (
        f"no prices among the columns {', '.join(name for name in names if name)[:120]}" if any(names) else "no prices"
    )
    odd = [name for name in names if plain(name) not in _ROLES]
    close = [(name, match[0]) for name in odd if (match := difflib.get_close_matches(plain(name), _MEANT, 1))]
    hint = "; ".join(f"rename {name} to {meant}" for name, meant in close)
    raise DataError(
        f"{where} has {found}: {hint or 'rename them'}; expected open, high, low, close, or close, or bid and ask, or price and size "
        "(numbers that are no prices: --as values; splits and dividends: tenfold data actions)"
    )
