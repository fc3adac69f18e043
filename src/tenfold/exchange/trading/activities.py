"""Keep what moved the cash and the positions of an account, and page through it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tenfold.exchange.orders_to_match import NANO
from tenfold.exchange.refusal import bad_parameter
from tenfold.exchange.trading.account import Account
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.order import Order
from tenfold.exchange.trading.queries import ActivityQuery
from tenfold.exchange.wire import day_text, decimal_text, rfc3339

TYPES = frozenset(
    {
        "FILL", "TRANS", "MISC", "ACATC", "ACATS", "CFEE", "CIL", "CSD", "CSW", "DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA",
        "DIVROC", "DIVTW", "DIVTXEX", "DIVWH", "EXTRD", "FEE", "FXTRD", "INT", "INTNRA", "INTPNL", "INTTW", "JNL", "JNLC", "JNLS", "MA",
        "MEM", "NC", "OCT", "OPASN", "OPCSH", "OPEXC", "OPEXP", "OPTRD", "PTC", "PTR", "REORG", "SC", "SPIN", "SPLIT", "SSO", "SSP",
        "SWP", "VOF", "WH",
    }
)  # fmt: skip
PAGE_SIZE_MAX = 100


def record(account: Account, ts_ns: int, uuid: str, what: dict[str, Any]) -> None:
    """Add an activity."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ts_ns // 1_000_000)
    stamp = moment.strftime("%Y%m%d%H%M%S") + f"{moment.microsecond // 1000:03d}"
    account.activities.append((ts_ns, {"id": f"{stamp}::{uuid}", **what}))


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
    chosen = [
        what
        for ts_ns, what in sorted(account.activities, key=lambda one: one[0])
        if ts_ns <= until_ns and _wanted(b, query, ts_ns, what)
    ]
    if b.faults.strikes("unsorted_activities"):
        chosen = _shuffled(b, chosen)
    if not query.ascending:
        chosen.reverse()
    start = 0
    if query.page_token:
        places = [place for place, what in enumerate(chosen) if what["id"] == query.page_token]
        if not places:
            raise bad_parameter(f"invalid page_token: {query.page_token}")
        start = places[-1] + 1
    return chosen[start : start + query.page_size]


def _wanted(b: Brokerage, query: ActivityQuery, ts_ns: int, what: dict[str, Any]) -> bool:
    return (
        (not query.types or what["activity_type"] in query.types)
        and (query.day is None or b.day(ts_ns) == query.day)
        and (query.after_ns is None or ts_ns > query.after_ns)
        and (query.until_ns is None or ts_ns < query.until_ns)
    )


def _shuffled(b: Brokerage, chosen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return activities with those of one millisecond in any order."""
    chance = b.faults.chance("unsorted_activities")
    return [what for _, _, what in sorted((what["id"][:17], chance.random(), what) for what in chosen)]


def pay_fees(b: Brokerage, account: Account, ts_ns: int) -> None:
    """Charge what the venues took since the day began, of stocks and of coins; a rebate is paid out."""
    cents = NANO // 100
    for kind, fees in (("FEE", account.fees - account.coin_fees), ("CFEE", account.coin_fees)):
        if fees:
            dollars = -fees // cents * cents  # a charge is rounded up, a rebate down
            account.cash += dollars
            record_cash(b, account, kind, dollars, ts_ns, description="fees of the venues")
    account.fees = account.coin_fees = 0
