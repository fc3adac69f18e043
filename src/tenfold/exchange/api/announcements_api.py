"""Answer the corporate actions that have happened: splits and cash dividends.

The data say when an action takes effect and nothing else of its calendar: record and payment fall on that day.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from tenfold.exchange.api.query import Day, Nothing
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.events import Corporate
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import bad_parameter, not_found
from tenfold.exchange.sessions import local_day
from tenfold.exchange.wire import day_text, decimal_text, is_uuid, named_uuid, nano_of

DAYS_MAX: Final = 90
_TYPES: Final = frozenset({"dividend", "merger", "spinoff", "split"})


class AnnouncementsAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Choose announcements; both days are included."""

    ca_types: tuple[str, ...]
    since: Day
    until: Day
    symbol: str | None = None
    cusip: str | None = None
    date_type: Literal["declaration_date", "ex_date", "record_date", "payable_date"] = "declaration_date"


def list_announcements(exchange: Served, call: Call, asked: AnnouncementsAsked) -> Response:
    """Answer the announcements that fit."""
    types = {name.lower() for name in asked.ca_types}
    if types - _TYPES:
        raise bad_parameter(f"invalid ca_types: {', '.join(sorted(types - _TYPES))}")
    if not 0 <= asked.until - asked.since <= DAYS_MAX:
        raise bad_parameter(f"since and until must span 0 to {DAYS_MAX} days")
    return answer(
        [
            shown
            for shown in _announcements(exchange, call)
            if shown["ca_type"] in types
            and day_text(asked.since) <= shown["ex_date"] <= day_text(asked.until)
            and asked.symbol in {None, shown["initiating_symbol"]}
            and asked.cusip in {None, shown["initiating_original_cusip"]}
        ]
    )


def get_announcement(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer one announcement."""
    wanted = call.path["id"]
    if not is_uuid(wanted):
        raise bad_parameter("announcement id is invalid")
    for shown in _announcements(exchange, call):
        if shown["id"] == wanted.lower():
            return answer(shown)
    raise not_found(f"announcement not found for {wanted}")


def _announcements(exchange: Served, call: Call) -> Iterator[dict[str, Any]]:
    """Yield everything that has happened, by symbol."""
    for symbol in exchange.assets:
        for action in exchange.history.corporate(symbol, call.ts_ns):
            if action.ratio != 1.0:
                kind = "stock_split" if action.ratio > 1.0 else "reverse_split"
                yield _wire(action, "split", kind, "0", decimal_text(nano_of(action.ratio)))
            if action.cash:
                yield _wire(action, "dividend", "cash", decimal_text(nano_of(action.cash)), "1")


def _wire(action: Corporate, ca_type: str, sub_type: str, cash: str, new_rate: str) -> dict[str, Any]:
    day = day_text(local_day(action.ts_ns))
    name = f"{action.symbol} {ca_type} {day}"
    number = named_uuid(f"cusip {action.symbol}").replace("-", "")[:9].upper()  # the data have none
    return {
        "id": named_uuid(f"announcement {name}"),
        "corporate_action_id": f"{number}_{day[2:4]}{day[5:7]}{day[8:]}",
        "ca_type": ca_type,
        "ca_sub_type": sub_type,
        "initiating_symbol": action.symbol,
        "initiating_original_cusip": number,
        "target_symbol": action.symbol,
        "target_original_cusip": number,
        "declaration_date": None,
        "ex_date": day,
        "record_date": day,
        "payable_date": day,
        "cash": cash,
        "old_rate": "1",
        "new_rate": new_rate,
    }


_PATH: Final = "/v2/corporate_actions/announcements"

ROUTES: Final[tuple[Route[Any], ...]] = (
    Route("GET", _PATH, list_announcements, "List announcements", AnnouncementsAsked, shape="array"),
    Route("GET", _PATH + "/{id}", get_announcement, "Get an announcement", refusals=(404, 422)),
)
