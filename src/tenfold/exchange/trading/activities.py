"""Keep what moved the cash and the positions of an account, and page through it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tenfold.domain.session import NEW_YORK
from tenfold.domain.units import NS_PER_MILLI
from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import bad_parameter
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.queries import ActivityQuery
from tenfold.exchange.wire import day_text, decimal_text, rfc3339

TYPES = frozenset(
    {
        "FILL", "TRANS", "MISC", "ACATC", "ACATS", "CFEE", "CGD", "CIL", "CSD", "CSW", "DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA",
        "DIVROC", "DIVTW", "DIVTXEX", "DIVWH", "EXTRD", "FEE", "FXTRD", "INT", "INTNRA", "INTPNL", "INTTW", "JNL", "JNLC", "JNLS", "MA",
        "MEM", "NC", "OCT", "OPASN", "OPCSH", "OPEXC", "OPEXP", "OPTRD", "PTC", "PTR", "REO", "REORG", "SC", "SPIN", "SPLIT", "SSO", "SSP",
        "SWP", "VOF", "WH",
    }
)  # fmt: skip
PAGE_SIZE_MAX = 100

_STAMP: Final = 17  # characters of the milliseconds of New York with which an id begins
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Activity = tuple[int, dict[str, Any]]
"""Its moment, and what REST shows."""


def record(account: Account, ts_ns: int, uuid: str, what: dict[str, Any]) -> None:
    """Add an activity."""
    moment = (_EPOCH + timedelta(milliseconds=ts_ns // NS_PER_MILLI)).astimezone(ZoneInfo(NEW_YORK))
    stamp = moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03d}"
    one = (ts_ns, {"id": f"{stamp}::{uuid}", **what})
    if not account.activities or account.activities[-1][0] <= ts_ns:
        account.activities.append(one)
    else:  # a bar tells at its end what happened within it
        insort(account.activities, one, key=_when)


def record_fill(
    b: Brokerage, order: Order, execution_id: str, kind: str, side: int, qty: int, price: int, ts_ns: int
) -> None:
    """Add the activity of an execution; `kind` is fill, partial_fill, or what was done to an execution afterwards."""
    record(
        b.accounts[order.account],
        ts_ns,
        execution_id if b.settings.execution_in_activity_id else b.ids.uuid("activity"),
        {
            "activity_type": "FILL",
            "transaction_time": rfc3339(ts_ns),
            "type": kind,
            "price": decimal_text(price),
            "qty": decimal_text(qty),
            "side": "buy"
            if side > 0
            else "sell"
            if order.closing or not order.intent.endswith("open")
            else "sell_short",
            "symbol": order.symbol,
            "leaves_qty": decimal_text(order.leaves),
            "cum_qty": decimal_text(order.filled_qty),
            "order_id": order.id,
            "order_status": order.status,
        },
    )


def record_cash(b: Brokerage, account: Account, kind: str, dollars: int, ts_ns: int, **more: Any) -> None:
    """Add an activity that is no trade; `dollars` is what it moved."""
    what = {
        "activity_type": kind,
        "date": day_text(b.day(ts_ns)),
        "net_amount": decimal_text(dollars),
        "status": "executed",
    }
    record(account, ts_ns, b.ids.uuid("activity"), {**what, **more})


def activities(b: Brokerage, account: Account, query: ActivityQuery, until_ns: int) -> list[dict[str, Any]]:
    """Return one page of what happened up to a moment; Refusal for a query that makes no sense."""
    unknown = [one for one in query.types if one not in TYPES]
    if unknown:
        raise bad_parameter(f"invalid activity_type: {unknown[0]}")
    if not 1 <= query.page_size <= PAGE_SIZE_MAX:
        raise bad_parameter(f"page_size must be between 1 and {PAGE_SIZE_MAX}")
    if query.day is not None and (query.after_ns is not None or query.until_ns is not None):
        raise bad_parameter("date cannot be combined with after or until")
    held, (first, stop) = account.activities, _span(b, account.activities, query, until_ns)
    if b.faults.strikes("unsorted_activities"):
        held = _shuffled(b, [one for one in held[first:stop] if _is_of(one, query)])
        first, stop = 0, len(held)
    if query.page_token:
        places = _places(held, query)
        places = range(max(places.start, first), min(places.stop, stop))
        found = [place for place in places if held[place][1]["id"] == query.page_token and _is_of(held[place], query)]
        if not found:
            raise bad_parameter(f"invalid page_token: {query.page_token}")
        first, stop = (found[-1] + 1, stop) if query.ascending else (first, found[0])
    order = range(first, stop) if query.ascending else range(stop - 1, first - 1, -1)
    page: list[dict[str, Any]] = []
    for place in order:
        if _is_of(held[place], query):
            page.append(held[place][1])
            if len(page) == query.page_size:
                break
    return page


def _span(b: Brokerage, held: Sequence[Activity], query: ActivityQuery, until_ns: int) -> tuple[int, int]:
    """Return the places [first, stop) of what a query asks for and was there at a moment."""
    first, stop = 0, bisect_right(held, until_ns, key=_when)
    if query.day is not None:
        first = bisect_left(held, b.sessions.moment(query.day, 0), key=_when)
        stop = min(stop, bisect_left(held, b.sessions.moment(query.day + 1, 0), key=_when))
    if query.after_ns is not None:
        first = bisect_right(held, query.after_ns, key=_when)
    if query.until_ns is not None:
        stop = min(stop, bisect_left(held, query.until_ns, key=_when))
    return first, max(stop, first)


def _places(held: Sequence[Activity], query: ActivityQuery) -> range:
    """Return the places of the millisecond that the token of a page names; an hour of autumn comes twice, and both are looked at."""
    try:
        told = datetime.strptime(f"{query.page_token[:_STAMP]}000", "%Y%m%d%H%M%S%f").replace(tzinfo=ZoneInfo(NEW_YORK))
    except ValueError:
        return range(0)
    for fold in (0, 1):
        first_ns = (told.replace(fold=fold) - _EPOCH) // timedelta(microseconds=1) * 1_000
        places = range(bisect_left(held, first_ns, key=_when), bisect_left(held, first_ns + NS_PER_MILLI, key=_when))
        if any(held[place][1]["id"] == query.page_token for place in places):
            return places
    return range(0)


def _is_of(one: Activity, query: ActivityQuery) -> bool:
    return not query.types or one[1]["activity_type"] in query.types


def _when(one: Activity) -> int:
    return one[0]


def _shuffled(b: Brokerage, chosen: Sequence[Activity]) -> list[Activity]:
    """Return activities with those of one millisecond in any order."""
    chance = b.faults.chance("unsorted_activities")
    return [one for _, _, one in sorted((one[0] // NS_PER_MILLI, chance.random(), one) for one in chosen)]


def pay_fees(b: Brokerage, account: Account, ts_ns: int) -> None:
    """Charge what the venues took since the day began, of stocks and of coins; a rebate is paid out."""
    cents = NANO // 100
    for kind, fees in (("FEE", account.fees - account.coin_fees), ("CFEE", account.coin_fees)):
        if fees:
            dollars = -fees // cents * cents  # a charge is rounded up, a rebate down
            account.cash += dollars
            record_cash(b, account, kind, dollars, ts_ns, description="fees of the venues")
    account.fees = account.coin_fees = 0
