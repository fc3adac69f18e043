"""Answer what an account has, what moved it, and what its owner set."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from tenfold.exchange.api.query import Day, Moment, Nothing, read_body
from tenfold.exchange.api.route import Call, Route, answer
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import bad_parameter
from tenfold.exchange.trading.queries import ActivityQuery, HistoryQuery


class ActivitiesOfType(msgspec.Struct, frozen=True, kw_only=True):
    """Choose activities of a type; `date` is a day in New York, `page_token` the id of the last item of the page before."""

    date: Day | None = None
    after: Moment | None = None
    until: Moment | None = None
    direction: Literal["asc", "desc"] = "desc"
    page_size: Annotated[int, Meta(ge=1, le=100)] = 100
    page_token: str = ""


class ActivitiesAsked(ActivitiesOfType, frozen=True, kw_only=True):
    """Choose activities."""

    activity_types: tuple[str, ...] = ()


class HistoryAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Choose what is told of the worth of an account."""

    period: str = ""
    timeframe: str = ""
    start: Moment | None = None
    end: Moment | None = None
    date_end: Day | None = None
    extended_hours: bool = False
    intraday_reporting: Literal["market_hours", "extended_hours", "continuous"] = "market_hours"
    pnl_reset: Literal["per_day", "no_reset"] = "per_day"
    cashflow_types: tuple[str, ...] = ()


def get_account(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer cash, equity and buying power."""
    return answer(exchange.trading.account_view(call.account, call.ts_ns))


def get_configurations(exchange: Served, call: Call, _: Nothing) -> Response:
    """Answer what the owner set."""
    return answer(exchange.trading.configurations(call.account, call.ts_ns))


def change_configurations(exchange: Served, call: Call, _: Nothing) -> Response:
    """Set what is named."""
    changes = read_body(dict[str, Any], call.body, bad_parameter)
    return answer(exchange.trading.configure(call.account, changes, call.ts_ns))


def list_activities(exchange: Served, call: Call, asked: ActivitiesAsked) -> Response:
    """Answer a page of activities of some types, of all where none is named."""
    return _activities(exchange, call, asked, tuple(name.upper() for name in asked.activity_types))


def list_activities_of_type(exchange: Served, call: Call, asked: ActivitiesOfType) -> Response:
    """Answer a page of activities of one type."""
    return _activities(exchange, call, asked, (call.path["activity_type"].upper(),))


def _activities(exchange: Served, call: Call, asked: ActivitiesOfType, types: tuple[str, ...]) -> Response:
    query = ActivityQuery(
        types=types,
        day=asked.date,
        after_ns=asked.after,
        until_ns=asked.until,
        ascending=asked.direction == "asc",
        page_size=asked.page_size,
        page_token=asked.page_token,
    )
    return answer(exchange.trading.activities(call.account, query, call.ts_ns))


def get_portfolio_history(exchange: Served, call: Call, asked: HistoryAsked) -> Response:
    """Answer equity and profit over time."""
    query = HistoryQuery(
        period=asked.period,
        timeframe=asked.timeframe,
        start_ns=asked.start,
        end_ns=asked.end,
        day_end=asked.date_end,
        extended_hours=asked.extended_hours,
        intraday_reporting=asked.intraday_reporting,
        pnl_reset=asked.pnl_reset,
        cashflow_types=asked.cashflow_types,
    )
    return answer(exchange.trading.portfolio_history(call.account, query, call.ts_ns))


_ACCOUNT: Final = "/v2/account"
_CONFIGURATIONS: Final = "/v2/account/configurations"

ROUTES: Final[tuple[Route[Any], ...]] = (
    Route("GET", _ACCOUNT, get_account, "Get the account"),
    Route("GET", _CONFIGURATIONS, get_configurations, "Get the configuration of the account"),
    Route(
        "PATCH",
        _CONFIGURATIONS,
        change_configurations,
        "Configure the account",
        body=dict[str, Any],
        refusals=(400, 422),
    ),
    Route("GET", "/v2/account/activities", list_activities, "List activities", ActivitiesAsked, shape="array"),
    Route(
        "GET",
        "/v2/account/activities/{activity_type}",
        list_activities_of_type,
        "List activities of a type",
        ActivitiesOfType,
        shape="array",
    ),
    Route("GET", "/v2/account/portfolio/history", get_portfolio_history, "Get the portfolio's history", HistoryAsked),
)
