"""Name one endpoint: what it is asked, and what answers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from tenfold.exchange.api.query import Nothing
from tenfold.exchange.api.served import Served
from tenfold.exchange.messages import Response
from tenfold.exchange.refusal import MALFORMED, Refusal, bad_parameter

Q = TypeVar("Q")
Api = Literal["trading", "data"]

JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}

_WITH_SLASH: Final = ("symbol_or_asset_id", "symbol", "symbol_or_id")
"""Parameters that may hold a pair such as BTC/USD."""


class Call(msgspec.Struct, frozen=True):
    """Hold who asks, when (UTC nanoseconds of the replayed time), the parts of the path that vary, and the body."""

    account: str
    ts_ns: int
    path: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Route(Generic[Q]):
    """Describe an endpoint.

    Attributes
    ----------
    path : with {parameters}
    handler : what answers; raises Refusal
    query : struct of what it may be asked
    body : type of the body that it takes, None where it takes none
    status : of a success
    refusals : statuses that it may answer besides 401, 403 and 429
    shape : of the JSON that a success answers
    public : whether it answers without credentials
    """

    method: str
    path: str
    handler: Callable[[Served, Call, Q], Response]
    summary: str
    query: type[Q] = Nothing  # type: ignore[assignment]
    body: Any = None
    status: int = 200
    refusals: tuple[int, ...] = ()
    shape: Literal["object", "array"] = "object"
    public: bool = False

    @property
    def api(self) -> Api:
        """Which of Alpaca's two services it belongs to."""
        return "data" if self.path.startswith(("/v2/stocks", "/v1beta")) else "trading"

    @property
    def name(self) -> str:
        """A name of its own: method and path as one word."""
        return "_".join(filter(None, [self.method.lower(), *re.split(r"\W+", self.path)]))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What its paths look like."""
        parts = re.split(r"\{(\w+)\}", self.path)
        last = f"{{{parts[-2]}}}" if len(parts) > 1 else ""
        open_ended = self.path.endswith(last) and len(parts) > 1 and parts[-2] in _WITH_SLASH
        text = "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>[^/]+)" for i, part in enumerate(parts))
        return re.compile(text[: -len("[^/]+)")] + "[^/]+(?:/[A-Z0-9]+(?::\\w+)*)?)" if open_ended else text)

    def refuse(self, message: str) -> Refusal:
        """Return the refusal of a bad parameter: 422 from trading, 400 from market data."""
        return Refusal(400, MALFORMED, message) if self.api == "data" else bad_parameter(message)


def answer(value: Any, status: int = 200) -> Response:
    """Return a value as the JSON of an answer."""
    return Response(status, msgspec.json.encode(value), JSON)


NO_CONTENT: Final = Response(204)
